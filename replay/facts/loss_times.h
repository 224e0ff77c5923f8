// SPDX-License-Identifier: Apache-2.0
//
// Which losses fall into a stretch of time: so that a row can say that events
// of it may be missing.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "format/loss.h"

namespace vestige {

class LossTimes {
 public:
  LossTimes() = default;
  explicit LossTimes(const std::vector<Loss>& losses);

  struct Overlap {
    LossReason reason;
    uint64_t count = 0;  // of all losses that overlap; 0: not known how many
  };
  // Both ends included. Losses without a time overlap everything.
  [[nodiscard]] std::vector<Overlap> within(uint64_t from_ns,
                                            uint64_t to_ns) const;
  // Whether events may be missing there, not only details of events.
  [[nodiscard]] bool may_lack_events(uint64_t from_ns, uint64_t to_ns) const;

 private:
  struct Stretch {
    uint64_t from_ns, to_ns, count;
  };
  std::map<LossReason, std::vector<Stretch>> by_reason_;  // apart, rising
};

}  // namespace vestige
