// SPDX-License-Identifier: Apache-2.0
//
// What people know as chisels of sysdig, as questions to a trace. Sysdig's are
// programs in Lua; these are lines of chisels.def.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "format/result.h"
#include "replay/cli/top.h"

namespace vestige::cli {

struct Chisel {
  enum class Kind { kTop, kLines, kElsewhere };
  std::string_view name;
  Kind kind;
  std::string_view what;
  std::string_view shown;  // keys, format, or who answers it instead
  std::string_view filter;
  std::string_view value;
  size_t most;
  TopUnit unit;

  [[nodiscard]] bool takes_argument() const;
};

std::span<const Chisel> chisels();
const Chisel* find_chisel(std::string_view name);  // nullptr: unknown

// The text with what the user gave in place of {}.
std::string with_argument(std::string_view text, std::string_view argument);

// -cl and -i of sysdig.
void print_chisels();
Result<int> print_chisel(const std::string& name);

}  // namespace vestige::cli
