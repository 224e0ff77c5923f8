// SPDX-License-Identifier: Apache-2.0
#include "capture/proc_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "capture/cgroup.h"
#include "capture/proc_file.h"

namespace vestige {
namespace {

constexpr size_t kTextLimit = 1 << 20;  // argv, env

// Field numbers of proc(5), /proc/pid/stat, counted behind the comm.
constexpr size_t kStatParent = 1, kStatGroup = 2, kStatSession = 3;
constexpr size_t kStatFlags = 6, kStatThreads = 17, kStatStart = 19;
constexpr uint64_t kExiting = 0x4;  // PF_EXITING

struct Stat {
  std::string comm;
  uint32_t parent = 0, group = 0, session = 0;
  uint64_t start_ns = 0;
  bool is_over = false;  // its last thread is exiting, or has
};

uint64_t ns_per_tick() {
  return 1'000'000'000 / uint64_t(sysconf(_SC_CLK_TCK));
}

// "17 (a) b) S 1 ...": the comm may hold anything, so the last ")" counts.
std::optional<Stat> read_stat(const std::string& folder) {
  const auto text = read_file(folder + "/stat");
  if (!text) return std::nullopt;
  const size_t open = text->find('('), close = text->rfind(')');
  if (open == text->npos || close == text->npos || close < open)
    return std::nullopt;
  const auto fields = split(std::string_view(*text).substr(close + 2), ' ');
  if (fields.size() <= kStatStart) return std::nullopt;
  const auto number = [&](size_t i) {
    return parse_number(fields[i]).value_or(0);
  };
  return Stat{
      text->substr(open + 1, close - open - 1),
      uint32_t(number(kStatParent)),
      uint32_t(number(kStatGroup)),
      uint32_t(number(kStatSession)),
      number(kStatStart) * ns_per_tick(),
      (number(kStatFlags) & kExiting) != 0 && number(kStatThreads) <= 1};
}

// Lines of /proc/pid/status: "Name:\tvalue\tvalue".
struct Status {
  std::string text;

