// SPDX-License-Identifier: Apache-2.0
//
// All that was made out of one trace, as tables of rows. Rows refer to each
// other by id; row N of processes has id N + 1, and so have connections.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "format/loss.h"
#include "replay/facts/action_row.h"
#include "replay/facts/file_row.h"
#include "replay/facts/mount_row.h"
#include "replay/facts/net_row.h"
#include "replay/facts/process_row.h"
#include "replay/facts/rows.h"

namespace vestige {

// What could not be said, or not with certainty, although the events are
// there: state from before the capture, or lost with lost events.
struct Gaps {
  uint64_t unknown_descriptors = 0;  // events on a descriptor never seen made
  uint64_t unknown_paths = 0;        // paths relative to an unknown directory
  uint64_t unknown_types = 0;        // events without a descriptor
  uint64_t inferred_processes = 0;   // known only by what they did
  uint64_t corrections = 0;  // what a later snapshot contradicted: lost events
};

struct Facts {
  std::vector<ProcessRow> processes;
  std::vector<ExecRow> execs;  // ordered by process, then time
  Rows<FileRow> files;         // ordered by first occurrence
  std::vector<NetRow> net;     // ordered by first occurrence
  std::vector<ConnectionRow> connections;
  std::vector<OwnerRow> owners;             // ordered by time
  std::vector<CredentialsRow> credentials;  // ordered by process, then time
  std::vector<Mount> mounts;                // at the end
  std::vector<MessageRow> messages;         // ordered by time
  std::vector<ActionRow> actions;           // ordered by first occurrence
  std::vector<Loss> losses;  // stored in the trace or found in reading
  Gaps gaps;

  // nullptr for kNone.
  [[nodiscard]] const ProcessRow* process(ProcessId id) const;
  [[nodiscard]] const ConnectionRow* connection(ConnectionId id) const;
  [[nodiscard]] std::span<const ExecRow> execs_of(const ProcessRow&) const;
  [[nodiscard]] std::span<const CredentialsRow> credentials_of(ProcessId) const;
};

}  // namespace vestige
