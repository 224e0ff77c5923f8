// SPDX-License-Identifier: Apache-2.0
#include "capture/cgroup_journal.h"

#include <fmt/format.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "capture/cgroup.h"
#include "capture/proc_file.h"

namespace vestige {

Result<CgroupJournal> CgroupJournal::open() {
  const std::string mount = TRY(cgroup_mount());
  UniqueFd fd(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!fd)
    return Error{ErrorKind::kSystem,
                 fmt::format("inotify: {}", std::strerror(errno))};
  CgroupJournal journal(mount, std::move(fd));
  journal.follow("/", nullptr);
  if (journal.paths_.empty())
    return Error{ErrorKind::kSystem, fmt::format("cannot watch {}: {}; see "
                                                 "fs.inotify.max_user_watches",
                                                 mount, std::strerror(errno))};
  return journal;
}

// Watched first, listed second: one made in between may be told twice, but
// not missed.
void CgroupJournal::follow(const std::string& path,
                           std::vector<std::string>* found) {
  const std::string directory = path == "/" ? mount_ : mount_ + path;
  const int watch =
      inotify_add_watch(fd_.get(), directory.c_str(), IN_CREATE | IN_ONLYDIR);
  if (watch < 0) {
    has_overflow_ |= errno == ENOSPC;
    return;
  }
  paths_[watch] = path;
  for (const std::string& name : list_directory(directory)) {
    struct stat info;
    const std::string child = (path == "/" ? "" : path) + "/" + name;
    if (stat((mount_ + child).c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
      continue;
    if (found) found->push_back(child);
    follow(child, found);
  }
}

std::vector<std::string> CgroupJournal::take_made() {
  std::vector<std::string> made;
  alignas(inotify_event) char buffer[16384];
  ssize_t got = 0;
  while ((got = read(fd_.get(), buffer, sizeof buffer)) > 0) {
    for (ssize_t at = 0; at < got;) {
      const auto& event = *reinterpret_cast<inotify_event*>(buffer + at);
      at += ssize_t(sizeof event + event.len);
      if (event.mask & IN_Q_OVERFLOW) has_overflow_ = true;
      const auto parent = paths_.find(event.wd);
      if (parent == paths_.end()) continue;
      if (event.mask & IN_IGNORED) {
        paths_.erase(parent);
        continue;
      }
      if (!(event.mask & IN_ISDIR)) continue;
      const std::string base = parent->second == "/" ? "" : parent->second;
      const std::string path = base + "/" + event.name;
      made.push_back(path);
      follow(path, &made);
    }
  }
  return made;
}

bool CgroupJournal::take_overflow() {
  return std::exchange(has_overflow_, false);
}

}  // namespace vestige
