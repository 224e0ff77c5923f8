// SPDX-License-Identifier: Apache-2.0
//
// How fast a trace becomes facts: reconstruction alone, decoding alone, and
// both, on one processor and on all. Prints JSON lines.
//   bench_replay [EVENTS]    of a simulated build
//   bench_replay TRACE SCAP  a recorded one, beside `sysdig -r` on the capture
//                            that `vestige export` made of it
#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <vector>

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

// clock_seconds: what a user waits for, where that is not the same.
void report(std::string_view what, uint64_t events, double seconds,
            double clock_seconds = 0) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print(
      "{{\"bench\":\"replay\",\"what\":\"{}\",\"events\":{},"
      "\"cpu_seconds\":{:.3f},\"seconds\":{:.3f},"
      "\"events_per_second\":{:.0f},\"max_rss_kib\":{}}}\n",
      what, events, seconds, clock_seconds ? clock_seconds : seconds,
      double(events) / (clock_seconds ? clock_seconds : seconds),
      usage.ru_maxrss);
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

// A trace of that many events, made and reconstructed.
int make(const std::string& path, uint64_t wanted) {
  TraceBuilder trace;
  trace.process(1);
  for (uint32_t pid = 2; pid < 200; ++pid) add_process(trace, pid);
  for (auto& stored : trace.events()) stored.event.parts = stored.parts;
  TraceHeader header;
  header.start = {1'000'000'000, 1'700'000'000'000'000'000};
  auto writer = TraceWriter::create(path, header);
  if (!writer) return 4;
  TextPool texts;
  Reconstructor reconstructor(texts);
  for (const Snapshot& snapshot : trace.snapshots()) {
    reconstructor.apply(snapshot, {});
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
  return writer->close({}) ? 0 : 4;
}

// Reads all of it, decoding what is asked for.
int decode(const std::string& path, std::string_view what, uint32_t columns) {
  const double start = cpu_seconds();
  auto reader = TraceReader::open(path, {.columns = columns});
  if (!reader) return 3;
  uint64_t decoded = 0;
  while (true) {
    auto item = reader->next();
    if (!item || !*item) break;
    decoded += item->event != nullptr;
  }
  report(what, decoded, cpu_seconds() - start);
  return 0;
}

// Large blocks are mapped, apart from the rest.
size_t heap_bytes() {
  const auto heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

// Each in a process of its own: memory is its own, too, and so may be the
// processor, on which a reader decodes nothing ahead.
enum class Processors { kOne, kAll };
int apart(Processors processors, const std::function<int()>& measure) {
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    if (processors == Processors::kOne) sched_setaffinity(0, sizeof one, &one);
    const int failed = measure();
    fflush(stdout);
    _exit(failed);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status)
             ? WEXITSTATUS(status)
             : 4;
}

// Everything, as the commands do it; and how long that takes on the clock.
int open_case(const std::string& path, std::string_view what,
              uint32_t columns) {
  using Clock = std::chrono::steady_clock;
  const auto began = Clock::now();
  const double start = cpu_seconds();
  const size_t before = heap_bytes();
  auto reader = CaseReader::open(path, CaseReader::Mode::kOnce, columns);
  if (!reader) return 3;
  for (bool has_more = true; has_more;) {
    const auto read = reader->read(1 << 16);
    if (!read) return 3;
    has_more = *read;
  }
  const Case opened = std::move(*reader).finish();
  const double cpu = cpu_seconds() - start;
  const double took =
      std::chrono::duration<double>(Clock::now() - began).count();
  report(what, opened.events(), cpu, took);
  const Facts& facts = opened.facts();
  const size_t rows = facts.processes.size() + facts.files.size() +
                      facts.net.size() + facts.connections.size() +
                      facts.actions.size() + facts.execs.size();
  fmt::print(
      "{{\"bench\":\"replay\",\"what\":\"{} rows\","
      "\"processes\":{},\"files\":{},\"net\":{},\"rows\":{},"
      "\"heap_bytes_per_row\":{:.0f},\"file_bytes_per_event\":{:.1f}}}\n",
      what, facts.processes.size(), facts.files.size(), facts.net.size(), rows,
      double(heap_bytes() - before) / double(std::max<size_t>(rows, 1)),
      double(std::filesystem::file_size(path)) / double(opened.events()));
  return 0;
}

// What sysdig takes for one question about the same events.
int run_sysdig(std::string_view what, std::vector<const char*> words,
               const std::string& scap, uint64_t events) {
  words.insert(words.begin(), {"sysdig", "-r", scap.c_str()});
  words.push_back(nullptr);
  rusage before{}, after{};
  getrusage(RUSAGE_CHILDREN, &before);
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) {
    const int nowhere = ::open("/dev/null", O_WRONLY);
    dup2(nowhere, STDOUT_FILENO);
    execvp(words[0], const_cast<char* const*>(words.data()));
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) return 4;
  const std::chrono::duration<double> clock =
      std::chrono::steady_clock::now() - start;
  getrusage(RUSAGE_CHILDREN, &after);
  const auto seconds = [](const rusage& usage) {
    const auto of = [](const timeval& time) {
      return double(time.tv_sec) + double(time.tv_usec) / 1e6;
    };
    return of(usage.ru_utime) + of(usage.ru_stime);
  };
  const double took = seconds(after) - seconds(before);
  fmt::print(
      "{{\"bench\":\"replay\",\"what\":\"sysdig -r, {}\",\"events\":{},"
      "\"cpu_seconds\":{:.3f},\"seconds\":{:.3f},"
      "\"events_per_second\":{:.0f}}}\n",
      what, events, took, clock.count(), double(events) / took);
  return 0;
}

// State alone, printing nothing, then what "everything at once" answers in one
// pass: who was started, what became of files, who spoke with whom.
int run_sysdig(const std::string& scap, uint64_t events) {
  struct Question {
    std::string_view what;
    std::vector<const char*> words;
  };
  for (const Question& question : {
           Question{"nothing matches",
                    {"fd.name=/no/such and proc.aname=nobody"}},
           Question{"processes",
                    {"-p", "%proc.pid %proc.ppid %proc.exeline",
                     "evt.type in (execve,clone,fork,vfork,procexit)"}},
           Question{"files", {"-c", "topfiles_bytes"}},
           Question{"files of processes", {"-c", "topprocs_file"}},
           Question{"connections", {"-c", "topconns"}},
       })
    if (const int failed =
            run_sysdig(question.what, question.words, scap, events))
      return failed;
  return 0;
}

int measure(const std::string& path) {
  constexpr uint32_t kNoPayload = kAllColumns & ~kColumnPayload;
  struct Run {
    const char* what;
    uint32_t columns;
    Processors processors;
    int (*measure)(const std::string&, std::string_view, uint32_t);
  };
  for (const Run& run : {
           Run{"decode", kAllColumns, Processors::kOne, decode},
           Run{"decode without payload", kNoPayload, Processors::kOne, decode},
           Run{"case, one processor", kAllColumns, Processors::kOne, open_case},
           Run{"case", kAllColumns, Processors::kAll, open_case},
           Run{"tree", kNoPayload, Processors::kAll, open_case},
       }) {
    const int failed = apart(run.processors, [&] {
      return run.measure(path, run.what, run.columns);
    });
    if (failed) return failed;
  }
  return 0;
}

int run_simulated(uint64_t events) {
  const std::string path = std::filesystem::temp_directory_path() /
                           fmt::format("vestige-bench-{}.vtrace", getpid());
  const int made = make(path, events);
  const int measured = made ? made : measure(path);
  std::filesystem::remove(path);
  return measured;
}

int run_recorded(const std::string& trace, const std::string& scap) {
  if (const int failed = measure(trace)) return failed;
  if (scap.empty()) return 0;
  const auto opened = Case::open(trace);
  return opened ? run_sysdig(scap, opened->events()) : 3;
}

}  // namespace
}  // namespace vestige

int main(int argc, char** argv) {
  if (argc > 1 && std::filesystem::exists(argv[1]))
    return vestige::run_recorded(argv[1], argc > 2 ? argv[2] : "");
  const uint64_t events = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 0;
  return vestige::run_simulated(events ? events : 4'000'000);
}
