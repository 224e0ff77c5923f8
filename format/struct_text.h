// SPDX-License-Identifier: Apache-2.0
//
// What an argument points to, in words, as strace users expect it. The bytes
// are the program's and may be fewer than the struct has: what is missing is
// told by `...`.
#pragma once

#include <string>
#include <string_view>

#include "format/descriptor.h"

namespace vestige {

struct StructBytes {
  std::string_view bytes;
  Abi abi = kNativeAbi;
  uint64_t option = 0;  // value of the argument before: bpf command, ...
};

// False, and nothing appended, when the kind has no formatter.
bool append_struct(std::string& out, ArgKind kind, const StructBytes& from);

}  // namespace vestige
