// SPDX-License-Identifier: Apache-2.0
//
// A field: a named value of an event and what is around it. One line of
// *_fields.cc serves filters, format strings, export columns, columns of
// screens and the reference. Names and types are those of sysdig and Falco
// where they have the field.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "replay/event_view.h"

namespace vestige {

enum class FieldType : uint8_t {
  kText,
  kBytes,
  kSigned,
  kUnsigned,
  kBool,
  kReal,
  kPort,
  kRelTime,  // nanoseconds
  kAbsTime,  // nanoseconds since 1970, UTC
  kAddress,  // IPv4 or IPv6
  kNetwork,  // an address, compared with networks
};
std::string_view field_type_text(FieldType type);
bool is_number(FieldType type);

enum FieldFlags : uint8_t {
  kPlain = 0,
  kList = 1,        // several values; only in, intersects and exists apply
  kArgAllowed = 2,  // name[argument] or name.argument
  kArgRequired = 4,
  // Several values that are compared one by one: a comparison holds if it
  // holds for one of them; `!=` of a kBoth field if it holds for all.
  kAnyOf = 8,
  kBoth = 16,
  kFilterOnly = 32,
};

struct FieldValue {
  std::string_view text;  // kText, kBytes
  int64_t number = 0;     // numbers, times, bool
  double real = 0;        // kReal
  uint16_t family = 0;    // kAddress, kNetwork: AF_INET or AF_INET6
  std::array<uint8_t, 16> ip = {};
};

// Values on their way out of an event. Views in there live until clear() or
// the next event.
class FieldValues {
 public:
  void clear() {
    values_.clear();
    used_ = 0;
  }
  void add_text(std::string_view text) { values_.emplace_back().text = text; }
  void add_kept(std::string text) { add_text(keep() = std::move(text)); }
  // An empty text that lives as long as the values.
  std::string& keep() {
    if (used_ == kept_.size()) kept_.emplace_back();
    std::string& text = kept_[used_++];
    text.clear();
    return text;
  }
  void add_number(int64_t number) { values_.emplace_back().number = number; }
  void add_bool(bool value) { add_number(value); }
  void add_real(double real) { values_.emplace_back().real = real; }
  void add_address(uint16_t family, const std::array<uint8_t, 16>& ip) {
    FieldValue& value = values_.emplace_back();
    value.family = family;
    value.ip = ip;
  }
  void add(const FieldValue& value) { values_.push_back(value); }

  [[nodiscard]] std::span<const FieldValue> all() const { return values_; }
  [[nodiscard]] bool empty() const { return values_.empty(); }

 private:
  std::vector<FieldValue> values_;
  std::deque<std::string> kept_;  // kept for its memory, too
  size_t used_ = 0;               // of kept_
};

struct FieldArgument {
  std::string text;              // empty: none
  std::optional<int64_t> index;  // the text as a number
};

// Adds no value when the event has none.
using FieldGetter = void (*)(const EventView& view,
                             const FieldArgument& argument, FieldValues& out);

struct FieldInfo {
  std::string_view name;
  FieldType type = FieldType::kText;
  uint8_t flags = kPlain;
  uint8_t width = 0;       // of a column, in characters
  std::string_view title;  // of a column
  std::string_view doc;
  FieldGetter get = nullptr;  // nullptr: a trace cannot answer it
};

// All fields, by group, in the order of the reference.
const std::vector<const FieldInfo*>& all_fields();

// A name as written, with an argument after a dot if the field takes one:
// "evt.arg.flags", "proc.aname". nullopt when there is no such field.
struct FieldName {
  const FieldInfo* info = nullptr;
  std::string argument;
};
std::optional<FieldName> find_field(std::string_view name);

// As a person reads it; hostile bytes as they are.
std::string field_text(FieldType type, const FieldValue& value);

// The groups: one file each.
std::span<const FieldInfo> event_fields();
std::span<const FieldInfo> process_fields();
std::span<const FieldInfo> descriptor_fields();
std::span<const FieldInfo> container_fields();
std::span<const FieldInfo> row_fields();

}  // namespace vestige