  [[nodiscard]] std::vector<std::string_view> values(
      std::string_view name) const {
    for (std::string_view line : split(text, '\n')) {
      if (!line.starts_with(name) || line.size() <= name.size() ||
          line[name.size()] != ':')
        continue;
      line.remove_prefix(name.size() + 1);
      std::vector<std::string_view> out;
      for (std::string_view value : split(line, '\t'))
        if (!value.empty()) out.push_back(value);
      return out;
    }
    return {};
  }
  [[nodiscard]] uint32_t last_number(std::string_view name) const {
    const auto all = values(name);
    return all.empty() ? 0 : uint32_t(parse_number(all.back()).value_or(0));
  }
  [[nodiscard]] uint64_t mask(std::string_view name) const {
    const auto all = values(name);
    return all.empty() ? 0 : parse_number(all[0], 16).value_or(0);
  }
};

// "pid:[4026531836]" to its number.
uint32_t read_namespace(const std::string& folder, std::string_view name) {
  const auto link = read_link(folder + "/ns/" + std::string(name));
  const size_t bracket = link ? link->find('[') : std::string::npos;
  if (bracket == std::string::npos) return 0;
  return uint32_t(
      parse_number(std::string_view(*link).substr(bracket + 1)).value_or(0));
}

CredentialsPart read_credentials(const Status& status,
                                 const std::string& folder) {
  CredentialsPart part = {};
  const auto ids = [&](std::string_view name, uint32_t& real,
                       uint32_t& effective, uint32_t& saved, uint32_t& fs) {
    const auto all = status.values(name);
    if (all.size() < 4) return;
    real = uint32_t(parse_number(all[0]).value_or(0));
    effective = uint32_t(parse_number(all[1]).value_or(0));
    saved = uint32_t(parse_number(all[2]).value_or(0));
    fs = uint32_t(parse_number(all[3]).value_or(0));
  };
  ids("Uid", part.uid, part.euid, part.suid, part.fsuid);
  ids("Gid", part.gid, part.egid, part.sgid, part.fsgid);
  part.cap_inheritable = status.mask("CapInh");
  part.cap_permitted = status.mask("CapPrm");
  part.cap_effective = status.mask("CapEff");
  part.cap_bounding = status.mask("CapBnd");
  part.cap_ambient = status.mask("CapAmb");
  part.user_namespace = read_namespace(folder, "user");
  return part;
}

// Follows the magic link, which leads to the object itself, not to a name.
// An automount or a dead network server cannot block: O_PATH asks nobody.
bool read_object(const std::string& link, FilePart& part) {
  const UniqueFd fd(open(link.c_str(), O_PATH | O_CLOEXEC));
  struct stat info;
  if (!fd || fstat(fd.get(), &info) != 0) return false;
  part.inode = info.st_ino;
  part.dev_major = major(info.st_dev);
  part.dev_minor = minor(info.st_dev);
  part.mode = info.st_mode;
  part.size = uint64_t(info.st_size);
  part.nlink = uint32_t(info.st_nlink);
  part.uid = info.st_uid;
  part.gid = info.st_gid;
  struct statfs fs;
  if (fstatfs(fd.get(), &fs) == 0) part.fs_magic = uint32_t(fs.f_type);
  return true;
}

std::vector<std::string> read_vector(const std::string& path) {
  const std::string text = read_file(path, kTextLimit).value_or("");
  std::vector<std::string> out;
  for (std::string_view piece : split(text, '\0')) out.emplace_back(piece);
  return out;
}

// pos and flags (octal) of /proc/pid/fdinfo/N.
void read_fdinfo(const std::string& path, FdState& fd) {
  const std::string text = read_text(path);
  for (std::string_view line : split(text, '\n')) {
    if (line.starts_with("pos:\t"))
      fd.file.offset = parse_number(line.substr(5)).value_or(0);
    if (line.starts_with("flags:\t"))
      fd.file.open_flags =
          uint32_t(parse_number(line.substr(7), 8).value_or(0));
  }
  fd.close_on_exec = (fd.file.open_flags & O_CLOEXEC) != 0;
}

void read_fds(const std::string& folder, ProcessState& process,
              SocketTables& sockets, const ProcessLimits& limits,
              ProcessMisses& misses) {
  for (const std::string& name : list_directory(folder + "/fd")) {
    if (process.fds.size() >= limits.fds) {
      ++misses.beyond;
      continue;
    }
    const std::string link = folder + "/fd/" + name;
    auto target = read_link(link);
    if (!target) continue;  // closed meanwhile
    FdState fd;
    fd.fd = int32_t(parse_number(name).value_or(0));
    fd.target = std::move(*target);
    read_object(link, fd.file);
    read_fdinfo(folder + "/fdinfo/" + name, fd);
    if (fd.target.starts_with("socket:["))
      if (const SocketPart* socket =
              sockets.find(pid_t(process.task.pid), process.task.net_namespace,
                           fd.file.inode))
        fd.socket = *socket;
    process.fds.push_back(std::move(fd));
  }
  std::ranges::sort(process.fds, {}, &FdState::fd);
}

void read_threads(const std::string& folder, ProcessState& process,
                  const ProcessLimits& limits, ProcessMisses& misses) {
  for (const std::string& name : list_directory(folder + "/task")) {
    if (process.threads.size() >= limits.threads) {
      ++misses.beyond;
      continue;
    }
    const std::string task = folder + "/task/" + name;
    auto stat = read_stat(task);
    const Status status{read_text(task + "/status")};
    if (!stat) continue;
    process.threads.push_back({.tid = uint32_t(parse_number(name).value_or(0)),
                               .ns_tid = status.last_number("NSpid"),
                               .start_ns = stat->start_ns,
                               .comm = std::move(stat->comm)});
  }
  std::ranges::sort(process.threads, {}, &ThreadState::tid);
}

void read_task(pid_t pid, const Stat& stat, const Status& status,
               const std::string& folder, TaskPart& task) {
  task.pid = task.tid = uint32_t(pid);
  task.ns_pid = status.last_number("NStgid");
  task.ns_tid = status.last_number("NSpid");
  task.parent_pid = stat.parent;
  task.session = stat.session;
  task.process_group = stat.group;
  task.pid_namespace = read_namespace(folder, "pid");
  task.mnt_namespace = read_namespace(folder, "mnt");
  task.net_namespace = read_namespace(folder, "net");
  task.start_ns = task.process_start_ns = stat.start_ns;
}

}  // namespace

std::optional<ProcessState> read_process(pid_t pid, Detail detail,
                                         SocketTables& sockets,
                                         ProcessMisses& misses,
                                         const ProcessLimits& limits) {
  const std::string folder = fmt::format("/proc/{}", pid);
  auto stat = read_stat(folder);
  if (!stat) return std::nullopt;
  // Its exit may be on record already, and it must not come to life again.
  if (detail == Detail::kFull && stat->is_over) return std::nullopt;
  const Status status{read_text(folder + "/status")};
  ProcessState process;
  read_task(pid, *stat, status, folder, process.task);
  if (auto parent = read_stat(fmt::format("/proc/{}", stat->parent)))
    process.task.parent_start_ns = parent->start_ns;
  process.credentials = read_credentials(status, folder);
  process.comm = std::move(stat->comm);
  if (auto exe = read_link(folder + "/exe")) {
    process.exe = std::move(*exe);
    read_object(folder + "/exe", process.exe_file);
  } else if (errno == EACCES || errno == EPERM) {
    ++misses.denied;
  }
  process.cwd = read_link(folder + "/cwd").value_or("");
  process.root = read_link(folder + "/root").value_or("");
  if (detail == Detail::kFull) {
    read_threads(folder, process, limits, misses);
    read_fds(folder, process, sockets, limits, misses);
  }
  if (auto path = cgroup_of(pid))
    if (auto cgroup = Cgroup::open(*path)) process.cgroup_id = cgroup->id();
  return process;
}

bool read_memory(ProcessState& process, Detail detail) {
  const std::string folder = fmt::format("/proc/{}", process.task.pid);
  process.argv = read_vector(folder + "/cmdline");
  if (detail == Detail::kFull) process.env = read_vector(folder + "/environ");
  // The pid may have been reused while it was read.
  const auto stat = read_stat(folder);
  const uint64_t tick = ns_per_tick();
  return stat && stat->start_ns / tick == process.task.start_ns / tick;
}

Result<void> ProcProcesses::read(const Cgroup& cgroup, const Sink& sink,
                                 const std::function<void()>&,
                                 ProcessMisses& misses) {
  SocketTables sockets;
  for (const pid_t pid : cgroup.processes()) {
    auto process = read_process(pid, Detail::kFull, sockets, misses, limits_);
    if (process)
      sink(std::move(*process));
    else
      ++misses.races;
  }
  return {};
}

std::vector<MountState> read_mounts(pid_t pid, uint32_t mnt_namespace) {
  std::vector<MountState> mounts;
  const std::string text = read_text(fmt::format("/proc/{}/mountinfo", pid));
  for (std::string_view line : split(text, '\n')) {
    // id parent major:minor root point options tags... - type source options
    const auto fields = split(line, ' ');
    const auto dash = std::ranges::find(fields, "-");
    if (dash - fields.begin() < 6 || fields.end() - dash < 3) continue;
    const auto number = [](std::string_view field) {
      return uint32_t(parse_number(field).value_or(0));
    };
    const size_t colon = fields[2].find(':');
    mounts.push_back({.mount_id = number(fields[0]),
                      .parent_id = number(fields[1]),
                      .dev_major = number(fields[2]),
                      .dev_minor = colon == fields[2].npos
                                       ? 0
                                       : number(fields[2].substr(colon + 1)),
                      .mnt_namespace = mnt_namespace,
                      .root = std::string(fields[3]),
                      .mount_point = std::string(fields[4]),
                      .options = std::string(fields[5]),
                      .fs_type = std::string(dash[1]),
                      .source = std::string(dash[2])});
  }
  return mounts;
}

bool is_namespace_init(pid_t pid) {
  const Status status{read_text(fmt::format("/proc/{}/status", pid))};
  const auto numbers = status.values("NSpid");
  return numbers.size() > 1 && numbers.back() == "1";
}

}  // namespace vestige
