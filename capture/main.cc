// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "capture/record.h"
#include "capture/version.h"

namespace vestige {
namespace {

constexpr int kUsage = 2;
constexpr uint32_t kPage = 4096;

// CLI11's own codes are not ours.
int report_usage(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);
  fmt::print(stderr, "vestige-capture: {}\n", error.what());
  return kUsage;
}

// A ring is a power of two of at least a page.
std::string check_ring(const std::string& text) {
  const uint64_t bytes = std::strtoull(text.c_str(), nullptr, 10);
  if (bytes < kPage || bytes > (1U << 30) || (bytes & (bytes - 1)) != 0)
    return "must be a power of two from 4KiB to 1GiB";
  return "";
}

CLI::AsNumberWithUnit time_unit() {
  return CLI::AsNumberWithUnit(
      std::map<std::string, double>{{"s", 1}, {"m", 60}, {"h", 3600}},
      CLI::AsNumberWithUnit::CASE_INSENSITIVE);
}

struct RecordOptions {
  RecordPlan plan;
  double checkpoint_s = 60;
  double duration_s = 0;
  bool is_lean = false;
};

void add_selection(CLI::App& app, RecordOptions& options) {
  RecordPlan& plan = options.plan;
  app.add_option("--container,-c", plan.containers,
                 "container by name, id, or first characters of its id")
      ->allow_extra_args(false);
  app.add_option(
         "--cgroup", plan.cgroups,
         "cgroup by path below the cgroup v2 mount, nested ones included")
      ->allow_extra_args(false);
  app.add_option(
      "command", plan.command,
      "-- CMD ARG...: run and record a command in a cgroup of its own");
  app.add_option("--docker-root", plan.roots.docker_root,
                 "dockerd's --data-root, if it cannot be found")
      ->envname("VESTIGE_DOCKER_ROOT");
  app.add_option("--runc-root", plan.roots.runc_root,
                 "runc's --root, if it cannot be found")
      ->envname("VESTIGE_RUNC_ROOT");
}

void add_limits(CLI::App& app, RecordOptions& options) {
  SessionOptions& session = options.plan.session;
  app.add_option("-o,--output", options.plan.output,
                 "trace file; a directory when several are recorded");
  app.add_option("--duration", options.duration_s,
                 "stop after this time: 90, 90s, 5m, 2h")
      ->transform(time_unit())
      ->check(CLI::PositiveNumber);
  app.add_option("--max-size", options.plan.max_bytes,
                 "stop a trace when it has grown to this: 500MB, 2GB")
      ->transform(CLI::AsSizeValue(false));
  app.add_option("--checkpoint", options.checkpoint_s,
                 "take a snapshot of processes, files and sockets again "
                 "after this time; 0: only at the start")
      ->transform(time_unit())
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--snaplen", session.snaplen,
                 "bytes kept of each read, write, send and receive")
      ->check(CLI::Range(0, 16384))
      ->capture_default_str();
  app.add_option_function<std::string>(
         "--payload",
         [&session](const std::string& text) {
           auto policy = PayloadPolicy::parse(text);
           if (!policy) throw CLI::ValidationError(policy.error().message);
           session.payload = *policy;
         },
         "bytes kept by kind: stdin,net=4096,new-files=all")
      ->type_name("KIND[=N],...");
  app.add_option("--string-limit", session.string_limit,
                 "bytes kept of each path or other string")
      ->check(CLI::Range(16, 4096))
      ->capture_default_str();
  app.add_option("--argv-limit", session.argv_limit,
                 "bytes kept of the arguments and of the environment of execs")
      ->check(CLI::Range(256, 16384))
      ->capture_default_str();
  app.add_option("--ring-size", session.ring_bytes,
                 "kernel buffer: 16MiB unless said otherwise")
      ->transform(CLI::AsSizeValue(false))
      ->check(check_ring);
  app.add_flag("--lean", options.is_lean,
               "nothing on entry: no durations, no calls in flight; cheaper");
}

void add_proofs(CLI::App& app, RecordOptions& options) {
  RecordPlan& plan = options.plan;
  plan.signing_key = "/var/lib/vestige/agent.key";
  app.add_option("--key", plan.signing_key,
                 "Ed25519 key (PEM) that signs traces; made when missing")
      ->capture_default_str();
  app.add_flag_callback(
      "--no-sign", [&plan] { plan.signing_key.clear(); }, "do not sign");
  app.add_option("--anchor", plan.anchors,
                 "append the trace's head after every chunk to this file, or "
                 "send it to 'syslog'")
      ->allow_extra_args(false);
}

int run_record(RecordOptions& options, std::vector<std::string> own_argv) {
  RecordPlan& plan = options.plan;
  plan.own_argv = std::move(own_argv);
  plan.session.has_enter = !options.is_lean;
  plan.checkpoint_ns = uint64_t(options.checkpoint_s * 1e9);
  if (options.duration_s > 0)
    plan.duration = std::chrono::nanoseconds(int64_t(options.duration_s * 1e9));
  const bool is_selected = !plan.containers.empty() || !plan.cgroups.empty();
  if (is_selected == !plan.command.empty()) {
    fmt::print(stderr,
               "vestige-capture: say what to record: --container, "
               "--cgroup, or -- CMD\n");
    return kUsage;
  }
  const auto done = record(plan);
  if (done) return 0;
  fmt::print(stderr, "vestige-capture: {}\n", done.error().message);
  return static_cast<int>(done.error().kind);
}

int run(int argc, char** argv) {
  CLI::App app{"Records what containers do. Needs root.", "vestige-capture"};
  app.set_version_flag("--version", kToolVersion);
  app.require_subcommand(1);
  CLI::App* record = app.add_subcommand(
      "record", "record containers until Ctrl-C, or until they are gone");
  RecordOptions options;
  add_selection(*record, options);
  add_limits(*record, options);
  add_proofs(*record, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return report_usage(app, error);
  }
  return run_record(options, {argv, argv + argc});
}

}  // namespace
}  // namespace vestige

int main(int argc, char** argv) {
  return vestige::run(argc, argv);
}
