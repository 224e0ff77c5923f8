// SPDX-License-Identifier: Apache-2.0
//
// vestige evidence: a bundle made by a script. vestige custody: is a bundle
// as it was made, and who had it.
#include "replay/cli/evidence.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "format/escape.h"
#include "format/unique_fd.h"
#include "replay/cli/command.h"
#include "replay/cli/json_line.h"
#include "replay/cli/rules.h"
#include "replay/cli/time_arg.h"
#include "replay/evidence/bundle.h"
#include "replay/evidence/custody.h"
#include "replay/evidence/digest.h"
#include "replay/evidence/manifest.h"
#include "replay/installed.h"

namespace vestige::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTool =
    "vestige " VESTIGE_VERSION " (" VESTIGE_COMMIT ")";

struct EvidenceOptions {
  std::string script;
  std::string from;
  std::string to;
  std::string at;
  std::string signing_key;
  std::vector<std::string> sets;
  std::vector<std::string> rule_files;
  bool lists = false;
  bool json = false;
  BundleOptions bundle;
};

// A file, or the name of a script that was installed.
std::string script_path(const std::string& given) {
  const bool is_name = given.find_first_of("/.") == given.npos;
  if (!is_name) return given;
  return installed_folder("evidence") + "/" + given + ".yaml";
}

struct Installed {
  std::string name;  // as the command line takes it
  std::string file;
  EvidenceScript script;
};

Result<std::vector<Installed>> installed_scripts() {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry :
       fs::directory_iterator(installed_folder("evidence"), error))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  std::ranges::sort(files);
  std::vector<Installed> out;
  for (const std::string& file : files) {
    const std::string text = TRY(read_file(file));
    out.push_back({fs::path(file).stem(), file, TRY(parse_script(file, text))});
  }
  return out;
}

Result<int> print_scripts(bool as_json) {
  const std::vector<Installed> scripts = TRY(installed_scripts());
  if (as_json) {
    for (const Installed& each : scripts) {
      JsonLine line;
      line.text("script", each.name);
      line.text("file", each.file);
      line.text("name", each.script.name);
      line.text("description", each.script.description);
      line.print();
    }
    return 0;
  }
  Table table({{"SCRIPT"}, {"NAME"}, {"WHAT IT GATHERS"}});
  for (const Installed& each : scripts)
    table.add({{each.name}, {each.script.name}, {each.script.description}});
  table.print(ColorMode::kAuto, Fit::kWhole);
  return 0;
}

Result<int64_t> parse_instant(const std::string& text) {
  if (const auto ns = parse_utc(text)) return *ns;
  return Error{ErrorKind::kUsage,
               fmt::format("'{}' is not a time: write UTC as "
                           "2026-11-23T14:03:07Z",
                           escaped(text))};
}

