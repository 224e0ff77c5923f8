// SPDX-License-Identifier: Apache-2.0
#include "capture/main_watch.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "capture/cli.h"
#include "capture/proc_file.h"
#include "capture/watch/control.h"
#include "capture/watch/watch_json.h"
#include "format/escape.h"

namespace vestige {
namespace {

uint64_t to_ns(double seconds) {
  return uint64_t(seconds * 1e9);
}

// "web*:before=5m,after=30s,memory=64MiB,cooldown=0"
Result<LimitsFor> parse_limits(const std::string& text,
                               const FlightLimits& usual) {
  const Error wrong{ErrorKind::kUsage,
                    fmt::format("--for {}: GLOB:before=TIME,after=TIME,"
                                "cooldown=TIME,memory=SIZE is needed",
                                escaped(text))};
  const size_t colon = text.rfind(':');
  if (colon == text.npos || colon == 0) return wrong;
  LimitsFor out{.glob = text.substr(0, colon), .limits = usual};
  for (std::string_view word :
       split(std::string_view(text).substr(colon + 1), ',')) {
    const size_t equals = word.find('=');
    if (equals == word.npos) return wrong;
    const std::string_view key = word.substr(0, equals);
    std::string value(word.substr(equals + 1));
    FlightLimits& limits = out.limits;
    const bool is_size = key == "memory";
    const std::string fault =
        is_size ? CLI::AsSizeValue(false)(value) : time_unit()(value);
    const double number = std::strtod(value.c_str(), nullptr);
    if (!fault.empty() || number < 0) return wrong;
    if (key == "before")
      limits.before_ns = to_ns(number);
    else if (key == "after")
      limits.after_ns = to_ns(number);
    else if (key == "cooldown")
      limits.cooldown_ns = to_ns(number);
    else if (is_size)
      limits.ring_bytes = uint64_t(number);
    else
      return wrong;
  }
  return out;
}

std::string text_of(const Json& json, const char* name) {
  return escaped(text_member(json, name));
}

double number_of(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_number() ? found->get<double>() : 0;
}

void print_list(const Json& answer) {
  fmt::print("{:<24} {:<12} {:>8} {:>9} {:>10} {:>8} {}\n", "NAME", "ID",
             "SECONDS", "KIB", "EVENTS", "LOST", "STATE");
  for (const Json& one : answer.value("containers", Json::array())) {
    const std::string writing = text_of(one, "writing");
    fmt::print("{:<24} {:<12} {:>8.1f} {:>9.0f} {:>10.0f} {:>8.0f} {}\n",
               text_of(one, "name"), text_of(one, "id").substr(0, 12),
               number_of(one, "held_seconds"),
               number_of(one, "held_bytes") / 1024,
               number_of(one, "held_events"),
               number_of(one, "lost_events") + number_of(one, "evicted_events"),
               !writing.empty()              ? "writing " + writing
               : one.value("running", false) ? "watched"
                                             : "gone");
  }
}

void print_status(const Json& answer) {
  fmt::print(
      "{:.0f} containers watched for {:.0f} s; {:.1f} of {:.0f} MiB "
      "held\n{:.0f} triggers, {:.0f} of them muted; {:.0f} files in "
      "{}, {:.0f} failed\n",
      number_of(answer, "containers"), number_of(answer, "seconds"),
      number_of(answer, "ring_bytes") / 1048576,
      number_of(answer, "memory_bytes") / 1048576,
      number_of(answer, "triggers"), number_of(answer, "muted_triggers"),
      number_of(answer, "files"), text_of(answer, "folder"),
      number_of(answer, "failed_files"));
  const std::string error = text_of(answer, "last_error");
  if (!error.empty()) fmt::print("last error: {}\n", error);
  if (const double missed = number_of(answer, "missed_cgroups"))
    fmt::print("{:.0f} cgroups came and went unseen\n", missed);
  if (const double refused = number_of(answer, "refused_containers"))
    fmt::print("{:.0f} containers not watched: too many at once\n", refused);
}

void print_trigger(const Json& answer) {
  const std::string outcome = text_of(answer, "outcome");
  if (outcome.empty())
    fmt::print("{:.0f} containers asked\n", number_of(answer, "containers"));
  else if (outcome == "muted")
    fmt::print("muted: the last file is too young: {}\n",
               text_of(answer, "file"));
  else
    fmt::print("{}\n", text_of(answer, "file"));
}

}  // namespace

void WatchCommands::add_to(CLI::App& app) {
  add_watch(app);
  add_questions(app);
}

void WatchCommands::add_watch(CLI::App& parent) {
  watch_ = parent.add_subcommand(
      "watch",
      "keep the last minutes of containers in memory, write them on demand");
  CLI::App& app = *watch_;
  const auto add_time = [&app](const char* name, double& to, const char* doc) {
    app.add_option(name, to, doc)
        ->transform(time_unit())
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
  };
  const auto add_size = [&app](const char* name, uint64_t& to,
                               const char* doc) {
    app.add_option(name, to, doc)->transform(CLI::AsSizeValue(false));
  };
  add_wanted_options(app, plan_.wanted);
  add_pointed_options(app, plan_.pointed);
  add_root_options(app, plan_.roots);
  add_time("--before", before_s_, "the past that is kept");
  add_time("--after", after_s_, "and how long it goes on after a trigger");
  add_time("--cooldown", cooldown_s_, "between two files of one container");
  add_size("--ring-memory", plan_.limits.ring_bytes,
           "memory for each container (16MiB)");
  add_size("--memory", plan_.memory_bytes,
           "memory for all containers together (256MiB)");
  add_size("--reserve", plan_.reserve_bytes,
           "disk that stays free: files end when it is reached (512MiB)");
  app.add_option("--for", limits_for_,
                 "other limits for containers named like this: "
                 "'web*:before=5m,after=30s,memory=64MiB'")
      ->allow_extra_args(false);
  plan_.folder = "/var/lib/vestige/evidence";
  app.add_option("-o,--output", plan_.folder, "folder of evidence files")
      ->capture_default_str();
  app.add_option("--trigger-on", rules_,
                 "write when an event is like this: 'connect to=10.*', "
                 "'execve path=/tmp/*'")
      ->allow_extra_args(false);
  app.add_flag_callback(
      "--no-exit-trigger", [this] { plan_.has_exit_trigger = false; },
      "do not write when a container fails");
  app.add_flag_callback(
      "--no-oom-trigger", [this] { plan_.has_oom_trigger = false; },
      "do not write when the kernel kills for want of memory");
  app.add_option("--http", plan_.http_address,
                 "take Falco's alerts at PORT (of loopback) or ADDRESS:PORT");
  app.add_option("--http-token", plan_.http_token_path,
                 "file with the token that alerts must bring");
  app.add_option("--control", control_path_, "control socket")
      ->capture_default_str();
  add_session_options(app, plan_.session);
  add_key_options(app, plan_.signing_key);
  add_recipient_option(app, plan_.recipients);
}

void WatchCommands::add_questions(CLI::App& app) {
  const auto add = [&](const char* name, const char* doc) {
    CLI::App* made = app.add_subcommand(name, doc);
    made->add_option("--control", control_path_, "socket of the daemon")
        ->capture_default_str();
    made->add_flag("--json", is_json_, "print the daemon's answer");
    return made;
  };
  trigger_ = add("trigger", "ask a running watch for evidence");
  trigger_->add_option("container", container_, "name or id, or '*' for all")
      ->required();
  trigger_->add_option("--reason", reason_, "goes into the evidence");
  for (const auto& [name, doc] :
       {std::pair{"status", "how a running watch does"},
        std::pair{"list", "what a running watch holds"},
        std::pair{"stop", "end a running watch"}})
    add(name, doc)->callback(
        [this, &app, name = name] { asked_ = app.get_subcommand(name); });
}

Result<void> WatchCommands::complete_plan() {
  const auto error = [](std::string text) {
    return Error{ErrorKind::kUsage, std::move(text)};
  };
  plan_.limits.before_ns = to_ns(before_s_);
  plan_.limits.after_ns = to_ns(after_s_);
  plan_.limits.cooldown_ns = to_ns(cooldown_s_);
  plan_.control_path = control_path_;
  for (const std::string& text : limits_for_)
    plan_.limits_for.push_back(TRY(parse_limits(text, plan_.limits)));
  for (const std::string& text : rules_)
    plan_.rules.push_back(TRY(EventRule::parse(text)));
  const bool has_later =
      !plan_.wanted.names.empty() || plan_.wanted.has_kinds();
  if (!has_later && plan_.pointed.empty())
    return error(
        "say what to watch: --all, --container, --image, --label, "
        "--pod, --namespace, --cgroup, --pid or --host");
  if (has_later && plan_.pointed.host) return error(kHostHasAll);
  if (plan_.http_address.empty() != plan_.http_token_path.empty())
    return error("--http and --http-token go together");
  return {};
}

int WatchCommands::run_watch(std::vector<std::string> own_argv) {
  plan_.own_argv = std::move(own_argv);
  if (auto done = complete_plan(); !done) return report(done.error());
  if (auto done = watch(plan_); !done) return report(done.error());
  return 0;
}

int WatchCommands::ask() {
  Json request = {
      {"command", trigger_->parsed() ? "trigger" : asked_->get_name()}};
  if (trigger_->parsed()) {
    request["container"] = container_;
    request["reason"] = reason_;
  }
  const auto line = ask_daemon(control_path_, to_line(request));
  if (!line) return report(line.error());
  const Json answer = Json::parse(*line, nullptr, false);
  if (!answer.is_object())
    return report({ErrorKind::kSystem, "the daemon's answer is no JSON"});
  if (is_json_) fmt::print("{}\n", to_line(answer));
  if (!answer.value("ok", false))
    return report({ErrorKind::kSystem, text_of(answer, "error")});
  if (is_json_) return 0;
  if (trigger_->parsed())
    print_trigger(answer);
  else if (asked_->get_name() == "list")
    print_list(answer);
  else if (asked_->get_name() == "status")
    print_status(answer);
  return 0;
}

int WatchCommands::run(std::vector<std::string> own_argv) {
  return watch_->parsed() ? run_watch(std::move(own_argv)) : ask();
}

}  // namespace vestige
