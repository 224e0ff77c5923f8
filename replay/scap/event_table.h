// SPDX-License-Identifier: Apache-2.0
//
// events.def as a table: what the parameters of an event type are and what
// becomes of them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace vestige {

enum class ScapType : uint8_t {
  kI8,
  kI16,
  kI32,
  kI64,
  kU8,
  kU16,
  kU32,
  kU64,
  kFd,
  kPid,
  kText,
  kBytes,
  kSockaddr,
  kTuple,
  kFdList,
  kDyn,  // a byte that tells the type, then the value
};

enum class ScapRole : uint8_t {
  kSkip,
  kResult,
  kArg,
  kText,
  kData,
  kAddress,
  kBytes,
  kTimespec,
  kFdPair,
  kField,
};

// How a number is written in the file; kPlain as in Linux. codings.def.
enum class ScapCoding : uint8_t {
  kPlain,
  kOpen,
  kClone,
  kProt,
  kMap,
  kFcntl,
  kPtrace,
  kSockoptLevel,
  kSockoptName,
  kSemctl,
  kSemget,
  kExecFlags,
  kEpoll,
  kPidfd,
  kDelete,
  kResolve,
  kPoll,
  kPages,
};

// Parameters that need more than a copy: see event_builder.cc.
enum class ScapField : uint8_t {
  kSyscallId,
  kNativeId,
  kTupleIn,
  kTupleOut,
  kFullSize,
  kControl,
  kSockopt,
  kPollFds,
  kDevice,
  kInode,
  kCreateFlags,
  kOpenedPath,
  kHowFlags,
  kHowMode,
  kHowResolve,
  kCloneFlags,
  kExeFlags,
  kExePath,
  kExitStatus,
  kExeInode,
  kExe,
  kArgs,
  kEnv,
  kComm,
  kCwd,
  kTid,
  kPid,
  kPtid,
  kVtid,
  kVpid,
  kPgid,
  kVpgid,
  kUid,
  kGid,
  kCapInheritable,
  kCapPermitted,
  kCapEffective,
  kCount,
};

struct ScapParam {
  std::string_view name;
  ScapType type = ScapType::kI8;
  ScapRole role = ScapRole::kSkip;
  uint8_t arg = 0;
  uint8_t detail = 0;  // ScapCoding, ScapField, offset or number in the pair
};

struct ScapEventInfo {
  uint16_t code;
  std::string_view name;    // evt.type of sysdig
  std::string_view target;  // name of our descriptor; "none": syscall_ids.def
  std::span<const ScapParam> params;
};

inline bool is_return(uint16_t code) {
  return code & 1;
}

std::span<const ScapEventInfo> scap_events();  // ordered by code
// nullptr when this build does not know the code.
const ScapEventInfo* find_scap_event(uint16_t code);
// The syscall of events 0 and 1; empty when not known.
std::string_view scap_syscall_name(uint64_t id);
// The other way; 0 when the format has no number for it.
uint16_t scap_syscall_id(std::string_view name);

}  // namespace vestige
