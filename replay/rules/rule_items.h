// SPDX-License-Identifier: Apache-2.0
//
// What rule files are made of, as written: lists and macros not replaced yet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replay/rules/load_report.h"

namespace vestige {

enum class Priority : uint8_t {
  kEmergency,
  kAlert,
  kCritical,
  kError,
  kWarning,
  kNotice,
  kInformational,
  kDebug,
};
std::string_view priority_text(Priority priority);  // "Warning"
// In any case of letters, "info" included.
std::optional<Priority> parse_priority(std::string_view text);

// The only source of events here; rules for others are passed over.
inline constexpr std::string_view kSyscallSource = "syscall";

// One entry of an exception: a text or a list of entries.
struct ExceptionEntry {
  bool is_list = false;
  std::string text;
  std::vector<ExceptionEntry> items;

  [[nodiscard]] bool is_given() const { return is_list || !text.empty(); }
};

struct RuleException {
  std::string name;
  ExceptionEntry fields;
  ExceptionEntry comps;
  std::vector<ExceptionEntry> values;
  LoadContext context;
};

// Where an item stands among all items of all files. A macro or list sees
// those that were first defined before it was last changed.
struct ItemOrder {
  uint32_t defined = 0;
  uint32_t changed = 0;
};

struct ListItem {
  std::string name;
  std::vector<std::string> items;
  LoadContext context;
  ItemOrder order;
};

struct MacroItem {
  std::string name;
  std::string condition;
  LoadContext context;
  LoadContext condition_context;
  ItemOrder order;
};

struct RuleItem {
  std::string name;
  std::string condition;
  std::string output;
  std::string description;
  std::string source{kSyscallSource};
  Priority priority = Priority::kDebug;
  bool is_enabled = true;
  bool warns_of_event_types = true;
  bool skips_unknown_filter = false;
  std::vector<std::string> tags;  // sorted, each once
  std::vector<RuleException> exceptions;
  LoadContext context;
  LoadContext condition_context;
  LoadContext output_context;
  ItemOrder order;
};

// Several conditions that come true one after the other. Not Falco's: its
// loader passes over such items with a warning.
struct SequenceStep {
  std::string condition;
  std::string key;  // field that has the same value in all steps; may be empty
  LoadContext condition_context;
};

struct SequenceItem {
  std::string name;
  std::vector<SequenceStep> steps;  // at least two
  std::string output;               // of the last event
  std::string description;
  Priority priority = Priority::kDebug;
  bool is_enabled = true;
  // Whose events count: those of one process, or of it and all it started.
  // With keys and without `tree`: everybody's.
  bool follows_tree = false;
  uint64_t within_ns = 0;  // from the first step to the last
  std::vector<std::string> tags;
  LoadContext context;
  LoadContext output_context;
  ItemOrder order;
};

// What a later item says about an earlier rule.
struct RuleUpdate {
  std::string name;
  std::optional<std::string> condition;
  std::optional<std::string> output;
  std::optional<std::string> description;
  std::optional<Priority> priority;
  std::optional<bool> is_enabled;
  std::optional<bool> warns_of_event_types;
  std::optional<bool> skips_unknown_filter;
  std::optional<std::vector<std::string>> tags;
  std::optional<std::vector<RuleException>> exceptions;
  LoadContext context;
};

}  // namespace vestige
