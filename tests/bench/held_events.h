// SPDX-License-Identifier: Apache-2.0
//
// All events of a trace in memory, so that layouts are compared and not disks.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "format/trace_reader.h"

namespace vestige {

class HeldEvents {
 public:
  void add(const Event& event) {
    const size_t first = parts_.size();
    for (Part part : event.parts) {
      part.data = hold(part.data);
      parts_.push_back(part);
    }
    events_.push_back(event);
    firsts_.push_back(first);
  }
  // After the last add(): parts do not move any more.
  void finish() {
    firsts_.push_back(parts_.size());
    for (size_t i = 0; i < events_.size(); ++i)
      events_[i].parts = {parts_.data() + firsts_[i],
                          firsts_[i + 1] - firsts_[i]};
  }
  [[nodiscard]] const std::vector<Event>& all() const { return events_; }
  // As if less payload had been recorded.
  void cut_payload(size_t bytes) {
    for (Part& part : parts_)
      if (part.kind == PartKind::kPayload)
        part.data = part.data.substr(0, bytes);
  }

 private:
  std::string_view hold(std::string_view data) {
    if (blocks_.empty() || blocks_.back().size() + data.size() > kBlock) {
      blocks_.emplace_back();
      blocks_.back().reserve(std::max(kBlock, data.size()));
    }
    std::string& block = blocks_.back();
    block += data;
    return std::string_view(block).substr(block.size() - data.size());
  }

  static constexpr size_t kBlock = 1 << 20;
  std::deque<std::string> blocks_;
  std::vector<Part> parts_;
  std::vector<Event> events_;
  std::vector<size_t> firsts_;
};

}  // namespace vestige
