// SPDX-License-Identifier: Apache-2.0
#include "format/descriptor.h"

#include <sys/epoll.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

namespace vestige {
namespace {

constexpr ArgKindInfo kArgKinds[] = {
#define ARG_KIND(name, number, text, capture, size, doc) \
  {ArgKind::name, text, CaptureClass::capture, uint16_t(size), doc},
#include "format/arg_kinds.def"
#undef ARG_KIND
};

struct EffectName {
  Effect effect;
  std::string_view name;
};
constexpr EffectName kEffectNames[] = {
#define EFFECT(name, number, doc) \
  {Effect::name, std::string_view(#name).substr(1)},
#include "format/effects.def"
#undef EFFECT
};

constexpr Variant kVariants[] = {
#define VARIANT(syscall, arg, option_arg, option, kind) \
  {#syscall, arg, option_arg, option, ArgKind::kind},
#include "format/variants.def"
#undef VARIANT
};

// One line of a table, numbers of both machines included.
struct Line {
  int x86_64;
  int arm64;
  Descriptor descriptor;
};

constexpr Descriptor make(std::string_view name, Effect effect,
                          ReturnKind returns,
                          std::initializer_list<ArgDescriptor> args) {
  Descriptor made{{}, name, effect, returns, uint8_t(args.size()), {}};
  std::copy(args.begin(), args.end(), made.args.begin());
  return made;
}

#define ARG(kind, name) ArgDescriptor{ArgKind::kind, #name},
constexpr Line kSyscalls[] = {
#define SYSCALL(name, x86_64, arm64, effect, returns, ...) \
  {x86_64, arm64,                                          \
   make(#name, Effect::effect, ReturnKind::returns, {__VA_ARGS__})},
#include "format/syscalls.def"
#undef SYSCALL
};

constexpr Line kKernelEvents[] = {
#define KERNEL_EVENT(name, number, effect, ...) \
  {number, number,                              \
   make(#name, Effect::effect, ReturnKind::kNone, {__VA_ARGS__})},
#include "format/kernel_events.def"
#undef KERNEL_EVENT
#define IO_URING(name, opcode, effect, returns, ...) \
  {300 + opcode, 300 + opcode,                       \
   make("io_" #name, Effect::effect, ReturnKind::returns, {__VA_ARGS__})},
#include "format/io_uring.def"
#undef IO_URING
};

constexpr Line kI386Own[] = {
#define I386_OWN(number, name, effect, returns, ...) \
  {number, -1, make(#name, Effect::effect, ReturnKind::returns, {__VA_ARGS__})},
#include "format/compat.def"
};
#undef ARG

// A call of another ABI that is made like one of kSyscalls.
struct Alias {
  Abi abi;
  int number;
  std::string_view name;
};
constexpr Alias kAliases[] = {
#define I386(number, name) {Abi::kI386, number, #name},
#define X32(number, name) {Abi::kX32, number, #name},
#define NOT_X32(name) {Abi::kX32, -1, #name},
#include "format/compat.def"
};

struct CompatKind {
  ArgKind native, i386, x32;
};
constexpr CompatKind kCompatKinds[] = {
#define COMPAT_KIND(kind, i386, x32) \
  {ArgKind::kind, ArgKind::i386, ArgKind::x32},
#include "format/compat.def"
};

// The kind with the layout a 32-bit program has.
ArgKind compat_kind(Abi abi, ArgKind kind) {
  const auto found = std::ranges::find(kCompatKinds, kind, &CompatKind::native);
  if (found == std::end(kCompatKinds)) return kind;
  return abi == Abi::kI386 ? found->i386 : found->x32;
}

using Table = std::vector<Descriptor>;

void add(Table& table, Abi abi, int number, const Descriptor& descriptor) {
  if (number < 0) return;
  table.push_back(descriptor);
  table.back().type = {abi, uint16_t(number)};
}

Table sorted(Table table) {
  std::ranges::sort(table, {}, &Descriptor::type);
  return table;
}

Table native_table(std::span<const Line> lines, Abi abi) {
  Table table;
  for (const Line& line : lines)
    add(table, abi, abi == Abi::kArm64 ? line.arm64 : line.x86_64,
        line.descriptor);
  return sorted(std::move(table));
}

Descriptor with_compat_kinds(Descriptor descriptor, Abi abi) {
  for (ArgDescriptor& arg : descriptor.args)
    arg.kind = compat_kind(abi, arg.kind);
  return descriptor;
}

// The number of a call as kAliases has it; else nullopt.
std::optional<int> alias_number(Abi abi, std::string_view name) {
  for (const Alias& alias : kAliases)
    if (alias.abi == abi && alias.name == name) return alias.number;
  return std::nullopt;
}

Table i386_table() {
  Table table = native_table(kI386Own, Abi::kI386);
  for (const Line& line : kSyscalls)
    if (const auto number = alias_number(Abi::kI386, line.descriptor.name))
      add(table, Abi::kI386, *number,
          with_compat_kinds(line.descriptor, Abi::kI386));
  return sorted(std::move(table));
}

Table x32_table() {
  Table table;
  for (const Line& line : kSyscalls) {
    const auto number = alias_number(Abi::kX32, line.descriptor.name);
    // Only the calls with a number of their own take the 32-bit layouts.
    add(table, Abi::kX32, number.value_or(line.x86_64),
        number ? with_compat_kinds(line.descriptor, Abi::kX32)
               : line.descriptor);
  }
  return sorted(std::move(table));
}

}  // namespace

std::span<const ArgKindInfo> arg_kinds() {
  return kArgKinds;
}

const ArgKindInfo& info(ArgKind kind) {
  // Most stand where their number says.
  const size_t at = size_t(kind);
  if (at < std::size(kArgKinds) && kArgKinds[at].kind == kind)
    return kArgKinds[at];
  const auto found = std::ranges::find(kArgKinds, kind, &ArgKindInfo::kind);
  return found == std::end(kArgKinds) ? kArgKinds[0] : *found;
}

std::string_view effect_name(Effect effect) {
  const auto found =
      std::ranges::find(kEffectNames, effect, &EffectName::effect);
  return found == std::end(kEffectNames) ? "None" : found->name;
}

int Descriptor::arg_of_kind(ArgKind kind, int nth) const {
  for (int i = 0; i < arg_count; ++i)
    if (args[i].kind == kind && nth-- == 0) return i;
  return -1;
}

int Descriptor::arg_named(std::string_view wanted) const {
  for (int i = 0; i < arg_count; ++i)
    if (args[i].name == wanted) return i;
  return -1;
}

std::span<const Variant> variants() {
  return kVariants;
}

ArgKind kind_of(const Descriptor& descriptor,
                const std::array<uint64_t, kMaxArgs>& args, int arg) {
  const ArgKind declared = descriptor.args[arg].kind;
  if (declared != ArgKind::kVariant) return declared;
  for (const Variant& variant : kVariants)
    if (variant.syscall == descriptor.name && variant.arg == arg &&
        variant.option == uint32_t(args[variant.option_arg]))
      return descriptor.type.abi == Abi::kI386
                 ? compat_kind(Abi::kI386, variant.kind)
                 : variant.kind;
  return ArgKind::kOpaque;
}

std::span<const Descriptor> descriptors(Abi abi) {
  static const Table x86_64 = native_table(kSyscalls, Abi::kX86_64);
  static const Table arm64 = native_table(kSyscalls, Abi::kArm64);
  static const Table i386 = i386_table();
  static const Table x32 = x32_table();
  static const Table kernel = native_table(kKernelEvents, Abi::kKernel);
  switch (abi) {
    case Abi::kX86_64: return x86_64;
    case Abi::kArm64: return arm64;
    case Abi::kKernel: return kernel;
    case Abi::kI386: return i386;
    case Abi::kX32: return x32;
    case Abi::kArm32: return {};
  }
  return {};
}

// Asked for every event that is recorded, so it is a look into an array.
static std::vector<const Descriptor*> by_number(Abi abi) {
  std::vector<const Descriptor*> found;
  for (const Descriptor& call : descriptors(abi)) {
    if (found.size() <= call.type.number) found.resize(call.type.number + 1U);
    found[call.type.number] = &call;
  }
  return found;
}

const Descriptor* find_descriptor(EventType type) {
  static const std::array tables = {
      by_number(Abi::kX86_64), by_number(Abi::kArm64), by_number(Abi::kI386),
      by_number(Abi::kX32),    by_number(Abi::kArm32), by_number(Abi::kKernel)};
  const auto abi = size_t(type.abi) - size_t(Abi::kX86_64);
  if (abi >= tables.size() || type.number >= tables[abi].size()) return nullptr;
  return tables[abi][type.number];
}

const Descriptor* find_descriptor(Abi abi, std::string_view name) {
  const auto all = descriptors(abi);
  const auto found = std::ranges::find(all, name, &Descriptor::name);
  return found == all.end() ? nullptr : &*found;
}

std::string_view abi_name(Abi abi) {
  switch (abi) {
    case Abi::kX86_64: return "x86_64";
    case Abi::kArm64: return "arm64";
    case Abi::kI386: return "i386";
    case Abi::kX32: return "x32";
    case Abi::kArm32: return "arm32";
    case Abi::kKernel: return "kernel";
  }
  return "unknown";
}

}  // namespace vestige
