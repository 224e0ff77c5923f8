// SPDX-License-Identifier: Apache-2.0
//
// Bytes on their way, with everything the reconstruction knows about them.
// For whoever rebuilds content or reads conversations.
#pragma once

#include <cstdint>
#include <optional>

#include "format/event.h"
#include "replay/facts/net_row.h"
#include "replay/state/open_file.h"

namespace vestige {

enum class Flow : uint8_t { kOut, kIn };  // as the process sees it

struct Transfer {
  const Event& event;
  Position at;
  ProcessId process = ProcessId::kNone;
  const OpenFile& file;
  Flow flow = Flow::kOut;
  uint64_t size = 0;  // bytes that moved
  // Where in the file they begin; nothing for sockets and pipes. An append
  // goes to the end, wherever that is.
  uint64_t offset = 0;
  bool is_offset_known = false;
  bool is_append = false;
  // The conversation, for sockets.
  ConnectionId connection = ConnectionId::kNone;

  // Calls visit(uint64_t skip, std::string_view bytes) for what was captured
  // of the bytes that moved, skip bytes after the first of them.
  template <typename Visit>
  void for_each_captured(Visit visit) const {
    uint64_t skip = 0;
    for (const Part& part : event.parts) {
      if (part.kind != PartKind::kPayload) continue;
      if (skip >= size) return;
      visit(skip, part.data.substr(0, size - skip));
      skip += part.full_size;
    }
  }
};

// Bytes that went from one open file to another inside the kernel: sendfile,
// copy_file_range, splice, tee. Told after the transfers of both ends.
struct Copy {
  // Where they begin in a file; a stream has no offsets.
  struct End {
    const OpenFile& file;
    uint64_t offset = 0;
    bool is_offset_known = false;
    ConnectionId connection = ConnectionId::kNone;
  };
  End from;
  End to;
  bool is_taken = true;  // false: it stays in the source, too
  uint64_t size = 0;
  Position at;
};

class TransferWatcher {
 public:
  virtual ~TransferWatcher() = default;
  virtual void on_transfer(const Transfer& transfer) = 0;
  virtual void on_copy(const Copy&) {}
  // The rest is about files only. on_map: memory that writes to the file from
  // now on, unseen, or may do so once it is allowed to. on_open: as new, if it
  // was made or emptied; size: as the kernel told at that moment, nothing if it
  // did not.
  virtual void on_open(const OpenFile&, bool /*is_new*/,
                       std::optional<uint64_t> /*size*/, Position) {}
  virtual void on_truncate(const OpenFile&, uint64_t /*size*/, Position) {}
  virtual void on_map(const OpenFile&, Position, bool /*is_writable*/) {}
  virtual void on_rename(std::string_view /*from*/, std::string_view /*to*/) {}
};

}  // namespace vestige
