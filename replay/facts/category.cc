// SPDX-License-Identifier: Apache-2.0
#include "replay/facts/category.h"

#include <algorithm>
#include <iterator>

#include "replay/facts/event_args.h"

namespace vestige {
namespace {

// Where the category is not that of the effect.
struct Named {
  std::string_view name, category;
};
constexpr Named kByName[] = {
    {"arch_prctl", "process"},
    {"bpf", "other"},
    {"brk", "memory"},
    {"capset", "process"},
    {"clock_nanosleep", "sleep"},
    {"copy_file_range", "file"},
    {"epoll_create", "wait"},
    {"epoll_create1", "wait"},
    {"epoll_ctl", "wait"},
    {"epoll_pwait", "wait"},
    {"epoll_pwait2", "wait"},
    {"epoll_wait", "wait"},
    {"eventfd", "IPC"},
    {"eventfd2", "IPC"},
    {"fdatasync", "file"},
    {"flock", "file"},
    {"fsync", "file"},
    {"fsconfig", "system"},
    {"futex", "IPC"},
    {"getcwd", "file"},
    {"getpeername", "net"},
    {"getpgid", "process"},
    {"getpgrp", "process"},
    {"getpid", "process"},
    {"getppid", "process"},
    {"getpriority", "process"},
    {"getrandom", "other"},
    {"getrlimit", "process"},
    {"getsid", "process"},
    {"getsockname", "net"},
    {"getsockopt", "net"},
    {"gettid", "process"},
    {"gettimeofday", "time"},
    {"inotify_init", "IPC"},
    {"inotify_init1", "IPC"},
    {"io_uring_enter", "io-other"},
    {"io_uring_register", "io-other"},
    {"io_uring_setup", "io-other"},
    {"madvise", "memory"},
    {"memfd_create", "memory"},
    {"mlock", "memory"},
    {"mlock2", "memory"},
    {"mlockall", "memory"},
    {"mseal", "memory"},
    {"munlock", "memory"},
    {"munlockall", "memory"},
    {"munmap", "memory"},
    {"nanosleep", "sleep"},
    {"pidfd_open", "process"},
    {"poll", "wait"},
    {"ppoll", "wait"},
    {"prlimit64", "process"},
    {"process_vm_readv", "IPC"},
    {"process_vm_writev", "IPC"},
    {"pselect6", "wait"},
    {"quotactl", "user"},
    {"sched_switch", "scheduler"},
    {"select", "wait"},
    {"sendfile", "io-write"},
    {"set_robust_list", "process"},
    {"set_tid_address", "process"},
    {"setrlimit", "process"},
    {"setsockopt", "net"},
    {"signal_deliver", "signal"},
    {"signalfd", "signal"},
    {"signalfd4", "signal"},
    {"timerfd_create", "time"},
    {"timerfd_gettime", "time"},
    {"timerfd_settime", "time"},
    {"userfaultfd", "file"},
};
// Of calls without an effect that replay follows.
constexpr Named kByBeginning[] = {
    {"clock_", "time"},   {"timer", "time"},     {"shm", "IPC"},
    {"msg", "IPC"},       {"mq_", "IPC"},        {"sem", "process"},
    {"rt_sig", "signal"}, {"sched_", "process"}, {"get", "user"},
    {"set", "user"},
};

std::string_view by_beginning(std::string_view name) {
  for (const auto& [begin, category] : kByBeginning)
    if (name.starts_with(begin)) return category;
  return "other";
}

std::string_view by_effect(const Descriptor& call) {
  switch (call.effect) {
    case Effect::kNone: return by_beginning(call.name);
    case Effect::kRead:
    case Effect::kReceive: return "io-read";
    case Effect::kWrite:
    case Effect::kSend: return "io-write";
    case Effect::kClose:
    case Effect::kDup:
    case Effect::kFcntl:
    case Effect::kCopy:
    case Effect::kCloseRange:
    case Effect::kIoctl: return "io-other";
    case Effect::kPipe:
    case Effect::kSocketPair: return "IPC";
    case Effect::kSocket:
    case Effect::kConnect:
    case Effect::kBind:
    case Effect::kListen:
    case Effect::kAccept:
    case Effect::kShutdown: return "net";
    case Effect::kMap:
    case Effect::kProtect: return "memory";
    case Effect::kSignal:
    case Effect::kSignalSent: return "signal";
    case Effect::kSetCredentials: return "user";
    case Effect::kSystem: return "system";
    case Effect::kNewFd:
    case Effect::kModule:
    case Effect::kKeys:
    case Effect::kMknod:
    case Effect::kSandbox: return "other";
    case Effect::kFork:
    case Effect::kExec:
    case Effect::kExit:
    case Effect::kNamespace:
    case Effect::kSession:
    case Effect::kPrctl:
    case Effect::kPtrace:
    case Effect::kPidfdGetfd:
    case Effect::kWait:
    case Effect::kUnshareFiles:
    case Effect::kChroot:
    case Effect::kTaskFork:
    case Effect::kTaskExec:
    case Effect::kTaskExit: return "process";
    default: return "file";
  }
}

// "unknown" when the descriptor is not known.
std::string_view by_descriptor(const EventView& view) {
  switch (view.file ? type_char(view, *view.file) : 0) {
    case 'f':
    case 'd': return "file";
    case '4':
    case '6': return "net";
    case 'p':
    case 'u':
    case 'e':
    case 's':
    case 'i':
    case 'y': return "ipc";
    default: return "unknown";
  }
}

}  // namespace

std::string_view event_category(const EventView& view) {
  const Descriptor* call = view.event->descriptor;
  if (!call) return "unknown";
  const auto named = std::ranges::find(kByName, call->name, &Named::name);
  const std::string_view category =
      named == std::end(kByName) ? by_effect(*call) : named->category;
  return category.starts_with("io-") ? by_descriptor(view) : category;
}

}  // namespace vestige
