// SPDX-License-Identifier: Apache-2.0
#include "replay/evidence/case_json.h"

#include <nlohmann/json.hpp>

#include "format/escape.h"
#include "replay/facts/time_text.h"

namespace vestige {
namespace {

using nlohmann::ordered_json;

ordered_json text_or_null(std::string_view text) {
  if (text.empty()) return nullptr;
  return to_utf8(text);
}

ordered_json container_json(const ContainerInfo& container) {
  ordered_json labels = ordered_json::object();
  for (const auto& [key, value] : container.labels)
    labels[to_utf8(key)] = to_utf8(value);
  return {{"id", text_or_null(container.id)},
          {"name", text_or_null(container.name)},
          {"image", text_or_null(container.image)},
          {"runtime", text_or_null(container.runtime)},
          {"cgroup", text_or_null(container.cgroup_path)},
          {"labels", std::move(labels)}};
}

ordered_json host_json(const TraceHeader& header) {
  return {{"name", text_or_null(header.host_name)},
          {"kernel", text_or_null(header.kernel_release)},
          {"machine", text_or_null(header.machine)},
          {"boot_id", text_or_null(header.boot_id)},
          {"machine_id", text_or_null(header.machine_id)},
          {"cpus", header.cpu_count}};
}

ordered_json verification_json(const Verification& checked) {
  ordered_json out = {{"sentence", checked.sentence},
                      {"trace_id", to_hex(checked.trace_id)},
                      {"chunks", checked.chunks},
                      {"events", checked.events}};
  out["signed_by"] = checked.signature
                         ? ordered_json(fingerprint(checked.signature->key))
                         : ordered_json(nullptr);
  const bool has_root = checked.verdict == Verdict::kIntactSigned ||
                        checked.verdict == Verdict::kIntactUnsigned;
  out["root"] = has_root ? ordered_json(to_hex(checked.seal.root))
                         : ordered_json(nullptr);
  return out;
}

ordered_json parents_json(const TraceHeader& header) {
  auto out = ordered_json::array();
  for (const Parent& parent : header.parents)
    out.push_back({{"operation", to_utf8(parent.operation)},
                   {"file", to_utf8(parent.file_name)},
                   {"trace_id", to_utf8(parent.trace_id)},
                   {"root", text_or_null(parent.root)},
                   {"verdict", to_utf8(parent.verdict)},
                   {"detail", to_utf8(parent.detail)}});
  return out;
}

int64_t unix_ns(const TraceHeader& header, uint64_t boot_ns) {
  return header.start.unix_ns + int64_t(boot_ns - header.start.boot_ns);
}

bool has_time(const Loss& loss) {
  return loss.from_ns != 0 || loss.to_ns != 0;
}

}  // namespace

bool concerns(const TraceRecord& trace, const Loss& loss,
              const Interval& interval) {
  return !has_time(loss) ||
         interval.overlaps(unix_ns(trace.header, loss.from_ns),
                           unix_ns(trace.header, loss.to_ns));
}

ordered_json loss_json(const TraceRecord& trace, const Loss& loss) {
  const LossReasonInfo& what = info(loss.reason);
  ordered_json out = {
      {"trace", trace.number},  {"reason", what.text},
      {"count", loss.count},    {"from", nullptr},
      {"to", nullptr},          {"where", text_or_null(loss.where)},
      {"meaning", what.meaning}};
  // Nobody knows when: it may have been in any interval.
  if (!has_time(loss)) out["when"] = "unknown";
  if (has_time(loss)) {
    out["from"] = iso8601(unix_ns(trace.header, loss.from_ns));
    out["to"] = iso8601(unix_ns(trace.header, loss.to_ns));
  }
  return out;
}

ordered_json trace_json(const TraceRecord& trace) {
  const TraceHeader& header = trace.header;
  const TraceEnd& end = trace.end.end;
  auto command = ordered_json::array();
  for (const std::string& word : header.command)
    command.push_back(to_utf8(word));
  auto ledger = ordered_json::array();
  for (const Loss& loss : end.losses) ledger.push_back(loss_json(trace, loss));
  ordered_json out = {{"number", trace.number},
                      {"file", to_utf8(trace.file_name)},
                      {"bytes", trace.digest.size},
                      {"modified", iso8601(trace.digest.modified_ns)},
                      {"sha256", trace.digest.sha256},
                      {"verified", verification_json(trace.verification)},
                      {"recorded_by", to_utf8(header.tool)},
                      {"host", host_json(header)},
                      {"container", container_json(header.container)},
                      {"command", std::move(command)},
                      {"selection", to_utf8(header.selection)},
                      {"payload_limit", header.snaplen},
                      {"string_limit", header.string_limit}};
  out["clock"] = {{"boottime_ns", header.start.boot_ns},
                  {"utc_ns", header.start.unix_ns},
                  {"utc", iso8601(header.start.unix_ns)}};
  out["begin"] = iso8601(header.start.unix_ns);
  out["end"] = end.end.unix_ns ? ordered_json(iso8601(end.end.unix_ns))
                               : ordered_json(nullptr);
  out["ended"] = end_reason_text(end.reason);
  out["complete"] = trace.end.is_complete;
  out["events"] = trace.end.events;
  out["ledger"] = std::move(ledger);
  out["parents"] = parents_json(header);
  return out;
}

}  // namespace vestige
