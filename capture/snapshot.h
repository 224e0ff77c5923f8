// SPDX-License-Identifier: Apache-2.0
//
// The state of a container's processes. Taken after the kernel programs are
// attached, so that the snapshot and the events overlap and no process is in
// neither. Processes, threads and files come from a source; arguments,
// environment and mounts from /proc. What changed or vanished under the
// reader's eyes is counted.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "capture/process_source.h"
#include "format/loss.h"
#include "format/snapshot.h"

namespace vestige {

struct SnapshotResult {
  Snapshot snapshot;
  std::vector<Loss> losses;  // kSnapshotRace, kSnapshotDenied
};

// The processes of the cgroup, from the first of `sources` that works. Their
// ancestors are added, for context, with is_selected = false and without
// descriptors. `breathe` is called in between, for what cannot wait until all
// have been read.
SnapshotResult take_snapshot(const Cgroup& cgroup,
                             std::span<ProcessSource* const> sources,
                             const std::function<void()>& breathe);

}  // namespace vestige
