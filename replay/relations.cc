// SPDX-License-Identifier: Apache-2.0
#include "replay/relations.h"

#include <algorithm>
#include <queue>

namespace vestige {
namespace {

Thing process(ProcessId id) {
  return {ThingKind::kProcess, uint32_t(id), {}};
}
Thing file(std::string_view path) {
  return {ThingKind::kFile, 0, path};
}
Thing connection(ConnectionId id) {
  return {ThingKind::kConnection, uint32_t(id), {}};
}

// How an operation changes a file; empty: it does not.
std::string_view change_verb(FileOp op) {
  switch (op) {
    case FileOp::kCreate: return "created";
    case FileOp::kWrite:
    case FileOp::kMapWrite: return "wrote";
    case FileOp::kTruncate: return "emptied";
    case FileOp::kDelete:
    case FileOp::kRmdir: return "deleted";
    case FileOp::kMkdir:
    case FileOp::kMknod:
    case FileOp::kMemfd: return "made";
    case FileOp::kChmod: return "changed the mode of";
    case FileOp::kChown: return "changed the owner of";
    case FileOp::kUtimes: return "changed the times of";
    case FileOp::kXattr:
    case FileOp::kInodeAttributes: return "changed attributes of";
    case FileOp::kRename:
    case FileOp::kExchange: return "renamed";
    case FileOp::kLink:
    case FileOp::kSymlink: return "linked";
    case FileOp::kMount:
    case FileOp::kUmount: return "mounted or unmounted";
    case FileOp::kOpen:
    case FileOp::kRead:
    case FileOp::kLookup:
    case FileOp::kReady:
    case FileOp::kMap:
    case FileOp::kList:
    case FileOp::kExec:
    case FileOp::kChdir:
    case FileOp::kChroot:
    case FileOp::kAllocate: return "";
  }
  return "";
}

bool gives_a_name(FileOp op) {
  return op == FileOp::kRename || op == FileOp::kLink ||
         op == FileOp::kExchange;
}

struct Visit {
  uint64_t time_ns;
  Thing thing;
};

bool is_path(std::string_view path) {
  return path.starts_with('/') && !path.starts_with("/dev/");
}

}  // namespace

Relations::Relations(const Facts& facts) : facts_(facts) {
  for (const FileRow& row : facts.files) {
    if (row.error || change_verb(row.op).empty()) continue;
    written_.insert(row.path);
    if (gives_a_name(row.op)) written_.insert(row.to);
  }
  add_processes();
  add_files();
  add_connections();
  std::ranges::stable_sort(all_, {}, &Relation::time_ns);
  for (uint32_t i = 0; i < all_.size(); ++i) {
    into_[all_[i].to].push_back(i);
    out_of_[all_[i].from].push_back(i);
  }
}

void Relations::add(const Thing& from, const Thing& to, std::string_view verb,
                    uint64_t time_ns, Position at) {
  all_.push_back({from, to, verb, time_ns, at});
}

void Relations::add_processes() {
  for (const ProcessRow& row : facts_.processes) {
    if (row.parent != ProcessId::kNone)
      add(process(row.parent), process(row.id), "started", row.start_ns,
          row.at);
    if (row.killed_by != ProcessId::kNone)
      add(process(row.killed_by), process(row.id), "killed", row.end_ns,
          row.end_at);
  }
}

void Relations::add_files() {
  for (const FileRow& row : facts_.files) {
    if (row.error || (!is_path(row.path) && row.op != FileOp::kMemfd &&
                      !row.path.starts_with("memfd:")))
      continue;
    const uint64_t time_ns = row.seen.first_ns;
    const Position at = row.seen.first;
    const std::string_view verb = change_verb(row.op);
    if (!verb.empty())
      add(process(row.process), file(row.path), verb, time_ns, at);
    if (gives_a_name(row.op) && !row.to.empty())
      add(file(row.path), file(row.to), "became", time_ns, at);
    if (!written_.contains(row.path)) continue;
    if (row.op == FileOp::kExec)
      add(file(row.path), process(row.process), "ran as", time_ns, at);
    if (row.op == FileOp::kRead || row.op == FileOp::kMap)
      add(file(row.path), process(row.process), "was read by", time_ns, at);
  }
}

void Relations::add_connections() {
  for (const NetRow& row : facts_.net) {
    if (row.error && row.error != EINPROGRESS) continue;
    const uint64_t time_ns = row.seen.first_ns;
    const Thing who = process(row.process);
    const Thing what = connection(row.connection);
    switch (row.op) {
      case NetOp::kConnect:
        add(who, what, "connected to", time_ns, row.seen.first);
        break;
      case NetOp::kSend:
        add(who, what, "sent to", time_ns, row.seen.first);
        break;
      case NetOp::kAccept:
        add(what, who, "was accepted by", time_ns, row.seen.first);
        break;
      case NetOp::kReceive:
        if (row.bytes > 0)
          add(what, who, "gave data to", time_ns, row.seen.first);
        break;
      case NetOp::kSocket:
      case NetOp::kBind:
      case NetOp::kListen:
      case NetOp::kShutdown:
      case NetOp::kReady: break;
    }
  }
}

bool Relations::knows(const Thing& thing) const {
  return into_.contains(thing) || out_of_.contains(thing);
}

// A cause comes before what it causes. So each thing is visited with the time
// up to which (or from which) its relations count, and the widest such time
// comes first.
Relations::Chain Relations::follow(const Thing& start, Towards towards,
                                   size_t limit) const {
  const bool is_back = towards == Towards::kCauses;
  const auto& edges = is_back ? into_ : out_of_;
  const auto is_narrower = [&](const Visit& a, const Visit& b) {
    return is_back ? a.time_ns < b.time_ns : a.time_ns > b.time_ns;
  };
  std::priority_queue<Visit, std::vector<Visit>, decltype(is_narrower)> todo(
      is_narrower);
  todo.push({is_back ? UINT64_MAX : 0, start});
  std::set<Thing> seen;
  Chain chain;
  while (!todo.empty()) {
    const Visit at = todo.top();
    todo.pop();
    const auto found = edges.find(at.thing);
    if (!seen.insert(at.thing).second || found == edges.end()) continue;
    for (const uint32_t index : found->second) {
      const Relation& relation = all_[index];
      const bool counts = is_back ? relation.time_ns <= at.time_ns
                                  : relation.time_ns >= at.time_ns;
      if (!counts) continue;
      if (chain.relations.size() >= limit) {
        chain.is_cut = true;
        return chain;
      }
      chain.relations.push_back(relation);
      todo.push({relation.time_ns, is_back ? relation.from : relation.to});
    }
  }
  return chain;
}

}  // namespace vestige
