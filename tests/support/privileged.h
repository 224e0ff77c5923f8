// SPDX-License-Identifier: Apache-2.0
// Tests that need root, BPF or containers begin with
//   if (auto why = support::why_unprivileged()) VESTIGE_SKIP(*why);
// They are skipped with that reason, or fail with it when the environment
// has REQUIRE_PRIVILEGED=1. Give them the ctest label `privileged`.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#define VESTIGE_SKIP(reason)                               \
  do {                                                     \
    if (vestige::support::is_privileged_required())        \
      FAIL() << "REQUIRE_PRIVILEGED=1, but: " << (reason); \
    GTEST_SKIP() << (reason);                              \
  } while (false)

namespace vestige::support {

inline bool is_privileged_required() {
  const char* value = std::getenv("REQUIRE_PRIVILEGED");
  return value != nullptr && std::string_view(value) == "1";
}

// Why a capture cannot run here; nothing when it can.
inline std::optional<std::string> why_unprivileged() {
  if (geteuid() != 0) return "needs root";
  if (access("/sys/kernel/btf/vmlinux", R_OK) != 0)
    return "needs a kernel with BTF (/sys/kernel/btf/vmlinux)";
  if (access("/sys/fs/cgroup", W_OK) != 0)
    return "needs a writable cgroup file system";
  return std::nullopt;
}

}  // namespace vestige::support
