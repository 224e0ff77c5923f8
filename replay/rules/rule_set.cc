// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/rule_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "replay/filter/parser.h"
#include "replay/rules/rule_reader.h"

namespace vestige {
namespace {

// Of a time when calls were two events; says nothing any more.
constexpr std::string_view kDirection = "evt.dir";

// More types than this are as good as none.
constexpr size_t kManyEventTypes = 100;

// Errors of the filter language: one line that says what, then the text with
// a mark below.
void add_filter_error(LoadReport& report, LoadCode code, const Error& error,
                      const LoadContext& context) {
  std::string_view message = error.message;
  constexpr std::string_view kPrefix = "filter: ";
  if (message.starts_with(kPrefix)) message.remove_prefix(kPrefix.size());
  const size_t line = std::min(message.find('\n'), message.size());
  const bool has_snippet = line < message.size();
  report.add(code, std::string(message.substr(0, line)),
             context.within("condition expression", "", context.mark()),
             std::string(has_snippet ? message.substr(line + 1) : ""));
}

// Falco warns instead of refusing when a rule says so and the fault is that a
// field or event type does not exist.
bool is_about_unknown(const Error& error) {
  return error.message.starts_with("filter: unknown field") ||
         error.message.starts_with("filter: unknown event type") ||
         error.message.starts_with("invalid formatting token");
}

// Texts on the right that are names of fields: val(NAME) was meant.
void doubt_names(const filter::Operand& right, LoadReport& report,
                 const LoadContext& context) {
  for (const filter::Operand& item : right.arguments)
    doubt_names(item, report, context);
  const bool is_word =
      right.kind == filter::Operand::Kind::kText && !right.is_quoted;
  if (is_word && find_field(right.text))
    report.add(LoadCode::kConditionDoubt,
               "'" + right.text +
                   "' may be a valid field misinterpreted as a string value; "
                   "val(" +
                   right.text + ") is its value",
               context);
}

// What in a condition is valid and yet hardly meant so.
void doubt(const filter::Expression& condition, LoadReport& report,
           const LoadContext& context) {
  bool names_direction = false;
  for_each_leaf(condition, [&](const filter::Expression& leaf) {
    if (leaf.kind != filter::Expression::Kind::kCheck) return;
    names_direction = names_direction || leaf.check.left.text == kDirection;
    doubt_names(leaf.check.right, report, context);
  });
  if (names_direction)
    report.add(LoadCode::kDeprecatedItem,
               "a trace holds one event per call: 'evt.dir = <' always "
               "evaluates to true, and 'evt.dir = >' always evaluates to "
               "false. The rule expression can be simplified by removing the "
               "condition on 'evt.dir'",
               context);
}

std::string identity_of(const LoadProblem& problem) {
  return fmt::format("{}\n{}\n{}\n{}", int(problem.code), problem.message,
                     problem.context.file, problem.context.mark().offset);
}

}  // namespace

// Compiles everything that was read so far; says what is wrong in the report
// of the file read last, as Falco does.
class RuleSet::Compiler {
 public:
  Compiler(RuleSet& set, LoadReport& report)
      : set_(set), report_(report), lists_(set.items_.lists()) {}

  void compile() {
    for (const ListItem* const list : lists_.oversized())
      report_.add(LoadCode::kValidate, "List holds too many items",
                  list->context);
    const bool macros_are_fine = parse_macros();
    if (macros_are_fine) {
      for (const RuleItem& rule : set_.items_.rules().all()) compile(rule);
      for (const SequenceItem& each : set_.items_.sequences().all())
        compile(each);
    }
    warn_of_unused();
  }

 private:
  bool parse_macros();
  bool check_macros_in(const filter::Expression& condition,
                       const LoadContext& context, uint32_t visible);
  std::optional<Condition> compile_condition(const std::string& written,
                                             const LoadContext& context,
                                             bool warns_only);
  std::optional<RuleOutput> compile_output(const std::string& text,
                                           const LoadContext& context,
                                           bool warns_only);
  void compile(const RuleItem& rule);
  void compile(const SequenceItem& sequence);
  void warn_of_unused();

