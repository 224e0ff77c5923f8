// SPDX-License-Identifier: Apache-2.0
//
// Fields of the process, its ancestors, its user.
// {name, type, flags, width, title, doc, getter}: one line per field; without
// a getter a trace cannot answer it, and it never matches.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "format/flag_text.h"
#include "replay/facts/argv_text.h"
#include "replay/facts/event_args.h"
#include "replay/facts/getter.h"

namespace vestige {
namespace {

// Beyond this a chain of parents is not followed.
constexpr int kMaxGenerations = 128;

void add_if(FieldValues& out, std::string_view text) {
  if (!text.empty()) out.add_text(text);
}
void add_first(FieldValues& out, std::string_view argv) {
  add_if(out, argv.substr(0, argv.find('\0')));
}

std::string command_line(const ProcessRow& row) {
  const std::string args = arguments(row.argv);
  return args.empty() ? std::string(row.comm)
                      : std::string(row.comm) + " " + args;
}
void add_args(std::string_view argv, const FieldArgument& arg,
              FieldValues& out) {
  if (arg.text.empty()) return out.add_kept(arguments(argv));
  const auto all = split_strings(after_first(argv));
  if (arg.index && *arg.index >= 0 && size_t(*arg.index) < all.size())
    out.add_text(all[size_t(*arg.index)]);
}
void add_env(std::string_view env, const FieldArgument& arg, FieldValues& out) {
  if (arg.text.empty()) return out.add_kept(spaced(env));
  for (const std::string_view each : split_strings(env)) {
    const size_t equal = each.find('=');
    if (equal != each.npos && each.substr(0, equal) == arg.text)
      return out.add_text(each.substr(equal + 1));
  }
}

// visit() for the ancestor the argument names, 0 being the process, or for
// all of them.
template <typename Visit>
void ancestors(const EventView& v, const FieldArgument& arg, Visit visit) {
  if (arg.index) {
    if (*arg.index < 0 || *arg.index > kMaxGenerations) return;
    if (const Process* process = v.ancestor(int(*arg.index))) visit(*process);
    return;
  }
  for (int i = 1; i < kMaxGenerations; ++i) {
    const Process* process = v.ancestor(i);
    if (!process) return;
    visit(*process);
  }
}

const Process* leader(const EventView& v, uint32_t pid) {
  return pid ? v.tree->find(pid, 0) : nullptr;
}
// Once the leader is gone, or was never known: the first ancestor in line
// that is of the same session.
const Process* session_leader(const EventView& v) {
  if (!v.process) return nullptr;
  const uint32_t session = v.process->row.session;
  if (const Process* known = leader(v, session)) return known;
  const Process* found = v.process;
  for (int i = 0; i < kMaxGenerations; ++i) {
    const Process* parent = v.tree->get(found->row.parent);
    if (!parent || parent->row.session != session) break;
    found = parent;
  }
  return found;
}

int64_t age(const EventView& v, const Process& process) {
  return int64_t(v.event->time_ns - process.row.start_ns);
}

void add_cwd(const Process& process, FieldValues& out) {
  const std::string_view cwd =
      process.directories ? process.directories->cwd : process.row.cwd;
  if (cwd.empty()) return;
  out.add_kept(cwd.ends_with('/') ? std::string(cwd) : std::string(cwd) + "/");
}

bool knows_layer(const EventView& v) {
  return v.exe && v.exe->has_file && v.exe->file.layer != Layer::kUnknown;
}
bool knows_credentials(const EventView& v) {
  return v.process && v.process->row.credentials_known;
}
bool is_writable(const FilePart& file, const CredentialsPart& who) {
  if (who.euid == 0) return true;
  if (file.uid == who.euid) return file.mode & 0200;
  if (file.gid == who.egid) return file.mode & 0020;
  return file.mode & 0002;
}

std::string capabilities(uint64_t set) {
  std::string out;
  for (uint64_t i = 0; i < 64; ++i) {
    if (!(set >> i & 1)) continue;
    const FlagNames names = flag_names(ArgKind::kCapability, i, kNativeAbi);
    if (names.names.empty()) continue;
    if (!out.empty()) out += ' ';
    out += names.names[0];
  }
  return out;
}

int64_t count_fds(const Process& process) {
  int64_t count = 0;
  if (process.fds)
    process.fds->for_each([&](int, FdTable::Entry&) { ++count; });
  return count;
}
const OpenFile* file_at(const EventView& v, int fd) {
  if (!v.process || !v.process->fds) return nullptr;
  const FdTable::Entry* entry = v.process->fds->find(fd);
  return entry ? entry->file.get() : nullptr;
}
void add_fd_name(const EventView& v, int fd, FieldValues& out) {
  const OpenFile* file = file_at(v, fd);
  if (file) add_if(out, file->path);
}
void add_fd_type(const EventView& v, int fd, FieldValues& out) {
  const OpenFile* file = file_at(v, fd);
  if (file) add_if(out, type_name(type_char(v, *file)));
}

// As the kernel numbers devices; 0 for what is no terminal.
int64_t terminal_number(const OpenFile& file) {
  constexpr int64_t kPts = 136 << 8, kTty = 4 << 8, kConsole = (5 << 8) | 1;
  constexpr std::string_view kPtsFolder = "/dev/pts/", kTtyName = "/dev/tty";
  const std::string_view path = file.path;
  const auto number = [&](size_t from) {
    int64_t out = 0;
    std::from_chars(path.data() + from, path.data() + path.size(), out);
    return out & 0xff;
  };
  if (path == "/dev/console") return kConsole;
  if (path.starts_with(kPtsFolder)) return kPts + number(kPtsFolder.size());
  return path.starts_with(kTtyName) ? kTty + number(kTtyName.size()) : 0;
}
int64_t terminal_of(const EventView& v) {
  for (int fd = 0; fd < 3; ++fd) {
    const OpenFile* file = file_at(v, fd);
    if (file && terminal_number(*file) != 0) return terminal_number(*file);
  }
  return 0;
}

std::string_view origin_text(ProcessOrigin origin) {
  switch (origin) {
    case ProcessOrigin::kSnapshot: return "snapshot";
    case ProcessOrigin::kFork: return "fork";
    case ProcessOrigin::kInferred: return "inferred";
  }
  return "inferred";
}

constexpr FieldInfo kFields[] = {
    {"group.gid", FieldType::kUnsigned, kPlain, 5, "GID",
     "effective group id, initial namespace",
     GET_IF(knows_credentials(v),
            out.add_number(v.process->row.credentials.egid))},
    {"group.name", FieldType::kText, kPlain, 8, "Group",
     "root for group id 0; other names are not in a trace: <NA>",
     GET_IF(
         knows_credentials(v),
         out.add_text(v.process->row.credentials.egid == 0 ? "root" : "<NA>"))},
    {"proc.exe", FieldType::kText, kPlain, 20, "Exe",
     "first word of the command line",
     GET_IF(v.process, add_first(out, v.process->row.argv))},
    {"proc.pexe", FieldType::kText, kPlain, 20, "Parent",
     "proc.exe of the parent",
     GET_IF(v.ancestor(1), add_first(out, v.ancestor(1)->row.argv))},
    {"proc.aexe", FieldType::kText, uint8_t(kArgAllowed | kAnyOf), 20, "Exe",
     "proc.exe of an ancestor: [1] the parent; without number any of them",
     GET(ancestors(v, arg,
                   [&](const Process& p) { add_first(out, p.row.argv); }))},
    {"proc.exepath", FieldType::kText, kPlain, 30, "Program",
     "path of the program", GET_IF(v.process, add_if(out, v.process->row.exe))},
    {"proc.pexepath", FieldType::kText, kPlain, 30, "Program",
     "path of the program of the parent",
     GET_IF(v.ancestor(1), add_if(out, v.ancestor(1)->row.exe))},
    {"proc.aexepath", FieldType::kText, uint8_t(kArgAllowed | kAnyOf), 30,
     "Program", "path of the program of an ancestor",
     GET(ancestors(v, arg, [&](const Process& p) { add_if(out, p.row.exe); }))},
    {"proc.name", FieldType::kText, kPlain, 15, "Process",
     "name of the process, at most 15 bytes",
     GET_IF(v.process, add_if(out, v.process->row.comm))},
    {"proc.pname", FieldType::kText, kPlain, 15, "Parent", "name of the parent",
     GET_IF(v.ancestor(1), add_if(out, v.ancestor(1)->row.comm))},
    {"proc.aname", FieldType::kText, uint8_t(kArgAllowed | kAnyOf), 15,
     "Ancestor",
     "name of an ancestor: [1] the parent; without number any of them",
     GET(ancestors(v, arg,
                   [&](const Process& p) { add_if(out, p.row.comm); }))},
    {"proc.args", FieldType::kText, kArgAllowed, 40, "Arguments",
     "arguments without the first word; [0] for one of them",
     GET_IF(v.process, add_args(v.process->row.argv, arg, out))},
    {"proc.aargs", FieldType::kText, uint8_t(kArgAllowed | kAnyOf), 40,
     "Arguments", "arguments of an ancestor",
     GET(ancestors(
         v, arg,
         [&](const Process& p) { out.add_kept(arguments(p.row.argv)); }))},
    {"proc.cmdline", FieldType::kText, kPlain, 40, "Command",
     "name and arguments",
     GET_IF(v.process, out.add_kept(command_line(v.process->row)))},
    {"proc.pcmdline", FieldType::kText, kPlain, 40, "Command",
     "name and arguments of the parent",
     GET_IF(v.ancestor(1), out.add_kept(command_line(v.ancestor(1)->row)))},
    {"proc.acmdline", FieldType::kText, uint8_t(kArgAllowed | kAnyOf), 40,
     "Command", "name and arguments of an ancestor",
     GET(ancestors(
         v, arg,
         [&](const Process& p) { out.add_kept(command_line(p.row)); }))},
    {"proc.cmdnargs", FieldType::kUnsigned, kPlain, 4, "Args",
     "number of arguments, without the first word",
     GET_IF(v.process, out.add_number(count_args(v.process->row.argv)))},
    {"proc.cmdlenargs", FieldType::kUnsigned, kPlain, 6, "Bytes",
     "bytes of all arguments, without the first word",
     GET_IF(v.process,
            out.add_number(int64_t(length_of_args(v.process->row.argv))))},
    {"proc.exeline", FieldType::kText, kPlain, 40, "Command",
     "the whole command line",
     GET_IF(v.process, out.add_kept(spaced(v.process->row.argv)))},
    {"proc.env", FieldType::kText, kArgAllowed, 40, "Environment",
     "environment at exec; [NAME] for one value. None if the exec was not seen",
     GET_IF(v.exe, add_env(v.exe->env, arg, out))},
    {"proc.aenv", FieldType::kText, uint8_t(kArgAllowed | kAnyOf), 10, "aenv",
     "never answered: the environment of ancestors is not kept", nullptr},
    {"proc.cwd", FieldType::kText, kPlain, 30, "Directory",
     "working directory, with a slash at the end",
     GET_IF(v.process, add_cwd(*v.process, out))},
    {"proc.loginshellid", FieldType::kSigned, kPlain, 10, "loginshellid",
     "never answered: login shells are not followed", nullptr},
    {"proc.tty", FieldType::kUnsigned, kPlain, 6, "TTY",
     "device number of the terminal that standard input, output or error is; "
     "0 for none or none known: inferred, the controlling terminal is not "
     "recorded",
     GET_IF(v.process, out.add_number(terminal_of(v)))},
    {"proc.pid", FieldType::kSigned, kPlain, 7, "PID",
     "process id in the initial namespace",
     GET_IF(v.kind == RowKind::kEvent || v.process,
            out.add_number(v.event->pid))},
    {"proc.ppid", FieldType::kSigned, kPlain, 7, "PPID",
     "process id of the parent",
     GET_IF(v.ancestor(1), out.add_number(v.ancestor(1)->row.pid))},
    {"proc.apid", FieldType::kSigned, uint8_t(kArgAllowed | kAnyOf), 7, "PID",
     "process id of an ancestor",
     GET(ancestors(v, arg,
                   [&](const Process& p) { out.add_number(p.row.pid); }))},
    {"proc.vpid", FieldType::kSigned, kPlain, 7, "VPID",
     "process id in its own namespace",
     GET_IF(v.process&& v.process->row.ns_pid,
            out.add_number(v.process->row.ns_pid))},
    {"proc.pvpid", FieldType::kSigned, kPlain, 7, "PVPID",
     "process id of the parent in its own namespace",
     GET_IF(v.ancestor(1) && v.ancestor(1)->row.ns_pid,
            out.add_number(v.ancestor(1)->row.ns_pid))},
    {"proc.sid", FieldType::kSigned, kPlain, 7, "SID", "session id",
     GET_IF(v.process, out.add_number(v.process->row.session))},
    {"proc.sname", FieldType::kText, kPlain, 15, "Leader",
     "name of the session leader",
     GET_IF(session_leader(v), add_if(out, session_leader(v)->row.comm))},
    {"proc.sid.exe", FieldType::kText, kPlain, 15, "Leader",
     "first word of the command line of the session leader",
     GET_IF(session_leader(v), add_first(out, session_leader(v)->row.argv))},
    {"proc.sid.exepath", FieldType::kText, kPlain, 15, "Leader",
     "path of the program of the session leader",
     GET_IF(session_leader(v), add_if(out, session_leader(v)->row.exe))},
    {"proc.vpgid", FieldType::kSigned, kPlain, 10, "vpgid",
     "never answered: not recorded", nullptr},
    {"proc.vpgid.name", FieldType::kText, kPlain, 15, "Leader",
     "name of the process group leader",
     GET_IF(v.process&& leader(v, v.process->row.process_group),
            add_if(out, leader(v, v.process->row.process_group)->row.comm))},
    {"proc.vpgid.exe", FieldType::kText, kPlain, 15, "Leader",
     "first word of the command line of the process group leader",
     GET_IF(v.process&& leader(v, v.process->row.process_group),
            add_first(out, leader(v, v.process->row.process_group)->row.argv))},
    {"proc.vpgid.exepath", FieldType::kText, kPlain, 15, "Leader",
     "path of the program of the process group leader",
     GET_IF(v.process&& leader(v, v.process->row.process_group),
            add_if(out, leader(v, v.process->row.process_group)->row.exe))},
    {"proc.pgid", FieldType::kSigned, kPlain, 7, "PGID",
     "process group in the initial namespace",
     GET_IF(v.process, out.add_number(v.process->row.process_group))},
    {"proc.pgid.name", FieldType::kText, kPlain, 15, "Leader",
     "name of the process group leader",
     GET_IF(v.process&& leader(v, v.process->row.process_group),
            add_if(out, leader(v, v.process->row.process_group)->row.comm))},
    {"proc.pgid.exe", FieldType::kText, kPlain, 15, "Leader",
     "first word of the command line of the process group leader",
     GET_IF(v.process&& leader(v, v.process->row.process_group),
            add_first(out, leader(v, v.process->row.process_group)->row.argv))},
    {"proc.pgid.exepath", FieldType::kText, kPlain, 15, "Leader",
     "path of the program of the process group leader",
     GET_IF(v.process&& leader(v, v.process->row.process_group),
            add_if(out, leader(v, v.process->row.process_group)->row.exe))},
    {"proc.duration", FieldType::kRelTime, kPlain, 16, "Age",
     "nanoseconds since the process began",
     GET_IF(v.process&& v.process->row.start_ns,
            out.add_number(age(v, *v.process)))},
    {"proc.ppid.duration", FieldType::kRelTime, kPlain, 16, "Age",
     "nanoseconds since the parent began",
     GET_IF(v.ancestor(1) && v.ancestor(1)->row.start_ns,
            out.add_number(age(v, *v.ancestor(1))))},
    {"proc.pid.ts", FieldType::kAbsTime, kPlain, 19, "Start",
     "when the process began, nanoseconds since 1970",
     GET_IF(v.process&& v.process->row.start_ns,
            out.add_number(v.unix_ns() - age(v, *v.process)))},
    {"proc.ppid.ts", FieldType::kAbsTime, kPlain, 19, "Start",
     "when the parent began, nanoseconds since 1970",
     GET_IF(v.ancestor(1) && v.ancestor(1)->row.start_ns,
            out.add_number(v.unix_ns() - age(v, *v.ancestor(1))))},
    {"proc.is_exe_writable", FieldType::kBool, kPlain, 5, "Writable",
     "the user of the process may write to the program file, by its mode",
     GET_IF(
         v.exe&& v.exe->has_file&& v.process,
         out.add_bool(is_writable(v.exe->file, v.process->row.credentials)))},
    {"proc.is_exe_upper_layer", FieldType::kBool, kPlain, 5, "Upper",
     "the program was made or changed in this container",
     GET_IF(knows_layer(v), out.add_bool(v.exe->file.layer == Layer::kUpper))},
    {"proc.is_exe_lower_layer", FieldType::kBool, kPlain, 5, "Lower",
     "the program is as in the image",
     GET_IF(knows_layer(v), out.add_bool(v.exe->file.layer == Layer::kLower))},
    {"proc.is_exe_from_memfd", FieldType::kBool, kPlain, 5, "Memfd",
     "the program is a file in memory without a name",
     GET_IF(v.process,
            out.add_bool((v.exe && v.exe->is_memfd) ||
                         v.process->row.exe.starts_with("memfd:") ||
                         v.process->row.exe.starts_with("/memfd:")))},
    {"proc.is_sid_leader", FieldType::kBool, kPlain, 5, "Leader",
     "the process leads its session",
     GET_IF(v.process,
            out.add_bool(v.process->row.session == v.process->row.pid))},
    {"proc.is_vpgid_leader", FieldType::kBool, kPlain, 5, "Leader",
     "the process leads its process group",
     GET_IF(v.process,
            out.add_bool(v.process->row.process_group == v.process->row.pid))},
    {"proc.is_pgid_leader", FieldType::kBool, kPlain, 5, "Leader",
     "the process leads its process group",
     GET_IF(v.process,
            out.add_bool(v.process->row.process_group == v.process->row.pid))},
    {"proc.exe_ino", FieldType::kSigned, kPlain, 10, "Inode",
     "inode of the program file",
     GET_IF(v.exe&& v.exe->has_file,
            out.add_number(int64_t(v.exe->file.inode)))},
    {"proc.exe_ino.ctime", FieldType::kAbsTime, kPlain, 10, "ctime",
     "never answered: not recorded", nullptr},
    {"proc.exe_ino.mtime", FieldType::kAbsTime, kPlain, 10, "mtime",
     "never answered: not recorded", nullptr},
    {"proc.exe_ino.ctime_duration_proc_start", FieldType::kAbsTime, kPlain, 10,
     "ctime_duration_proc_start", "never answered: not recorded", nullptr},
    {"proc.exe_ino.ctime_duration_pidns_start", FieldType::kAbsTime, kPlain, 10,
     "ctime_duration_pidns_start", "never answered: not recorded", nullptr},
    {"proc.pidns_init_start_ts", FieldType::kUnsigned, kPlain, 10,
     "pidns_init_start_ts", "never answered: not recorded", nullptr},
    {"thread.cap_permitted", FieldType::kText, kPlain, 30, "Caps",
     "capabilities of the process, separated by blanks",
     GET_IF(
         knows_credentials(v),
         out.add_kept(capabilities(v.process->row.credentials.cap_permitted)))},
    {"thread.cap_inheritable", FieldType::kText, kPlain, 30, "Caps",
     "capabilities of the process, separated by blanks",
     GET_IF(knows_credentials(v),
            out.add_kept(
                capabilities(v.process->row.credentials.cap_inheritable)))},
    {"thread.cap_effective", FieldType::kText, kPlain, 30, "Caps",
     "capabilities of the process, separated by blanks",
     GET_IF(
         knows_credentials(v),
         out.add_kept(capabilities(v.process->row.credentials.cap_effective)))},
    {"proc.fdopencount", FieldType::kUnsigned, kPlain, 5, "FDs",
     "descriptors known to be open",
     GET_IF(v.process, out.add_number(count_fds(*v.process)))},
    {"proc.fdlimit", FieldType::kSigned, kPlain, 10, "fdlimit",
     "never answered: not recorded", nullptr},
    {"proc.fdusage", FieldType::kReal, kPlain, 10, "fdusage",
     "never answered: not recorded", nullptr},
    {"proc.vmsize", FieldType::kUnsigned, kPlain, 10, "vmsize",
     "never answered: not recorded", nullptr},
    {"proc.vmrss", FieldType::kUnsigned, kPlain, 10, "vmrss",
     "never answered: not recorded", nullptr},
    {"proc.vmswap", FieldType::kUnsigned, kPlain, 10, "vmswap",
     "never answered: not recorded", nullptr},
    {"thread.pfmajor", FieldType::kUnsigned, kPlain, 10, "pfmajor",
     "never answered: not recorded", nullptr},
    {"thread.pfminor", FieldType::kUnsigned, kPlain, 10, "pfminor",
     "never answered: not recorded", nullptr},
    {"thread.tid", FieldType::kSigned, kPlain, 7, "TID",
     "thread id in the initial namespace", GET(out.add_number(v.event->tid))},
    {"thread.ismain", FieldType::kBool, kPlain, 5, "Main",
     "the first thread of its process",
     GET(out.add_bool(v.event->tid == v.event->pid))},
    {"thread.vtid", FieldType::kSigned, kPlain, 7, "VTID",
     "thread id in its own namespace; known for first threads",
     GET_IF(v.process&& v.process->row.ns_pid&& v.event->tid == v.event->pid,
            out.add_number(v.process->row.ns_pid))},
    {"thread.nametid", FieldType::kText, kPlain, 20, "Thread",
     "name and thread id",
     GET_IF(v.process, out.add_kept(std::string(v.process->row.comm) + ":" +
                                    std::to_string(v.event->tid)))},
    {"thread.exectime", FieldType::kRelTime, kPlain, 10, "exectime",
     "never answered: not recorded", nullptr},
    {"thread.totexectime", FieldType::kRelTime, kPlain, 10, "totexectime",
     "never answered: not recorded", nullptr},
    {"thread.cgroups", FieldType::kText, kPlain, 10, "cgroups",
     "never answered: not recorded", nullptr},
    {"thread.cgroup", FieldType::kText, kArgRequired, 10, "cgroup",
     "never answered: not recorded", nullptr},
    {"proc.nthreads", FieldType::kUnsigned, kPlain, 4, "Threads",
     "threads known to be alive, with the one of the event",
     GET_IF(v.process, out.add_number(std::max(v.process->live_threads, 1u)))},
    {"proc.nchilds", FieldType::kUnsigned, kPlain, 10, "nchilds",
     "never answered: not recorded", nullptr},
    {"thread.cpu", FieldType::kReal, kPlain, 10, "cpu",
     "never answered: not recorded", nullptr},
    {"thread.cpu.user", FieldType::kReal, kPlain, 10, "user",
     "never answered: not recorded", nullptr},
    {"thread.cpu.system", FieldType::kReal, kPlain, 10, "system",
     "never answered: not recorded", nullptr},
    {"thread.vmsize", FieldType::kUnsigned, kPlain, 10, "vmsize",
     "never answered: not recorded", nullptr},
    {"thread.vmrss", FieldType::kUnsigned, kPlain, 10, "vmrss",
     "never answered: not recorded", nullptr},
    {"thread.vmsize.b", FieldType::kUnsigned, kPlain, 10, "b",
     "never answered: not recorded", nullptr},
    {"thread.vmrss.b", FieldType::kUnsigned, kPlain, 10, "b",
     "never answered: not recorded", nullptr},
    {"proc.stdin.type", FieldType::kText, kPlain, 9, "stdin",
     "type of what stdin is", GET(add_fd_type(v, 0, out))},
    {"proc.stdout.type", FieldType::kText, kPlain, 9, "stdout",
     "type of what stdout is", GET(add_fd_type(v, 1, out))},
    {"proc.stderr.type", FieldType::kText, kPlain, 9, "stderr",
     "type of what stderr is", GET(add_fd_type(v, 2, out))},
    {"proc.stdin.name", FieldType::kText, kPlain, 20, "stdin", "what stdin is",
     GET(add_fd_name(v, 0, out))},
    {"proc.stdout.name", FieldType::kText, kPlain, 20, "stdout",
     "what stdout is", GET(add_fd_name(v, 1, out))},
    {"proc.stderr.name", FieldType::kText, kPlain, 20, "stderr",
     "what stderr is", GET(add_fd_name(v, 2, out))},
    {"user.uid", FieldType::kUnsigned, kPlain, 5, "UID",
     "effective user id, initial namespace",
     GET_IF(knows_credentials(v),
            out.add_number(v.process->row.credentials.euid))},
    {"user.name", FieldType::kText, kPlain, 8, "User",
     "root for user id 0; other names are not in a trace: <NA>",
     GET_IF(
         knows_credentials(v),
         out.add_text(v.process->row.credentials.euid == 0 ? "root" : "<NA>"))},
    {"user.homedir", FieldType::kText, kPlain, 10, "homedir",
     "never answered: not in a trace", nullptr},
    {"user.shell", FieldType::kText, kPlain, 10, "shell",
     "never answered: not in a trace", nullptr},
    {"user.loginuid", FieldType::kSigned, kPlain, 10, "loginuid",
     "never answered: not in a trace", nullptr},
    {"user.loginname", FieldType::kText, kPlain, 10, "loginname",
     "never answered: not in a trace", nullptr},
    {"proc.id", FieldType::kUnsigned, kPlain, 6, "ID",
     "id of the process in the trace, never reused",
     GET_IF(v.process, out.add_number(uint32_t(v.process->row.id)))},
    {"proc.origin", FieldType::kText, kPlain, 8, "Origin",
     "how the process is known: snapshot, fork, inferred",
     GET_IF(v.process, out.add_text(origin_text(v.process->row.origin)))},
    {"proc.exe_deleted", FieldType::kBool, kPlain, 5, "Deleted",
     "the program file had no name left at exec",
     GET_IF(v.exe&& v.exe->has_file, out.add_bool(v.exe->file.nlink == 0))},
};

}  // namespace

std::span<const FieldInfo> process_fields() {
  return kFields;
}

}  // namespace vestige
