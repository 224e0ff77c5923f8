// SPDX-License-Identifier: Apache-2.0
#include "capture/cgroup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "capture/clocks.h"
#include "capture/proc_file.h"

namespace vestige {
namespace {

Error failed(std::string_view what, std::string_view path, int error) {
  return {ErrorKind::kSystem,
          fmt::format("{} {}: {}", what, path, std::strerror(error))};
}

void collect_processes(const std::string& directory, std::vector<pid_t>& out) {
  if (const auto text = read_file(directory + "/cgroup.procs"))
    for (std::string_view line : split(*text, '\n'))
      if (const auto pid = parse_number(line)) out.push_back(pid_t(*pid));
  for (const std::string& name : list_directory(directory)) {
    struct stat info;
    const std::string child = directory + "/" + name;
    if (stat(child.c_str(), &info) == 0 && S_ISDIR(info.st_mode))
      collect_processes(child, out);
  }
}

std::string strip_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

Result<std::string> cgroup_mount() {
  // 31 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw
  const std::string mounts = read_text("/proc/self/mountinfo");
  for (std::string_view line : split(mounts, '\n')) {
    const size_t dash = line.find(" - cgroup2 ");
    if (dash == line.npos) continue;
    const auto fields = split(line.substr(0, dash), ' ');
    if (fields.size() >= 5 && fields[3] == "/") return std::string(fields[4]);
  }
  return Error{ErrorKind::kSystem,
               "no cgroup v2 tree is mounted; mount one with 'mount -t cgroup2 "
               "none /sys/fs/cgroup/unified'"};
}

Result<std::string> cgroup_of(pid_t pid) {
  const std::string text = read_text(fmt::format("/proc/{}/cgroup", pid));
  for (std::string_view line : split(text, '\n'))
    if (line.starts_with("0::")) return std::string(line.substr(3));
  return Error{ErrorKind::kSystem,
               fmt::format("process {}: no such process, or it is in no v2 "
                           "cgroup",
                           pid)};
}

bool is_below(const std::string& path, const std::string& above) {
  return above == "/" || path == above || path.starts_with(above + "/");
}

Result<Cgroup> Cgroup::open(const std::string& wanted) {
  const std::string mount = TRY(cgroup_mount());
  std::string path = strip_slashes(wanted);
  if (path.starts_with(mount + "/")) path.erase(0, mount.size());
  if (path == mount) path = "/";
  if (!path.starts_with('/')) path.insert(0, "/");
  std::string directory = path == "/" ? mount : mount + path;
  UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return failed("cgroup", directory, errno);
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return failed("cgroup", directory, errno);
  // The inode number of a cgroup directory is its id (since 5.5).
  return Cgroup(std::move(fd), path, directory, info.st_ino);
}

Result<Cgroup> Cgroup::create(const std::string& name) {
  const std::string mount = TRY(cgroup_mount());
  std::string path = TRY(cgroup_of(getpid()));
  if (path != "/") path += '/';
  path += name;
  if (mkdir((mount + path).c_str(), 0755) != 0)
    return failed("cannot make cgroup", mount + path, errno);
  return open(path);
}

bool Cgroup::is_populated() const {
  if (!fd_) return false;
  const auto events = read_file(directory_ + "/cgroup.events");
  if (!events) return path_ == "/";  // the root has no such file
  return events->find("populated 1") != events->npos;
}

uint64_t Cgroup::made_ns() const {
  struct stat info;
  if (fstat(fd_.get(), &info) != 0) return 0;
  // A cgroup's directory has no time of birth, and nobody changes it later.
  const int64_t made_unix_ns =
      int64_t{info.st_ctim.tv_sec} * 1'000'000'000 + info.st_ctim.tv_nsec;
  const ClockPair now = clock_pair();
  const int64_t ago_ns = now.unix_ns - made_unix_ns;
  return ago_ns < 0 ? now.boot_ns : now.boot_ns - uint64_t(ago_ns);
}

bool Cgroup::is_gone() const {
  struct stat info;  // another may have been made under the same name
  return stat(directory_.c_str(), &info) != 0 || info.st_ino != id_;
}

std::vector<pid_t> Cgroup::processes() const {
  std::vector<pid_t> pids;
  if (!fd_) return pids;
  collect_processes(directory_, pids);
  return pids;
}

Result<void> Cgroup::move_here(pid_t pid) const {
  if (!write_file(directory_ + "/cgroup.procs", std::to_string(pid)))
    return failed(fmt::format("cannot move process {} to cgroup", pid),
                  directory_, errno);
  return {};
}

void Cgroup::remove() {
  fd_.reset();
  const std::string parent = directory_.substr(0, directory_.rfind('/'));
  for (int attempt = 0; attempt < 50; ++attempt) {
    if (rmdir(directory_.c_str()) == 0 || errno == ENOENT) return;
    for (const pid_t pid : processes())
      write_file(parent + "/cgroup.procs", std::to_string(pid));
    // A dead process leaves its cgroup a moment after it was waited for.
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace vestige
