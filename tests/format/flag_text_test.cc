// SPDX-License-Identifier: Apache-2.0
#include "format/flag_text.h"

#include <gmock/gmock.h>

#include "tests/format/header_flags.h"

namespace vestige {
namespace {

std::string text(ArgKind kind, uint64_t value, Abi abi = Abi::kX86_64) {
  std::string out;
  append_flags(out, kind, value, abi);
  return out;
}

TEST(FlagText, AgreesWithTheInstalledHeaders) {
  EXPECT_GT(header_flags.size(), 1000u);
  for (const HeaderFlag& flag : header_flags) {
    const auto ours = flag_value(flag.kind, flag.name, kNativeAbi);
    ASSERT_TRUE(ours.has_value()) << flag.name;
    EXPECT_EQ(uint32_t(*ours), flag.value) << flag.name;
  }
}

TEST(FlagText, NamesOpenFlagsAsProgrammersWriteThem) {
  EXPECT_EQ(text(ArgKind::kOpenFlags, 0), "O_RDONLY");
  EXPECT_EQ(text(ArgKind::kOpenFlags, 02000101), "O_WRONLY|O_CREAT|O_CLOEXEC");
  EXPECT_EQ(text(ArgKind::kOpenFlags, 04010000), "O_RDONLY|O_SYNC");
  EXPECT_EQ(text(ArgKind::kOpenFlags, 010000), "O_RDONLY|O_DSYNC");
}

TEST(FlagText, ReadsBitsAsTheMachineThatMadeThem) {
  EXPECT_EQ(text(ArgKind::kOpenFlags, 040000, Abi::kX86_64),
            "O_RDONLY|O_DIRECT");
  EXPECT_EQ(text(ArgKind::kOpenFlags, 040000, Abi::kArm64),
            "O_RDONLY|O_DIRECTORY");
  EXPECT_EQ(text(ArgKind::kOpenFlags, 020200000, Abi::kI386),
            "O_RDONLY|O_TMPFILE");
}

TEST(FlagText, KeepsBitsWithoutANameInHex) {
  EXPECT_EQ(text(ArgKind::kRenameFlags, 0x80000001),
            "RENAME_NOREPLACE|0x80000000");
  EXPECT_EQ(text(ArgKind::kRenameFlags, 0), "0");
  EXPECT_EQ(text(ArgKind::kWhence, 77), "0x4d");
}

TEST(FlagText, IgnoresTheUpperHalfOfTheRegisterForInts) {
  EXPECT_EQ(text(ArgKind::kRenameFlags, 0xffffffff00000002), "RENAME_EXCHANGE");
  EXPECT_EQ(text(ArgKind::kCloneFlags, 0x200000000), "CLONE_INTO_CGROUP");
}

TEST(FlagText, TakesChoicesAsWholeNumbers) {
  EXPECT_EQ(text(ArgKind::kMadvice, 4), "MADV_DONTNEED");
  EXPECT_EQ(text(ArgKind::kSocketDomain, 10), "AF_INET6");
  EXPECT_EQ(text(ArgKind::kKeySerial, uint64_t(-3)),
            "KEY_SPEC_SESSION_KEYRING");
}

// Names and rest together always make up the value again.
TEST(FlagText, LosesNoBitOfAnyValue) {
  for (const ArgKindInfo& kind : arg_kinds()) {
    if (!has_flags(kind.kind)) continue;
    for (uint64_t value = 1; value; value <<= 1) {
      for (const uint64_t probe : {value, value - 1, value | 1, ~value}) {
        const FlagNames flags = flag_names(kind.kind, probe, Abi::kX86_64);
        uint64_t sum = flags.rest;
        for (const auto name : flags.names)
          sum |= flag_value(kind.kind, name, Abi::kX86_64).value();
        EXPECT_EQ(uint32_t(sum), uint32_t(probe)) << kind.name;
      }
    }
  }
}

TEST(FlagText, HasTheLinesOfAKindTogether) {
  // flag_value looks only into the kind's own range of lines.
  for (const HeaderFlag& flag : header_flags)
    EXPECT_TRUE(flag_value(flag.kind, flag.name, kNativeAbi)) << flag.name;
  EXPECT_FALSE(has_flags(ArgKind::kPath));
  EXPECT_FALSE(has_flags(ArgKind(50000)));
}

}  // namespace
}  // namespace vestige
