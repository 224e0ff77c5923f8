// SPDX-License-Identifier: Apache-2.0
//
// Names of flags, choices and commands: flags.def.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/descriptor.h"

namespace vestige {

// Whether flags.def has lines for the kind.
bool has_flags(ArgKind kind);

// What a value consists of: names in the order of flags.def and the bits that
// have none.
struct FlagNames {
  std::vector<std::string_view> names;
  uint64_t rest = 0;
};
FlagNames flag_names(ArgKind kind, uint64_t value, Abi abi);

// "O_RDWR|O_CLOEXEC|0x80000000"; "0" when nothing is set and no name says so.
void append_flags(std::string& out, ArgKind kind, uint64_t value, Abi abi);

// The value of a name of that kind.
std::optional<uint64_t> flag_value(ArgKind kind, std::string_view name,
                                   Abi abi);

}  // namespace vestige