  RuleSet& set_;
  LoadReport& report_;
  ListTexts lists_;
  ParsedMacros macros_;
  std::set<std::string> used_macros_;
};

bool RuleSet::Compiler::parse_macros() {
  const size_t errors = report_.errors.size();
  for (const MacroItem& macro : set_.items_.macros().all()) {
    const auto text = lists_.substitute(macro.condition);
    if (!text) {
      report_.add(LoadCode::kValidate, "Condition is too long with its lists",
                  macro.condition_context);
      continue;
    }
    auto parsed = filter::parse(*text);
    if (!parsed) {
      add_filter_error(report_, LoadCode::kCompileCondition, parsed.error(),
                       macro.condition_context);
      continue;
    }
    doubt(*parsed, report_, macro.condition_context);
    set_.definitions_.macros[macro.name] = *text;
    macros_.insert_or_assign(macro.name, std::move(*parsed));
  }
  if (report_.errors.size() > errors) return false;
  for (const MacroItem& macro : set_.items_.macros().all())
    check_macros_in(macros_.at(macro.name), macro.condition_context,
                    macro.order.changed);
  return report_.errors.size() == errors;
}

// A macro sees those defined before it was last changed.
bool RuleSet::Compiler::check_macros_in(const filter::Expression& condition,
                                        const LoadContext& context,
                                        uint32_t visible) {
  bool is_fine = true;
  filter::Expression const* culprit = nullptr;
  for_each_leaf(condition, [&](const filter::Expression& leaf) {
    if (leaf.kind != filter::Expression::Kind::kMacro) return;
    const MacroItem* const macro = set_.items_.macros().find(leaf.macro);
    if (macro && macro->order.defined < visible) {
      used_macros_.insert(leaf.macro);
    } else if (is_fine) {
      is_fine = false;
      culprit = &leaf;
    }
  });
  if (culprit)
    report_.add(LoadCode::kValidate,
                "Undefined macro '" + culprit->macro + "' used in filter.",
                context.within("condition expression", "", context.mark()));
  return is_fine;
}

std::optional<Condition> RuleSet::Compiler::compile_condition(
    const std::string& written, const LoadContext& context, bool warns_only) {
  const auto fail = [&](const Error& error) {
    const bool warns = warns_only && is_about_unknown(error);
    add_filter_error(
        report_, warns ? LoadCode::kUnknownFilter : LoadCode::kCompileCondition,
        error, context);
    return std::nullopt;
  };
  auto text = lists_.substitute(written);
  if (!text) {
    report_.add(LoadCode::kValidate, "Condition is too long with its lists",
                context);
    return std::nullopt;
  }
  auto parsed = filter::parse(*text);
  if (!parsed) return fail(parsed.error());
  if (!check_macros_in(*parsed, context, UINT32_MAX)) return std::nullopt;
  doubt(*parsed, report_, context);
  for (const UnknownEventType& unknown : unknown_event_types(*parsed))
    return fail(filter::error_at(*text, unknown.span,
                                 "unknown event type " + unknown.name));
  auto compiled = filter::Filter::compile(*text, set_.definitions_);
  if (!compiled) return fail(compiled.error());
  const auto id = set_.conditions_.add(*text, set_.definitions_);
  if (!id) return fail(id.error());
  return Condition{std::move(*text), *id, event_types(*parsed, macros_),
                   compiled->unanswerable()};
}

std::optional<RuleOutput> RuleSet::Compiler::compile_output(
    const std::string& text, const LoadContext& context, bool warns_only) {
  auto output = RuleOutput::parse(text);
  if (output) return std::move(*output);
  report_.add(warns_only ? LoadCode::kUnknownFilter : LoadCode::kCompileOutput,
              output.error().message, context);
  return std::nullopt;
}

void RuleSet::Compiler::compile(const RuleItem& rule) {
  if (rule.source != kSyscallSource) return;
  ExceptionFault fault;
  const auto written = with_exceptions(rule, fault);
  if (!written) {
    report_.add(LoadCode::kValidate, fault.message, fault.exception->context);
    return;
  }
  // Falco's name for two fields.
  std::string output_text = rule.output;
  constexpr std::string_view kContainerInfo = "%container.info";
  if (const size_t at = output_text.find(kContainerInfo);
      at != std::string::npos) {
    report_.add(LoadCode::kDeprecatedItem,
                "%container.info is deprecated: name %container.id and "
                "%container.name instead",
                rule.output_context);
    output_text.replace(at, kContainerInfo.size(),
                        "container_id=%container.id "
                        "container_name=%container.name");
  }
  if (output_text.find("%" + std::string(kDirection)) != std::string::npos)
    report_.add(LoadCode::kDeprecatedItem,
                "usage of deprecated field 'evt.dir' has been detected in the "
                "rule output",
                rule.output_context);
  auto output = compile_output(output_text, rule.output_context,
                               rule.skips_unknown_filter);
  if (!output) return;
  auto condition = compile_condition(*written, rule.condition_context,
                                     rule.skips_unknown_filter);
  if (!condition) return;
  const bool is_broad = condition->types.is_complement ||
                        condition->types.names.size() > kManyEventTypes;
  if (is_broad && rule.warns_of_event_types)
    report_.add(LoadCode::kNoEventType,
                "Rule matches too many evt.type values. This has a "
                "significant performance penalty.",
                rule.context);
  set_.rules_.push_back(
      {{rule.name, rule.description, rule.priority, rule.tags, rule.is_enabled},
       std::move(*condition),
       std::move(*output)});
}

void RuleSet::Compiler::compile(const SequenceItem& item) {
  auto output = compile_output(item.output, item.output_context, false);
  if (!output) return;
  Sequence sequence{.info = {item.name, item.description, item.priority,
                             item.tags, item.is_enabled},
                    .output = std::move(*output),
                    .follows_tree = item.follows_tree,
                    .within_ns = item.within_ns};
  for (const SequenceStep& step : item.steps) {
    auto condition =
        compile_condition(step.condition, step.condition_context, false);
    if (!condition) return;
    std::optional<BoundField> key;
    if (!step.key.empty()) {
      auto bound = BoundField::bind(step.key);
      if (!bound) {
        report_.add(LoadCode::kValidate, bound.error().message,
                    step.condition_context);
        return;
      }
      key = std::move(*bound);
    }
    sequence.steps.push_back({std::move(*condition), std::move(key)});
  }
  set_.sequences_.push_back(std::move(sequence));
}

void RuleSet::Compiler::warn_of_unused() {
  if (!report_.is_successful()) return;
  for (const MacroItem& macro : set_.items_.macros().all()) {
    if (!used_macros_.contains(macro.name))
      report_.add(LoadCode::kUnusedMacro,
                  "Macro not referred to by any other rule/macro",
                  macro.context);
  }
  for (const ListItem& list : set_.items_.lists().all()) {
    if (!lists_.is_used(list.name))
      report_.add(LoadCode::kUnusedList,
                  "List not referred to by any other rule/macro", list.context);
  }
}

Result<void> RuleSet::add_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in)
    return Error{ErrorKind::kSystem,
                 fmt::format("{}: {}: cannot be read", path,
                             info(LoadCode::kFileRead).code)};
  add_text(path, text);
  return {};
}

