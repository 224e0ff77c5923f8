// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

#include "format/escape.h"
#include "replay/cli/trace_files.h"
#include "replay/merged_trace.h"

namespace vestige::cli {
namespace {

// Shows what is going on once it takes longer than a second.
class ProgressLine {
 public:
  ~ProgressLine() {
    if (is_shown_) fmt::print(stderr, "\r\x1b[K");
  }
  void show(uint64_t events, double share) {
    using std::chrono::seconds;
    const auto now = std::chrono::steady_clock::now();
    if (!isatty(STDERR_FILENO) || now - start_ < seconds(1)) return;
    constexpr size_t kWidth = 30;
    const auto filled = size_t(std::clamp(share, 0.0, 1.0) * kWidth);
    fmt::print(stderr, "\r[{:#<{}}{:.<{}}] {:3.0f} %, {:.1f} million events",
               "", filled, "", kWidth - filled, share * 100, events / 1e6);
    is_shown_ = true;
  }

 private:
  std::chrono::steady_clock::time_point start_ =
      std::chrono::steady_clock::now();
  bool is_shown_ = false;
};

void print_loss(const Loss& loss) {
  const LossReasonInfo& what = info(loss.reason);
  fmt::print(stderr, "vestige: loss: {}", what.text);
  if (loss.count != 0) fmt::print(stderr, " ({})", loss.count);
  if (!loss.where.empty()) fmt::print(stderr, " at {}", escaped(loss.where));
  fmt::print(stderr, ": {}\n", what.meaning);
}

// The files of a recording that was rotated stand as one.
Result<JoinedTraces> find_recordings(const Options& options) {
  const std::vector<std::string> paths = TRY(find_traces(options.files));
  JoinedTraces traces = TRY(join_rotated(paths, "vestige"));
  for (const std::string& gap : traces.gaps)
    fmt::print(stderr, "vestige: {}\n", gap);
  return traces;
}

}  // namespace

Result<Case> open_case(const Options& options, uint32_t columns) {
  constexpr uint64_t kStep = 1 << 16;
  ProgressLine progress;
  CaseReader reader =
      TRY(CaseReader::open(options.file, CaseReader::Mode::kOnce, columns));
  while (TRY(reader.read(kStep)))
    if (options.shows_progress) progress.show(reader.events(), reader.share());
  return std::move(reader).finish();
}

Result<std::vector<Case>> open_cases(const Options& options, uint32_t columns) {
  const JoinedTraces traces = TRY(find_recordings(options));
  const std::vector<std::string>& paths = traces.paths;
  std::vector<std::optional<Result<Case>>> opened(paths.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < paths.size(); i = next++) {
      Options one = options;
      one.file = paths[i];
      one.shows_progress = paths.size() == 1;
      opened[i].emplace(open_case(one, columns));
    }
  };
  std::vector<std::thread> threads;
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  for (size_t i = 1; i < std::min(cores, paths.size()); ++i)
    threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  std::vector<Case> cases;
  for (auto& each : opened) cases.push_back(TRY(std::move(*each)));
  return cases;
}

Result<int> run_for_each(const Options& options,
                         Result<int> (*run)(const Options&)) {
  const JoinedTraces traces = TRY(find_recordings(options));
  const std::vector<std::string>& paths = traces.paths;
  for (const std::string& path : paths) {
    Options one = options;
    one.file = path;
    if (paths.size() > 1 && !options.json) fmt::print("{}:\n", escaped(path));
    TRY(run(one));
  }
  return 0;
}

bool is_wanted(const Options& options, ProcessId process) {
  return !options.process || ProcessId(*options.process) == process;
}

std::string count_text(const Case& opened, const Occurrence& seen) {
  const bool may_be_more =
      opened.loss_times().may_lack_events(seen.first_ns, seen.last_ns);
  return fmt::format("{}{}", seen.count, may_be_more ? "+" : "");
}

std::string process_label(const Facts& facts, ProcessId id) {
  const ProcessRow* row = facts.process(id);
  return row ? fmt::format("{}[{}]", row->comm, row->pid) : "?";
}

std::string trace_label(const TraceHeader& header) {
  const ContainerInfo& container = header.container;
  constexpr size_t kShortId = 12;
  return header.host_name + "/" +
         (container.name.empty() ? container.id.substr(0, kShortId)
                                 : container.name);
}

void print_losses(const TraceEnd& end) {
  for (const Loss& loss : end.losses) print_loss(loss);
}

void print_gaps(const Case& opened) {
  std::fflush(stdout);
  if (!opened.is_complete())
    fmt::print(stderr,
               "vestige: the trace has no end: it is what could be read of "
               "it\n");
  print_losses(opened.end());
  const Gaps& gaps = opened.facts().gaps;
  const auto say = [](uint64_t count, std::string_view what) {
    if (count != 0) fmt::print(stderr, "vestige: {} {}\n", count, what);
  };
  say(gaps.inferred_processes,
      "processes are known only by what they did: their start was not seen");
  say(gaps.unknown_descriptors,
      "descriptors were used that nobody was seen to open");
  say(gaps.unknown_paths,
      "paths are relative to a directory that is not known");
  say(gaps.corrections,
      "processes or descriptors were not as the events before had told: later "
      "snapshots put them right");
  say(gaps.unknown_types, "events are of a type not known here");
}

}  // namespace vestige::cli
