// SPDX-License-Identifier: Apache-2.0
//
// What is known of the program a process runs, from the exec that began it.
#pragma once

#include <cstdint>
#include <string>

#include "format/parts.h"

namespace vestige {

struct ExeFacts {
  FilePart file = {};
  bool has_file = false;
  bool is_memfd = false;
  std::string env;  // each string ended by NUL
};

}  // namespace vestige
