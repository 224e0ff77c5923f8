// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/json_line.h"

#include <cstdio>

#include "format/escape.h"
#include "replay/facts/field_cells.h"

namespace vestige::cli {
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
