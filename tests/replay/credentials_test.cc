// SPDX-License-Identifier: Apache-2.0
#include <linux/capability.h>

#include "tests/replay/rows.h"
#include "tests/replay/trace_builder.h"

namespace vestige {
namespace {

constexpr uint32_t kInitialUserNamespace = 0xEFFFFFFD;
constexpr uint64_t kAll = 0x1ffffffffff;

class Credentials : public testing::Test {
 protected:
  Credentials() {
    ProcessState state;
    state.credentials.user_namespace = kInitialUserNamespace;
    state.credentials.cap_effective = kAll;
    state.credentials.cap_permitted = kAll;
    trace.process(1, state);
  }
  const CredentialsPart& now() {
    return process_with_pid(trace.facts(), 1).credentials;
  }

  TraceBuilder trace;
};

TEST_F(Credentials, CapsetIsApplied) {
  const __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct data[2] = {{0x400, 0x401, 0x1}, {2, 2, 0}};
  trace.call(1, "capset", {1, 2}, 0)
      .part(0, PartKind::kBytes, header)
      .part(1, PartKind::kBytes, data);
  EXPECT_EQ(now().cap_effective, 0x2'0000'0400u);
  EXPECT_EQ(now().cap_permitted, 0x2'0000'0401u);
  EXPECT_EQ(now().cap_inheritable, 1u);
  const auto changes = trace.facts().credentials_of(ProcessId(1));
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].call, "capset");
  EXPECT_EQ(changes[0].credentials.cap_effective, 0x2'0000'0400u);
}

TEST_F(Credentials, RefusedCapsetChangesNothing) {
  const __user_cap_data_struct data[2] = {};
  trace.call(1, "capset", {1, 2}, -EPERM).part(1, PartKind::kBytes, data);
  EXPECT_EQ(now().cap_effective, kAll);
  EXPECT_TRUE(trace.facts().credentials.empty());
}

TEST_F(Credentials, LeavingRootGivesCapabilitiesUp) {
  trace.call(1, "setuid", {1000}, 0);
  EXPECT_EQ(now().uid, 1000u);
  EXPECT_EQ(now().cap_effective, 0u);
  EXPECT_EQ(now().cap_permitted, 0u);
}

TEST_F(Credentials, EffectiveRootComesAndGoes) {
  trace.call(1, "setresuid", {~0ull, 1000, ~0ull}, 0);
  EXPECT_EQ(now().cap_effective, 0u);
  EXPECT_EQ(now().cap_permitted, kAll);
  trace.call(1, "setresuid", {~0ull, 0, ~0ull}, 0);
  EXPECT_EQ(now().cap_effective, kAll);
  EXPECT_EQ(trace.facts().credentials.size(), 2u);
}

TEST_F(Credentials, KeepcapsKeepsWhatIsPermitted) {
  trace.call(1, "prctl", {8, 1}, 0).call(1, "setuid", {1000}, 0);
  EXPECT_EQ(now().cap_permitted, kAll);
  EXPECT_EQ(now().cap_effective, 0u);
}

}  // namespace
}  // namespace vestige
