// SPDX-License-Identifier: Apache-2.0
// What the installed headers say about the names of flags.def.
#pragma once

#include <string_view>
#include <vector>

#include "format/descriptor.h"

struct HeaderFlag {
  vestige::ArgKind kind;
  std::string_view name;
  unsigned value;
};
extern const std::vector<HeaderFlag> header_flags;
