// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/event_lines.h"

#include <cstdio>

namespace vestige::cli {
namespace {

void print_line(std::string& line) {
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stdout);
}

}  // namespace

Result<EventLines> EventLines::make(const Options& options) {
  EventLines lines;
  lines.is_json_ = options.json;
  if (!options.format.empty() && !options.fields.empty())
    return Error{ErrorKind::kUsage, "--print and --fields exclude each other"};
  if (!options.format.empty())
    lines.format_ = TRY(filter::OutputFormat::compile(options.format));
  if (!options.fields.empty())
    lines.fields_ = TRY(filter::FieldList::compile(options.fields));
  return lines;
}

void EventLines::print_header() const {
  if (!fields_ || is_json_) return;
  std::string line;
  fields_->append_csv_header(line);
  print_line(line);
}

bool EventLines::print(const EventView& view) const {
  if (!format_ && !fields_) return false;
  std::string line;
  if (format_ && !format_->append(line, view)) return true;
  if (fields_ && is_json_) fields_->append_json(line, view);
  if (fields_ && !is_json_) fields_->append_csv(line, view);
  print_line(line);
  return true;
}

}  // namespace vestige::cli
