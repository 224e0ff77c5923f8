// SPDX-License-Identifier: Apache-2.0
//
// A condition on single events that the agent can check as they pass:
//
//   NAME[,NAME...] [path=GLOB] [arg=GLOB] [to=GLOB] [result=ok|failed]
//
// "connect to=10.*:4444", "execve,execveat path=/tmp/*", "task_exec arg=nc".
// NAMEs are those of syscalls and kernel events, "*" any. Conditions must all
// hold. It knows no processes and no history: the filter language and the
// rules of `vestige` are for the file that it asks for.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "format/event.h"
#include "format/result.h"

namespace vestige {

class EventRule {
 public:
  // kUsage: an unknown name or key.
  static Result<EventRule> parse(const std::string& text);

  [[nodiscard]] bool matches(const Event& event) const;
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  enum class Key { kPath, kArg, kTo };
  struct Condition {
    Key key;
    std::string glob;
  };
  enum class Outcome { kAny, kOk, kFailed };

  Result<void> add_names(std::string_view names);
  Result<void> add_condition(std::string_view word);
  [[nodiscard]] static bool holds(const Condition& one, const Event& event);

  std::string text_;
  bool is_any_ = false;
  std::unordered_set<uint32_t> types_;  // abi << 16 | number
  std::vector<Condition> conditions_;
  Outcome outcome_ = Outcome::kAny;
};

// The first interesting thing an event speaks of, escaped: "execve /tmp/x".
std::string event_words(const Event& event);

}  // namespace vestige
