// SPDX-License-Identifier: Apache-2.0
//
// Directories of the cgroup v2 tree. On hosts that still have v1 hierarchies
// besides ("hybrid") the tree is mounted elsewhere, and runtimes put their
// processes into both; selection always goes by the v2 tree.
#pragma once

#include <sys/types.h>
#include <cstdint>
#include <string>
#include <vector>

#include "format/result.h"
#include "format/unique_fd.h"

namespace vestige {

// Where the v2 tree is mounted; kSystem when it is not.
Result<std::string> cgroup_mount();
// Path below the mount of a process's cgroup: "/" or "/a/b".
Result<std::string> cgroup_of(pid_t pid);
// Whether a path is the one of the other cgroup, or of one in it.
bool is_below(const std::string& path, const std::string& above);

class Cgroup {
 public:
  // `path` is below the mount, or absolute with the mount in front.
  static Result<Cgroup> open(const std::string& path);
  // One that has been removed: it has a name and an id, nothing else.
  static Cgroup gone(const std::string& path, uint64_t id) {
    return Cgroup(UniqueFd(), path, "", id);
  }
  // A fresh one below the caller's own; remove() it.
  static Result<Cgroup> create(const std::string& name);

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] uint64_t id() const { return id_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  // As path(), with the mount in front.
  [[nodiscard]] const std::string& directory() const { return directory_; }
  // CLOCK_BOOTTIME of its making; 0: unknown.
  [[nodiscard]] uint64_t made_ns() const;
  // Whether any process is in it or below. A removed one has none.
  [[nodiscard]] bool is_populated() const;
  // Whether it has been removed.
  [[nodiscard]] bool is_gone() const;
  // Thread group ids in it and below, at this moment.
  [[nodiscard]] std::vector<pid_t> processes() const;
  Result<void> move_here(pid_t pid) const;
  // Moves what is left in it to the parent and removes it.
  void remove();

 private:
  Cgroup(UniqueFd fd, std::string path, std::string directory, uint64_t id)
      : fd_(std::move(fd)),
        path_(std::move(path)),
        directory_(std::move(directory)),
        id_(id) {}

  UniqueFd fd_;
  std::string path_;       // below the mount
  std::string directory_;  // absolute
  uint64_t id_;
};

}  // namespace vestige
