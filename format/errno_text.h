// SPDX-License-Identifier: Apache-2.0
//
// Names of errors and signals. Numbers are those of Linux on x86-64 and
// arm64, which are the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vestige {

// Whether a return value of a syscall is an error: -4095..-1.
constexpr bool is_error(int64_t ret) {
  return ret < 0 && ret >= -4095;
}

// "ENOENT" for 2; the kernel's own ERESTARTSYS and its like included. "" for
// a number without a name.
std::string_view errno_name(int error);
// "No such file or directory"; "" when there is no text.
std::string_view errno_description(int error);

// "SIGTERM"; "SIGRT_7" for real-time signals, "SIG_77" for others.
std::string signal_name(int signal);
// 0 when the name, with or without SIG, is of no signal.
int signal_number(std::string_view name);

}  // namespace vestige
