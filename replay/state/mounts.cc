// SPDX-License-Identifier: Apache-2.0
#include "replay/state/mounts.h"

#include <algorithm>
#include <iterator>

namespace vestige {

void Mounts::add(const Mount& mount, uint64_t now_ns) {
  mounts_.push_back(mount);
  changed_ns_[mount.mnt_namespace] = now_ns;
}

void Mounts::remove(uint32_t mnt_namespace, std::string_view mount_point,
                    uint64_t now_ns) {
  const auto is_it = [&](const Mount& mount) {
    return mount.mnt_namespace == mnt_namespace &&
           mount.mount_point == mount_point;
  };
  changed_ns_[mnt_namespace] = now_ns;
  const auto last = std::find_if(mounts_.rbegin(), mounts_.rend(), is_it);
  if (last != mounts_.rend()) mounts_.erase(std::next(last).base());
}

bool Mounts::forget(uint32_t mnt_namespace, uint64_t since_ns) {
  const auto changed = changed_ns_.find(mnt_namespace);
  if (changed != changed_ns_.end() && changed->second >= since_ns) return false;
  std::erase_if(mounts_, [&](const Mount& mount) {
    return mount.mnt_namespace == mnt_namespace;
  });
  return true;
}

}  // namespace vestige
