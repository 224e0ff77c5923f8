// SPDX-License-Identifier: Apache-2.0
//
// What is mounted where, per mount namespace.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "replay/facts/mount_row.h"

namespace vestige {

class Mounts {
 public:
  void add(const Mount& mount, uint64_t now_ns);
  // Takes off the last one mounted there.
  void remove(uint32_t mnt_namespace, std::string_view mount_point,
              uint64_t now_ns);
  // Forgets a namespace, unless it has changed since then; false: it has.
  bool forget(uint32_t mnt_namespace, uint64_t since_ns);
  [[nodiscard]] const std::vector<Mount>& all() const { return mounts_; }

 private:
  std::vector<Mount> mounts_;  // in the order of mounting
  std::unordered_map<uint32_t, uint64_t> changed_ns_;  // by namespace
};

}  // namespace vestige
