// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/json_line.h"

#include <algorithm>
#include <cstdio>

#include "format/escape.h"

namespace vestige::cli {
namespace {

bool is_utf8(std::string_view bytes) {
  const bool is_ascii = std::ranges::all_of(
      bytes, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return is_ascii || to_utf8(bytes) == bytes;
}

}  // namespace

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t at = 0; at < bytes.size(); at += 3) {
    uint32_t group = 0;
    const size_t count = std::min<size_t>(3, bytes.size() - at);
    for (size_t i = 0; i < 3; ++i)
      group = group << 8 |
              (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    for (size_t i = 0; i < 4; ++i)
      out.push_back(i <= count ? kDigits[group >> (18 - 6 * i) & 63] : '=');
  }
  return out;
}

std::string exact_bytes(std::string_view bytes) {
  return is_utf8(bytes) ? std::string{} : base64(bytes);
}

void JsonLine::begin(std::string_view key) {
  const char last = out_.back();
  if (last != '{' && last != '[') out_.push_back(',');
  if (key.empty()) return;
  out_.push_back('"');
  out_.append(key);
  out_.append("\":");
}

void JsonLine::text(std::string_view key, std::string_view bytes) {
  begin(key);
  append_json(out_, bytes);
  if (key.empty()) return;
  const std::string exact = exact_bytes(bytes);
  if (!exact.empty()) text(std::string(key).append("_b64"), exact);
}

void JsonLine::text_or_null(std::string_view key, std::string_view bytes) {
  bytes.empty() ? null(key) : text(key, bytes);
}

std::string JsonLine::take() {
  out_.push_back('}');
  return std::move(out_);
}

void JsonLine::print() {
  out_.append("}\n");
  std::fwrite(out_.data(), 1, out_.size(), stdout);
  out_.clear();
}

}  // namespace vestige::cli
