// SPDX-License-Identifier: Apache-2.0
//
// What the subcommands of `vestige` have in common. Each is one file here and
// one line of the table in main.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "format/result.h"
#include "replay/case.h"
#include "replay/cli/console.h"

namespace vestige::cli {

enum class PayloadView { kText, kHex, kRaw };
enum class StatePart {
  kProcesses,
  kDescriptors,
  kConnections,
  kMounts,
  kFiles
};

struct Options {
  std::string file;
  bool json = false;
  bool all = false;   // also what is left out as noise
  bool wide = false;  // never cut lines to the terminal
  ColorMode color = ColorMode::kAuto;
  std::optional<uint32_t> process;  // only rows of this ProcessId
  // Of single commands.
  std::vector<std::string> filter;  // events: words of the filter
  std::string format;               // events: output format
  std::string fields;               // events: columns of CSV or JSON lines
  std::string pattern;              // fields: part of a name
  std::string path;                 // extract: which, as a shell pattern
  std::string life;                 // files: lives of such names
  bool marks = false;               // files: what was done in order to hide
  bool connections = false;         // net: one row each, with its owners
  std::string output;               // extract: folder to write to
  bool streams = false;             // extract: pipes and connections
  uint32_t connection = 0;          // follow, extract
  PayloadView view = PayloadView::kText;   // follow
  std::string time;                        // at
  StatePart part = StatePart::kProcesses;  // at
  bool from_start = false;                 // at: not from a snapshot
  std::string subject;                     // why
  bool dot = false;                        // why
};

// 0, or 1 for a command that checks something and found it wanting.
using Run = Result<int> (*)(const Options& options);

Result<int> run_tree(const Options& options);
Result<int> run_files(const Options& options);
Result<int> run_net(const Options& options);
Result<int> run_events(const Options& options);
Result<int> run_extract(const Options& options);
Result<int> run_at(const Options& options);
Result<int> run_why(const Options& options);
Result<int> run_follow(const Options& options);
Result<int> run_fields(const Options& options);
Result<int> run_info(const Options& options);

// Opens the case; shows progress on a terminal when it takes long.
Result<Case> open_case(const Options& options, uint32_t columns = kAllColumns);
// Whether rows of this process are wanted.
bool is_wanted(const Options& options, ProcessId process);
// Says on stderr what the rows do not tell: losses, gaps, a missing end.
void print_gaps(const Case& opened);
void print_losses(const TraceEnd& end);
// How often; "12+" when events of that time are lost, so there may be more.
std::string count_text(const Case& opened, const Occurrence& seen);
// "sh[7]": comm and pid; hostile bytes as they are.
std::string process_label(const Facts& facts, ProcessId id);

}  // namespace vestige::cli
