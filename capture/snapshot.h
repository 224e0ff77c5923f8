// SPDX-License-Identifier: Apache-2.0
//
// The state of a container's processes from /proc. Taken after the kernel
// programs are attached, so that the snapshot and the events overlap and no
// process is in neither. What changed or vanished under the reader's eyes is
// counted.
#pragma once

#include <sys/types.h>

#include <functional>
#include <vector>

#include "format/loss.h"
#include "format/snapshot.h"

namespace vestige {

struct SnapshotResult {
  Snapshot snapshot;
  std::vector<Loss> losses;  // kSnapshotRace, kSnapshotDenied
};

// `pids`: the processes of the container. Their ancestors are added, for
// context, with is_selected = false and without descriptors. `breathe` is
// called after each process, for what cannot wait until all have been read.
SnapshotResult take_snapshot(const std::vector<pid_t>& pids,
                             const std::function<void()>& breathe);

}  // namespace vestige
