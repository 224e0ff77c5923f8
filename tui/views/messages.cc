// SPDX-License-Identifier: Apache-2.0
#include "tui/list_view.h"
#include "tui/views/views.h"

namespace vestige::tui {
namespace {

enum ColumnIndex : size_t {
  kTimeColumn,
  kProcess,
  kKind,
  kFlow,
  kName,
  kText,
  kPeer,
};
constexpr Column kColumns[] = {
    {"TIME", kTimeColumns, 0, Align::kRight},
    {"PROCESS", 16, 0, Align::kLeft, 90, "proc.name"},
    {"WHAT", 13},
    {"DIR", 3},
    {"NAME", 14, 1},
    {"TEXT", 20, 2},
    {"WITH", 16, 1, Align::kLeft, 120, "conn.remote"},
};

// What was said in the clear.
class Messages : public ListView {
 public:
  using ListView::ListView;

  [[nodiscard]] std::string title() const override { return "Messages"; }

  [[nodiscard]] std::vector<ShownRows> shown_rows() const override {
    return {{.kind = RowKind::kMessage, .rows = shown()}};
  }

 protected:
  [[nodiscard]] size_t rows() const override { return all().size(); }
  [[nodiscard]] std::string_view what() const override { return "messages"; }
  [[nodiscard]] std::span<const Column> columns() const override {
    return kColumns;
  }
  [[nodiscard]] CellText cell(size_t row, size_t column) const override;
  [[nodiscard]] SortKey sort_key(size_t row, size_t column) const override {
    if (column == kTimeColumn) return static_cast<int64_t>(all()[row].time_ns);
    return ListView::sort_key(row, column);
  }
  [[nodiscard]] Subject subject_of(size_t row) const override {
    const MessageRow& one = all()[row];
    return EventRef{one.at, one.process, one.time_ns};
  }
  [[nodiscard]] bool is_wanted(size_t row) const override {
    return session_.is_shown(all()[row].time_ns, all()[row].time_ns);
  }
  void visit_row(size_t row, const RowViews::Visit& visit) const override {
    session_.row_views()->visit(RowKind::kMessage, static_cast<uint32_t>(row),
                                visit);
  }
  Step open_row(size_t row) override {
    return open_view(
        make_stream(session_, {.connection = all()[row].connection}));
  }

 private:
  [[nodiscard]] const std::vector<MessageRow>& all() const {
    return session_.data().facts().messages;
  }
};

CellText Messages::cell(size_t row, size_t column) const {
  const MessageRow& one = all()[row];
  switch (static_cast<ColumnIndex>(column)) {
    case kTimeColumn: {
      const auto above = row_above(row);
      return {
          session_.time_text(one.time_ns, above ? all()[*above].time_ns : 0),
          Style::kDim};
    }
    case kProcess: return {session_.process_text(one.process)};
    case kKind:
      return {std::string(message_kind_text(one.kind)), Style::kNetwork};
    case kFlow: return {one.is_sent ? "out" : "in", Style::kDim};
    case kName: return {std::string(one.name), Style::kStrong};
    case kText: return {std::string(one.text)};
    case kPeer: {
      const ConnectionRow* with =
          session_.data().facts().connection(one.connection);
      return {with ? endpoint_text(with->remote) : "", Style::kDim};
    }
  }
  return {};
}

}  // namespace

std::unique_ptr<View> make_messages(Session& session) {
  return std::make_unique<Messages>(session);
}

}  // namespace vestige::tui
