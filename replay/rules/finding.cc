// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/finding.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "format/escape.h"
#include "replay/facts/time_text.h"
#include "replay/rules/attack.h"

namespace vestige {
namespace {

using nlohmann::ordered_json;

// "2026-11-23T14:03:07.123456789" in UTC.
std::string utc_text(int64_t unix_ns) {
  std::string text = iso8601(unix_ns);
  text.pop_back();
  return text;
}

ordered_json position_json(Position at) {
  return {{"chunk", at.chunk}, {"index", at.index}};
}

ordered_json chain_json(const std::vector<ChainLink>& chain) {
  auto out = ordered_json::array();
  for (const ChainLink& link : chain)
    out.push_back({{"id", uint32_t(link.id)},
                   {"pid", link.pid},
                   {"exe", to_utf8(link.exe)},
                   {"command", to_utf8(link.command)}});
  return out;
}

ordered_json context_json(const std::vector<ContextEvent>& events) {
  auto out = ordered_json::array();
  for (const ContextEvent& event : events)
    out.push_back(
        {{"position", position_json(event.at)}, {"text", to_utf8(event.text)}});
  return out;
}

std::string output_of(const Finding& finding) {
  return fmt::format("{}+0000: {} {}", utc_text(finding.unix_ns),
                     priority_text(finding.rule->priority), finding.message);
}

std::string_view sarif_level(Priority priority) {
  switch (priority) {
    case Priority::kEmergency:
    case Priority::kAlert:
    case Priority::kCritical:
    case Priority::kError: return "error";
    case Priority::kWarning: return "warning";
    case Priority::kNotice:
    case Priority::kInformational:
    case Priority::kDebug: return "note";
  }
  return "none";
}

// The same file has the same path again, whatever folder it lies in now.
std::string file_name(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

// RFC 3986: all but unreserved bytes are written as %XX.
std::string uri_of(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                          c == '_' || c == '~';
    out += is_plain ? std::string(1, c) : fmt::format("%{:02X}", uint8_t(c));
  }
  return out;
}

}  // namespace

FindingRow row_of(const Finding& finding) {
  FindingRow row{.rule = finding.rule->name,
                 .description = finding.rule->description,
                 .priority = priority_text(finding.rule->priority),
                 .message = finding.message,
                 .tags = fmt::format("{}", fmt::join(finding.rule->tags, " ")),
                 .severity = uint8_t(finding.rule->priority),
                 .suppressed = finding.suppressed,
                 .why = finding.why,
                 .event_number = finding.event_number,
                 .finding = &finding};
  const AttackTags attack = attack_of(finding.rule->tags);
  for (const AttackTactic* const tactic : attack.tactics)
    row.tactics.append(row.tactics.empty() ? "" : ", ").append(tactic->name);
  for (const AttackTechnique& technique : attack.techniques)
    row.techniques.append(row.techniques.empty() ? "" : " ")
        .append(technique.id);
  return row;
}

ordered_json finding_fields(const Finding& finding) {
  auto out = ordered_json::object();
  out["evt.time.iso8601"] = finding.unix_ns;
  for (const FieldText& field : finding.fields)
    out[field.name] = ordered_json::parse(field.json, nullptr, false);
  return out;
}

std::string finding_text(const Finding& finding) {
  return escaped(output_of(finding));
}

std::string chain_text(const Finding& finding) {
  std::string out;
  const char* role = "process";
  for (const ChainLink& link : finding.chain) {
    out += fmt::format("  {} {} {} ({})\n", role, link.pid,
                       escaped(link.command), escaped(link.exe));
    role = "started by";
  }
  return out;
}

std::string context_text(const Finding& finding) {
  std::string out;
  const auto add = [&](char mark, uint64_t time_ns, std::string_view text) {
    const auto from_finding_us =
        double(int64_t(time_ns - finding.time_ns)) / 1000;
    out += fmt::format("  {} {:+12.1f} us  {}\n", mark, from_finding_us, text);
  };
  for (const ContextEvent& event : finding.before)
    add(' ', event.time_ns, event.text);
  add('>', finding.time_ns, finding.event_text);
  for (const ContextEvent& event : finding.after)
    add(' ', event.time_ns, event.text);
  return out;
}

ordered_json finding_json(const Finding& finding) {
  auto earlier = ordered_json::array();
  for (const Position at : finding.earlier)
    earlier.push_back(position_json(at));
  ordered_json ours = {{"trace", to_utf8(finding.trace)},
                       {"event", finding.event_number},
                       {"position", position_json(finding.at)},
                       {"description", to_utf8(finding.rule->description)},
                       {"process_chain", chain_json(finding.chain)}};
  if (!finding.before.empty()) ours["before"] = context_json(finding.before);
  if (!finding.after.empty()) ours["after"] = context_json(finding.after);
  if (!earlier.empty()) ours["earlier_events"] = std::move(earlier);
  if (!finding.suppressed.empty())
    ours["suppressed"] = to_utf8(finding.suppressed);
  if (!finding.why.empty()) ours["why"] = to_utf8(finding.why);
  return {{"hostname", to_utf8(finding.header->host_name)},
          {"output", to_utf8(output_of(finding))},
          {"output_fields", finding_fields(finding)},
          {"priority", priority_text(finding.rule->priority)},
          {"rule", to_utf8(finding.rule->name)},
          {"source", kSyscallSource},
          {"tags", finding.rule->tags},
          {"time", utc_text(finding.unix_ns) + "Z"},
          {"vestige", std::move(ours)}};
}

struct SarifLog::State {
  ordered_json rules = ordered_json::array();
  ordered_json results = ordered_json::array();
  std::map<std::string, size_t> indexes;
};

SarifLog::SarifLog() : state_(std::make_unique<State>()) {}
SarifLog::~SarifLog() = default;

void SarifLog::add(const Finding& finding) {
  const RuleInfo& rule = *finding.rule;
  const auto [index, is_new] =
      state_->indexes.emplace(rule.name, state_->rules.size());
  if (is_new)
    state_->rules.push_back(
        {{"id", to_utf8(rule.name)},
         {"name", to_utf8(rule.name)},
         {"fullDescription", {{"text", to_utf8(rule.description)}}},
         {"defaultConfiguration", {{"level", sarif_level(rule.priority)}}},
         {"properties", {{"tags", rule.tags}}}});
  ordered_json result = {
      {"ruleId", to_utf8(rule.name)},
      {"ruleIndex", index->second},
      {"level", sarif_level(rule.priority)},
      {"message", {{"text", to_utf8(finding.message)}}},
      {"locations",
       ordered_json::array(
           {{{"physicalLocation",
              {{"artifactLocation",
                {{"uri", uri_of(file_name(finding.trace))}}}}},
             {"logicalLocations",
              ordered_json::array(
                  {{{"fullyQualifiedName",
                     fmt::format("event {} (chunk {}, index {})",
                                 finding.event_number, finding.at.chunk,
                                 finding.at.index)}}})}}})},
      {"properties",
       {{"time", utc_text(finding.unix_ns) + "Z"},
        {"fields", finding_fields(finding)},
        {"process_chain", chain_json(finding.chain)}}}};
  if (!finding.suppressed.empty())
    result["suppressions"] =
        ordered_json::array({{{"kind", "external"},
                              {"justification", to_utf8(finding.suppressed)}}});
  state_->results.push_back(std::move(result));
}

ordered_json SarifLog::json() const {
  return {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
      {"version", "2.1.0"},
      {"runs",
       ordered_json::array(
           {{{"tool",
              {{"driver", {{"name", "vestige"}, {"rules", state_->rules}}}}},
             {"results", state_->results}}})}};
}

}  // namespace vestige
