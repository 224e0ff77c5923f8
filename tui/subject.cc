// SPDX-License-Identifier: Apache-2.0
#include "tui/subject.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "tui/text_width.h"

namespace vestige::tui {
namespace {

// Keys are text in a JSON file.
constexpr int kMaxKeyColumns = 8192;

Bearings of_process(const Facts& facts, ProcessId id) {
  const ProcessRow* row = facts.process(id);
  if (!row) return {};
  return {.process = id,
          .path = row->exe,
          .first_ns = row->start_ns,
          .last_ns = row->end_ns,
          .at = row->at};
}

Bearings of_connection(const Facts& facts, ConnectionId id) {
  const ConnectionRow* row = facts.connection(id);
  if (!row) return {};
  return {.process = row->process,
          .connection = id,
          .first_ns = row->start_ns,
          .last_ns = row->end_ns,
          .at = row->at};
}

Bearings of_occurrence(const Occurrence& seen) {
  return {.first_ns = seen.first_ns, .last_ns = seen.last_ns, .at = seen.first};
}

Bearings of_fact(const Facts& facts, FactRef fact) {
  Bearings result;
  switch (fact.table) {
    case FactTable::kExecs: {
      const ExecRow& row = facts.execs[fact.index];
      return {.process = row.process,
              .path = row.exe.empty() ? row.filename : row.exe,
              .first_ns = row.time_ns,
              .last_ns = row.time_ns,
              .at = row.at};
    }
    case FactTable::kFiles: {
      const FileRow& row = facts.files[fact.index];
      result = of_occurrence(row.seen);
      result.process = row.process;
      result.path = row.path;
      return result;
    }
    case FactTable::kNet: {
      const NetRow& row = facts.net[fact.index];
      result = of_occurrence(row.seen);
      result.process = row.process;
      result.connection = row.connection;
      return result;
    }
    case FactTable::kActions: {
      const ActionRow& row = facts.actions[fact.index];
      result = of_occurrence(row.seen);
      result.process = row.process;
      return result;
    }
    case FactTable::kStarts:
    case FactTable::kEnds: {
      const ProcessRow& row = facts.processes[fact.index];
      const bool is_start = fact.table == FactTable::kStarts;
      const uint64_t time = is_start ? row.start_ns : row.end_ns;
      return {.process = row.id,
              .path = row.exe,
              .first_ns = time,
              .last_ns = time,
              .at = is_start ? row.at : row.end_at};
    }
  }
  return result;
}

std::string_view table_name(FactTable table) {
  switch (table) {
    case FactTable::kExecs: return "exec";
    case FactTable::kFiles: return "file-use";
    case FactTable::kNet: return "net-use";
    case FactTable::kActions: return "action";
    case FactTable::kStarts: return "process";
    case FactTable::kEnds: return "exit";
  }
  return "";
}

std::string at_text(Position at) {
  return fmt::format("{}:{}", at.chunk, at.index);
}

// The rows of a table, as subjects, whose key it may be.
template <typename Rows, typename ToSubject>
Subject find_in(const Facts& facts, const Rows& rows, std::string_view key,
                ToSubject to_subject) {
  for (uint32_t i = 0; i < rows.size(); ++i) {
    const Subject subject = to_subject(i);
    if (subject_key(facts, subject) == key) return subject;
  }
  return {};
}

Subject find_fact(const Facts& facts, FactTable table, size_t count,
                  std::string_view key) {
  for (uint32_t i = 0; i < count; ++i) {
    const FactRef fact{table, i};
    // Making text of every row costs more than looking at its place first.
    if (key.find(at_text(of_fact(facts, fact).at)) == key.npos) continue;
    if (subject_key(facts, fact) == key) return fact;
  }
  return {};
}

Subject find_event(std::string_view place) {
  EventRef event;
  const char* end = place.data() + place.size();
  const auto chunk = std::from_chars(place.data(), end, event.at.chunk);
  if (chunk.ec != std::errc() || chunk.ptr == end || *chunk.ptr != ':') {
    return {};
  }
  const auto index = std::from_chars(chunk.ptr + 1, end, event.at.index);
  if (index.ec != std::errc() || index.ptr != end) return {};
  return event;
}

}  // namespace

Bearings bearings(const Facts& facts, const Subject& subject) {
  if (const auto* id = std::get_if<ProcessId>(&subject)) {
    return of_process(facts, *id);
  }
  if (const auto* file = std::get_if<FilePath>(&subject)) {
    return {.path = file->path};
  }
  if (const auto* id = std::get_if<ConnectionId>(&subject)) {
    return of_connection(facts, *id);
  }
  if (const auto* fact = std::get_if<FactRef>(&subject)) {
    return of_fact(facts, *fact);
  }
  if (const auto* event = std::get_if<EventRef>(&subject)) {
    return {.process = event->process,
            .first_ns = event->time_ns,
            .last_ns = event->time_ns,
            .at = event->at};
  }
  return {};
}

std::string subject_key(const Facts& facts, const Subject& subject) {
  const Bearings known = bearings(facts, subject);
  if (std::holds_alternative<ProcessId>(subject)) {
    const ProcessRow* row = facts.process(known.process);
    return fmt::format("process {} {}", row ? row->pid : 0, known.first_ns);
  }
  if (std::holds_alternative<FilePath>(subject)) {
    return "file " + printable(known.path, Charset::kUtf8, kMaxKeyColumns);
  }
  if (std::holds_alternative<ConnectionId>(subject)) {
    return fmt::format("connection {}", at_text(known.at));
  }
  if (const auto* fact = std::get_if<FactRef>(&subject)) {
    if (fact->table == FactTable::kStarts) {
      return subject_key(facts, Subject(known.process));
    }
    return fmt::format("{} {} {}", table_name(fact->table), at_text(known.at),
                       static_cast<uint32_t>(known.process));
  }
  if (std::holds_alternative<EventRef>(subject)) {
    return "event " + at_text(known.at);
  }
  return {};
}

// Execs are ordered by process; all other rows stay where they are.
Subject moved(const Facts& before, const Facts& now, const Subject& subject) {
  const auto* fact = std::get_if<FactRef>(&subject);
  if (!fact || fact->table != FactTable::kExecs ||
      fact->index >= before.execs.size()) {
    return subject;
  }
  const ExecRow& old = before.execs[fact->index];
  auto same =
      std::ranges::lower_bound(now.execs, old.process, {}, &ExecRow::process);
  for (; same != now.execs.end() && same->process == old.process; ++same) {
    if (same->at != old.at) continue;
    return FactRef{FactTable::kExecs,
                   static_cast<uint32_t>(same - now.execs.begin())};
  }
  return {};
}

Subject find_subject(const Facts& facts, std::string_view key) {
  const std::string_view kind = key.substr(0, key.find(' '));
  if (kind == "process") {
    return find_in(facts, facts.processes, key,
                   [&](uint32_t i) { return Subject(facts.processes[i].id); });
  }
  if (kind == "connection") {
    return find_in(facts, facts.connections, key, [&](uint32_t i) {
      return Subject(facts.connections[i].id);
    });
  }
  if (kind == "file") {
    return find_in(facts, facts.files, key, [&](uint32_t i) {
      return Subject(FilePath{facts.files[i].path});
    });
  }
  if (kind == "event") return find_event(key.substr(kind.size() + 1));
  const std::pair<FactTable, size_t> tables[] = {
      {FactTable::kExecs, facts.execs.size()},
      {FactTable::kFiles, facts.files.size()},
      {FactTable::kNet, facts.net.size()},
      {FactTable::kActions, facts.actions.size()},
      {FactTable::kEnds, facts.processes.size()}};
  for (const auto& [table, count] : tables) {
    if (kind == table_name(table)) return find_fact(facts, table, count, key);
  }
  return {};
}

}  // namespace vestige::tui
