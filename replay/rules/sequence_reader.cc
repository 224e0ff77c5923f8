// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "replay/rules/item_values.h"

namespace vestige {
namespace {

constexpr size_t kMaxSteps = 8;

bool read_step(const ItemSource& item, SequenceStep& step) {
  if (item.map.kind != YamlKind::kMap)
    return item.fail("A step must be a mapping with a condition");
  step.condition_context = item.at("condition", "step condition");
  return read_text(item, "condition", step.condition) &&
         (!item.has("key") || read_text(item, "key", step.key));
}

bool read_steps(const ItemSource& item, SequenceItem& sequence) {
  const YamlNode* const steps = item.map.find("steps");
  if (!steps) return item.fail("Item has no mapping for key 'steps'");
  const LoadContext context = item.at("steps", "value for", "steps");
  if (steps->kind != YamlKind::kSequence || steps->items.size() < 2 ||
      steps->items.size() > kMaxSteps)
    return item.fail("A sequence has two to eight steps", context);
  for (const YamlNode* const node : steps->items) {
    const ItemSource step{*node, context.within("step", "", node->mark),
                          item.report};
    if (!read_step(step, sequence.steps.emplace_back())) return false;
  }
  const auto has_key = [](const SequenceStep& step) {
    return !step.key.empty();
  };
  const auto keys = std::ranges::count_if(sequence.steps, has_key);
  if (keys != 0 && size_t(keys) != sequence.steps.size())
    return item.fail("Either all steps have a key or none has", context);
  return true;
}

}  // namespace

bool read_sequence(const ItemSource& item, SequenceItem& sequence) {
  const auto flag = [&](std::string_view key, bool& value) {
    return !item.has(key) || read_flag(item, key, value);
  };
  sequence.context = item.context;
  sequence.output_context = item.at("output", "rule output");
  return read_text(item, "desc", sequence.description) &&
         read_text(item, "output", sequence.output) &&
         read_priority(item, sequence.priority) &&
         read_duration(item, "within", sequence.within_ns) &&
         read_tags(item, sequence.tags) &&
         flag("enabled", sequence.is_enabled) &&
         flag("tree", sequence.follows_tree) && read_steps(item, sequence);
}

}  // namespace vestige
