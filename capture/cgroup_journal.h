// SPDX-License-Identifier: Apache-2.0
//
// Tells which cgroups are made, as they are made: containers begin and end
// with theirs. Follows the v2 tree with inotify; needs no process in it.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "format/result.h"
#include "format/unique_fd.h"

namespace vestige {

class CgroupJournal {
 public:
  static Result<CgroupJournal> open();

  // Paths (below the mount) of cgroups made since the last call. One that has
  // been removed again is told as well.
  std::vector<std::string> take_made();
  // inotify's queue ran over: some were not told. Look at all of them.
  bool take_overflow();

 private:
  CgroupJournal(std::string mount, UniqueFd fd)
      : mount_(std::move(mount)), fd_(std::move(fd)) {}
  void follow(const std::string& path, std::vector<std::string>* found);

  std::string mount_;
  UniqueFd fd_;
  std::unordered_map<int, std::string> paths_;  // by watch
  bool has_overflow_ = false;
};

}  // namespace vestige
