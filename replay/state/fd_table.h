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
  };

  // nullptr: closed, or never seen to be opened.
  [[nodiscard]] Entry* find(int fd);
  // Replaces what was there, as dup2 does. Negative numbers are ignored.
  void set(int fd, OpenFileRef file, bool close_on_exec);
  // Gives the file that was there, or an empty reference.
  OpenFileRef close(int fd);
  void close_range(uint32_t first, uint32_t last);
  void set_close_on_exec(uint32_t first, uint32_t last);
  // A new program keeps only what is not close-on-exec.
  void exec();
  // A fork whose event comes late gives what the child has not touched.
  void fill_from(const FdTable& parent);

  // Whether a missing descriptor means closed (true) or not known (false).
  [[nodiscard]] bool is_complete() const { return is_complete_; }
  void set_complete(bool complete) { is_complete_ = complete; }

  // visit(int fd, Entry&), lower numbers first.
  template <typename Visit>
  void for_each(Visit visit) {
    for (size_t fd = 0; fd < low_.size(); ++fd)
      if (low_[fd].file) visit(int(fd), low_[fd]);
    for (auto& [fd, entry] : high_) visit(fd, entry);
  }

 private:
  template <typename Visit>
  void visit_range(uint32_t first, uint32_t last, Visit visit);

  std::vector<Entry> low_;               // fd is the index, up to kLowLimit
  std::unordered_map<int, Entry> high_;  // numbers come from the trace
  bool is_complete_ = false;
};

}  // namespace vestige
