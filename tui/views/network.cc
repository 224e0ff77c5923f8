// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <unordered_set>

#include "tui/describe.h"
#include "tui/list_view.h"
#include "tui/views/views.h"

namespace vestige::tui {
namespace {

enum ColumnIndex : size_t {
  kStart,
  kProcess,
  kDirection,
  kProtocol,
  kLocal,
  kRemote,
  kSent,
  kReceived,
  kLasted,
  kResult,
};
constexpr Column kColumns[] = {
    {"START", kTimeColumns, 0, Align::kRight},
    {"PROCESS", 12, 0, Align::kLeft, 0, "proc.name"},
    {"DIR", 4, 0, Align::kLeft, 0, "conn.direction"},
    {"PROTO", 6, 0, Align::kLeft, 90, "conn.protocol"},
    {"LOCAL", 12, 1, Align::kLeft, 100, "conn.local"},
    {"REMOTE", 14, 1, Align::kLeft, 0, "conn.remote"},
    {"SENT", 6, 0, Align::kRight},
    {"RECV", 6, 0, Align::kRight},
    {"LASTED", 11, 0, Align::kRight, 120},
    {"RESULT", 12},
};

class Network : public ListView {
 public:
  Network(Session& session, const Scope& scope)
      : ListView(session), scope_(scope) {
    allow();
  }

  [[nodiscard]] std::string title() const override {
    return "Network" + scope_text(session_, scope_);
  }

  [[nodiscard]] std::vector<ShownRows> shown_rows() const override {
    return {{.kind = RowKind::kConnection, .rows = shown()}};
  }

 protected:
  void collect() override { allow(); }
  [[nodiscard]] size_t rows() const override { return all().size(); }
  [[nodiscard]] std::string_view what() const override { return "connections"; }
  [[nodiscard]] std::span<const Column> columns() const override {
    return kColumns;
  }
  [[nodiscard]] CellText cell(size_t row, size_t column) const override;
  [[nodiscard]] SortKey sort_key(size_t row, size_t column) const override;
  [[nodiscard]] Subject subject_of(size_t row) const override {
    return all()[row].id;
  }
  [[nodiscard]] bool is_wanted(size_t row) const override {
    const ConnectionRow& one = all()[row];
    const bool is_in_scope = scope_.process == ProcessId::kNone ||
                             one.process == scope_.process ||
                             allowed_.contains(one.id);
    return is_in_scope &&
           session_.is_shown(one.start_ns,
                             one.end_ns ? one.end_ns : UINT64_MAX);
  }

 private:
  void allow() {
    for (const NetRow& row : session_.data().facts().net) {
      if (row.process == scope_.process) allowed_.insert(row.connection);
    }
  }
  [[nodiscard]] const std::vector<ConnectionRow>& all() const {
    return session_.data().facts().connections;
  }
  [[nodiscard]] static Style result_style(const ConnectionRow& row);

  Scope scope_;
  std::unordered_set<ConnectionId> allowed_;
};

std::string_view short_direction(Direction direction) {
  switch (direction) {
    case Direction::kUnknown: return "";
    case Direction::kOutgoing: return "out";
    case Direction::kIncoming: return "in";
    case Direction::kListening: return "wait";
  }
  return "";
}

Style Network::result_style(const ConnectionRow& row) {
  if (row.direction == Direction::kListening) return Style::kWarning;
  if (row.is_established) return Style::kGood;
  return row.error != 0 ? Style::kBad : Style::kDim;
}

CellText Network::cell(size_t row, size_t column) const {
  const ConnectionRow& one = all()[row];
  switch (static_cast<ColumnIndex>(column)) {
    case kStart: {
      const auto above = row_above(row);
      return {
          session_.time_text(one.start_ns, above ? all()[*above].start_ns : 0),
          Style::kDim};
    }
    case kProcess: return {session_.process_text(one.process)};
    case kDirection:
      return {std::string(short_direction(one.direction)), Style::kDim};
    case kProtocol:
      return {std::string(protocol_text(one.family, one.type, one.protocol)),
              Style::kDim};
    case kLocal:
      return {endpoint_text(one.local), Style::kPlain, Elide::kStart};
    case kRemote:
      return {endpoint_text(one.remote), Style::kNetwork, Elide::kStart};
    case kSent: return {one.bytes_sent ? bytes_text(one.bytes_sent) : ""};
    case kReceived:
      return {one.bytes_received ? bytes_text(one.bytes_received) : ""};
    case kLasted:
      if (one.end_ns == 0) return {"open", Style::kDim};
      return {duration_text(one.end_ns - one.start_ns), Style::kDim};
    case kResult: return {connection_result(one), result_style(one)};
  }
  return {};
}

SortKey Network::sort_key(size_t row, size_t column) const {
  const ConnectionRow& one = all()[row];
  switch (static_cast<ColumnIndex>(column)) {
    case kStart: return static_cast<int64_t>(one.start_ns);
    case kSent: return static_cast<int64_t>(one.bytes_sent);
    case kReceived: return static_cast<int64_t>(one.bytes_received);
    case kLasted: return static_cast<int64_t>(one.end_ns - one.start_ns);
    case kProcess:
    case kDirection:
    case kProtocol:
    case kLocal:
    case kRemote:
    case kResult: break;
  }
  return ListView::sort_key(row, column);
}

}  // namespace

std::unique_ptr<View> make_network(Session& session, const Scope& scope) {
  return std::make_unique<Network>(session, scope);
}

}  // namespace vestige::tui
