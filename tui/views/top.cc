// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "tui/filter_words.h"
#include "tui/list_view.h"
#include "tui/views/views.h"
#include "tui/words.h"

namespace vestige::tui {
namespace {

enum ColumnIndex : size_t { kEvents, kBytes, kFailed, kProcessesColumn, kKey };
constexpr Column kColumns[] = {
    {"EVENTS", 9, 0, Align::kRight},
    {"BYTES", 7, 0, Align::kRight},
    {"FAILED", 7, 0, Align::kRight},
    {"BY", 6, 0, Align::kRight},
    {"WHAT", 20, 1},
};

// What the facts are added up by.
enum class Grouping : uint8_t {
  kProgram,
  kFile,
  kDirectory,
  kAddress,
  kPort,
  kError,
  kCall,
};
constexpr std::string_view kTitles[] = {"programs",  "files", "directories",
                                        "addresses", "ports", "errors",
                                        "calls"};

struct Group {
  std::string_view name;
  uint64_t events = 0, bytes = 0, failed = 0;
  uint32_t processes = 0;
  Subject subject;  // the first that counted
};

// Who or what did most, by one thing or another.
class Top : public ListView {
 public:
  explicit Top(Session& session) : ListView(session) { count(); }

  [[nodiscard]] std::string title() const override {
    return fmt::format("Top {}", what());
  }
  [[nodiscard]] std::string summary() const override;
  Step act(Action action) override;
  void refresh() override {
    count();
    ListView::refresh();
  }

 protected:
  void collect() override { count(); }
  [[nodiscard]] size_t rows() const override { return groups_.size(); }
  [[nodiscard]] std::string_view what() const override {
    return kTitles[static_cast<size_t>(by_)];
  }
  [[nodiscard]] std::span<const Column> columns() const override {
    return kColumns;
  }
  [[nodiscard]] CellText cell(size_t row, size_t column) const override;
  [[nodiscard]] SortKey sort_key(size_t row, size_t column) const override;
  [[nodiscard]] Subject subject_of(size_t row) const override {
    return groups_[row].subject;
  }
  [[nodiscard]] std::vector<std::string> row_clauses() const override;
  Step open_row(size_t row) override;

 private:
  struct Deed {
    ProcessId process = ProcessId::kNone;
    uint64_t count = 0, bytes = 0;
    int32_t error = 0;
    Subject subject;
  };

  void count();
  void count_calls();
  void count_file(const FileRow& row, const Deed& deed);
  void count_net(const NetRow& row, const Deed& deed);
  // Whatever is counted by what all deeds have. False: by something else.
  bool count_deed(const Deed& deed);
  void add(std::string_view name, const Deed& deed, Subject subject = {});
  // Lives until the next count.
  std::string_view keep(std::string text) {
    return *names_.insert(std::move(text)).first;
  }

