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
#include "replay/filter/bytes_text.h"

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
  std::vector<std::string> files;  // -r, and traces of tree, files, net
  std::vector<std::string> words;  // events: traces, then the filter
  bool shows_progress = true;      // on a terminal
  bool quiet = false;              // events: only the exit code
  bool explain = false;            // events: how it was found
  uint64_t count = 0;              // events: stop after so many; 0: never
  std::string format;              // events: output format
  std::string fields;              // events: columns of CSV or JSON lines
  // events: how data is written, below the line unless the format has it
  filter::BytesText bytes = filter::BytesText::kEscaped;
  std::string pattern;       // fields: part of a name
  bool markdown = false;     // fields: as a page
  std::string path;          // extract: which, as a shell pattern
  std::string life;          // files: lives of such names
  bool marks = false;        // files: what was done in order to hide
  bool connections = false;  // net: one row each, with its owners
  std::string output;        // extract: folder to write to
  bool streams = false;      // extract: pipes and connections
  uint32_t connection = 0;   // follow, extract
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

// All of options.files, on all cores, in that order.
Result<std::vector<Case>> open_cases(const Options& options,
                                     uint32_t columns = kAllColumns);
// Each of options.files in turn, as options.file.
Result<int> run_for_each(const Options& options,
                         Result<int> (*run)(const Options&));
// Opens the case; shows progress on a terminal when it takes long.
Result<Case> open_case(const Options& options, uint32_t columns = kAllColumns);
// Whether rows of this process are wanted.
bool is_wanted(const Options& options, ProcessId process);
// Says on stderr what the rows do not tell: losses, gaps, a missing end.
void print_gaps(const Case& opened);
void print_losses(const TraceEnd& end);
// How often; "12+" when events of that time are lost, so there may be more.
std::string count_text(const Case& opened, const Occurrence& seen);
// Which trace a row is of, where there are several: "HOST/CONTAINER".
std::string trace_label(const TraceHeader& header);
// "sh[7]": comm and pid; hostile bytes as they are.
std::string process_label(const Facts& facts, ProcessId id);

}  // namespace vestige::cli
