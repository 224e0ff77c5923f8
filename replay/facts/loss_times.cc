// SPDX-License-Identifier: Apache-2.0
#include "replay/facts/loss_times.h"

#include <algorithm>

namespace vestige {

LossTimes::LossTimes(const std::vector<Loss>& losses) {
  for (const Loss& loss : losses) {
    const bool is_everywhere = loss.from_ns == 0 && loss.to_ns == 0;
    const uint64_t to_ns =
        is_everywhere ? UINT64_MAX : std::max(loss.from_ns, loss.to_ns);
    by_reason_[loss.reason].push_back({loss.from_ns, to_ns, loss.count});
  }
  for (auto& [reason, stretches] : by_reason_) {
    std::ranges::sort(stretches, {}, &Stretch::from_ns);
    std::vector<Stretch> apart;
    for (const Stretch& one : stretches) {
      if (apart.empty() || apart.back().to_ns < one.from_ns) {
        apart.push_back(one);
        continue;
      }
      apart.back().to_ns = std::max(apart.back().to_ns, one.to_ns);
      apart.back().count += one.count;
    }
    stretches = std::move(apart);
  }
}

std::vector<LossTimes::Overlap> LossTimes::within(uint64_t from_ns,
                                                  uint64_t to_ns) const {
  std::vector<Overlap> out;
  for (const auto& [reason, stretches] : by_reason_) {
    auto at = std::ranges::lower_bound(stretches, from_ns, {}, &Stretch::to_ns);
    if (at == stretches.end() || at->from_ns > to_ns) continue;
    Overlap overlap{.reason = reason};
    for (; at != stretches.end() && at->from_ns <= to_ns; ++at)
      overlap.count += at->count;
    out.push_back(overlap);
  }
  return out;
}

bool LossTimes::may_lack_events(uint64_t from_ns, uint64_t to_ns) const {
  return std::ranges::any_of(within(from_ns, to_ns), [](const Overlap& one) {
    return info(one.reason).severity == LossSeverity::kEvents;
  });
}

}  // namespace vestige
