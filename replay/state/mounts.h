// SPDX-License-Identifier: Apache-2.0
//
// What is mounted where, per mount namespace.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "replay/ids.h"

namespace vestige {

struct Mount {
  uint32_t mnt_namespace = 0;  // inode; 0 unknown
  std::string_view mount_point;
  std::string_view source;
  std::string_view fs_type;
  std::string_view options;
  Certainty certainty = Certainty::kObserved;
};

class Mounts {
 public:
  void add(const Mount& mount) { mounts_.push_back(mount); }
  // Takes off the last one mounted there.
  void remove(uint32_t mnt_namespace, std::string_view mount_point);
  [[nodiscard]] const std::vector<Mount>& all() const { return mounts_; }

 private:
  std::vector<Mount> mounts_;  // in the order of mounting
};

}  // namespace vestige
