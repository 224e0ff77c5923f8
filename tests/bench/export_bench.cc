// SPDX-License-Identifier: Apache-2.0
//
// How fast events become rows of other formats, on one thread: reading with
// all state alone, then reading and writing. Prints JSON lines.
// usage: bench_export TRACE [EVENTS [WHAT]]
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "format/trace_reader.h"
#include "format/unique_fd.h"
#include "replay/export/formats.h"

namespace vestige {
namespace {

constexpr std::string_view kFew =
    "evt.num,evt.time.iso8601,proc.pid,proc.name,evt.type,fd.name,evt.res";

// CPU time, not the time of day: a busy machine must not count.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return double(now.tv_sec) + double(now.tv_nsec) / 1e9;
}

struct Subject {
  std::string_view what;
  std::string_view format;  // "": reading only
  std::string_view columns;
};

// stdout, where exports without a file go, is nobody for a while.
class Silence {
 public:
  Silence() : saved_(::dup(STDOUT_FILENO)) {
    const UniqueFd nobody(::open("/dev/null", O_WRONLY));
    ::dup2(nobody.get(), STDOUT_FILENO);
  }
  ~Silence() { ::dup2(saved_.get(), STDOUT_FILENO); }

 private:
  UniqueFd saved_;
};

Result<uint64_t> read_into(const std::string& trace, RowSink* sink,
                           uint64_t most) {
  TraceReader reader = TRY(TraceReader::open(trace));
  EventViewer viewer(reader.header());
  viewer.want_state_only();
  uint64_t events = 0;
  while (events < most) {
    const TraceReader::Item item = TRY(reader.next());
    if (!item) break;
    if (item.snapshot) viewer.apply(*item.snapshot, item.position);
    if (!item.event) continue;
    const EventView& view = viewer.apply(*item.event, item.position);
    ++events;
    if (sink) sink->add(view);
  }
  return events;
}

Result<void> measure(const Subject& subject, const std::string& trace,
                     uint64_t most) {
  const std::string file = std::filesystem::temp_directory_path() /
                           fmt::format("vestige-bench-{}.sqlite", getpid());
  const auto columns = TRY(filter::FieldList::compile(
      subject.columns.empty() ? info(RowKind::kEvent).columns
                              : subject.columns));
  uint64_t events = 0;
  double seconds = 0;
  {
    const Silence silence;
    const double start = cpu_seconds();
    std::unique_ptr<Exporter> exporter;
    RowSink* sink = nullptr;
    if (!subject.format.empty()) {
      const bool is_file = subject.format == "sqlite";
      exporter = TRY(find_format(subject.format)->make(is_file ? file : "-"));
      sink = TRY(exporter->table("events", RowKind::kEvent, columns));
    }
    events = TRY(read_into(trace, sink, most));
    if (exporter) TRY(exporter->close());
    seconds = cpu_seconds() - start;
  }
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  fmt::print(
      "{{\"bench\":\"export\",\"what\":\"{}\",\"events\":{},"
      "\"cpu_seconds\":{:.3f},\"events_per_second\":{:.0f}}}\n",
      subject.what, events, seconds, double(events) / seconds);
  std::fflush(stdout);
  return {};
}

int run(const std::string& trace, uint64_t most, std::string_view what) {
  constexpr Subject kSubjects[] = {
      {"reading with state", "", ""},
      {"jsonl, 7 columns", "jsonl", kFew},
      {"jsonl, the usual 13", "jsonl", ""},
      {"csv, 7 columns", "csv", kFew},
      {"sqlite, 7 columns", "sqlite", kFew},
      {"sqlite, the usual 13", "sqlite", ""},
      {"timesketch", "timesketch", kFew},
      {"ecs", "ecs", kFew},
  };
  for (const Subject& subject : kSubjects) {
    if (subject.what.find(what) == subject.what.npos) continue;
    const auto done = measure(subject, trace, most);
    if (done) continue;
    fmt::print(stderr, "bench_export: {}\n", done.error().message);
    return int(done.error().kind);
  }
  return 0;
}

}  // namespace
}  // namespace vestige

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: bench_export TRACE [EVENTS [WHAT]]\n");
    return 2;
  }
  return vestige::run(
      argv[1], argc > 2 ? std::strtoull(argv[2], nullptr, 10) : UINT64_MAX,
      argc > 3 ? argv[3] : "");
}