void RuleSet::add_text(const std::string& name, const std::string& text) {
  LoadReport report{.file = name};
  read_rules(text, items_, report);
  if (report.is_successful()) {
    rules_.clear();
    sequences_.clear();
    conditions_ = {};
    definitions_ = {};
    Compiler(*this, report).compile();
  }
  if (report.is_successful()) forget_what_is_used_now(report);
  std::erase_if(report.warnings, [&](const LoadProblem& warning) {
    return !told_.insert(identity_of(warning)).second;
  });
  reports_.push_back(std::move(report));
}

// A macro that only later files refer to was no cause for a warning.
void RuleSet::forget_what_is_used_now(const LoadReport& latest) {
  std::set<std::string> unused;
  for (const LoadProblem& warning : latest.warnings)
    unused.insert(identity_of(warning));
  for (LoadReport& report : reports_) {
    std::erase_if(report.warnings, [&](const LoadProblem& warning) {
      const bool is_about_use = warning.code == LoadCode::kUnusedMacro ||
                                warning.code == LoadCode::kUnusedList;
      return is_about_use && !unused.contains(identity_of(warning));
    });
  }
}

bool RuleSet::is_valid() const {
  return std::ranges::all_of(reports_, &LoadReport::is_successful);
}

}  // namespace vestige
