// SPDX-License-Identifier: Apache-2.0
//
// What is known about a kind of event before any happens: its name, its
// arguments, what it does to the world. Filled from syscalls.def and
// kernel_events.def, embedded in every trace for the events it holds.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace vestige {

// Whose numbering an event number is in. Stored in traces: never renumber.
enum class Abi : uint8_t {
  kX86_64 = 1,
  kArm64 = 2,
  kI386 = 3,    // int 0x80 on x86-64
  kX32 = 4,     // number as in asm/unistd_x32.h, without bit 30
  kArm32 = 5,   // 32-bit calls on arm64
  kKernel = 6,  // not a syscall: numbers of kernel_events.def
};

struct EventType {
  Abi abi = Abi::kX86_64;
  uint16_t number = 0;

  friend auto operator<=>(const EventType&, const EventType&) = default;
};

// How the kernel program takes what an argument points to. Computed from the
// argument kind, never stored. "Out" means filled by the kernel: taken at exit
// and only if the call did not fail. S is the struct size of the kind.
enum class CaptureClass : uint8_t {
  kValue = 0,            // the register is all there is
  kFd,                   // the open file behind the descriptor
  kUserString,           // NUL-terminated
  kUserStringArray,      // NULL-terminated array of kUserString
  kUserStruct,           // S bytes
  kUserStructOut,        // S bytes
  kUserStructSized,      // S times the next argument; S is 1 for plain sizes
  kUserStructSizedOut,   // the same
  kUserStructSizedPrev,  // S times the argument before
  kUserStructCountOut,   // S times the result
  kUserStructLengthOut,  // bytes; length behind the pointer in the next arg
  kFdPairOut,            // two int32: the descriptors the call made
  kSockaddrIn,           // length in the next argument
  kSockaddrOut,          // length behind the pointer in the next argument
  kBufferIn,             // payload into the kernel; length in the next argument
  kBufferOut,            // payload out of the kernel; length is the result
  kIovecIn,              // array of iovec; count in the next argument
  kIovecOut,
  kMsghdrIn,  // struct msghdr
  kMsghdrOut,
  kMmsghdrIn,  // array of struct mmsghdr; count in the next argument
  kMmsghdrOut,
  kVariant,  // by the value of another argument: variants.def
};

// What an argument means to a reader. Stored in traces by number: add only.
enum class ArgKind : uint16_t {
#define ARG_KIND(name, number, text, capture, size, doc) name = number,
#include "format/arg_kinds.def"
#undef ARG_KIND
};

struct ArgKindInfo {
  ArgKind kind;
  std::string_view name;  // as printed in references
  CaptureClass capture;
  uint16_t struct_size;  // S: bytes, for kUserStruct*, else 0
  std::string_view doc;
};
std::span<const ArgKindInfo> arg_kinds();
const ArgKindInfo& info(ArgKind kind);  // kOpaque for an unknown number

// What an event does to processes, files and sockets. Replay switches on it.
enum class Effect : uint8_t {
#define EFFECT(name, number, doc) name = number,
#include "format/effects.def"
#undef EFFECT
};
std::string_view effect_name(Effect effect);

// What the return value is when it is not negative.
enum class ReturnKind : uint8_t {
  kNone = 0,   // does not return or returns nothing
  kError = 1,  // 0 or -errno
  kFd = 2,
  kSize = 3,   // bytes
  kCount = 4,  // things
  kPid = 5,    // in the caller's pid namespace
  kAddress = 6,
  kId = 7,  // uid, gid, key, timer, ...
  kFlags = 8,
  kOffset = 9,
  kValue = 10,
};

inline constexpr int kMaxArgs = 6;
inline constexpr uint8_t kReturnArg = 6;  // RAW_ARG_RETURN
inline constexpr uint8_t kTaskArg = 7;    // RAW_ARG_TASK

struct ArgDescriptor {
  ArgKind kind = ArgKind{};
  std::string_view name;
};

struct Descriptor {
  EventType type;
  std::string_view name;  // as in man 2 NAME
  Effect effect = Effect{};
  ReturnKind returns = ReturnKind::kValue;
  uint8_t arg_count = 0;
  std::array<ArgDescriptor, kMaxArgs> args = {};

  // Index of the nth argument of a kind, or -1.
  [[nodiscard]] int arg_of_kind(ArgKind kind, int nth = 0) const;
  [[nodiscard]] int arg_named(std::string_view name) const;
};

// What an argument of ArgKind::kVariant means for one value of the argument
// that decides: prctl's second is a string when its first is PR_SET_NAME.
struct Variant {
  std::string_view syscall;
  uint8_t arg;
  uint8_t option_arg;  // which argument decides
  uint32_t option;     // low 32 bits of its value
  ArgKind kind;
};
// In the order of variants.def. The same on all machines.
std::span<const Variant> variants();
// The kind of an argument, variants resolved; kOpaque when none fits.
ArgKind kind_of(const Descriptor& descriptor,
                const std::array<uint64_t, kMaxArgs>& args, int arg);

// All descriptors this build knows for an ABI, ordered by number.
std::span<const Descriptor> descriptors(Abi abi);
// nullptr when this build does not know the number.
const Descriptor* find_descriptor(EventType type);
const Descriptor* find_descriptor(Abi abi, std::string_view name);
std::string_view abi_name(Abi abi);
// The ABI of programs built like this one.
inline constexpr Abi kNativeAbi =
#if defined(__aarch64__)
    Abi::kArm64;
#else
    Abi::kX86_64;
#endif

}  // namespace vestige