Result<int64_t> now_or(const std::string& at) {
  if (!at.empty()) return parse_instant(at);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

// "name=a,b,c"
Result<ListValues> parse_sets(const std::vector<std::string>& sets) {
  ListValues out;
  for (const std::string& text : sets) {
    const size_t equal = text.find('=');
    if (equal == text.npos)
      return Error{
          ErrorKind::kUsage,
          fmt::format("'{}': write --set LIST=ITEM,ITEM", escaped(text))};
    auto& items = out[text.substr(0, equal)];
    std::string_view rest = std::string_view(text).substr(equal + 1);
    while (!rest.empty()) {
      items.emplace_back(rest.substr(0, rest.find(',')));
      rest.remove_prefix(std::min(rest.size(), items.back().size() + 1));
    }
  }
  return out;
}

void print_json(const BundleOptions& options, const BundleReport& report) {
  JsonLine json;
  json.text("folder", options.folder);
  json.text("custody_head", report.custody_head);
  json.boolean("is_complete", report.is_complete);
  json.open_array("outputs");
  for (const BundleReport::Output& output : report.outputs) {
    json.open_object("");
    json.text("name", output.name);
    json.number("rows", output.rows);
    json.close_object();
  }
  json.close_array();
  json.open_array("losses");
  for (const Loss& loss : report.losses) {
    json.open_object("");
    json.text("reason", info(loss.reason).text);
    json.number("count", loss.count);
    json.close_object();
  }
  json.close_array();
  json.print();
}

void print_report(const BundleOptions& options, const BundleReport& report) {
  Table table({{"ROWS", Align::kRight}, {"OUTPUT"}});
  for (const BundleReport::Output& output : report.outputs)
    table.add({{std::to_string(output.rows)}, {output.name}});
  table.print(ColorMode::kAuto, Fit::kWhole);
  fmt::print("{}: sealed; custody record ends with {}\n",
             escaped(options.folder), report.custody_head);
  if (!report.is_complete)
    fmt::print(stderr,
               "vestige: a trace has no end: it is what could be read "
               "of it\n");
  TraceEnd totals;
  totals.losses = report.losses;
  print_losses(totals);
}

Result<int> run_evidence(EvidenceOptions& options) {
  if (options.lists) return print_scripts(options.json);
  BundleOptions& bundle = options.bundle;
  if (options.script.empty() || bundle.traces.empty() || bundle.folder.empty())
    return Error{ErrorKind::kUsage,
                 "a script, a trace and -o FOLDER are needed; --list shows "
                 "the scripts there are"};
  bundle.script_file = script_path(options.script);
  bundle.script_text = TRY(read_file(bundle.script_file));
  bundle.lists = TRY(parse_sets(options.sets));
  if (!options.from.empty())
    bundle.interval.from_ns = TRY(parse_instant(options.from));
  if (!options.to.empty())
    bundle.interval.to_ns = TRY(parse_instant(options.to));
  bundle.now_ns = TRY(now_or(options.at));
  bundle.tool = kTool;
  while (bundle.folder.size() > 1 && bundle.folder.ends_with('/'))
    bundle.folder.pop_back();
  std::optional<SigningKey> key;
  if (!options.signing_key.empty()) {
    key = TRY(SigningKey::load(options.signing_key));
    bundle.key = &*key;
  }
  const EvidenceScript script =
      TRY(parse_script(bundle.script_file, bundle.script_text, bundle.lists));
  std::optional<RuleSet> rules;
  if (script.wants(RowKind::kFinding)) {
    rules = TRY(load_valid_rules(options.rule_files));
    bundle.rules = &*rules;
  }
  const BundleReport report = TRY(make_bundle(bundle));
  options.json ? print_json(bundle, report) : print_report(bundle, report);
  return 0;
}

struct CustodyOptions {
  std::string folder;
  std::string add;
  std::string by;
  std::string at;
  std::string key;
  bool json = false;
};

void print_json(const CustodyOptions& options, const ManifestCheck& check,
                const Custody& custody) {
  JsonLine json;
  json.text("folder", options.folder);
  json.number("files", check.files);
  json.text_or_null("signed_by", check.is_signed ? check.fingerprint : "");
  json.number("acts", custody.size());
  json.text("head", custody.head());
  json.print();
}

Result<void> append_line(const std::string& path, const std::string& line) {
  const UniqueFd out(
      ::open(path.c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC));
  if (!out ||
      ::write(out.get(), line.data(), line.size()) != ssize_t(line.size()))
    return Error{ErrorKind::kSystem,
                 fmt::format("cannot write {}", escaped(path))};
  return {};
}

Result<int> run_custody(const CustodyOptions& options) {
  std::optional<PublicKey> key;
  if (!options.key.empty()) key = TRY(load_public_key(options.key));
  const ManifestCheck check = TRY(check_manifest(options.folder, key));
  for (const std::string& fault : check.faults)
    fmt::print(stderr, "vestige: {}\n", fault);
  const std::string path = options.folder + "/" + kCustodyFile;
  const std::string text = TRY(read_file(path));
  Custody custody = TRY(Custody::parse(path, text));
  const bool is_of_this =
      custody.text().find(check.sha256) != std::string::npos;
  if (!is_of_this)
    fmt::print(stderr, "vestige: the custody record is not of this bundle\n");
  if (!check.faults.empty() || !is_of_this) return 1;
  if (!options.add.empty()) {
    const std::string before = custody.text();
    custody.add({TRY(now_or(options.at)), options.by, kTool, options.add},
                {{"manifest_sha256", check.sha256}});
    TRY(append_line(path, custody.text().substr(before.size())));
  }
  if (options.json) {
    print_json(options, check, custody);
    return 0;
  }
  fmt::print(
      "{}: {} files as they were made, {}; {} acts on record, which "
      "ends with {}\n",
      escaped(options.folder), check.files,
      check.is_signed ? "signed by " + check.fingerprint : "not signed",
      custody.size(), custody.head());
  return 0;
}

}  // namespace

Tool add_evidence(CLI::App& app) {
  auto options = std::make_shared<EvidenceOptions>();
  BundleOptions& bundle = options->bundle;
  app.add_option("SCRIPT", options->script,
                 "a file, or the name of one that is installed");
  app.add_option("FILE", bundle.traces, "traces");
  app.add_option("-o,--output", bundle.folder, "the folder to make");
  app.add_option("--set", options->sets, "other items for a list: LIST=A,B")
      ->allow_extra_args(false);
  app.add_option("--from", options->from, "only from then on (UTC)");
  app.add_option("--to", options->to, "only until then (UTC)");
  app.add_option("--case", bundle.words.id, "number of the case");
  app.add_option("--examiner", bundle.words.examiner, "who does this");
  app.add_option("--exhibit", bundle.words.exhibit, "what the traces are");
  app.add_option("--notes", bundle.words.notes, "anything else");
  app.add_option("--at", options->at,
                 "time for the custody record (UTC); else now");
  app.add_option("--sign", options->signing_key,
                 "sign with this Ed25519 key (PEM)");
  app.add_option("--refers-to", bundle.refers_to,
                 "bundle that this one is a version of");
  app.add_option("-r,--rules", options->rule_files,
                 "rules that make findings; else those installed")
      ->allow_extra_args(false);
  app.add_flag("--list", options->lists, "scripts that are installed");
  app.add_flag("--json", options->json,
               "say what was made as a JSON object, or scripts as lines");
  return [options] { return run_evidence(*options); };
}

Tool add_custody(CLI::App& app) {
  auto options = std::make_shared<CustodyOptions>();
  app.add_option("FOLDER", options->folder, "the bundle")->required();
  app.add_option("--add", options->add, "what was done, to be put on record");
  app.add_option("--by", options->by, "who did it");
  app.add_option("--at", options->at, "when (UTC); else now");
  app.add_option("--key", options->key,
                 "the bundle must be signed by this key (PEM)");
  app.add_flag("--json", options->json, "a JSON object");
  return [options] { return run_custody(*options); };
}

}  // namespace vestige::cli
