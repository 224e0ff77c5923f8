// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/finding_context.h"

#include <deque>
#include <map>

#include "format/arg_text.h"
#include "format/trace_reader.h"

namespace vestige {
namespace {

// A process as events name it: pids are used again, start times are not.
using Key = std::pair<uint32_t, uint64_t>;

class ContextReader {
 public:
  ContextReader(size_t count, std::vector<Finding>& findings)
      : count_(count), findings_(findings) {
    for (size_t i = 0; i < findings.size(); ++i)
      processes_[{findings[i].pid, findings[i].process_start_ns}].due.push_back(
          i);
  }

  void add(const Event& event, Position at) {
    const auto found = processes_.find({event.pid, event.process_start_ns});
    if (found == processes_.end()) return;
    Process& process = found->second;
    const auto is_here = [&] {
      return !process.due.empty() && findings_[process.due.front()].at == at;
    };
    // Several rules may have found the same event.
    std::vector<size_t> here;
    while (is_here()) {
      here.push_back(process.due.front());
      process.due.pop_front();
    }
    if (here.empty() && process.due.empty() && process.open.empty()) return;
    const ContextEvent now{at, event.time_ns, event_text(event)};
    std::erase_if(process.open, [&](size_t finding) {
      findings_[finding].after.push_back(now);
      return findings_[finding].after.size() >= count_;
    });
    for (const size_t finding : here) {
      findings_[finding].event_text = now.text;
      findings_[finding].before.assign(process.recent.begin(),
                                       process.recent.end());
      process.open.push_back(finding);
    }
    process.recent.push_back(now);
    if (process.recent.size() > count_) process.recent.pop_front();
  }

 private:
  struct Process {
    std::deque<size_t> due;    // findings to come, in order
    std::vector<size_t> open;  // that wait for what comes after
    std::deque<ContextEvent> recent;
  };

  const size_t count_;
  std::vector<Finding>& findings_;
  std::map<Key, Process> processes_;
};

}  // namespace

Result<void> add_context(const std::string& trace, size_t count,
                         std::vector<Finding>& findings) {
  if (count == 0 || findings.empty()) return {};
  TraceReader reader = TRY(TraceReader::open(trace, {.pace = Pace::kAhead}));
  ContextReader context(count, findings);
  while (true) {
    const TraceReader::Item item = TRY(reader.next());
    if (!item) return {};
    if (item.event) context.add(*item.event, item.position);
  }
}

}  // namespace vestige
