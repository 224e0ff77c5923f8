// SPDX-License-Identifier: Apache-2.0
// The syscall numbers of the installed kernel headers: header_numbers.py.
#pragma once

#include <string_view>
#include <vector>

struct HeaderNumber {
  std::string_view name;
  int number;
};
extern const std::vector<HeaderNumber> unistd_64_numbers;
extern const std::vector<HeaderNumber> unistd_32_numbers;
extern const std::vector<HeaderNumber> unistd_x32_numbers;
extern const std::vector<HeaderNumber> unistd_generic_numbers;
