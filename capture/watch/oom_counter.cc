// SPDX-License-Identifier: Apache-2.0
#include "capture/watch/oom_counter.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "capture/proc_file.h"

namespace vestige {
namespace {

// "..., rw,memory" of a cgroup v1 mount, or nothing.
std::string v1_memory_mount() {
  const std::string mounts = read_text("/proc/self/mountinfo");
  for (std::string_view line : split(mounts, '\n')) {
    const size_t dash = line.find(" - cgroup ");
    if (dash == line.npos) continue;
    const auto behind = split(line.substr(dash + 3), ' ');
    const auto fields = split(line.substr(0, dash), ' ');
    if (behind.size() < 3 || fields.size() < 5 || fields[3] != "/") continue;
    for (std::string_view option : split(behind[2], ','))
      if (option == "memory") return std::string(fields[4]);
  }
  return "";
}

// "9:memory:/docker/4f2a..." of /proc/PID/cgroup.
std::string v1_memory_path(pid_t pid) {
  const std::string text = read_text(fmt::format("/proc/{}/cgroup", pid));
  for (std::string_view line : split(text, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() < 3) continue;
    for (std::string_view controller : split(fields[1], ','))
      if (controller == "memory")
        return std::string(line.substr(size_t(fields[2].data() - line.data())));
  }
  return "";
}

}  // namespace

OomCounter::OomCounter(const std::string& directory, pid_t pid) {
  path_ = directory + "/memory.events";
  if (access(path_.c_str(), R_OK) != 0) {
    const std::string mount = v1_memory_mount();
    const std::string path = pid > 0 ? v1_memory_path(pid) : "";
    // The root's counts every kill on the machine.
    path_ = mount.empty() || path.size() < 2
                ? ""
                : mount + path + "/memory.oom_control";
  }
  last_ = read();
}

uint64_t OomCounter::read() const {
  if (path_.empty()) return 0;
  constexpr std::string_view kName = "oom_kill ";
  const std::string text = read_text(path_);
  for (std::string_view line : split(text, '\n'))
    if (line.starts_with(kName))
      return parse_number(line.substr(kName.size())).value_or(0);
  return last_;  // gone: nothing is known to be new
}

uint64_t OomCounter::take_new() {
  const uint64_t now = read();
  const uint64_t before = std::exchange(last_, std::max(last_, now));
  return last_ - before;
}

}  // namespace vestige
