// SPDX-License-Identifier: Apache-2.0
#include "format/flag_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <span>

namespace vestige {
namespace {

struct Flag {
  ArgKind kind;
  uint64_t mask;
  uint64_t x86;
  uint64_t arm64;
  std::string_view name;
};

constexpr uint64_t kAll = 0xffffffff;
constexpr Flag kFlags[] = {
#define BIT(kind, value, name) {ArgKind::kind, value, value, value, #name},
#define BIT_BY(kind, x86, arm64, name) {ArgKind::kind, 0, x86, arm64, #name},
#define CHOICE(kind, value, name) {ArgKind::kind, kAll, value, value, #name},
#define FIELD(kind, mask, value, name) \
  {ArgKind::kind, mask, value, value, #name},
#include "format/flags.def"
#undef BIT
#undef BIT_BY
#undef CHOICE
#undef FIELD
};

// The lines of a kind stand together.
std::span<const Flag> flags_of(ArgKind kind) {
  constexpr size_t kKinds = 512;
  struct Range {
    size_t begin = 0, size = 0;
  };
  static const auto ranges = [] {
    std::array<Range, kKinds> out;
    for (size_t i = 0; i < std::size(kFlags); ++i) {
      Range& range = out[size_t(kFlags[i].kind) % kKinds];
      if (range.size++ == 0) range.begin = i;
    }
    return out;
  }();
  if (size_t(kind) >= kKinds) return {};
  const Range range = ranges[size_t(kind)];
  return std::span(kFlags).subspan(range.begin, range.size);
}

uint64_t value_on(const Flag& flag, Abi abi) {
  return abi == Abi::kArm64 || abi == Abi::kArm32 ? flag.arm64 : flag.x86;
}

// Most flags are ints: the upper half of the register is not looked at.
uint64_t as_wide_as(std::span<const Flag> flags, uint64_t value) {
  const bool is_wide =
      std::ranges::any_of(flags, [](const Flag& f) { return f.mask > kAll; });
  return is_wide ? value : uint32_t(value);
}

}  // namespace

bool has_flags(ArgKind kind) {
  return !flags_of(kind).empty();
}

namespace {

// Calls name(text) for each flag that is set and gives the bits that have no
// name.
template <typename Name>
uint64_t for_each_flag(ArgKind kind, uint64_t value, Abi abi, Name name) {
  const auto flags = flags_of(kind);
  uint64_t rest = as_wide_as(flags, value);
  uint64_t done = 0;
  for (const Flag& flag : flags) {
    const uint64_t wanted = value_on(flag, abi);
    const uint64_t mask = flag.mask ? flag.mask : wanted;
    if (mask == 0 || (mask & done) != 0 || (rest & mask) != wanted) continue;
    name(flag.name);
    rest &= ~mask;
    done |= mask;
  }
  return rest;
}

}  // namespace

FlagNames flag_names(ArgKind kind, uint64_t value, Abi abi) {
  FlagNames out;
  out.rest = for_each_flag(kind, value, abi, [&](std::string_view name) {
    out.names.push_back(name);
  });
  return out;
}

// By the million: nothing is allocated.
void append_flags(std::string& out, ArgKind kind, uint64_t value, Abi abi) {
  std::string_view separator;
  const uint64_t rest =
      for_each_flag(kind, value, abi, [&](std::string_view name) {
        out.append(separator).append(name);
        separator = "|";
      });
  if (rest != 0)
    fmt::format_to(std::back_inserter(out), "{}{:#x}", separator, rest);
  else if (separator.empty())
    out += '0';
}

std::optional<uint64_t> flag_value(ArgKind kind, std::string_view name,
                                   Abi abi) {
  for (const Flag& flag : flags_of(kind))
    if (flag.name == name) return value_on(flag, abi);
  return std::nullopt;
}

}  // namespace vestige
