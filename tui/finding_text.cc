// SPDX-License-Identifier: Apache-2.0
#include "tui/finding_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace vestige::tui {

Style priority_style(Priority priority) {
  if (priority <= Priority::kError) return Style::kBad;
  if (priority <= Priority::kWarning) return Style::kWarning;
  return Style::kPlain;
}

std::string findings_by_priority(const std::vector<Finding>& findings) {
  if (findings.empty()) return "none";
  std::map<Priority, size_t> counts;
  for (const Finding& one : findings) ++counts[one.rule->priority];
  std::string text = count_text(findings.size()) + ":";
  for (const auto& [priority, count] : counts) {
    text += fmt::format("{} {} {}", text.ends_with(':') ? "" : ",",
                        count_text(count), priority_text(priority));
  }
  return text;
}

std::vector<Line> finding_details(const Session& session,
                                  const Finding& finding) {
  std::vector<Line> out;
  const RuleInfo& rule = *finding.rule;
  const EventRef event{finding.at, finding.process, finding.time_ns};
  out.push_back(Line::field("Rule", rule.name, Style::kStrong));
  out.push_back(Line::field("Priority",
                            std::string(priority_text(rule.priority)),
                            priority_style(rule.priority)));
  out.push_back(Line::field("Message", finding.message));
  std::string meaning = rule.description;  // YAML leaves line breaks
  std::ranges::replace(meaning, '\n', ' ');
  out.push_back(Line::field("Meaning", std::move(meaning)));
  out.push_back(
      Line::field("Tags", fmt::format("{}", fmt::join(rule.tags, " "))));
  out.push_back(Line::field("Time", session.date_time_text(finding.time_ns)));
  out.push_back(Line::field("Event",
                            fmt::format("{}:{}  (Enter goes there)",
                                        finding.at.chunk, finding.at.index),
                            Style::kStrong, event));
  for (const Position at : finding.earlier) {
    out.push_back(Line::field("After event",
                              fmt::format("{}:{}", at.chunk, at.index),
                              Style::kStrong, EventRef{.at = at}));
  }
  out.push_back({});
  out.push_back(Line::heading("Who, and who started that"));
  for (const ChainLink& link : finding.chain) {
    out.push_back(Line::field(fmt::format("{}", link.pid), link.command,
                              Style::kPlain, link.id));
  }
  out.push_back({});
  out.push_back(Line::heading("Why it matched"));
  std::string_view why = finding.why;
  while (!why.empty()) {
    const size_t size = std::min(why.find('\n'), why.size());
    const std::string line(why.substr(0, size));
    const bool is_no = line.find_first_not_of(' ') != std::string::npos &&
                       line[line.find_first_not_of(' ')] == '-';
    out.push_back(Line::text(line, is_no ? Style::kDim : Style::kGood));
    why.remove_prefix(std::min(size + 1, why.size()));
  }
  if (!finding.fields.empty()) {
    out.push_back({});
    out.push_back(Line::heading("Fields"));
  }
  for (const FieldText& field : finding.fields) {
    out.push_back(Line::field(field.name, field.text));
  }
  return out;
}

}  // namespace vestige::tui
