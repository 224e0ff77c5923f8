// SPDX-License-Identifier: Apache-2.0
//
// One mount of a mount namespace. Views live as long as the texts.
#pragma once

#include <cstdint>
#include <string_view>

#include "replay/ids.h"

namespace vestige {

struct Mount {
  uint32_t mnt_namespace = 0;  // inode; 0 unknown
  std::string_view mount_point;
  std::string_view root;  // what of the file system; empty: not told
  std::string_view source;
  std::string_view fs_type;
  std::string_view options;
  Certainty certainty = Certainty::kObserved;
};

}  // namespace vestige
