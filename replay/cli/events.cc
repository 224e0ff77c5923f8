// SPDX-License-Identifier: Apache-2.0
//
// vestige events: what was recorded, by filter, of one trace or of many in
// one timeline.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <thread>

#include "format/escape.h"
#include "replay/cli/command.h"
#include "replay/cli/event_lines.h"
#include "replay/cli/line_spool.h"
#include "replay/cli/trace_files.h"
#include "replay/facts/sysdig_params.h"
#include "replay/filter/filter.h"
#include "replay/filter/search.h"
#include "replay/filter/suggest.h"

namespace vestige::cli {
namespace {

using filter::Filter;
using filter::Search;
using filter::SearchReport;

std::string_view scope_text(Scope scope) {
  switch (scope) {
    case Scope::kEvent: return "nothing: the events alone tell it";
    case Scope::kName: return "names of processes";
    case Scope::kProcess: return "processes";
    case Scope::kAll: return "processes, descriptors, sockets, mounts";
  }
  return "";
}

std::string column_names(uint32_t columns) {
  constexpr std::pair<uint32_t, std::string_view> kNames[] = {
      {kColumnType, "type"},       {kColumnTask, "task"},
      {kColumnResult, "result"},   {kColumnFlags, "flags"},
      {kColumnTime, "time"},       {kColumnArguments, "arguments"},
      {kColumnStrings, "strings"}, {kColumnParts, "parts"},
      {kColumnPayload, "payload"}, {kColumnFiles, "files"}};
  if (columns == kAllColumns) return "all";
  std::string out;
  for (const auto& [bit, name] : kNames)
    if (columns & bit) out.append(out.empty() ? "" : ", ").append(name);
  return out.empty() ? "none" : out;
}

void explain(const std::string& path, const SearchReport& report) {
  fmt::print(
      stderr, "plan for {}\n  state rebuilt   {}\n  columns read    {}\n",
      escaped(path), scope_text(report.scope), column_names(report.columns));
  if (report.is_screened)
    fmt::print(stderr, "  screened by     {}, on {} threads\n",
               column_names(report.columns_screened | kColumnType),
               report.threads);
  if (report.names > 0)
    fmt::print(stderr,
               "  names           of {} processes, from {} events: {} chunks "
               "in the index, {} read\n",
               report.names, report.name_events, report.indexed_name_chunks,
               report.name_chunks);
  fmt::print(stderr,
             "  chunks          {} passed over by the index, {} by columns\n"
             "  events          {} asked, {} matched\n",
             report.chunks_skipped, report.chunks_screened, report.events_asked,
             report.matched);
  if (report.second_pass)
    fmt::print(stderr,
               "  second pass     all is rebuilt for what is shown of the "
               "matches\n");
}

// A name that no event has is most likely misspelt.
void warn_of_types(const Filter& filter) {
  std::vector<std::string_view> known;
  for (const Abi abi : {Abi::kX86_64, Abi::kArm64, Abi::kI386, Abi::kKernel})
    for (const Descriptor& each : descriptors(abi))
      known.push_back(sysdig_name(each));
  const auto types = filter.bounds().types;
  if (!types) return;
  for (const std::string& type : *types)
    if (std::ranges::find(known, type) == known.end())
      fmt::print(stderr, "vestige: no event is called {}{}\n", escaped(type),
                 filter::did_you_mean(type, known));
}

// The question as the user put it: one of it for each trace and thread.
class Events {
 public:
  explicit Events(const Options& options) : options_(options) {}

  Result<int> run();

 private:
  struct Answer {
    LineSpool lines;
    SearchReport report;
    std::optional<Error> error;
    TraceEnd end;
    bool is_complete = true;
  };

  Result<void> prepare();
  [[nodiscard]] Result<Filter> compile() const {
    return Filter::compile(text_);
  }
  Result<void> search(const std::string& path, Answer& answer,
                      const Search::Visit& visit);
  Result<int> run_one();
  Result<int> run_many();
  [[nodiscard]] bool is_enough(uint64_t matched) const {
    return options_.quiet || (options_.count && matched >= options_.count);
  }
  void tell(const std::string& path, const Answer& answer) const;
  [[nodiscard]] int code(uint64_t matched) const {
    constexpr int kNothing = 1;
    return has_filter_ && matched == 0 ? kNothing : 0;
  }

