// SPDX-License-Identifier: Apache-2.0
#include "replay/protocol/http.h"

#include <algorithm>
#include <cctype>

namespace vestige {
namespace {

// Methods of RFC 9110 and 5789, and those of WebDAV that are in use.
constexpr std::string_view kMethods[] = {
    "GET ",     "POST ",  "HEAD ",   "PUT ",   "DELETE ",   "CONNECT ",
    "OPTIONS ", "TRACE ", "PATCH ",  "COPY ",  "PROPFIND ", "MKCOL ",
    "MOVE ",    "LOCK ",  "UNLOCK ", "SEARCH "};
constexpr std::string_view kVersion = "HTTP/1.";
constexpr std::string_view kHost = "host:";

std::string_view next_line(std::string_view& rest) {
  const size_t end = std::min(rest.find('\n'), rest.size());
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool begins_with_host(std::string_view line) {
  return line.size() >= kHost.size() &&
         std::equal(kHost.begin(), kHost.end(), line.begin(),
                    [](char a, char b) {
                      return a == std::tolower(static_cast<unsigned char>(b));
                    });
}

std::string_view find_host(std::string_view rest) {
  while (!rest.empty()) {
    std::string_view line = next_line(rest);
    if (line.empty()) return {};
    if (!begins_with_host(line)) continue;
    line.remove_prefix(kHost.size());
    const size_t start = line.find_first_not_of(" \t");
    return start == std::string_view::npos ? "" : line.substr(start);
  }
  return {};
}

}  // namespace

std::optional<HttpMessage> parse_http(std::string_view bytes) {
  std::string_view rest = bytes;
  const std::string_view line = next_line(rest);
  if (line.starts_with(kVersion)) {
    // "HTTP/1.1 200": anything shorter could be chance.
    constexpr size_t kStatusEnd = 12;
    const bool has_status =
        line.size() >= kStatusEnd &&
        std::all_of(line.begin() + 9, line.begin() + kStatusEnd,
                    [](unsigned char c) { return std::isdigit(c); });
    if (!has_status) return std::nullopt;
    return HttpMessage{.is_request = false, .line = line};
  }
  const bool has_method = std::ranges::any_of(
      kMethods, [&](std::string_view m) { return line.starts_with(m); });
  // The version ends the line, unless the line itself was cut.
  const bool is_cut = bytes.find('\n') == std::string_view::npos;
  if (!has_method || (!is_cut && line.find(kVersion) == std::string_view::npos))
    return std::nullopt;
  return HttpMessage{.is_request = true, .line = line, .host = find_host(rest)};
}

}  // namespace vestige
