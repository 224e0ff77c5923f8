// SPDX-License-Identifier: Apache-2.0
#include "replay/facts/category.h"

#include <utility>

namespace vestige {
namespace {

// Calls without an effect that replay follows, by name.
std::string_view category_by_name(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kBegins[] = {
      {"epoll_", "wait"},       {"poll", "wait"},       {"ppoll", "wait"},
      {"select", "wait"},       {"pselect", "wait"},    {"nanosleep", "sleep"},
      {"clock_nano", "sleep"},  {"clock_", "time"},     {"timer", "time"},
      {"gettimeofday", "time"}, {"brk", "memory"},      {"munmap", "memory"},
      {"mlock", "memory"},      {"munlock", "memory"},  {"madvise", "memory"},
      {"mseal", "memory"},      {"futex", "ipc"},       {"shm", "ipc"},
      {"msg", "ipc"},           {"sem", "process"},     {"get", "user"},
      {"rt_sig", "signal"},     {"fsync", "file"},      {"fdatasync", "file"},
      {"flock", "file"},        {"sched_", "scheduler"}};
  for (const auto& [begin, category] : kBegins)
    if (name.starts_with(begin)) return category;
  return "other";
}

}  // namespace

std::string_view event_category(const Descriptor& call) {
  switch (call.effect) {
    case Effect::kNone: return category_by_name(call.name);
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
    case Effect::kSocketPair:
    case Effect::kNewFd: return "ipc";
    case Effect::kSocket:
    case Effect::kConnect:
    case Effect::kBind:
    case Effect::kListen:
    case Effect::kAccept:
    case Effect::kShutdown: return "net";
    case Effect::kMap:
    case Effect::kProtect: return "memory";
    case Effect::kSignal: return "signal";
    case Effect::kSetCredentials: return "user";
    case Effect::kModule:
    case Effect::kSystem:
    case Effect::kKeys:
    case Effect::kSandbox: return "system";
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
    case Effect::kTaskFork:
    case Effect::kTaskExec:
    case Effect::kTaskExit: return "process";
    default: return "file";
  }
}

}  // namespace vestige