  const Options& options_;
  std::vector<std::string> traces_;
  std::string text_;
  bool has_filter_ = false;
  std::optional<EventLines> lines_;
  std::atomic<bool> is_done_ = false;
};

Result<void> Events::prepare() {
  const size_t files =
      options_.files.empty() ? count_trace_operands(options_.words) : 0;
  const auto middle = options_.words.begin() + std::ptrdiff_t(files);
  std::vector<std::string> operands = options_.files;
  operands.insert(operands.end(), options_.words.begin(), middle);
  if (operands.empty()) return Error{ErrorKind::kUsage, "which trace?"};
  text_ = fmt::format("{}", fmt::join(middle, options_.words.end(), " "));
  has_filter_ = middle != options_.words.end();
  const Filter filter = TRY(compile());
  lines_ = TRY(EventLines::make(options_));
  traces_ = TRY(find_traces(operands));
  for (const std::string& name : filter.unanswerable())
    fmt::print(stderr, "vestige: {} is not in a trace: it never matches\n",
               name);
  warn_of_types(filter);
  return {};
}

Result<void> Events::search(const std::string& path, Answer& answer,
                            const Search::Visit& visit) {
  Filter filter = TRY(compile());
  // Ids of processes depend on everything before.
  Needs shown = options_.process ? Needs{Scope::kAll, kAllColumns} : Needs{};
  if (!options_.quiet) shown.add(lines_->needs());
  Search search(path, filter, shown);
  if (traces_.size() > 1) search.use_threads(1);  // each trace has its own
  bool is_stopped = false;  // by whoever looked, before the end
  TRY(search.run([&](const EventView& view) {
    const bool is_wanted_process =
        !options_.process || is_wanted(options_, view.process->row.id);
    is_stopped = is_wanted_process && !visit(view);
    return !is_stopped;
  }));
  answer.report = search.report();
  answer.end = search.end();
  answer.is_complete = is_stopped || search.is_complete();
  return {};
}

void Events::tell(const std::string& path, const Answer& answer) const {
  if (options_.explain) explain(path, answer.report);
  if (options_.quiet) return;
  if (!answer.is_complete)
    fmt::print(stderr,
               "vestige: the trace has no end: it is what could be read of "
               "it\n");
  print_losses(answer.end);
}

Result<int> Events::run_one() {
  std::string line;
  lines_->append_header(line);
  std::fwrite(line.data(), 1, options_.quiet ? 0 : line.size(), stdout);
  Answer answer;
  uint64_t matched = 0;
  TRY(search(traces_[0], answer, [&](const EventView& view) {
    ++matched;
    if (options_.quiet) return false;
    line.clear();
    lines_->append(line, view, {});
    std::fwrite(line.data(), 1, line.size(), stdout);
    return !is_enough(matched);
  }));
  std::fflush(stdout);
  tell(traces_[0], answer);
  return code(matched);
}

// Each thread takes the next trace; lines wait until all have theirs.
Result<int> Events::run_many() {
  std::vector<Answer> answers(traces_.size());
  std::atomic<size_t> next = 0;
  std::atomic<uint64_t> matched = 0;
  const auto work = [&] {
    const auto lines = EventLines::make(options_);  // one per thread
    for (size_t i = next++; i < traces_.size() && !is_done_; i = next++) {
      Answer& answer = answers[i];
      std::string line;
      uint64_t own = 0;
      const auto visit = [&](const EventView& view) {
        ++own;
        ++matched;
        if (options_.quiet) is_done_ = true;
        if (is_done_) return false;
        line.clear();
        lines->append(line, view, trace_label(*view.header));
        if (auto added = answer.lines.add(view.unix_ns(), line); !added)
          answer.error = added.error();
        return !answer.error && !is_enough(own);
      };
      if (auto done = search(traces_[i], answer, visit); !done)
        answer.error = std::move(done).error();
    }
  };
  std::vector<std::thread> threads;
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  for (size_t i = 1; i < std::min(cores, traces_.size()); ++i)
    threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  if (!options_.quiet) {
    std::string header;
    lines_->append_header(header);
    std::fwrite(header.data(), 1, header.size(), stdout);
    std::vector<LineSpool> spools;
    for (Answer& answer : answers) spools.push_back(std::move(answer.lines));
    uint64_t printed = 0;
    TRY(merge(spools, [&](const std::string& line) {
      if (options_.count && ++printed > options_.count) return;
      std::fwrite(line.data(), 1, line.size(), stdout);
    }));
  }
  std::fflush(stdout);
  // A trace that cannot be read does not keep the others from answering.
  std::optional<Error> first;
  for (size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i].error) {
      tell(traces_[i], answers[i]);
    } else if (!first) {
      first = std::move(answers[i].error);
    } else {
      fmt::print(stderr, "vestige: {}\n", escaped(answers[i].error->message));
    }
  }
  if (first) return *std::move(first);
  return code(matched);
}

Result<int> Events::run() {
  TRY(prepare());
  return traces_.size() == 1 ? run_one() : run_many();
}

}  // namespace

Result<int> run_events(const Options& options) {
  return Events(options).run();
}

}  // namespace vestige::cli
