// SPDX-License-Identifier: Apache-2.0
#include "format/descriptor.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <string>

#include "tests/format/header_numbers.h"

namespace vestige {
namespace {

// x32 has its own calls from here on; the common range ends before.
constexpr int kFirstX32Number = 512;

// Whether a call is newer than the header: no error that it is not in there.
bool is_newer(const Descriptor& ours,
              const std::vector<HeaderNumber>& numbers) {
  int highest = -1;
  for (const HeaderNumber& each : numbers)
    if (each.number < kFirstX32Number) highest = std::max(highest, each.number);
  return ours.type.number > highest && ours.type.number < kFirstX32Number;
}

// Both ways: no call of the header is missing or elsewhere, and no number the
// header could know is ours alone.
void expect_equal(Abi abi, const std::vector<HeaderNumber>& numbers,
                  const std::set<std::string_view>& not_in_header) {
  if (numbers.empty()) GTEST_SKIP() << "header is not of this machine";
  std::set<std::string_view> names;
  for (const HeaderNumber& each : numbers) {
    names.insert(each.name);
    const Descriptor* found = find_descriptor(abi, each.name);
    ASSERT_NE(found, nullptr) << each.name << " is missing";
    EXPECT_EQ(found->type.number, each.number) << each.name;
  }
  for (const Descriptor& ours : descriptors(abi))
    EXPECT_TRUE(names.contains(ours.name) ||
                not_in_header.contains(ours.name) || is_newer(ours, numbers))
        << ours.name << " has no number in the header";
}

TEST(Descriptors, HaveTheNumbersOfX86Headers) {
  expect_equal(Abi::kX86_64, unistd_64_numbers, {"uretprobe", "uprobe"});
}

TEST(Descriptors, HaveTheNumbersOfArm64Headers) {
  expect_equal(Abi::kArm64, unistd_generic_numbers, {});
}

TEST(Descriptors, HaveTheNumbersOfI386Headers) {
  expect_equal(Abi::kI386, unistd_32_numbers, {});
}

TEST(Descriptors, HaveTheNumbersOfX32Headers) {
  expect_equal(Abi::kX32, unistd_x32_numbers, {});
}

constexpr Abi kAbis[] = {Abi::kX86_64, Abi::kArm64, Abi::kI386, Abi::kX32,
                         Abi::kKernel};

TEST(Descriptors, AreOrderedAndUniqueByNumberAndName) {
  for (const Abi abi : kAbis) {
    std::set<std::string_view> names;
    const Descriptor* before = nullptr;
    for (const Descriptor& each : descriptors(abi)) {
      EXPECT_EQ(each.type.abi, abi);
      EXPECT_TRUE(names.insert(each.name).second) << each.name;
      if (before) {
        EXPECT_LT(before->type, each.type) << each.name;
      }
      before = &each;
    }
    EXPECT_FALSE(names.empty()) << abi_name(abi);
  }
}

TEST(Descriptors, KnowNewCallsByOneNumberOnAllMachines) {
  for (const Abi abi : {Abi::kX86_64, Abi::kArm64, Abi::kI386, Abi::kX32}) {
    const Descriptor* found = find_descriptor(abi, "file_setattr");
    ASSERT_NE(found, nullptr) << abi_name(abi);
    EXPECT_EQ(found->type.number, 469);
  }
}

TEST(Descriptors, AreFoundByTypeOrNot) {
  const Descriptor* openat = find_descriptor({Abi::kX86_64, 257});
  ASSERT_NE(openat, nullptr);
  EXPECT_EQ(openat->name, "openat");
  EXPECT_EQ(openat->arg_of_kind(ArgKind::kPath), 1);
  EXPECT_EQ(openat->arg_of_kind(ArgKind::kPath, 1), -1);
  EXPECT_EQ(openat->arg_named("flags"), 2);
  EXPECT_EQ(openat->arg_named("nothing"), -1);
  EXPECT_EQ(find_descriptor({Abi::kX86_64, 60000}), nullptr);
  EXPECT_EQ(find_descriptor({Abi::kArm32, 1}), nullptr);
  EXPECT_EQ(find_descriptor({Abi(77), 1}), nullptr);
}

TEST(Descriptors, GiveCompatCallsTheLayoutOf32BitPrograms) {
  const auto kind = [](Abi abi, std::string_view name, int arg) {
    return find_descriptor(abi, name)->args[arg].kind;
  };
  EXPECT_EQ(kind(Abi::kI386, "nanosleep", 0), ArgKind::kTimespec32);
  EXPECT_EQ(kind(Abi::kI386, "prlimit64", 2), ArgKind::kRlimit);
  EXPECT_EQ(kind(Abi::kX32, "nanosleep", 0), ArgKind::kTimespec);
  EXPECT_EQ(kind(Abi::kX32, "rt_sigaction", 1), ArgKind::kSigaction32);
}

// What needs a neighbour must have one.
bool has_neighbours(const Descriptor& d, int arg) {
  switch (info(d.args[arg].kind).capture) {
    case CaptureClass::kUserStructSized:
    case CaptureClass::kUserStructSizedOut:
    case CaptureClass::kUserStructLengthOut:
    case CaptureClass::kSockaddrIn:
    case CaptureClass::kSockaddrOut:
    case CaptureClass::kBufferIn:
    case CaptureClass::kIovecIn:
    case CaptureClass::kIovecOut:
    case CaptureClass::kMmsghdrIn:
    case CaptureClass::kMmsghdrOut: return arg + 1 < d.arg_count;
    case CaptureClass::kUserStructSizedPrev: return arg > 0;
    case CaptureClass::kUserStructCountOut:
      return d.returns == ReturnKind::kCount;
    case CaptureClass::kBufferOut: return d.returns == ReturnKind::kSize;
    case CaptureClass::kValue:
    case CaptureClass::kFd:
    case CaptureClass::kUserString:
    case CaptureClass::kUserStringArray:
    case CaptureClass::kUserStruct:
    case CaptureClass::kUserStructOut:
    case CaptureClass::kFdPairOut:
    case CaptureClass::kMsghdrIn:
    case CaptureClass::kMsghdrOut:
    case CaptureClass::kVariant: return true;
  }
  return false;
}

TEST(Descriptors, GiveEveryCaptureClassTheArgumentItsRuleNeeds) {
  for (const Abi abi : kAbis)
    for (const Descriptor& each : descriptors(abi))
      for (int i = 0; i < each.arg_count; ++i)
        EXPECT_TRUE(has_neighbours(each, i))
            << abi_name(abi) << " " << each.name << " " << each.args[i].name;
}

TEST(ArgKinds, HaveASizeExactlyWhenTheyAreStructs) {
  for (const ArgKindInfo& kind : arg_kinds()) {
    const bool is_struct = kind.capture >= CaptureClass::kUserStruct &&
                           kind.capture <= CaptureClass::kUserStructLengthOut;
    EXPECT_EQ(kind.struct_size > 0, is_struct) << kind.name;
  }
}

TEST(ArgKinds, AreOpaqueWhenTheNumberIsUnknown) {
  EXPECT_EQ(info(ArgKind(60000)).kind, ArgKind::kOpaque);
}

TEST(Variants, NameArgumentsThatAreVariants) {
  for (const Variant& variant : variants()) {
    const Descriptor* call = find_descriptor(Abi::kX86_64, variant.syscall);
    if (!call) call = find_descriptor(Abi::kI386, variant.syscall);
    ASSERT_NE(call, nullptr) << variant.syscall;
    ASSERT_LT(variant.arg, call->arg_count) << variant.syscall;
    EXPECT_EQ(call->args[variant.arg].kind, ArgKind::kVariant)
        << variant.syscall << " " << int(variant.arg);
    EXPECT_LT(variant.option_arg, call->arg_count);
  }
}

TEST(Variants, DecideTheKindByTheOption) {
  const Descriptor& prctl = *find_descriptor(Abi::kX86_64, "prctl");
  EXPECT_EQ(kind_of(prctl, {15, 1}, 1), ArgKind::kString);
  EXPECT_EQ(kind_of(prctl, {9999, 1}, 1), ArgKind::kOpaque);
  // Only the low half of the register counts: the kernel reads an int.
  EXPECT_EQ(kind_of(prctl, {0xffffffff0000000f, 1}, 1), ArgKind::kString);
  const Descriptor& compat = *find_descriptor(Abi::kI386, "fcntl");
  EXPECT_EQ(kind_of(compat, {3, 6}, 2), ArgKind::kFlock32);
}

}  // namespace
}  // namespace vestige
