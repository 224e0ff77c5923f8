// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/event_lines.h"

#include <fmt/format.h>

#include <algorithm>

#include "format/arg_text.h"
#include "format/escape.h"
#include "replay/cli/event_json.h"

namespace vestige::cli {
namespace {

std::string json_line(const EventView& view, std::string_view source) {
  JsonLine json =
      event_json(*view.event, view.at, view.unix_ns(), &view.process->row);
  if (!source.empty()) json.text("source", source);
  return json.take();
}

void append_plain_line(std::string& out, const EventView& view,
                       std::string_view source) {
  if (!source.empty())
    fmt::format_to(std::back_inserter(out), "{:<16}  ", escaped(source));
  fmt::format_to(std::back_inserter(out), "{}  {}[{}]  ",
                 clock_text(view.unix_ns()), escaped(view.process->row.comm),
                 view.event->tid);
  out.append(event_text(*view.event));
}

bool has_data(const filter::OutputFormat& format) {
  return std::ranges::any_of(format.pieces(), [](const auto& piece) {
    return piece.operand && piece.operand->type() == FieldType::kBytes;
  });
}

}  // namespace

Result<EventLines> EventLines::make(const Options& options) {
  EventLines lines;
  lines.is_json_ = options.json;
  if (!options.format.empty() && !options.fields.empty())
    return Error{ErrorKind::kUsage, "--print and --fields exclude each other"};
  if (!options.format.empty())
    lines.format_ = TRY(filter::OutputFormat::compile(options.format));
  if (options.bytes != filter::BytesText::kEscaped) {
    if (lines.format_) lines.format_->write_bytes(options.bytes);
    if (!lines.format_ || !has_data(*lines.format_)) {
      lines.data_ = TRY(filter::OutputFormat::compile("%evt.buffer"));
      lines.data_->write_bytes(options.bytes);
    }
  }
  if (!options.fields.empty())
    lines.fields_ = TRY(filter::FieldList::compile(options.fields));
  return lines;
}

void EventLines::append_header(std::string& out) const {
  if (!fields_ || is_json_) return;
  fields_->append_csv_header(out);
  out += '\n';
}

void EventLines::append(std::string& out, const EventView& view,
                        std::string_view source) const {
  if (format_) {
    if (!format_->append(out, view)) return;
  } else if (fields_) {
    is_json_ ? fields_->append_json(out, view) : fields_->append_csv(out, view);
  } else if (is_json_) {
    out += json_line(view, source);
  } else {
    append_plain_line(out, view, source);
  }
  if (data_) {
    out += ' ';
    if (!data_->append(out, view)) out.pop_back();
  }
  out += '\n';
}

Needs EventLines::needs() const {
  Needs needs = data_ ? data_->needs() : Needs{};
  needs.add(line_needs());
  return needs;
}

Needs EventLines::line_needs() const {
  if (format_) return format_->needs();
  if (fields_) return fields_->needs();
  // Ids of processes depend on everything before.
  return {is_json_ ? Scope::kAll : Scope::kName, kAllColumns};
}

}  // namespace vestige::cli
