// SPDX-License-Identifier: Apache-2.0
//
// What it costs to ask rules of a trace: reading alone, reading and state,
// one rule, ten, all of a folder. With the trace as .scap, also Debian's
// sysdig with a filter that says what the ten rules say. Prints JSON lines.
// usage: bench_rules TRACE RULES... [--scap FILE]
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <ctime>

#include "format/trace_reader.h"
#include "replay/filter/parser.h"
#include "replay/rules/rule_files.h"

namespace vestige {
namespace {

// CPU time, not the time of day: a busy machine must not count.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return double(now.tv_sec) + double(now.tv_nsec) / 1e9;
}

void report(std::string_view what, uint64_t events, double seconds,
            uint64_t findings) {
  fmt::print(
      "{{\"bench\":\"rules\",\"what\":\"{}\",\"events\":{},"
      "\"cpu_seconds\":{:.3f},\"ns_per_event\":{:.0f},"
      "\"events_per_second\":{:.0f},\"findings\":{}}}\n",
      what, events, seconds, seconds * 1e9 / double(events),
      double(events) / seconds, findings);
  std::fflush(stdout);
}

enum class Depth { kRead, kState };

Result<uint64_t> walk(const std::string& path, Depth depth) {
  TraceReader reader = TRY(TraceReader::open(path));
  EventViewer viewer(reader.header());
  viewer.want_state_only();
  uint64_t events = 0;
  while (true) {
    const TraceReader::Item item = TRY(reader.next());
    if (!item) return events;
    if (item.snapshot) viewer.apply(*item.snapshot, item.position);
    if (!item.event) continue;
    ++events;
    if (depth == Depth::kState) viewer.apply(*item.event, item.position);
  }
}

// Rules that Debian's sysdig has all fields for.
constexpr const char* kTen[] = {"Read sensitive file untrusted",
                                "Clear Log Activities",
                                "Netcat Remote Code Execution in Container",
                                "Search Private Keys or Passwords",
                                "Remove Bulk Data from Disk",
                                "Write below binary dir",
                                "Write below rpm database",
                                "Launch Remote File Copy Tools in Container",
                                "Packet socket created in container",
                                "DB program spawned process"};

bool is_one_of_ten(const std::string& name) {
  return std::ranges::any_of(kTen, [&](const char* t) { return name == t; });
}

// The condition with its macros written out.
std::string written_out(const std::string& text,
                        const filter::Definitions& definitions) {
  const auto parsed = filter::parse(text);
  if (!parsed) return text;
  std::string out;
  size_t at = 0;
  for_each_leaf(*parsed, [&](const filter::Expression& leaf) {
    if (leaf.kind != filter::Expression::Kind::kMacro) return;
    const auto& macro = definitions.macros.at(leaf.macro);
    out.append(text, at, leaf.span.begin - at);
    out += "(" + written_out(macro, definitions) + ")";
    at = leaf.span.end;
  });
  return out.append(text, at, std::string::npos);
}

Result<void> ask(std::string_view what, const std::string& trace,
                 RuleSet& rules, RuleSelection selection) {
  Suppressions none;
  RuleEngine engine(rules, none, std::move(selection));
  uint64_t findings = 0;
  const double start = cpu_seconds();
  TRY(engine.run(trace, [&](const Finding&) { ++findings; }));
  report(fmt::format("{}: {} rules", what, engine.rules() + engine.sequences()),
         engine.events(), cpu_seconds() - start, findings);
  return {};
}

// sysdig's CPU time for the filter, and how many events it let through.
void ask_sysdig(const std::string& scap, const std::string& filter,
                uint64_t events) {
  int out[2];
  if (pipe(out) != 0) return;
  const pid_t child = fork();
  if (child == 0) {
    dup2(out[1], 1);
    dup2(open("/dev/null", O_WRONLY), 2);
    close(out[0]);
    execlp("sysdig", "sysdig", "-r", scap.c_str(), "-p", "x", filter.c_str(),
           nullptr);
    _exit(127);
  }
  close(out[1]);
  char buffer[65536];
  uint64_t lines = 0;
  ssize_t size = 0;
  while ((size = read(out[0], buffer, sizeof buffer)) > 0)
    lines += uint64_t(std::count(buffer, buffer + size, '\n'));
  close(out[0]);
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  const double seconds = double(usage.ru_utime.tv_sec) +
                         double(usage.ru_stime.tv_sec) +
                         double(usage.ru_utime.tv_usec) / 1e6 +
                         double(usage.ru_stime.tv_usec) / 1e6;
  report(status == 0 ? "sysdig: the ten as one filter" : "sysdig: failed",
         events, seconds, lines);
}

Result<int> run(const std::string& trace, const std::vector<std::string>& files,
                const std::string& scap) {
  RuleSet rules = TRY(load_rules(files));
  for (const Depth depth : {Depth::kRead, Depth::kState}) {
    const double start = cpu_seconds();
    const uint64_t events = TRY(walk(trace, depth));
    report(depth == Depth::kRead ? "read" : "read and state", events,
           cpu_seconds() - start, 0);
  }
  TRY(ask("one", trace, rules,
          {.names = {"Read sensitive file untrusted"}, .with_disabled = true}));
  RuleSelection ten{.with_disabled = true};
  ten.names.assign(std::begin(kTen), std::end(kTen));
  TRY(ask("ten", trace, rules, ten));
  TRY(ask("all", trace, rules, {.with_disabled = true}));
  if (scap.empty()) return 0;
  std::string filter;
  for (const Rule& rule : rules.rules())
    if (is_one_of_ten(rule.info.name))
      filter += (filter.empty() ? "(" : " or (") +
                written_out(rule.condition.text, rules.definitions()) + ")";
  ask_sysdig(scap, filter, TRY(walk(trace, Depth::kRead)));
  return 0;
}

}  // namespace
}  // namespace vestige

int main(int argc, char** argv) {
  std::vector<std::string> files;
  std::string trace, scap;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--scap") == 0 && i + 1 < argc)
      scap = argv[++i];
    else if (trace.empty())
      trace = argv[i];
    else
      files.emplace_back(argv[i]);
  }
  if (files.empty()) {
    fmt::print(stderr, "usage: bench_rules TRACE RULES... [--scap FILE]\n");
    return 2;
  }
  const auto done = vestige::run(trace, files, scap);
  if (!done) fmt::print(stderr, "bench_rules: {}\n", done.error().message);
  return done ? 0 : 3;
}
