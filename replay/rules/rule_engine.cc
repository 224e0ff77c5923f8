// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/rule_engine.h"

#include <fmt/format.h>

#include <algorithm>

#include "format/trace_reader.h"
#include "format/trace_view.h"
#include "replay/rules/explain.h"

namespace vestige {
namespace {

constexpr int kMaxChain = 16;
constexpr uint64_t kProgressEvents = 65'536;

bool has_part(std::string_view name, const std::vector<std::string>& parts) {
  return std::any_of(parts.begin(), parts.end(), [&](const std::string& part) {
    return name.find(part) != std::string_view::npos;
  });
}

bool has_tag(const RuleInfo& rule, const std::vector<std::string>& tags) {
  return std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) {
    return std::binary_search(rule.tags.begin(), rule.tags.end(), tag);
  });
}

std::string command_of(const ProcessRow& row) {
  std::string out;
  for (const std::string_view text : split_strings(row.argv)) {
    if (!out.empty()) out += ' ';
    out += text;
  }
  return out.empty() ? std::string(row.comm) : out;
}

std::vector<ChainLink> chain_of(const EventView& view) {
  std::vector<ChainLink> out;
  for (int i = 0; i < kMaxChain; ++i) {
    const Process* const process = view.ancestor(i);
    if (!process) break;
    const ProcessRow& row = process->row;
    out.push_back({row.id, row.pid, std::string(row.exe), command_of(row)});
  }
  return out;
}

// Of a sequence, what held before its last step, and at which events.
std::string earlier_steps(const Sequence& sequence,
                          const std::vector<Position>& earlier) {
  std::string out;
  const size_t count = sequence.steps.size();
  for (size_t i = 0; i < earlier.size() && i < count; ++i)
    out += fmt::format("step {} of {}, event {}:{}: {}\n", i + 1, count,
                       earlier[i].chunk, earlier[i].index,
                       condition_line(sequence.steps[i].condition.text));
  return out + fmt::format("step {} of {}\n", count, count);
}

}  // namespace

bool RuleSelection::wants(const RuleInfo& rule) const {
  if (!rule.is_enabled && !with_disabled) return false;
  if (rule.priority > least) return false;
  if (!names.empty() && !has_part(rule.name, names)) return false;
  if (!tags.empty() && !has_tag(rule, tags)) return false;
  return !has_part(rule.name, excluded_names) && !has_tag(rule, excluded_tags);
}

RuleEngine::RuleEngine(RuleSet& rules, Suppressions& suppressions,
                       RuleSelection selection)
    : set_(rules),
      suppressions_(suppressions),
      selection_(std::move(selection)) {
  for (Rule& rule : rules.rules())
    if (selection_.wants(rule.info)) rules_.push_back(&rule);
  for (Sequence& sequence : rules.sequences())
    if (selection_.wants(sequence.info)) sequences_.push_back(&sequence);
  if (auto type = BoundField::bind("evt.type")) type_field_ = std::move(*type);
}

Result<void> RuleEngine::run(const std::string& path, const Sink& sink,
                             const Progress& progress) {
  TraceReader reader = TRY(TraceReader::open(path, {.pace = Pace::kAhead}));
  TRY(require_one_boot(reader.header(), path));
  trackers_.clear();
  plans_.clear();
  recent_ = {};
  for (const Sequence* const sequence : sequences_)
    trackers_.emplace_back(*sequence);
  header_ = std::make_shared<const TraceHeader>(reader.header());
  EventViewer viewer(*header_);
  viewer.want_state_only();
  while (true) {
    const TraceReader::Item item = TRY(reader.next());
    if (!item) break;
    if (item.snapshot) viewer.apply(*item.snapshot, item.position);
    if (item.loss) viewer.apply(*item.loss);
    if (!item.event) continue;
    const EventView& view = viewer.apply(*item.event, item.position);
    if (++events_ % kProgressEvents == 0 && progress && !progress(events_))
      return Error{ErrorKind::kUsage, path + ": given up"};
    const Plan& plan = plan_for(view);
    if (!plan.rules.empty() || !plan.steps.empty())
      apply(view, plan, path, sink);
  }
  for (const SequenceTracker& tracker : trackers_)
    forgotten_ += tracker.forgotten();
  return {};
}

