// SPDX-License-Identifier: Apache-2.0
//
// A rule that matched: which, where, about whom.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "format/header.h"
#include "replay/facts/finding_row.h"
#include "replay/ids.h"
#include "replay/rules/rule_set.h"

namespace vestige {

// One of the processes from the acting one upwards.
struct ChainLink {
  ProcessId id = ProcessId::kNone;
  uint32_t pid = 0;
  std::string exe;
  std::string command;  // arguments joined by blanks, or the comm
};

// Another event of the same process.
struct ContextEvent {
  Position at;
  uint64_t time_ns = 0;  // CLOCK_BOOTTIME
  std::string text;      // as strace writes it; printable
};

// Can be kept and copied as long as the rules live.
struct Finding {
  const RuleInfo* rule = nullptr;
  std::shared_ptr<const TraceHeader> header;
  std::string trace;  // path
  Position at;        // of the (last) event
  uint64_t event_number = 0;
  uint64_t time_ns = 0;  // CLOCK_BOOTTIME, end of the event
  int64_t unix_ns = 0;
  ProcessId process = ProcessId::kNone;  // whose event it is
  uint32_t pid = 0;                      // of that process, as events have it
  uint64_t process_start_ns = 0;
  std::string message;  // the rule's output; hostile bytes as they are
  std::vector<FieldText> fields;
  std::vector<ChainLink> chain;   // the acting process first
  std::vector<Position> earlier;  // events of a sequence before the last
  std::string suppressed;         // the reason why it is no concern, or empty
  std::string why;                // the condition with values, when asked for
  // Filled by add_context() only.
  std::vector<ContextEvent> before, after;
  std::string event_text;  // its own event, as strace writes it
};

// The finding as fields see it. Lives no longer than the finding.
FindingRow row_of(const Finding& finding);

// "2026-11-23T14:03:07.123456789+0000: Warning MESSAGE", escaped.
std::string finding_text(const Finding& finding);
// The processes from the acting one upwards, a line each, escaped.
std::string chain_text(const Finding& finding);
// The events around it, a line each, the finding's own marked; printable.
std::string context_text(const Finding& finding);
// Falco's JSON object, and ours under "vestige".
nlohmann::ordered_json finding_json(const Finding& finding);
// Values of the fields in the rule's output, by name.
nlohmann::ordered_json finding_fields(const Finding& finding);

// SARIF 2.1.0: rules and results in one document.
class SarifLog {
 public:
  SarifLog();
  ~SarifLog();
  void add(const Finding& finding);
  [[nodiscard]] nlohmann::ordered_json json() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vestige