  Grouping by_ = Grouping::kProgram;
  std::vector<Group> groups_;
  std::unordered_map<std::string_view, uint32_t> by_name_;
  std::unordered_set<uint64_t> pairs_;     // of group and process
  std::unordered_set<std::string> names_;  // made here
};

void Top::add(std::string_view name, const Deed& deed, Subject subject) {
  const auto [place, is_new] =
      by_name_.try_emplace(name, static_cast<uint32_t>(groups_.size()));
  if (is_new) groups_.push_back({.name = name, .subject = std::move(subject)});
  Group& group = groups_[place->second];
  group.events += deed.count;
  group.bytes += deed.bytes;
  if (deed.error != 0) group.failed += deed.count;
  const uint64_t pair =
      uint64_t{place->second} << 32 | static_cast<uint32_t>(deed.process);
  if (pairs_.insert(pair).second) ++group.processes;
}

bool Top::count_deed(const Deed& deed) {
  if (by_ == Grouping::kError) {
    if (deed.error != 0) {
      add(keep(errno_text(deed.error)), deed, deed.subject);
    }
    return true;
  }
  if (by_ != Grouping::kProgram) return false;
  const ProcessRow* process = session_.data().facts().process(deed.process);
  add(process ? process->comm : "?", deed, deed.process);
  return true;
}

void Top::count_file(const FileRow& row, const Deed& deed) {
  if (count_deed(deed)) return;
  if (by_ == Grouping::kFile) {
    add(row.path, deed, FilePath{row.path});
  } else if (by_ == Grouping::kDirectory && row.path.starts_with('/')) {
    const size_t slash = row.path.rfind('/');
    add(row.path.substr(0, std::max<size_t>(slash, 1)), deed, deed.subject);
  }
}

void Top::count_net(const NetRow& row, const Deed& deed) {
  if (count_deed(deed)) return;
  const ConnectionRow* one = session_.data().facts().connection(row.connection);
  if (!one) return;
  // Who waits for others has no remote end.
  const Endpoint& end = one->remote ? one->remote : one->local;
  if (end.family != AF_INET && end.family != AF_INET6) return;
  if (by_ == Grouping::kAddress) {
    const std::string text = endpoint_text(end);
    add(keep(text.substr(0, text.rfind(':'))), deed, deed.subject);
  } else if (by_ == Grouping::kPort) {
    const bool is_server = one->direction == Direction::kIncoming ||
                           one->direction == Direction::kListening;
    const uint16_t port = is_server ? one->local.port : end.port;
    add(keep(fmt::format("{}", port)), deed, deed.subject);
  }
}

void Top::count_calls() {
  for (const TypeCount& type : session_.data().types()) {
    if (!type.descriptor) continue;
    groups_.push_back({.name = type.descriptor->name,
                       .events = type.events,
                       .failed = type.errors});
  }
}

void Top::count() {
  groups_.clear();
  by_name_.clear();
  pairs_.clear();
  names_.clear();
  const Facts& facts = session_.data().facts();
  const auto each = [&](FactTable table, const auto& rows, auto count_row) {
    for (uint32_t i = 0; i < rows.size(); ++i) {
      const auto& row = rows[i];
      const Subject subject = FactRef{table, i};
      if (!session_.is_shown(row.seen.first_ns, row.seen.last_ns)) continue;
      if (!session_.passes(subject)) continue;
      (this->*count_row)(
          row, {row.process, row.seen.count, row.bytes, row.error, subject});
    }
  };
  if (by_ == Grouping::kCall) {
    count_calls();
  } else {
    each(FactTable::kFiles, facts.files, &Top::count_file);
    each(FactTable::kNet, facts.net, &Top::count_net);
  }
  std::ranges::stable_sort(groups_, std::ranges::greater(), &Group::events);
}

std::string Top::summary() const {
  const bool is_narrowed = session_.filter() || session_.range;
  return ListView::summary() +
         (by_ == Grouping::kCall && is_narrowed ? ", of the whole capture"
                                                : "") +
         "; t counts by something else";
}

CellText Top::cell(size_t row, size_t column) const {
  const Group& group = groups_[row];
  switch (static_cast<ColumnIndex>(column)) {
    case kEvents: return {count_text(group.events)};
    case kBytes: return {group.bytes ? bytes_text(group.bytes) : ""};
    case kFailed:
      return {group.failed ? count_text(group.failed) : "", Style::kBad};
    case kProcessesColumn:
      return {group.processes ? count_text(group.processes) : "", Style::kDim};
    case kKey: {
      const bool is_path =
          by_ == Grouping::kFile || by_ == Grouping::kDirectory;
      return {std::string(group.name), Style::kStrong,
              is_path ? Elide::kStart : Elide::kEnd};
    }
  }
  return {};
}

SortKey Top::sort_key(size_t row, size_t column) const {
  const Group& group = groups_[row];
  switch (static_cast<ColumnIndex>(column)) {
    case kEvents: return static_cast<int64_t>(group.events);
    case kBytes: return static_cast<int64_t>(group.bytes);
    case kFailed: return static_cast<int64_t>(group.failed);
    case kProcessesColumn: return static_cast<int64_t>(group.processes);
    case kKey: break;
  }
  return ListView::sort_key(row, column);
}

std::vector<std::string> Top::row_clauses() const {
  const auto row = selected_row();
  if (!row) return {};
  const std::string value = quoted_value(groups_[*row].name);
  switch (by_) {
    case Grouping::kProgram: return {"proc.name = " + value};
    case Grouping::kFile: return tui::clauses(session_, subject());
    case Grouping::kDirectory:
      return {fmt::format("(fd.name pmatch ({0}) or fs.path.name pmatch ({0}))",
                          value)};
    case Grouping::kAddress: {
      std::string_view address = groups_[*row].name;
      if (address.starts_with('[')) {
        address = address.substr(1, address.size() - 2);
      }
      return {fmt::format("fd.ip = {}", address)};
    }
    case Grouping::kPort: return {"fd.port = " + value};
    case Grouping::kError: return {"evt.res = " + value};
    case Grouping::kCall: return {"evt.type = " + value};
  }
  return {};
}

// What one thing stands for opens; what many share is filtered for.
Step Top::open_row(size_t row) {
  const bool is_one = by_ == Grouping::kFile || (by_ == Grouping::kProgram &&
                                                 groups_[row].processes == 1);
  if (is_one) return ListView::open_row(row);
  return done("many share this: = filters for it, in all views");
}

Step Top::act(Action action) {
  if (action != Action::kTree) return ListView::act(action);
  by_ = static_cast<Grouping>((static_cast<size_t>(by_) + 1) %
                              std::size(kTitles));
  count();
  rebuild();
  ListView::act(Action::kTop);
  return done(fmt::format("by {}", what()));
}

}  // namespace

std::unique_ptr<View> make_top(Session& session) {
  return std::make_unique<Top>(session);
}

}  // namespace vestige::tui
