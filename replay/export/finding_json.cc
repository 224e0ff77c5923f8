// SPDX-License-Identifier: Apache-2.0
#include "replay/export/finding_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "format/escape.h"
#include "replay/facts/time_text.h"
#include "replay/rules/attack.h"

namespace vestige {
namespace {

using nlohmann::ordered_json;

// OCSF: 1 informational, 2 low, 3 medium, 4 high, 5 critical, 6 fatal.
int ocsf_severity(Priority priority) {
  switch (priority) {
    case Priority::kEmergency: return 6;
    case Priority::kAlert:
    case Priority::kCritical: return 5;
    case Priority::kError: return 4;
    case Priority::kWarning: return 3;
    case Priority::kNotice: return 2;
    case Priority::kInformational:
    case Priority::kDebug: return 1;
  }
  return 0;
}

ordered_json ocsf_attacks(const RuleInfo& rule) {
  auto out = ordered_json::array();
  const AttackTags attack = attack_of(rule.tags);
  ordered_json tactics = ordered_json::array();
  for (const AttackTactic* const tactic : attack.tactics)
    tactics.push_back({{"uid", tactic->id}, {"name", tactic->name}});
  for (const AttackTechnique& technique : attack.techniques)
    out.push_back(
        {{"version", "16"},
         {"tactics", tactics},
         {"technique", {{"uid", technique.id}, {"name", technique.name}}}});
  return out;
}

std::string uid_of(const Finding& finding) {
  return fmt::format("{}:{}:{}", to_utf8(finding.rule->name), finding.at.chunk,
                     finding.at.index);
}

// The same file has the same path again, whatever folder it lies in now.
std::string file_name(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

}  // namespace

ordered_json finding_ocsf(const Finding& finding) {
  const RuleInfo& rule = *finding.rule;
  ordered_json process = ordered_json::object();
  if (!finding.chain.empty())
    process = {{"pid", finding.chain[0].pid},
               {"file",
                {{"path", to_utf8(finding.chain[0].exe)},
                 {"name", file_name(to_utf8(finding.chain[0].exe))},
                 {"type_id", 1}}},
               {"cmd_line", to_utf8(finding.chain[0].command)}};
  return {
      {"class_uid", 2004},
      {"category_uid", 2},
      {"activity_id", 1},
      {"type_uid", 200401},
      {"time", finding.unix_ns / 1'000'000},
      {"severity_id", ocsf_severity(rule.priority)},
      {"status_id", finding.suppressed.empty() ? 1 : 3},
      {"message", to_utf8(finding.message)},
      {"metadata",
       {{"version", "1.3.0"},
        {"profiles", {"container", "host"}},
        {"product", {{"name", "Vestige"}, {"vendor_name", "Vestige"}}},
        {"log_name", file_name(finding.trace)}}},
      {"finding_info",
       {{"uid", uid_of(finding)},
        {"title", to_utf8(rule.name)},
        {"desc", to_utf8(rule.description)},
        {"analytic", {{"name", to_utf8(rule.name)}, {"type_id", 1}}},
        {"attacks", ocsf_attacks(rule)}}},
      {"evidences", ordered_json::array({{{"process", std::move(process)},
                                          {"data", finding_fields(finding)}}})},
      {"device",
       {{"hostname", to_utf8(finding.header->host_name)},
        {"type_id", 0},
        {"container",
         {{"uid", finding.header->container.id},
          {"name", to_utf8(finding.header->container.name)}}}}}};
}

ordered_json finding_timesketch(const Finding& finding) {
  std::string datetime = iso8601(finding.unix_ns);
  datetime.replace(datetime.size() - 1, 1, "+00:00");
  ordered_json out = {{"message", to_utf8(finding.message)},
                      {"datetime", datetime},
                      {"timestamp", finding.unix_ns / 1000},
                      {"timestamp_desc", "Rule matched"},
                      {"data_type", "vestige:finding"},
                      {"rule", to_utf8(finding.rule->name)},
                      {"priority", priority_text(finding.rule->priority)},
                      {"tag", finding.rule->tags},
                      {"hostname", to_utf8(finding.header->host_name)},
                      {"container_id", to_utf8(finding.header->container.id)},
                      {"trace", file_name(finding.trace)}};
  for (const FieldText& field : finding.fields)
    out[field.name] = to_utf8(field.text);
  return out;
}

}  // namespace vestige
