// SPDX-License-Identifier: Apache-2.0
//
// One JSON object on one line, written key by key. Strings are bytes from the
// kernel: where they are not UTF-8, the exact bytes follow under KEY_b64.
//
// Not a general JSON library: events come by the million, and every string
// needs the treatment above.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace vestige::cli {

class JsonLine {
 public:
  JsonLine() { out_.push_back('{'); }

  // key may be empty inside arrays.
  void text(std::string_view key, std::string_view bytes);
  // null for the empty string.
  void text_or_null(std::string_view key, std::string_view bytes);
  void number(std::string_view key, std::integral auto value) {
    begin(key);
    out_.append(std::to_string(value));
  }
  // null for 0, which stands for "nobody" or "not known".
  void number_or_null(std::string_view key, std::integral auto value) {
    value == 0 ? null(key) : number(key, value);
  }
  void boolean(std::string_view key, bool value) {
    raw(key, value ? "true" : "false");
  }
  void null(std::string_view key) { raw(key, "null"); }
  void open_array(std::string_view key) { open(key, '['); }
  void open_object(std::string_view key) { open(key, '{'); }
  void close_array() { close(']'); }
  void close_object() { close('}'); }

  // Ends the object and writes it with a line break to stdout.
  void print();
  // Ends the object.
  std::string take();

 private:
  void begin(std::string_view key);
  void raw(std::string_view key, std::string_view json) {
    begin(key);
    out_.append(json);
  }
  void open(std::string_view key, char bracket) {
    begin(key);
    out_.push_back(bracket);
  }
  void close(char bracket) { out_.push_back(bracket); }

  std::string out_;
};

}  // namespace vestige::cli
