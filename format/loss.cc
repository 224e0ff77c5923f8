// SPDX-License-Identifier: Apache-2.0
#include "format/loss.h"

#include <algorithm>
#include <iterator>

namespace vestige {
namespace {

constexpr LossReasonInfo kReasons[] = {
#define LOSS(name, number, text, severity, meaning) \
  {LossReason::name, text, LossSeverity::severity, meaning},
#include "format/losses.def"
#undef LOSS
};

constexpr LossReasonInfo kUnknownReason = {
    LossReason{}, "unknown loss", LossSeverity::kEvents,
    "a newer agent counted something that this build has no name for"};

}  // namespace

const LossReasonInfo& info(LossReason reason) {
  const auto found =
      std::ranges::find(kReasons, reason, &LossReasonInfo::reason);
  return found == std::end(kReasons) ? kUnknownReason : *found;
}

}  // namespace vestige
