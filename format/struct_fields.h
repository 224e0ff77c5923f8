// SPDX-License-Identifier: Apache-2.0
//
// Reads numbers out of a struct's bytes and writes "{name=value, ...}".
// Internal to struct_text*.cc.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <iterator>
#include <string>
#include <string_view>

#include "format/flag_text.h"
#include "format/struct_text.h"

namespace vestige {

using Bytes = const StructBytes&;

// "{" at the beginning, "}" at the end, ", " between; "..." instead of the
// first field the bytes are too few for, and nothing after it.
class StructWriter {
 public:
  StructWriter(std::string& out, const StructBytes& from,
               std::string_view open = "{")
      : out_(out), from_(from) {
    out_ += open;
  }
  void close(std::string_view close = "}") { out_ += close; }

  [[nodiscard]] bool has(size_t offset, size_t size) const {
    return offset <= from_.bytes.size() && size <= from_.bytes.size() - offset;
  }
  template <typename T>
  [[nodiscard]] T get(size_t offset) const {
    T value{};
    if (has(offset, sizeof value))
      std::memcpy(&value, from_.bytes.data() + offset, sizeof value);
    return value;
  }

  // Writes the separator and the name; false when the bytes are too few.
  bool begin(std::string_view name, size_t offset, size_t size) {
    if (is_cut_) return false;
    if (!is_first_) out_ += ", ";
    is_first_ = false;
    is_cut_ = !has(offset, size);
    if (is_cut_)
      out_ += "...";
    else if (!name.empty())
      out_.append(name).append("=");
    return !is_cut_;
  }

  template <typename T>
  void number(std::string_view name, size_t offset) {
    if (begin(name, offset, sizeof(T)))
      fmt::format_to(std::back_inserter(out_), "{}", get<T>(offset));
  }
  template <typename T>
  void hex(std::string_view name, size_t offset) {
    if (begin(name, offset, sizeof(T)))
      fmt::format_to(std::back_inserter(out_), "{:#x}", get<T>(offset));
  }
  template <typename T>
  void flags(std::string_view name, size_t offset, ArgKind kind) {
    if (begin(name, offset, sizeof(T)))
      append_flags(out_, kind, get<T>(offset), from_.abi);
  }
  // Fields that later versions of a struct added: left out when zero.
  template <typename T>
  void optional_hex(std::string_view name, size_t offset) {
    if (has(offset, sizeof(T)) && get<T>(offset) != 0) hex<T>(name, offset);
  }

  [[nodiscard]] std::string& out() { return out_; }
  [[nodiscard]] const StructBytes& from() const { return from_; }

 private:
  std::string& out_;
  const StructBytes& from_;
  bool is_first_ = true;
  bool is_cut_ = false;
};

}  // namespace vestige
