// SPDX-License-Identifier: Apache-2.0
//
// Small files of /proc, /sys and the runtimes' state, read whole.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vestige {

// nullopt when it cannot be read. Reads at most `limit` bytes.
std::optional<std::string> read_file(const std::string& path,
                                     size_t limit = 16 * 1024 * 1024);
// The same; empty when it cannot be read.
std::string read_text(const std::string& path);
// Text of a symbolic link; nullopt when it cannot be read.
std::optional<std::string> read_link(const std::string& path);
bool write_file(const std::string& path, std::string_view text);
// The pieces between separators; no last piece after a trailing separator.
std::vector<std::string_view> split(std::string_view text, char separator);
std::vector<std::string_view> split(std::string&& text, char) = delete;
// A number at the front of the text; nullopt when there is none.
std::optional<uint64_t> parse_number(std::string_view text, int base = 10);
// Names in a directory, without "." and ".."; empty when there is none.
std::vector<std::string> list_directory(const std::string& path);

}  // namespace vestige
