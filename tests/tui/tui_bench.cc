// SPDX-License-Identifier: Apache-2.0
//
// Time to the first screen, to the whole case, from key to screen, and memory,
// over generated traces. usage: bench_tui [EVENTS...]; each size is measured in
// a process of its own, so that memory is its own.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "format/trace_reader.h"
#include "format/trace_writer.h"
#include "tests/tui/stories.h"
#include "tui/app.h"

namespace vestige::tui {
namespace {

using Clock = std::chrono::steady_clock;

// Resident now.
uint64_t memory_mib() {
  uint64_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * uint64_t(sysconf(_SC_PAGESIZE)) >> 20;
}

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start)
      .count();
}

// Bytes that do not compress.
void fill_randomly(std::array<char, 64>& bytes, uint64_t& state) {
  for (size_t i = 0; i < bytes.size(); i += sizeof state) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    std::memcpy(&bytes[i], &state, sizeof state);
  }
}

// Processes that open, read four times, write and close files: 40 processes
// on 20,000 paths. What is written is kept: about 10 bytes of file per event.
void generate(const std::string& path, uint64_t events) {
  constexpr uint32_t kProcesses = 40;
  constexpr uint32_t kPaths = 20'000;
  TraceHeader header;
  header.container.name = "bench";
  header.start = {1'000'000'000, 1'773'457'031'000'000'000};
  auto writer = TraceWriter::create(path, header, {.zstd_level = 1});
  if (!writer) std::abort();
  const auto* open = find_descriptor(Abi::kX86_64, "openat");
  const auto* read = find_descriptor(Abi::kX86_64, "read");
  const auto* write = find_descriptor(Abi::kX86_64, "write");
  const auto* close = find_descriptor(Abi::kX86_64, "close");
  const Descriptor* const cycle[] = {open, read,  read, read,
                                     read, write, close};
  std::string name;
  Part part;
  std::array<char, 64> bytes = {};
  uint64_t state = 88172645463325252u;
  Event event;
  event.time_ns = header.start.boot_ns;
  for (uint64_t i = 0; i < events; ++i) {
    const uint64_t round = i / std::size(cycle);
    event.descriptor = cycle[i % std::size(cycle)];
    event.type = event.descriptor->type;
    event.pid = event.tid = 1000 + uint32_t(round % kProcesses);
    event.process_start_ns = event.pid * 1'000'000ull;
    event.time_ns += 2000;
    event.args = {3, 0x1000, 4096};
    event.ret = event.descriptor == open ? 3 : 64;
    if (event.descriptor == open) {
      name = fmt::format("/srv/data/dir{}/file{}", round % kPaths % 97,
                         round % kPaths);
      part = {PartKind::kString, 1, 0, name.size(), name};
      event.args = {uint64_t(-100), 0x1000, 2, 0};
      event.parts = {&part, 1};
    } else if (event.descriptor == write) {
      fill_randomly(bytes, state);
      part = {PartKind::kPayload, 1, 0, bytes.size(),
              std::string_view(bytes.data(), bytes.size())};
      event.parts = {&part, 1};
    } else {
      event.parts = {};
    }
    if (!writer->append(event)) std::abort();
  }
  TraceEnd end;
  end.reason = EndReason::kInterrupted;
  if (!writer->close(end)) std::abort();
}

struct Latency {
  std::vector<double> ms;

  [[nodiscard]] double median() {
    std::ranges::sort(ms);
    return ms[ms.size() / 2];
  }
  [[nodiscard]] double worst() const { return *std::ranges::max_element(ms); }
};

double draw_ms(App& app) {
  const auto start = Clock::now();
  Screen screen(140, 45, Charset::kUtf8);
  app.draw(screen);
  return ms_since(start);
}

Latency press(App& app, std::string_view names) {
  Latency latency;
  const std::vector<Key> keys = *parse_keys(names);
  for (const Key key : keys) {
    const auto start = Clock::now();
    app.handle(key);
    draw_ms(app);
    latency.ms.push_back(ms_since(start));
  }
  return latency;
}

void measure(const std::string& path, uint64_t events) {
  const auto start = Clock::now();
  auto reader = TraceReader::open(path);
  if (!reader) std::abort();
  App app(path, reader->header(), KeyMap(), Charset::kUtf8,
          Bookmarks::load(path));
  Loader loader({path}, CaseReader::Mode::kOnce, -1);
  draw_ms(app);
  // While it is read: with what is known, as a person would go about.
  double first_ms = 0;
  Latency while_reading;
  for (size_t i = 0; !loader.is_done(); ++i) {
    const auto before = Clock::now();
    app.set_progress(loader.progress());
    if (auto known = loader.take()) app.set_case(std::move(known));
    if (app.has_case()) {
      constexpr std::string_view kKeys[] = {"3", "G", "5", "PgDn", "2", "j"};
      app.handle(parse_keys(kKeys[i % std::size(kKeys)])->front());
    }
    draw_ms(app);
    if (app.has_case()) while_reading.ms.push_back(ms_since(before));
    if (first_ms == 0 && app.has_case()) first_ms = ms_since(start);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  size_t rows = 0;
  if (auto known = loader.take()) {
    const Facts& facts = known->data.facts();
    rows = facts.files.size() + facts.processes.size() + facts.net.size();
    app.set_case(std::move(known));
  }
  draw_ms(app);
  const double loaded_ms = ms_since(start);
  if (first_ms == 0) first_ms = loaded_ms;
  if (while_reading.ms.empty()) while_reading.ms.push_back(0);
  // Once to build each view, then moving about in it.
  Latency views = press(app, "2 3 4 5 7 8 9 1");
  Latency moves = press(app, "3 j j j PgDn PgDn G g > > I 5 j j PgDn G g G g");
  press(app, "6");
  while (app.is_busy()) draw_ms(app);
  Latency event_moves = press(app, "j PgDn PgDn G k PgUp g j PgDn");
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print(
      "{{\"bench\":\"tui\",\"events\":{},\"first_screen_ms\":{:.1f},"
      "\"whole_case_ms\":{:.0f},\"reading_key_median_ms\":{:.2f},"
      "\"reading_key_worst_ms\":{:.1f},\"open_view_worst_ms\":{:.1f},"
      "\"key_median_ms\":{:.2f},\"key_worst_ms\":{:.1f},"
      "\"event_key_median_ms\":{:.2f},\"event_key_worst_ms\":{:.1f},"
      "\"file_mib\":{},\"rows\":{},\"memory_mib\":{},\"peak_mib\":{}}}\n",
      events, first_ms, loaded_ms, while_reading.median(),
      while_reading.worst(), views.worst(), moves.median(), moves.worst(),
      event_moves.median(), event_moves.worst(),
      std::filesystem::file_size(path) >> 20, rows, memory_mib(),
      usage.ru_maxrss / 1024);
  std::fflush(stdout);
}

// So that the memory of one is not counted as that of the next.
template <typename Work>
bool in_child(Work work) {
  const pid_t child = fork();
  if (child == 0) {
    work();
    _exit(0);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace
}  // namespace vestige::tui

int main(int argc, char** argv) {
  std::vector<uint64_t> sizes = {1'000'000, 10'000'000, 100'000'000};
  if (argc > 1) sizes.clear();
  for (int i = 1; i < argc; ++i) {
    sizes.push_back(std::strtoull(argv[i], nullptr, 10));
  }
  using vestige::tui::in_child;
  for (const uint64_t events : sizes) {
    const vestige::ScratchDirectory scratch;
    const std::string path = scratch.path("bench.vtrace");
    const bool is_done =
        in_child([&] { vestige::tui::generate(path, events); }) &&
        in_child([&] { vestige::tui::measure(path, events); });
    if (!is_done) return 1;
  }
}
