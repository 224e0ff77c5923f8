// SPDX-License-Identifier: Apache-2.0
#include "tui/event_details.h"

#include <fmt/format.h>

#include <algorithm>

#include "format/arg_text.h"
#include "format/escape.h"
#include "tui/describe.h"

namespace vestige::tui {
namespace {

constexpr size_t kBytesPerLine = 16;
constexpr size_t kMaxDumpedBytes = 64 * 1024;
// Longer texts are told by their parts, below.
constexpr TextLimits kLimits = {.string_bytes = 64 * 1024,
                                .payload_bytes = 256};

std::string_view part_title(PartKind kind) {
  switch (kind) {
#define PART_KIND(name, number, text, doc) \
  case PartKind::name:                     \
    return text;
#include "format/part_kinds.def"
#undef PART_KIND
  }
  return "unknown part";
}

std::string part_owner(const Event& event, const Part& part) {
  if (part.arg == kReturnArg) return "of the result";
  if (part.arg == kTaskArg) return "of the task";
  const bool is_named =
      event.descriptor && part.arg < event.descriptor->arg_count;
  if (!is_named) return fmt::format("of argument {}", part.arg);
  return fmt::format("of {}", event.descriptor->args[part.arg].name);
}

std::string part_notes(const Part& part) {
  std::string notes = fmt::format("{} bytes", part.data.size());
  if (part.full_size > part.data.size()) {
    notes += fmt::format(" of {}", part.full_size);
  }
  if ((part.flags & kPartTruncated) != 0) notes += ", truncated";
  if ((part.flags & kPartFault) != 0) notes += ", memory not readable";
  if ((part.flags & kPartLate) != 0) notes += ", read at exit";
  return notes;
}

void add_head(const Session& session, const KeptEvent& kept,
              std::vector<Line>& out) {
  const Event& event = kept.event;
  out.push_back(Line::field(
      "Event",
      fmt::format("{}  {}:{}", event.descriptor ? event.descriptor->name : "?",
                  kept.at.chunk, kept.at.index),
      Style::kStrong));
  if (const ProcessRow* row = session.data().facts().process(kept.process)) {
    out.push_back(Line::field(
        "Process", fmt::format("{}  {}", row->pid, process_command(*row, 512)),
        Style::kStrong, row->id));
  } else {
    out.push_back(Line::field("Process", fmt::format("pid {}", event.pid)));
  }
  out.push_back(
      Line::field("Thread", fmt::format("{} on CPU {}", event.tid, event.cpu)));
  out.push_back(Line::field("Time", session.date_time_text(event.time_ns)));
  const bool has_enter = (event.flags & kHasEnter) != 0;
  out.push_back(Line::field(
      "Took", has_enter ? duration_text(event.duration_ns) : "not known"));
  if ((event.flags & kInFlight) != 0) {
    out.push_back(Line::field("State", "had not returned", Style::kWarning));
  }
  if ((event.flags & kPartsLost) != 0) {
    out.push_back(Line::field("Lost", "parts of it", Style::kWarning));
  }
  const bool is_failure = event.ret < 0 && event.ret >= -4095;
  out.push_back(Line::field("Result", return_text(event),
                            is_failure ? Style::kBad : Style::kGood));
}

}  // namespace

void add_dump(std::string_view bytes, std::vector<Line>& out) {
  const std::string_view shown = bytes.substr(0, kMaxDumpedBytes);
  for (size_t at = 0; at < shown.size(); at += kBytesPerLine) {
    const std::string_view row = shown.substr(at, kBytesPerLine);
    std::string hex, ascii;
    for (size_t i = 0; i < kBytesPerLine; ++i) {
      if (i == kBytesPerLine / 2) hex += ' ';
      if (i >= row.size()) {
        hex += "   ";
        continue;
      }
      hex += fmt::format("{:02x} ", static_cast<uint8_t>(row[i]));
      ascii += is_printable_ascii(row[i]) ? row[i] : '.';
    }
    Line line;
    line.spans = {{fmt::format("    {:06x}  ", at), Style::kDim},
                  {std::move(hex)},
                  {" " + ascii, Style::kReadFile}};
    out.push_back(std::move(line));
  }
  if (bytes.size() > shown.size()) {
    out.push_back(Line::text(
        fmt::format("    ... {} bytes more", bytes.size() - shown.size()),
        Style::kWarning));
  }
}

std::vector<Line> event_details(const Session& session, const KeptEvent& kept) {
  std::vector<Line> out;
  add_head(session, kept, out);
  const Event& event = kept.event;
  const int args = event.descriptor ? event.descriptor->arg_count : 0;
  if (args > 0) {
    out.push_back({});
    out.push_back(Line::heading("Arguments"));
  }
  for (int i = 0; i < args; ++i) {
    out.push_back(Line::field(event.descriptor->args[i].name,
                              arg_text(event, i, kLimits)));
  }
  for (const Part& part : kept.parts) {
    out.push_back({});
    Line title = Line::heading(
        fmt::format("{} {}  ", part_title(part.kind), part_owner(event, part)));
    title.spans.push_back({part_notes(part), Style::kDim});
    out.push_back(std::move(title));
    add_dump(part.data, out);
  }
  return out;
}

}  // namespace vestige::tui