const RuleEngine::Plan& RuleEngine::plan_for(const EventView& view) {
  const EventType type = view.event->type;
  Recent& recent = recent_[uint8_t(type.number ^ (unsigned(type.abi) << 5))];
  if (recent.plan && recent.type == type) return *recent.plan;
  const auto [at, is_new] = plans_.try_emplace(type);
  if (is_new) {
    const std::string name = field_of(view, type_field_).text;
    const auto ask = [&](const Condition& condition) {
      return condition.types.contains(name)
                 ? set_.conditions().settled(condition.id, view)
                 : ConditionGraph::kFalse;
    };
    for (const Rule* const rule : rules_)
      if (const auto id = ask(rule->condition); id != ConditionGraph::kFalse)
        at->second.rules.push_back({id, rule});
    for (SequenceTracker& tracker : trackers_) {
      const auto& steps = tracker.sequence().steps;
      for (size_t i = steps.size(); i-- > 0;)
        if (const auto id = ask(steps[i].condition);
            id != ConditionGraph::kFalse)
          at->second.steps.push_back({id, &tracker, i});
    }
  }
  recent = {type, &at->second};
  return at->second;
}

void RuleEngine::apply(const EventView& view, const Plan& plan,
                       std::string_view trace, const Sink& sink) {
  ConditionGraph& conditions = set_.conditions();
  conditions.next_event();
  for (const auto& [condition, rule] : plan.rules) {
    if (!conditions.holds(condition, view)) continue;
    report(view, trace, rule->info, rule->output, rule->condition, {}, sink);
    if (selection_.matching == RuleMatching::kFirst) break;
  }
  for (const auto& [condition, tracker, step] : plan.steps) {
    if (!conditions.holds(condition, view)) continue;
    auto earlier = tracker->apply(view, step);
    if (!earlier) continue;
    const Sequence& sequence = tracker->sequence();
    report(view, trace, sequence.info, sequence.output,
           sequence.steps[step].condition, std::move(*earlier), sink);
  }
}

void RuleEngine::report(const EventView& view, std::string_view trace,
                        const RuleInfo& rule, const RuleOutput& output,
                        const Condition& condition,
                        std::vector<Position> earlier, const Sink& sink) {
  RuleOutput::Rendered rendered = output.render(view);
  Finding finding{
      .rule = &rule,
      .header = header_,
      .trace = std::string(trace),
      .at = view.at,
      .event_number = view.number,
      .time_ns = view.event->time_ns,
      .unix_ns = view.unix_ns(),
      .process = view.process ? view.process->row.id : ProcessId::kNone,
      .pid = view.event->pid,
      .process_start_ns = view.event->process_start_ns,
      .message = std::move(rendered.text),
      .fields = std::move(rendered.fields),
      .chain = chain_of(view),
      .earlier = std::move(earlier),
      .suppressed = suppressions_.reason(rule.name, view)};
  if (selection_.explains) {
    const auto sequence = std::ranges::find_if(
        sequences_, [&](const Sequence* s) { return &s->info == &rule; });
    if (sequence != sequences_.end())
      finding.why = earlier_steps(**sequence, finding.earlier);
    finding.why += explain(condition.text, set_.definitions(), view);
  }
  const FindingRow row = row_of(finding);
  EventView finding_view = view;
  finding_view.kind = RowKind::kFinding;
  finding_view.finding = &row;
  if (selection_.where && !selection_.where->matches(finding_view)) return;
  sink(finding);
}

}  // namespace vestige
