// SPDX-License-Identifier: Apache-2.0
//
// Debian's sysdig as an oracle: what it says of the events of a capture.
#pragma once

#include <array>
#include <string>
#include <vector>

namespace vestige {

// In the order of kSysdigFields.
enum class Field : size_t {
  kTime,
  kThread,
  kDirection,
  kNumber,
  kType,
  // Compared:
  kCpu,
  kProcess,
  kResult,
  kFdNumber,
  kFdName,
  kClientAddress,
  kClientPort,
  kServerAddress,
  kServerPort,
  kName,
  kPath,
  kTuple,
  kFlags,
  kData,
  kCount,
};
inline constexpr auto kFields = size_t(Field::kCount);
inline constexpr const char* kSysdigFields[kFields] = {
    "evt.rawtime",   "thread.tid",    "evt.dir",      "evt.num",
    "evt.type",      "evt.cpu",       "proc.name",    "evt.rawres",
    "fd.num",        "fd.name",       "fd.cip",       "fd.cport",
    "fd.sip",        "fd.sport",      "evt.arg.name", "evt.arg.path",
    "evt.arg.tuple", "evt.arg.flags", "evt.arg.data",
};

// What is not told is empty.
struct Statement {
  std::array<std::string, kFields> values;

  std::string& operator[](Field field) { return values[size_t(field)]; }
  const std::string& operator[](Field field) const {
    return values[size_t(field)];
  }
};

bool has_sysdig();
std::vector<Statement> ask_sysdig(const std::string& capture);

}  // namespace vestige
