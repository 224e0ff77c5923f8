// SPDX-License-Identifier: Apache-2.0
//
// What led to something and what came of it: processes, files and
// connections, and who started, wrote, ran, read or contacted what.
//
// Only what this trace tells: a file that nobody wrote in it (a library, a
// locale) explains nothing and is left out.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "replay/facts/facts.h"

namespace vestige {

enum class ThingKind : uint8_t { kProcess, kFile, kConnection };

// A process, a path or a connection; ids as in the rows.
struct Thing {
  ThingKind kind = ThingKind::kProcess;
  uint32_t id = 0;        // process or connection
  std::string_view path;  // file

  friend auto operator<=>(const Thing&, const Thing&) = default;
};

// `from` led to `to`: started, wrote, ran as, read by, ...
struct Relation {
  Thing from;
  Thing to;
  std::string_view verb;
  uint64_t time_ns = 0;
  Position at;
};

enum class Towards : uint8_t { kCauses, kEffects };

class Relations {
 public:
  // facts must outlive the relations.
  explicit Relations(const Facts& facts);

  // Everything reached from there without going against time; each thing
  // once. Stops at `limit` relations: is_cut tells so.
  struct Chain {
    std::vector<Relation> relations;
    bool is_cut = false;
  };
  [[nodiscard]] Chain follow(const Thing& start, Towards towards,
                             size_t limit) const;
  // Whether the trace tells of it at all.
  [[nodiscard]] bool knows(const Thing& thing) const;

 private:
  void add_processes();
  void add_files();
  void add_connections();
  void add(const Thing& from, const Thing& to, std::string_view verb,
           uint64_t time_ns, Position at);

  const Facts& facts_;
  std::vector<Relation> all_;  // ordered by time
  std::map<Thing, std::vector<uint32_t>> into_, out_of_;
  std::set<std::string_view> written_;  // paths that got content or a name
};

}  // namespace vestige
