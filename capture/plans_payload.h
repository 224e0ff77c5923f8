// SPDX-License-Identifier: Apache-2.0
//
// How much is kept of what programs read and write, by what it goes through:
// "stdin,net=4096,new-files=all".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "bpf/capture_plan.h"
#include "format/result.h"

namespace vestige {

class PayloadPolicy {
 public:
  // KIND, KIND=all, KIND=none or KIND=BYTES, with commas between. A kind alone
  // means all. kUsage: an unknown kind or a number out of range.
  static Result<PayloadPolicy> parse(std::string_view text);

  [[nodiscard]] bool is_set() const;
  // Whether a call can be kept with more than a record holds.
  [[nodiscard]] bool has_whole_calls() const;
  // By payload_class; `others` where nothing was said.
  [[nodiscard]] std::array<uint32_t, PAYLOAD_CLASSES> limits(
      uint32_t others) const;

 private:
  std::array<std::optional<uint32_t>, PAYLOAD_CLASSES> limits_;
};

}  // namespace vestige
