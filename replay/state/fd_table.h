// SPDX-License-Identifier: Apache-2.0
//
// The descriptors of one process, or of several that share them.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "replay/state/open_file.h"

namespace vestige {

class FdTable {
 public:
  struct Entry {
    OpenFileRef file;
    bool close_on_exec = false;
    uint64_t changed_ns = 0;  // when the number last came to mean this
  };

  // nullptr: closed, or never seen to be opened.
  [[nodiscard]] Entry* find(int fd);
  // Replaces what was there, as dup2 does. Negative numbers are ignored.
  void set(int fd, OpenFileRef file, bool close_on_exec, uint64_t now_ns);
  void close(int fd, uint64_t now_ns);
  void close_range(uint32_t first, uint32_t last, uint64_t now_ns);
  void set_close_on_exec(uint32_t first, uint32_t last, uint64_t now_ns);
  // A new program keeps only what is not close-on-exec.
  void exec(uint64_t now_ns);
  // When a number last began or ceased to mean something; 0: never.
  [[nodiscard]] uint64_t changed_ns(int fd) const;
  // Some number stands for it. Tables of very many numbers are not searched,
  // and said to have it.
  [[nodiscard]] bool has(const OpenFile& file) const;
  // A fork whose event comes late gives what the child has not touched.
  void fill_from(const FdTable& parent);

  // visit(int fd, Entry&), lower numbers first.
  template <typename Visit>
  void for_each(Visit visit) {
    for (size_t fd = 0; fd < low_.size(); ++fd)
      if (low_[fd].file) visit(int(fd), low_[fd]);
    for (auto& [fd, entry] : high_)
      if (entry.file) visit(fd, entry);
  }

 private:
  template <typename Visit>
  void visit_range(uint32_t first, uint32_t last, Visit visit);

  // Closed ones stay, without a file, for the time of their change.
  std::vector<Entry> low_;               // fd is the index, up to kLowLimit
  std::unordered_map<int, Entry> high_;  // numbers come from the trace
};

}  // namespace vestige
