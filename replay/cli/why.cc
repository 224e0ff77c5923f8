// SPDX-License-Identifier: Apache-2.0
//
// vestige why: the chain of causes of a path, process or connection, and what
// came of it.
#include <fmt/format.h>

#include <charconv>

#include "format/escape.h"
#include "replay/cli/command.h"
#include "replay/cli/row_json.h"
#include "replay/export/dot.h"
#include "replay/relations.h"

namespace vestige::cli {
namespace {

constexpr size_t kMaxRelations = 1000;
constexpr size_t kMaxName = 100;  // of a process: its command line may be long

std::string_view kind_text(ThingKind kind) {
  switch (kind) {
    case ThingKind::kProcess: return "process";
    case ThingKind::kFile: return "file";
    case ThingKind::kConnection: return "connection";
  }
  return "";
}

// "/path", "7" or "process:7" (ID), "connection:3".
std::optional<Thing> parse_thing(std::string_view text) {
  if (text.starts_with('/') || text.starts_with("memfd:"))
    return Thing{ThingKind::kFile, 0, text};
  Thing thing;
  if (text.starts_with("connection:")) {
    thing.kind = ThingKind::kConnection;
    text.remove_prefix(text.find(':') + 1);
  } else if (text.starts_with("process:")) {
    text.remove_prefix(text.find(':') + 1);
  }
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, thing.id);
  if (error != std::errc{} || at != end) return std::nullopt;
  return thing;
}

std::string name_of(const Facts& facts, const Thing& thing) {
  if (thing.kind == ThingKind::kFile) return std::string(thing.path);
  if (thing.kind == ThingKind::kConnection) {
    const ConnectionRow* row = facts.connection(ConnectionId(thing.id));
    if (!row) return "?";
    std::string out = fmt::format("connection {}", thing.id);
    if (row->local) out.append(" ").append(endpoint_text(row->local));
    if (row->remote) out.append(" -> ").append(endpoint_text(row->remote));
    if (!row->remote_name.empty())
      out.append(" (").append(row->remote_name).append(")");
    return out;
  }
  const ProcessRow* row = facts.process(ProcessId(thing.id));
  if (!row) return "?";
  std::string out = fmt::format("{}[{}]", row->comm, row->pid);
  for (const std::string_view text : split_strings(row->argv))
    out.append(" ").append(text);
  if (out.size() > kMaxName) out.resize(out.find_last_of(' ', kMaxName));
  return out;
}

class Answer {
 public:
  Answer(const Options& options, const Case& opened)
      : options_(options), case_(opened), relations_(opened.facts()) {}

  Result<void> print(const Thing& thing) {
    if (!relations_.knows(thing))
      return Error{
          ErrorKind::kUsage,
          fmt::format("the trace does not tell of {}", options_.subject)};
    if (options_.dot) fmt::print("digraph why {{\n  rankdir=LR;\n");
    print_chain(thing, Towards::kCauses);
    print_chain(thing, Towards::kEffects);
    if (options_.dot) fmt::print("}}\n");
    return {};
  }

 private:
  void print_chain(const Thing& thing, Towards towards) {
    const auto chain = relations_.follow(thing, towards, kMaxRelations);
    const bool is_text = !options_.dot && !options_.json;
    const bool is_cause = towards == Towards::kCauses;
    if (is_text)
      fmt::print("{} {}\n", is_cause ? "What led to" : "What came of",
                 escaped(name_of(case_.facts(), thing)));
    Table table({{"TIME"}, {"WHO OR WHAT"}, {"DID"}, {"TO WHAT"}});
    for (const Relation& relation : chain.relations) {
      if (options_.dot)
        print_dot(relation);
      else if (options_.json)
        print_json(relation, is_cause);
      else
        table.add(
            {{relation.time_ns ? clock_text(case_.unix_ns(relation.time_ns))
                               : "-",
              Style::kDim},
             {name_of(case_.facts(), relation.from)},
             {std::string(relation.verb), Style::kYellow},
             {name_of(case_.facts(), relation.to)}});
    }
    if (is_text)
      table.print(options_.color, options_.wide ? Fit::kWhole : Fit::kCut);
    if (chain.is_cut)
      fmt::print(stderr, "vestige: only the nearest {} relations are shown\n",
                 kMaxRelations);
  }

  void add_thing(JsonLine& json, std::string_view key, const Thing& thing) {
    json.open_object(key);
    json.text("kind", kind_text(thing.kind));
    if (thing.kind == ThingKind::kFile)
      json.text("path", thing.path);
    else
      json.number("id", thing.id);
    json.text("name", name_of(case_.facts(), thing));
    json.close_object();
  }

  void print_json(const Relation& relation, bool is_cause) {
    JsonLine json;
    json.text("towards", is_cause ? "causes" : "effects");
    add_thing(json, "from", relation.from);
    json.text("verb", relation.verb);
    add_thing(json, "to", relation.to);
    json.text("time", rfc3339(case_.unix_ns(relation.time_ns)));
    json.text("at", position_text(relation.at));
    json.print();
  }

  void print_dot(const Relation& relation) {
    std::string line = "  ";
    line.append(dot_label(name_of(case_.facts(), relation.from)));
    line.append(" -> ");
    line.append(dot_label(name_of(case_.facts(), relation.to)));
    fmt::print("{} [label=\"{}\"];\n", line, relation.verb);
  }

  const Options& options_;
  const Case& case_;
  Relations relations_;
};

}  // namespace

Result<int> run_why(const Options& options) {
  const auto thing = parse_thing(options.subject);
  if (!thing)
    return Error{ErrorKind::kUsage,
                 fmt::format("'{}' is no absolute path, process ID or "
                             "connection:N",
                             options.subject)};
  const Case opened = TRY(open_case(options));
  TRY(Answer(options, opened).print(*thing));
  print_gaps(opened);
  return 0;
}

}  // namespace vestige::cli
