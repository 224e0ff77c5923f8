// SPDX-License-Identifier: Apache-2.0
#include "tui/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iterator>

namespace vestige::tui {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

std::tm broken_down(int64_t unix_ns, TimeFormat format) {
  const auto seconds = static_cast<time_t>(unix_ns / 1'000'000'000);
  std::tm time = {};
  if (format == TimeFormat::kLocal) {
    localtime_r(&seconds, &time);
  } else {
    gmtime_r(&seconds, &time);
  }
  return time;
}

std::string signed_seconds(uint64_t ns, uint64_t origin_ns) {
  const bool is_negative = ns < origin_ns;
  const uint64_t distance = is_negative ? origin_ns - ns : ns - origin_ns;
  return fmt::format("{}{}.{:06}", is_negative ? '-' : '+', distance / kSecond,
                     distance % kSecond / 1000);
}

}  // namespace

Session::Session(std::shared_ptr<const LoadedCase> loaded) {
  set_case(std::move(loaded));
}

void Session::set_case(std::shared_ptr<const LoadedCase> loaded) {
  loaded_ = std::move(loaded);
  row_views_.emplace(loaded_->data);
  whole_ = loaded_->whole;
  look_at_filter();
}

void Session::set_filter(std::shared_ptr<const FilterPass> filter) {
  filter_ = std::move(filter);
  look_at_filter();
}

void Session::look_at_filter() {
  paths_.clear();
  if (!filter_) return;
  const Facts& facts = data().facts();
  for (uint32_t i = 0; i < facts.files.size(); ++i) {
    if (!filter_->has(FactTable::kFiles, i)) continue;
    paths_.insert(facts.files[i].path);
    if (!facts.files[i].to.empty()) paths_.insert(facts.files[i].to);
  }
  for (const ExecRow& row : facts.execs) {
    if (!filter_->has(row.at)) continue;
    paths_.insert(row.filename);
    paths_.insert(row.exe);
  }
}

void Session::set_findings(std::unique_ptr<const FindingsPass> pass) {
  findings_.clear();
  findings_pass_ = std::move(pass);
  has_all_findings_ = false;
}

bool Session::look_at_findings() {
  if (!findings_pass_ || has_all_findings_) return false;
  const bool is_done = findings_pass_->is_done();
  std::vector<Finding> fresh = findings_pass_->since(findings_.size());
  has_all_findings_ = is_done;
  if (fresh.empty()) return is_done;
  std::ranges::move(fresh, std::back_inserter(findings_));
  return true;
}

bool Session::passes_fact(FactRef fact) const {
  const Facts& facts = data().facts();
  switch (fact.table) {
    case FactTable::kFiles:
    case FactTable::kNet:
    case FactTable::kActions: return filter_->has(fact.table, fact.index);
    case FactTable::kExecs: return filter_->has(facts.execs[fact.index].at);
    case FactTable::kStarts:
      return filter_->has(facts.processes[fact.index].at);
    case FactTable::kEnds:
      return filter_->has(facts.processes[fact.index].end_at);
  }
  return true;
}

bool Session::passes(const Subject& subject) const {
  if (!filter_) return true;
  if (const auto* id = std::get_if<ProcessId>(&subject)) {
    return filter_->has(*id);
  }
  if (const auto* file = std::get_if<FilePath>(&subject)) {
    return paths_.contains(file->path);
  }
  if (const auto* id = std::get_if<ConnectionId>(&subject)) {
    return filter_->has(*id);
  }
  if (const auto* fact = std::get_if<FactRef>(&subject)) {
    return passes_fact(*fact);
  }
  if (const auto* event = std::get_if<EventRef>(&subject)) {
    return filter_->has(event->at);
  }
  return true;
}

void Session::shift_range(int direction) {
  const TimeRange old = shown();
  const uint64_t length = whole_.to_ns - whole_.from_ns;
  const uint64_t step = std::max<uint64_t>(
      1, old.is_instant() ? length / 100 : old.to_ns - old.from_ns);
  TimeRange moved = old;
  if (direction < 0) {
    const uint64_t back = std::min(step, old.from_ns - whole_.from_ns);
    moved = {old.from_ns - back, old.to_ns - back};
  } else {
    const uint64_t on = std::min(step, whole_.to_ns - old.to_ns);
    moved = {old.from_ns + on, old.to_ns + on};
  }
  range = moved;
}

void Session::zoom(int factor, uint64_t around_ns) {
  const TimeRange old = shown();
  const uint64_t length = old.to_ns - old.from_ns;
  const uint64_t wanted =
      std::max<uint64_t>(1000, factor > 0 ? length * 2 : length / 2);
  if (wanted >= whole_.to_ns - whole_.from_ns) {
    range.reset();
    return;
  }
  const uint64_t middle = std::clamp(around_ns, whole_.from_ns, whole_.to_ns);
  uint64_t from = middle - std::min(wanted / 2, middle - whole_.from_ns);
  from = std::min(from, whole_.to_ns - wanted);
  range = TimeRange{from, from + wanted};
}

std::string Session::time_text(uint64_t boot_ns, uint64_t previous_ns) const {
  if (boot_ns == 0) return "?";
  switch (time_format) {
    case TimeFormat::kRelative: return signed_seconds(boot_ns, whole_.from_ns);
    case TimeFormat::kDelta:
      if (previous_ns == 0) return signed_seconds(boot_ns, whole_.from_ns);
      return signed_seconds(boot_ns, previous_ns);
    case TimeFormat::kUtc:
    case TimeFormat::kLocal: break;
  }
  const int64_t unix_ns = data().unix_ns(boot_ns);
  const std::tm time = broken_down(unix_ns, time_format);
  return fmt::format("{:02}:{:02}:{:02}.{:06}", time.tm_hour, time.tm_min,
                     time.tm_sec, unix_ns % 1'000'000'000 / 1000);
}

std::string Session::date_time_text(uint64_t boot_ns) const {
  if (boot_ns == 0) return "unknown";
  const TimeFormat format =
      time_format == TimeFormat::kLocal ? TimeFormat::kLocal : TimeFormat::kUtc;
  const int64_t unix_ns = data().unix_ns(boot_ns);
  const std::tm time = broken_down(unix_ns, format);
  return fmt::format(
      "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:09} {}", time.tm_year + 1900,
      time.tm_mon + 1, time.tm_mday, time.tm_hour, time.tm_min, time.tm_sec,
      unix_ns % 1'000'000'000, format == TimeFormat::kLocal ? "local" : "UTC");
}

std::string Session::process_text(ProcessId id) const {
  const ProcessRow* process = data().facts().process(id);
  if (!process) return "?";
  return fmt::format("{} {}", process->comm.empty() ? "?" : process->comm,
                     process->pid);
}

std::string_view time_format_text(TimeFormat format) {
  switch (format) {
    case TimeFormat::kUtc: return "UTC";
    case TimeFormat::kLocal: return "local time";
    case TimeFormat::kRelative: return "since start";
    case TimeFormat::kDelta: return "since line before";
  }
  return "";
}

}  // namespace vestige::tui
