// SPDX-License-Identifier: Apache-2.0
//
// What is missing and why. Loss is data: counted where it happens, stored in
// the trace, shown wherever results are shown.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vestige {

enum class LossReason : uint8_t {
#define LOSS(name, number, text, severity, meaning) name = number,
#include "format/losses.def"
#undef LOSS
};

enum class LossSeverity : uint8_t { kEvents, kDetail, kContext };

struct LossReasonInfo {
  LossReason reason;
  std::string_view text;  // two or three words
  LossSeverity severity;
  std::string_view meaning;  // one sentence: what it means, what to do
};
const LossReasonInfo& info(LossReason reason);

struct Loss {
  LossReason reason = LossReason{};
  uint64_t count = 0;    // of events or parts; 0: unknown how many
  uint64_t from_ns = 0;  // CLOCK_BOOTTIME; both 0: the whole trace
  uint64_t to_ns = 0;
  std::string where;    // offset, path or process, when there is one
  uint16_t origin = 0;  // as Event::origin
};

}  // namespace vestige
