// SPDX-License-Identifier: Apache-2.0
//
// The arguments of a program as rows keep them: strings one after the other,
// each ended by a NUL.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace vestige {

// The strings with blanks between them.
inline std::string spaced(std::string_view strings) {
  std::string out(strings);
  if (out.ends_with('\0')) out.pop_back();
  std::ranges::replace(out, '\0', ' ');
  return out;
}

// Without the program itself.
inline std::string_view after_first(std::string_view argv) {
  const size_t end = argv.find('\0');
  return end == argv.npos ? std::string_view() : argv.substr(end + 1);
}
inline std::string arguments(std::string_view argv) {
  return spaced(after_first(argv));
}
inline int64_t count_args(std::string_view argv) {
  return std::ranges::count(after_first(argv), '\0');
}
inline size_t length_of_args(std::string_view argv) {
  return after_first(argv).size() - size_t(count_args(argv));
}

}  // namespace vestige
