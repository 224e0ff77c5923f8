// SPDX-License-Identifier: Apache-2.0
//
// How fast a trace becomes facts: reconstruction alone, decoding alone, and
// both. Prints JSON lines.  usage: bench_replay [EVENTS]
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "format/trace_reader.h"
#include "format/trace_writer.h"
#include "replay/case.h"
#include "tests/replay/trace_builder.h"

namespace vestige {
namespace {

// CPU time, not the time of day: a busy machine must not count.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return double(now.tv_sec) + double(now.tv_nsec) / 1e9;
}

void report(std::string_view what, uint64_t events, double seconds) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print(
      "{{\"bench\":\"replay\",\"what\":\"{}\",\"events\":{},"
      "\"cpu_seconds\":{:.3f},\"events_per_second\":{:.0f},"
      "\"max_rss_kib\":{}}}\n",
      what, events, seconds, events / seconds, usage.ru_maxrss);
}

// What a build in a container looks like: short-lived processes that look up,
// open, read, map and write files, and now and then talk.
void add_process(TraceBuilder& trace, uint32_t pid) {
  trace.fork(1, pid).exec(pid, {"/usr/bin/cc", "-c", "x.c"});
  for (int i = 0; i < 12; ++i) {
    const std::string path =
        fmt::format("/usr/include/{}/header{}.h", pid % 7, i);
    trace.open(pid, path, -ENOENT).open(pid, path, 3, O_RDONLY, path);
    trace.call(pid, "fstat", {3, 1}, 0);
    for (int n = 0; n < 6; ++n) trace.read(pid, 3, 4096);
    trace.call(pid, "mmap", {0, 4096, 1, 2, 3, 0}, 0x7000);
    trace.call(pid, "brk", {0}, 0x5000).close(pid, 3);
  }
  const std::string output = fmt::format("/build/{}.o", pid);
  trace.create(pid, output, 4);
  for (int n = 0; n < 20; ++n) trace.write(pid, 4, 4096);
  trace.close(pid, 4).rename(pid, output, output + ".done");
  trace.call(pid, "socket", {AF_INET, SOCK_STREAM, 0}, 5);
  for (int n = 0; n < 10; ++n) trace.write(pid, 5, 100).read(pid, 5, 100);
  trace.close(pid, 5).exit(pid);
}

// The same again, later, by other processes with the same numbers.
void advance(TraceBuilder& trace, uint64_t step_ns) {
  for (auto& stored : trace.events()) {
    stored.event.time_ns += step_ns;
    if (stored.event.pid != 1) stored.event.process_start_ns += step_ns;
    for (size_t i = 0; i < stored.parts.size(); ++i) {
      if (stored.parts[i].kind != PartKind::kTask) continue;
      auto task = read_part<TaskPart>(stored.parts[i]);
      task.process_start_ns += step_ns;
      std::memcpy(stored.data[i].data(), &task, sizeof task);
      stored.parts[i].data = stored.data[i];
    }
  }
}

int run(uint64_t wanted) {
  TraceBuilder trace;
  trace.process(1);
  for (uint32_t pid = 2; pid < 200; ++pid) add_process(trace, pid);
  for (auto& stored : trace.events()) stored.event.parts = stored.parts;
  const std::string path = std::filesystem::temp_directory_path() /
                           fmt::format("vestige-bench-{}.vtrace", getpid());
  TraceHeader header;
  header.start = {1'000'000'000, 1'700'000'000'000'000'000};
  auto writer = TraceWriter::create(path, header);
  if (!writer) return 4;
  TextPool texts;
  Reconstructor reconstructor(texts);
  for (const Snapshot& snapshot : trace.snapshots()) {
    reconstructor.apply(snapshot);
    if (!writer->append(snapshot)) return 4;
  }
  uint64_t events = 0;
  double seconds = 0;
  while (events < wanted) {
    for (auto& stored : trace.events())
      if (!writer->append(stored.event)) return 4;
    const double start = cpu_seconds();
    for (auto& stored : trace.events())
      reconstructor.apply(stored.event, {0, uint32_t(events++)});
    seconds += cpu_seconds() - start;
    advance(trace, 1'000'000'000);
  }
  report("reconstruct", events, seconds);
  const Facts facts = reconstructor.finish();
  if (!writer->close({})) return 4;

  double start = cpu_seconds();
  auto reader = TraceReader::open(path);
  if (!reader) return 3;
  uint64_t decoded = 0;
  while (true) {
    auto item = reader->next();
    if (!item || !*item) break;
    decoded += item->event != nullptr;
  }
  report("decode", decoded, cpu_seconds() - start);
  start = cpu_seconds();
  const auto opened = Case::open(path);
  if (!opened) return 3;
  report("case", opened->events(), cpu_seconds() - start);
  fmt::print(
      "{{\"bench\":\"replay\",\"what\":\"rows\",\"processes\":{},"
      "\"files\":{},\"net\":{},\"bytes_per_event\":{:.1f}}}\n",
      facts.processes.size(), facts.files.size(), facts.net.size(),
      double(std::filesystem::file_size(path)) / double(events));
  std::filesystem::remove(path);
  return 0;
}

}  // namespace
}  // namespace vestige

int main(int argc, char** argv) {
  const uint64_t events = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 0;
  return vestige::run(events ? events : 4'000'000);
}
