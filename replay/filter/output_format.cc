// SPDX-License-Identifier: Apache-2.0
#include "replay/filter/output_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "format/escape.h"
#include "replay/filter/parser.h"

namespace vestige::filter {

namespace {

constexpr size_t kMaxWidth = 512;

// The number behind the percent sign.
size_t take_width(std::string_view text, size_t& at) {
  size_t width = 0;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9')
    width = std::min(width * 10 + size_t(text[at++] - '0'), kMaxWidth);
  return width;
}

// Values of a list with commas between them; escaped.
std::string joined(const BoundOperand& operand, const FieldValues& values,
                   BytesText bytes) {
  std::string out;
  for (const FieldValue& value : values.all()) {
    if (!out.empty()) out += ',';
    if (operand.type() == FieldType::kBytes)
      append_bytes(out, value.text, bytes);
    else
      append_escaped(out, field_text(operand.type(), value));
  }
  return out;
}

}  // namespace

Result<OutputFormat> OutputFormat::compile(std::string_view text,
                                           Missing missing) {
  OutputFormat format;
  format.missing_ = missing;
  size_t at = 0;
  if (text.starts_with('*')) {
    format.missing_ = Missing::kIsMarked;
    at = 1;
  }
  std::set<std::string> unanswerable;
  std::string literal;
  const auto end_literal = [&] {
    if (!literal.empty())
      format.pieces_.push_back({std::exchange(literal, {}), std::nullopt, 0});
  };
  while (at < text.size()) {
    if (text[at] != '%' || text.substr(at).starts_with("%%")) {
      at += text[at] == '%' ? 2 : 1;
      literal += text[at - 1];
      continue;
    }
    end_literal();
    const size_t width = take_width(text, ++at);
    const ParsedOperand parsed = TRY(parse_operand(text, uint32_t(at)));
    BoundOperand bound =
        TRY(BoundOperand::bind(text, parsed.operand, unanswerable));
    format.pieces_.push_back({std::string(text.substr(at, parsed.end - at)),
                              std::move(bound), width});
    at = parsed.end;
  }
  end_literal();
  return format;
}

Needs OutputFormat::needs() const {
  Needs needs;
  for (const Piece& piece : pieces_)
    if (piece.operand) needs.add(piece.operand->needs());
  return needs;
}

std::string OutputFormat::fitted(std::string text, size_t width) {
  return width ? fmt::format("{:<{}.{}}", text, width, width) : text;
}

bool OutputFormat::append(std::string& out, const EventView& view) const {
  const size_t before = out.size();
  for (const Piece& piece : pieces_) {
    if (!piece.operand) {
      out += piece.text;
      continue;
    }
    FieldValues values;
    piece.operand->extract(view, values);
    if (values.empty() && missing_ == Missing::kSkipsLine) {
      out.resize(before);
      return false;
    }
    out +=
        fitted(values.empty() ? "<NA>" : joined(*piece.operand, values, bytes_),
               piece.width);
  }
  return true;
}

}  // namespace vestige::filter
