// SPDX-License-Identifier: Apache-2.0
//
// The tables of the .scap format agree with each other and with ours.
#include <gtest/gtest.h>

#include "format/descriptor.h"
#include "replay/scap/codings.h"
#include "replay/scap/event_table.h"

namespace vestige {
namespace {

const Descriptor* target_of(const ScapEventInfo& info) {
  for (const Abi abi : {Abi::kX86_64, Abi::kKernel})
    if (const Descriptor* found = find_descriptor(abi, info.target))
      return found;
  return nullptr;
}

TEST(ScapEvents, AreOrderedByCode) {
  int last = -1;
  for (const ScapEventInfo& info : scap_events()) {
    EXPECT_LT(last, info.code);
    last = info.code;
    EXPECT_EQ(find_scap_event(info.code), &info);
  }
}

TEST(ScapEvents, GoWhereTheirTargetHasAnArgument) {
  for (const ScapEventInfo& info : scap_events()) {
    if (info.target == "none") continue;
    const Descriptor* target = target_of(info);
    ASSERT_NE(target, nullptr) << info.target;
    for (const ScapParam& param : info.params) {
      const bool has_arg =
          param.role != ScapRole::kSkip && param.role != ScapRole::kResult &&
          param.role != ScapRole::kField && param.role != ScapRole::kFdPair;
      if (!has_arg) continue;
      EXPECT_LT(param.arg, target->arg_count)
          << info.code << " " << info.name << " " << param.name;
    }
  }
}

TEST(ScapEvents, ReturnsOfCallsTellTheResult) {
  for (const ScapEventInfo& info : scap_events()) {
    const Descriptor* target = target_of(info);
    const bool is_call = target && target->type.abi != Abi::kKernel;
    if (!is_call || !is_return(info.code) || info.params.empty()) continue;
    EXPECT_EQ(info.params[0].role, ScapRole::kResult) << info.code;
  }
}

TEST(ScapSyscalls, HaveNamesThatWeKnow) {
  EXPECT_EQ(scap_syscall_name(75), "mprotect");
  EXPECT_EQ(scap_syscall_name(164), "exit_group");
  EXPECT_EQ(scap_syscall_name(0), "");
  EXPECT_EQ(scap_syscall_name(60000), "");
}

TEST(ScapCodings, OpenFlagsAreThoseOfLinux) {
  EXPECT_EQ(from_scap(ScapCoding::kOpen, 4097), 02000000u);  // O_CLOEXEC
  EXPECT_EQ(from_scap(ScapCoding::kOpen, 263), 01102u);      // RDWR|CREAT|TRUNC
  EXPECT_EQ(from_scap(ScapCoding::kOpen, 2), 1u);
}

TEST(ScapCodings, ComeBackAsTheyWere) {
  const auto comes_back = [](ScapCoding coding, uint64_t native) {
    const auto scap = to_scap(coding, native);
    return scap && from_scap(coding, *scap) == native;
  };
  for (const uint64_t flags : {0u, 1u, 2u, 02000u, 04010002u, 020200002u})
    EXPECT_TRUE(comes_back(ScapCoding::kOpen, flags)) << flags;
  for (const uint64_t flags : {0x22u, 0x1002u, 1u})
    EXPECT_TRUE(comes_back(ScapCoding::kMap, flags)) << flags;
  for (const uint64_t command : {0u, 1u, 2u, 3u, 4u, 1030u, 1031u})
    EXPECT_TRUE(comes_back(ScapCoding::kFcntl, command)) << command;
  EXPECT_TRUE(comes_back(ScapCoding::kClone, 0x3d0f00));
  EXPECT_TRUE(comes_back(ScapCoding::kPages, 3 * 4096));
}

TEST(ScapCodings, NumbersWithoutCounterpartGiveNothing) {
  EXPECT_EQ(from_scap(ScapCoding::kFcntl, 200), std::nullopt);
  EXPECT_EQ(from_scap(ScapCoding::kPtrace, 0), std::nullopt);
}

}  // namespace
}  // namespace vestige
