// SPDX-License-Identifier: Apache-2.0
//
// What the sources of the codec share. The only way to the generated classes.
#pragma once

#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "format/trace.pb.h"
#include "format/trace_schema.h"
#include "format/trace_wire.h"

namespace vestige {

template <typename T>
std::string struct_bytes(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

template <typename T>
T struct_from(const std::string& bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), std::min(sizeof value, bytes.size()));
  return value;
}

inline void append_message(const pb::Section& section, ByteBuffer& out) {
  const std::string bytes = section.SerializeAsString();
  out.length_delimited(kTraceSection, bytes.size());
  out.append(bytes);
}

// Malformed input is the caller's to report: protobuf would print lines of
// its own, as many as a hostile file wants.
// Messages take up to a hundred times their bytes in memory; hostile ones
// have millions that are empty.
inline constexpr size_t kMaxFields = 1u << 20;
inline constexpr size_t kMaxSmallMessage = 4u << 20;  // header, end, losses

// Takes the number of fields from `budget`. False: there are more, or it is
// malformed.
inline bool spend_fields(ByteSpan content, size_t& budget) {
  for (WireCursor cursor(content); !cursor.at_end();) {
    (void)cursor.field();
    if (!cursor.ok() || budget-- == 0) return false;
  }
  return true;
}

template <typename Message>
bool parse(ByteSpan content, Message& message) {
  size_t budget = kMaxFields;
  if (!spend_fields(content, budget)) return false;
  static const bool is_silent =
      (google::protobuf::SetLogHandler(nullptr), true);
  (void)is_silent;
  return message.ParseFromArray(content.data(), int(content.size()));
}

}  // namespace vestige
