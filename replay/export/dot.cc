// SPDX-License-Identifier: Apache-2.0
//
// The process tree for Graphviz: dot -Tsvg.
#include "replay/export/dot.h"

#include <fmt/format.h>

#include "format/errno_text.h"
#include "format/escape.h"
#include "replay/case.h"
#include "replay/export/formats.h"
#include "replay/export/out_file.h"

namespace vestige {
namespace {

constexpr size_t kMaxLabel = 120;

std::string end_text(const ProcessRow& row) {
  switch (row.end) {
    case ProcessEnd::kNone: return "";
    case ProcessEnd::kExited: return fmt::format("exit {}", row.exit_code);
    case ProcessEnd::kKilled:
      return fmt::format("killed by {}", signal_name(row.exit_signal));
    case ProcessEnd::kInferred: return "ended";
  }
  return "";
}

std::string command(const ProcessRow& row) {
  std::string out;
  for (const std::string_view text : split_strings(row.argv)) {
    if (!out.empty()) out += ' ';
    out += text;
  }
  if (out.empty()) out = row.comm;
  if (out.size() > kMaxLabel) out = out.substr(0, kMaxLabel) + "...";
  return out;
}

std::string node(const ProcessRow& row) {
  std::string text =
      fmt::format("{}\n{} pid {}", command(row), row.comm, row.pid);
  if (const std::string end = end_text(row); !end.empty()) text += '\n' + end;
  const bool failed = row.end == ProcessEnd::kKilled ||
                      (row.end == ProcessEnd::kExited && row.exit_code != 0);
  return fmt::format("  p{} [label={}{}{}];\n", uint32_t(row.id),
                     dot_label(text), failed ? ", color=red" : "",
                     row.is_selected ? "" : ", style=dashed");
}

}  // namespace

std::string dot_label(std::string_view bytes) {
  std::string out = "\"";
  for (const char c : escaped(bytes)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

Result<std::string> export_dot(const TraceExport& what) {
  if (what.filter)
    return Error{ErrorKind::kUsage, "the process tree takes no filter"};
  const Case opened = TRY(Case::open(what.from));
  OutFile out = TRY(OutFile::create(what.to));
  out.write("digraph processes {\n  rankdir=LR;\n  node [shape=box];\n");
  for (const ProcessRow& row : opened.facts().processes) {
    out.write(node(row));
    if (row.parent != ProcessId::kNone)
      out.write(fmt::format(
          "  p{} -> p{}{};\n", uint32_t(row.parent), uint32_t(row.id),
          row.parent_certainty == Certainty::kObserved ? ""
                                                       : " [style=dashed]"));
  }
  out.write("}\n");
  TRY(out.close());
  return std::string();
}

}  // namespace vestige
