// SPDX-License-Identifier: Apache-2.0
#include "capture/privileges.h"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace vestige {

Result<void> drop_privileges(LaterSnapshots later) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct held[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &header, held) != 0)
    return Error{ErrorKind::kSystem,
                 fmt::format("capget: {}", std::strerror(errno))};
  __user_cap_data_struct kept[_LINUX_CAPABILITY_U32S_3] = {};
  const bool is_looking = later == LaterSnapshots::kSome;
  for (const int capability : {CAP_BPF, CAP_DAC_OVERRIDE, CAP_SYS_PTRACE}) {
    if (capability == CAP_SYS_PTRACE && !is_looking) continue;
    const int word = capability / 32;
    const uint32_t bit = 1U << (capability % 32);
    kept[word].permitted |= held[word].permitted & bit;
    kept[word].effective |= held[word].effective & bit;
  }
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      syscall(SYS_capset, &header, kept) != 0)
    return Error{ErrorKind::kSystem, fmt::format("cannot drop privileges: {}",
                                                 std::strerror(errno))};
  return {};
}

}  // namespace vestige
