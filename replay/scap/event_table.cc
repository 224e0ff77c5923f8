// SPDX-License-Identifier: Apache-2.0
#include "replay/scap/event_table.h"

#include <algorithm>
#include <iterator>

namespace vestige {
namespace {

#define NUMBERED(type, name, role, arg, detail)                                \
  ScapParam {                                                                  \
#name, ScapType::k##type, ScapRole::k##role, uint8_t(arg), uint8_t(detail) \
  }
#define RESULT(type, name) NUMBERED(type, name, Result, 0, 0)
#define ARG(type, name, arg) NUMBERED(type, name, Arg, arg, 0)
#define CODED(type, name, arg, coding) \
  NUMBERED(type, name, Arg, arg, ScapCoding::k##coding)
#define TEXT(name, arg) NUMBERED(Text, name, Text, arg, 0)
#define DATA(name, arg) NUMBERED(Bytes, name, Data, arg, 0)
#define ADDRESS(name, arg) NUMBERED(Sockaddr, name, Address, arg, 0)
#define BYTES(type, name, arg, at) NUMBERED(type, name, Bytes, arg, at)
#define TIMESPEC(name, arg) NUMBERED(U64, name, Timespec, arg, 0)
#define FDPAIR(name, nth) NUMBERED(Fd, name, FdPair, 0, nth)
#define INTO(type, name, field) \
  NUMBERED(type, name, Field, 0, ScapField::k##field)
#define SKIP(type, name) NUMBERED(type, name, Skip, 0, 0)

// One more than there are, so that no array is empty.
#define SCAP_EVENT(code, name, target, ...)                         \
  constexpr ScapParam kParams##code[] = {__VA_ARGS__ __VA_OPT__(, ) \
                                             ScapParam{}};
#include "replay/scap/events.def"
#undef SCAP_EVENT

constexpr ScapEventInfo kEvents[] = {
#define SCAP_EVENT(code, name, target, ...) \
  {code, #name, #target,                    \
   std::span(kParams##code).first(std::size(kParams##code) - 1)},
#include "replay/scap/events.def"
#undef SCAP_EVENT
};

struct SyscallId {
  uint16_t id;
  std::string_view name;
};
constexpr SyscallId kSyscallIds[] = {
#define SCAP_SYSCALL(id, name) {id, #name},
#include "replay/scap/syscall_ids.def"
#undef SCAP_SYSCALL
};

}  // namespace

std::span<const ScapEventInfo> scap_events() {
  return kEvents;
}

const ScapEventInfo* find_scap_event(uint16_t code) {
  const auto* found =
      std::ranges::lower_bound(kEvents, code, {}, &ScapEventInfo::code);
  return found != std::end(kEvents) && found->code == code ? found : nullptr;
}

std::string_view scap_syscall_name(uint64_t id) {
  const auto* found =
      std::ranges::lower_bound(kSyscallIds, id, {}, &SyscallId::id);
  return found != std::end(kSyscallIds) && found->id == id ? found->name : "";
}

uint16_t scap_syscall_id(std::string_view name) {
  const auto* found = std::ranges::find(kSyscallIds, name, &SyscallId::name);
  return found != std::end(kSyscallIds) ? found->id : 0;
}

}  // namespace vestige
