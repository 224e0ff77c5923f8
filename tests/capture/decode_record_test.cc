// SPDX-License-Identifier: Apache-2.0
#include "capture/decode_record.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "bpf/raw_parts.h"
#include "bpf/raw_record.h"

namespace vestige {
namespace {

std::vector<std::byte> bytes_of(std::string_view hex) {
  std::vector<std::byte> out;
  std::string digits;
  for (const char c : hex) {
    if (isxdigit(static_cast<unsigned char>(c))) digits += c;
    if (digits.size() == 2) {
      out.push_back(std::byte(std::stoi(digits, nullptr, 16)));
      digits.clear();
    }
  }
  return out;
}

// openat(AT_FDCWD, "/tmp/x", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3 by pid 16978
// on CPU 1, with the string as its only part.
constexpr std::string_view kOpenat = R"(
  90 00 00 00  01 00  02 00  01 00  01 01  01 00  01 00
  39 30 00 00 00 00 00 00  e8 03 00 00 00 00 00 00
  52 42 00 00  52 42 00 00  15 cd 5b 07 00 00 00 00
  79 02 00 00 00 00 00 00  03 00 00 00 00 00 00 00
  9c ff ff ff 00 00 00 00  00 10 00 00 00 00 00 00
  41 02 00 00 00 00 00 00  b6 01 00 00 00 00 00 00
  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00
  07 00 00 00 00 00 00 00
  01 01 04 00  06 00 00 00  06 00 00 00 00 00 00 00
  2f 74 6d 70 2f 78 00 00
)";

TEST(DecodeRecord, GivesTheEventWithItsParts) {
  const auto record = bytes_of(kOpenat);
  std::array<Part, kMaxParts> parts;
  const auto decoded = decode_record(record, parts);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->slot, 2);
  EXPECT_EQ(decoded->sequence, 7u);
  const Event& event = decoded->event;
  EXPECT_EQ(event.type, (EventType{Abi::kX86_64, 257}));
  EXPECT_EQ(event.flags, kHasEnter);
  EXPECT_EQ(event.cpu, 1);
  EXPECT_EQ(event.pid, 16978u);
  EXPECT_EQ(event.process_start_ns, 123456789u);
  EXPECT_EQ(event.cgroup_id, 633u);
  EXPECT_EQ(event.time_ns, 12345u);
  EXPECT_EQ(event.duration_ns, 1000u);
  EXPECT_EQ(event.ret, 3);
  EXPECT_EQ(event.args[3], 0666u);
  ASSERT_EQ(event.parts.size(), 1u);
  EXPECT_EQ(event.parts[0].kind, PartKind::kString);
  EXPECT_EQ(event.parts[0].arg, 1);
  EXPECT_EQ(event.parts[0].flags, kPartLate);
  EXPECT_EQ(event.parts[0].data, "/tmp/x");
}

TEST(DecodeRecord, RefusesEveryPrefix) {
  const auto record = bytes_of(kOpenat);
  std::array<Part, kMaxParts> parts;
  for (size_t size = 0; size < record.size(); ++size)
    EXPECT_FALSE(decode_record(std::span(record).first(size), parts)) << size;
}

TEST(DecodeRecord, RefusesAPartThatIsLongerThanTheRecord) {
  auto record = bytes_of(kOpenat);
  raw_part part = {.kind = RAW_STRING,
                   .arg = 1,
                   .flags = 0,
                   .size = 0xfffffff8,
                   .full_size = 6};
  std::memcpy(record.data() + sizeof(raw_record), &part, sizeof part);
  std::array<Part, kMaxParts> parts;
  EXPECT_FALSE(decode_record(record, parts));
}

TEST(DecodeRecord, RefusesMorePartsThanThereAre) {
  auto record = bytes_of(kOpenat);
  std::array<Part, kMaxParts> parts;
  for (const int count : {2, 64, 65, 255}) {
    record[4] = std::byte(count);
    EXPECT_FALSE(decode_record(record, parts)) << count;
  }
}

TEST(DecodeRecord, NeverReadsBeyondDamagedRecords) {
  const auto good = bytes_of(kOpenat);
  std::mt19937 random(1);
  std::array<Part, kMaxParts> parts;
  for (int round = 0; round < 20000; ++round) {
    // A copy of its own, so that sanitizers see its end.
    std::vector<std::byte> record(good.begin(), good.end());
    for (int flips = 0; flips < 3; ++flips)
      record[random() % record.size()] = std::byte(random());
    const auto decoded = decode_record(record, parts);
    if (!decoded) continue;
    for (const Part& part : decoded->event.parts) {
      const auto* begin = reinterpret_cast<const char*>(record.data());
      ASSERT_GE(part.data.data(), begin);
      ASSERT_LE(part.data.data() + part.data.size(), begin + record.size());
    }
  }
}

}  // namespace
}  // namespace vestige
