// SPDX-License-Identifier: Apache-2.0
#include "replay/state/mounts.h"

#include <algorithm>
#include <iterator>

namespace vestige {

void Mounts::remove(uint32_t mnt_namespace, std::string_view mount_point) {
  const auto is_it = [&](const Mount& mount) {
    return mount.mnt_namespace == mnt_namespace &&
           mount.mount_point == mount_point;
  };
  const auto last = std::find_if(mounts_.rbegin(), mounts_.rend(), is_it);
  if (last != mounts_.rend()) mounts_.erase(std::next(last).base());
}

}  // namespace vestige
