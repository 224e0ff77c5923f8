// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/rules.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "format/escape.h"
#include "replay/cli/console.h"
#include "replay/export/finding_json.h"
#include "replay/rules/attack.h"
#include "replay/rules/finding_context.h"
#include "replay/rules/rule_files.h"

namespace vestige::cli {
namespace {

enum class FindingsAs {
  kText,
  kJson,
  kTable,
  kAttack,
  kNavigator,
  kOcsf,
  kSarif,
  kTimesketch,
};

struct RulesOptions {
  std::vector<std::string> rule_files;  // or folders of them; none: our pack
  std::vector<std::string> traces;      // none: only judge the rules
  std::string suppressions;             // file
  FindingsAs as = FindingsAs::kText;
  RuleSelection selection;
  std::string filter;  // over findings
  size_t context = 0;  // events before and after each
  bool shows_suppressed = false;
  bool shows_warnings = false;
};

using nlohmann::ordered_json;

// Findings beyond that are shown without the events around them, first.
constexpr size_t kMostWithContext = 10'000;

const std::map<std::string, FindingsAs> kForms = {
    {"text", FindingsAs::kText},
    {"json", FindingsAs::kJson},
    {"table", FindingsAs::kTable},
    {"attack", FindingsAs::kAttack},
    {"navigator", FindingsAs::kNavigator},
    {"ocsf", FindingsAs::kOcsf},
    {"sarif", FindingsAs::kSarif},
    {"timesketch", FindingsAs::kTimesketch}};

const std::map<std::string, RuleMatching> kMatchings = {
    {"first", RuleMatching::kFirst}, {"all", RuleMatching::kAll}};

std::string json_text(const ordered_json& json, int indent = -1) {
  return json.dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

Result<Suppressions> load_suppressions(const RulesOptions& options,
                                       const RuleSet& rules) {
  if (options.suppressions.empty()) return Suppressions();
  std::ifstream in(options.suppressions, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in)
    return Error{ErrorKind::kSystem, options.suppressions + ": cannot be read"};
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  Suppressions known = TRY(Suppressions::parse(
      options.suppressions, text,
      std::chrono::duration_cast<std::chrono::nanoseconds>(now).count(),
      rules.definitions()));
  for (const std::string& expired : known.expired())
    fmt::print(stderr, "vestige: warning: suppression of {}\n",
               escaped(expired));
  return known;
}

// Findings on their way out: some forms need all of them first.
class Output {
 public:
  explicit Output(const RulesOptions& options) : options_(options) {}

  void add(const Finding& finding) {
    if (!finding.suppressed.empty()) ++suppressed_;
    if (finding.suppressed.empty()) ++found_;
    if (!finding.suppressed.empty() && !options_.shows_suppressed) return;
    switch (options_.as) {
      case FindingsAs::kText: return print_text(finding);
      case FindingsAs::kJson: return print(finding_json(finding));
      case FindingsAs::kOcsf: return print(finding_ocsf(finding));
      case FindingsAs::kTimesketch: return print(finding_timesketch(finding));
      case FindingsAs::kSarif: return sarif_.add(finding);
      case FindingsAs::kAttack:
      case FindingsAs::kNavigator: return matrix_.add(finding.rule->tags);
      case FindingsAs::kTable: ++counts_[finding.rule]; return;
    }
  }

  void finish(const RuleEngine& engine) {
    switch (options_.as) {
      case FindingsAs::kSarif: print(sarif_.json(), 1); break;
      case FindingsAs::kNavigator: print(matrix_.layer("vestige"), 1); break;
      case FindingsAs::kAttack: fmt::print("{}", matrix_.text()); break;
      case FindingsAs::kTable: print_counts(); break;
      case FindingsAs::kText:
      case FindingsAs::kJson:
      case FindingsAs::kOcsf:
      case FindingsAs::kTimesketch: break;
    }
    fmt::print(stderr,
               "vestige: {} findings, {} suppressed; {} rules and {} sequences "
               "asked of {} events\n",
               found_, suppressed_, engine.rules(), engine.sequences(),
               engine.events());
    if (engine.forgotten() > 0)
      fmt::print(stderr,
                 "vestige: warning: {} sequences begun were given up: too many "
                 "at once\n",
                 engine.forgotten());
  }

  [[nodiscard]] uint64_t found() const { return found_; }

 private:
  static void print(const ordered_json& json, int indent = -1) {
    fmt::print("{}\n", json_text(json, indent));
  }

  void print_text(const Finding& finding) const {
    fmt::print("{}{}\n{}", finding_text(finding),
               finding.suppressed.empty()
                   ? ""
                   : " [suppressed: " + escaped(finding.suppressed) + "]",
               finding.why);
    if (options_.selection.explains) fmt::print("{}", chain_text(finding));
    if (options_.context > 0) fmt::print("{}", context_text(finding));
  }

  // Most severe first, then most frequent.
  void print_counts() const {
    std::vector<std::pair<const RuleInfo*, uint64_t>> rows(counts_.begin(),
                                                           counts_.end());
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
      if (a.first->priority != b.first->priority)
        return a.first->priority < b.first->priority;
      if (a.second != b.second) return a.second > b.second;
      return a.first->name < b.first->name;
    });
    Table table({{"PRIORITY"}, {"COUNT", Align::kRight}, {"RULE"}});
    for (const auto& [rule, count] : rows)
      table.add({{std::string(priority_text(rule->priority))},
                 {std::to_string(count)},
                 {rule->name}});
    table.print(ColorMode::kAuto, Fit::kCut);
  }

