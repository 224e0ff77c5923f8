// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "capture/cli.h"
#include "capture/main_watch.h"
#include "capture/record.h"
#include "capture/version.h"

namespace vestige {
namespace {

// CLI11's own codes are not ours.
int report_usage(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);
  fmt::print(stderr, "vestige-capture: {}\n", error.what());
  return kUsage;
}

struct RecordOptions {
  RecordPlan plan;
  double checkpoint_s = 60;
  double duration_s = 0;
  double flush_s = 1;
};

void add_record_options(CLI::App& app, RecordOptions& options) {
  RecordPlan& plan = options.plan;
  add_wanted_options(app, plan.wanted);
  add_pointed_options(app, plan.pointed);
  app.add_option(
      "command", plan.command,
      "-- CMD ARG...: run and record a command in a cgroup of its own");
  add_root_options(app, plan.roots);
  app.add_option("-o,--output", plan.output,
                 "trace file; a directory when several are recorded");
  app.add_option("--duration", options.duration_s,
                 "stop after this time: 90, 90s, 5m, 2h")
      ->transform(time_unit())
      ->check(CLI::PositiveNumber);
  app.add_option("--max-size", plan.max_bytes,
                 "stop a trace when it has grown to this: 500MB, 2GB")
      ->transform(CLI::AsSizeValue(false));
  app.add_option("--reserve", plan.reserve_bytes,
                 "disk that stays free: traces end when it is reached (64MiB)")
      ->transform(CLI::AsSizeValue(false));
  app.add_option_function<std::string>(
         "--rotate",
         [&plan](const std::string& text) {
           auto rotation = Rotation::parse(text);
           if (!rotation) throw CLI::ValidationError(rotation.error().message);
           plan.rotation = *rotation;
         },
         "go on in another file at this size, after this time: 1GiB,1h")
      ->type_name("SIZE,TIME");
  app.add_option("--flush", options.flush_s,
                 "write what was recorded after this time: what a crash of the "
                 "machine or the recorder may cost")
      ->transform(time_unit())
      ->check(CLI::Range(0.05, 3600.0))
      ->capture_default_str();
  app.add_option("--checkpoint", options.checkpoint_s,
                 "take a snapshot of processes, files and sockets again "
                 "after this time; 0: only at the start")
      ->transform(time_unit())
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--memory", plan.memory_bytes,
                 "memory for what grows with containers and load (256MiB)")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::PositiveNumber);
  add_session_options(app, plan.session);
  add_key_options(app, plan.signing_key);
  add_recipient_option(app, plan.recipients);
  app.add_option("--anchor", plan.anchors,
                 "append the trace's head after every chunk to this file, "
                 "post it to this URL, or send it to 'syslog'")
      ->type_name("FILE|syslog|URL")
      ->allow_extra_args(false);
}

int run_record(const CLI::App& app, RecordOptions& options,
               std::vector<std::string> own_argv) {
  RecordPlan& plan = options.plan;
  plan.own_argv = std::move(own_argv);
  plan.checkpoint_ns = uint64_t(options.checkpoint_s * 1e9);
  plan.flush_ns = uint64_t(options.flush_s * 1e9);
  if (app.count("--ring-size") > 0) plan.ring_bytes = plan.session.ring_bytes;
  if (options.duration_s > 0)
    plan.duration = std::chrono::nanoseconds(int64_t(options.duration_s * 1e9));
  const bool is_selected = !plan.wanted.names.empty() ||
                           plan.wanted.has_kinds() || !plan.pointed.empty();
  if (is_selected == !plan.command.empty()) {
    fmt::print(stderr,
               "vestige-capture: say what to record: --container, --all or "
               "the like, --cgroup, --pid, --host, or -- CMD\n");
    return kUsage;
  }
  if (plan.pointed.host && plan.wanted.has_kinds())
    return report({ErrorKind::kUsage, kHostHasAll});
  const auto done = record(plan);
  if (done) return 0;
  return report(done.error());
}

int run(int argc, char** argv) {
  CLI::App app{"Records what containers do. Needs root.", "vestige-capture"};
  app.set_version_flag("--version", kToolVersion);
  app.require_subcommand(1);
  CLI::App* record = app.add_subcommand(
      "record", "record containers until Ctrl-C, or until they are gone");
  RecordOptions options;
  add_record_options(*record, options);
  WatchCommands watch;
  watch.add_to(app);
  const std::vector<std::string> own_argv(argv, argv + argc);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return report_usage(app, error);
  }
  if (record->parsed()) return run_record(*record, options, own_argv);
  return watch.run(own_argv);
}

}  // namespace
}  // namespace vestige

int main(int argc, char** argv) {
  return vestige::run(argc, argv);
}
