// SPDX-License-Identifier: Apache-2.0
//
// The descriptors embedded in a trace, each once, however many chunks repeat
// it. They live as long as the table. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "format/trace_schema.h"
#include "format/trace_wire.h"

namespace vestige {

class DescriptorTable {
 public:
  // The one that these bytes, a message EventType, encode; nullptr when they
  // are malformed or the trace describes one type in absurdly many ways.
  const Descriptor* decode(ByteSpan message);
  // The first met for that type, or nullptr.
  [[nodiscard]] const Descriptor* find(EventType type) const;

 private:
  // Far more than there can be; keep memory bounded whatever a file says.
  static constexpr size_t kMaxMessageBytes = 4096;
  static constexpr size_t kMostPerType = 64;
  static constexpr size_t kMostInAll = 16384;

  const Descriptor* add(std::unique_ptr<OwnedDescriptor> descriptor);

  mutable std::mutex mutex_;  // of all below
  std::map<EventType, std::vector<std::unique_ptr<OwnedDescriptor>>> all_;
  // Chunks repeat them byte for byte: parsed once.
  std::unordered_map<std::string, const Descriptor*> encoded_;
  std::string key_;
  size_t size_ = 0;  // of all_
};

}  // namespace vestige