  const RulesOptions& options_;
  SarifLog sarif_;
  AttackMatrix matrix_;
  std::map<const RuleInfo*, uint64_t> counts_;
  uint64_t found_ = 0;
  uint64_t suppressed_ = 0;
};

std::string joined(const std::set<std::string>& names) {
  return fmt::format("{}", fmt::join(names, " "));
}

// What there is to ask, and what of it no trace can answer.
void print_rules(RuleSet& rules) {
  Table table({{"PRIORITY"}, {"RULE"}, {"NEVER ANSWERED"}});
  for (const Rule& rule : rules.rules())
    table.add(
        {{std::string(priority_text(rule.info.priority))},
         {rule.info.name, rule.info.is_enabled ? Style::kPlain : Style::kDim},
         {joined(rule.condition.unanswerable)}});
  for (const Sequence& sequence : rules.sequences())
    table.add({{std::string(priority_text(sequence.info.priority))},
               {sequence.info.name},
               {""}});
  table.print(ColorMode::kAuto, Fit::kWhole);
}

void add_options(CLI::App& sub, RulesOptions& options) {
  sub.add_option("TRACE", options.traces,
                 "traces; without one the rules are only judged");
  sub.add_option("-r,--rules", options.rule_files,
                 "rule file as Falco reads it, or a folder of them")
      ->allow_extra_args(false);
  sub.add_option("--as", options.as,
                 "text, json, table, attack, navigator, ocsf, sarif or "
                 "timesketch")
      ->transform(CLI::CheckedTransformer(kForms));
  sub.add_flag_callback(
      "--json", [&options] { options.as = FindingsAs::kJson; },
      "one JSON object per line, in Falco's shape");
  sub.add_option_function<std::string>(
      "--priority",
      [&options](const std::string& text) {
        const auto priority = parse_priority(text);
        if (!priority) throw CLI::ValidationError("--priority: " + text);
        options.selection.least = *priority;
      },
      "only rules of this priority or a higher one");
  sub.add_option("--rule", options.selection.names,
                 "only rules with this in their name")
      ->allow_extra_args(false);
  sub.add_option("--exclude-rule", options.selection.excluded_names,
                 "no rules with this in their name")
      ->allow_extra_args(false);
  sub.add_option("--tag", options.selection.tags, "only rules with this tag")
      ->allow_extra_args(false);
  sub.add_option("--exclude-tag", options.selection.excluded_tags,
                 "no rules with this tag")
      ->allow_extra_args(false);
  sub.add_option("--matching", options.selection.matching,
                 "all rules that match an event, or the first")
      ->transform(CLI::CheckedTransformer(kMatchings));
  sub.add_option("--context", options.context,
                 "also show this many events of the process before and after")
      ->check(CLI::Range(0, 1000));
  sub.add_option("--filter", options.filter,
                 "only findings this holds for: fields of the event, the "
                 "process and finding.*");
  sub.add_flag("--with-disabled", options.selection.with_disabled,
               "also rules that are switched off");
  sub.add_flag("--why", options.selection.explains,
               "show the condition with the values that made it true");
  sub.add_option("--suppressions", options.suppressions,
                 "file of findings that are no concern");
  sub.add_flag("--show-suppressed", options.shows_suppressed,
               "also print those, with the reason");
  sub.add_flag("--warnings", options.shows_warnings,
               "also print warnings about the rules");
}

Result<int> run_rules(RulesOptions& options) {
  if (!options.filter.empty())
    options.selection.where = std::make_shared<filter::Filter>(
        TRY(filter::Filter::compile(options.filter)));
  RuleSet rules =
      TRY(load_valid_rules(options.rule_files, options.shows_warnings));
  if (options.traces.empty()) {
    print_rules(rules);
    fmt::print(stderr, "vestige: {} rules and {} sequences are valid\n",
               rules.rules().size(), rules.sequences().size());
    return 0;
  }
  Suppressions known = TRY(load_suppressions(options, rules));
  RuleEngine engine(rules, known, options.selection);
  Output output(options);
  for (const std::string& trace : options.traces) {
    std::vector<Finding> kept;  // until what comes after them is known
    TRY(engine.run(trace, [&](const Finding& finding) {
      if (options.context == 0 || kept.size() == kMostWithContext)
        output.add(finding);
      else
        kept.push_back(finding);
    }));
    TRY(add_context(trace, options.context, kept));
    for (const Finding& finding : kept) output.add(finding);
  }
  output.finish(engine);
  return output.found() > 0 ? 1 : 0;
}

}  // namespace

Result<RuleSet> load_valid_rules(const std::vector<std::string>& given,
                                 bool shows_warnings) {
  RuleSet rules =
      TRY(load_rules(given.empty() ? std::vector{default_rules()} : given));
  std::vector<LoadReport> reports = rules.reports();
  if (!shows_warnings)
    for (LoadReport& report : reports) report.warnings.clear();
  fmt::print(stderr, "{}", load_report_text(reports));
  if (!rules.is_valid())
    return Error{ErrorKind::kBadInput, "the rules are not valid"};
  return rules;
}

std::function<Result<int>()> add_rules(CLI::App& app) {
  auto options = std::make_shared<RulesOptions>();
  add_options(app, *options);
  return [options] { return run_rules(*options); };
}

}  // namespace vestige::cli
