// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "format/arg_text.h"
#include "tui/event_details.h"
#include "tui/event_pager.h"
#include "tui/filter_words.h"
#include "tui/list_view.h"
#include "tui/views/views.h"

namespace vestige::tui {
namespace {

enum ColumnIndex : size_t {
  kTimeColumn,
  kTook,
  kCpu,
  kTid,
  kComm,
  kCall,
  kResult,
};
constexpr Column kColumns[] = {
    {"TIME", kTimeColumns, 0, Align::kRight},
    {"TOOK", 9, 0, Align::kRight, 110},
    {"CPU", 3, 0, Align::kRight, 110, "evt.cpu"},
    {"TID", 7, 0, Align::kRight, 0, "thread.tid"},
    {"NAME", 12, 0, Align::kLeft, 90, "proc.name"},
    {"CALL", 20, 1, Align::kLeft, 0, "evt.type"},
    {"RESULT", 14, 0, Align::kLeft, 0, "evt.res"},
};

class Events : public ListView {
 public:
  Events(Session& session, const Scope& scope, Position from)
      : ListView(session),
        scope_(scope),
        from_(from),
        pager_(session.loaded(), scope.process) {
    pager_.set_filter(session.filter());
  }

  [[nodiscard]] std::string title() const override {
    return "Events" + scope_text(session_, scope_);
  }
  [[nodiscard]] std::string summary() const override {
    return ListView::summary() + (pager_.is_counted() ? "" : ", counting");
  }
  [[nodiscard]] bool is_busy() const override { return !pager_.is_counted(); }
  void draw(Screen& screen, const Rect& area) override;
  bool filter(std::string_view /*text*/) override { return false; }
  void refresh() override;
  bool search(std::string_view text, int direction) override;
  Step act(Action action) override {
    // Other views know facts about an event; here is the event itself.
    return ListView::act(action == Action::kDetails ? Action::kOpen : action);
  }

  [[nodiscard]] std::vector<ShownRows> shown_rows() const override {
    return {{.kind = RowKind::kEvent, .process = scope_.process}};
  }

 protected:
  [[nodiscard]] std::vector<std::string> row_clauses() const override;
  void visit_row(size_t row, const RowViews::Visit& visit) const override;
  void collect() override { pager_.adopt(session_.loaded()); }
  Step open_row(size_t row) override;
  [[nodiscard]] bool is_endless() const override { return true; }
  [[nodiscard]] size_t rows() const override { return pager_.size(); }
  [[nodiscard]] std::string_view what() const override { return "events"; }
  [[nodiscard]] std::span<const Column> columns() const override {
    return kColumns;
  }
  [[nodiscard]] CellText cell(size_t row, size_t column) const override;
  [[nodiscard]] Subject subject_of(size_t row) const override;

 private:
  Scope scope_;
  Position from_;  // where to begin, until that is counted
  bool is_placed_ = false;
  // Reading pages changes nothing one can see.
  mutable EventPager pager_;
};

void Events::draw(Screen& screen, const Rect& area) {
  if (!is_placed_ && (pager_.is_counted() || from_ == Position{})) {
    is_placed_ = true;
    if (from_ != Position{}) select_row(pager_.number_at(from_));
  }
  ListView::draw(screen, area);
}

// One stays near the event one was at.
void Events::refresh() {
  if (pager_.filter() == session_.filter().get()) return;
  const auto row = selected_row();
  const KeptEvent* kept = row ? pager_.at(*row) : nullptr;
  const Position at = kept ? kept->at : from_;
  pager_.set_filter(session_.filter());
  from_ = at;
  is_placed_ = at == Position{};
}

// What is searched must not take longer than one waits for a screen.
bool Events::search(std::string_view text, int direction) {
  constexpr size_t kMaxSearched = 200'000;
  return search_within(text, direction, kMaxSearched);
}

std::vector<std::string> Events::row_clauses() const {
  std::vector<std::string> all;
  const auto row = selected_row();
  const KeptEvent* kept = row ? pager_.at(*row) : nullptr;
  if (!kept) return all;
  const Event& event = kept->event;
  if (event.descriptor) {
    all.push_back(fmt::format("evt.type = {}", event.descriptor->name));
  }
  if (event.ret < 0 && event.ret >= -4095) {
    const auto error = errno_text(static_cast<int32_t>(-event.ret));
    all.push_back(fmt::format("evt.res = {}", error));
  }
  for (const Part& part : event.parts) {
    if (part.kind == PartKind::kString && !part.data.empty()) {
      all.push_back(
          fmt::format("evt.args contains {}", quoted_value(part.data)));
    }
  }
  all.push_back(fmt::format("thread.tid = {}", event.tid));
  std::ranges::move(View::clauses(), std::back_inserter(all));
  return all;
}

void Events::visit_row(size_t row, const RowViews::Visit& visit) const {
  const KeptEvent* kept = pager_.at(row);
  if (!kept) return;
  session_.row_views()->visit_event(kept->event, kept->at, kept->process,
                                    visit);
}

Style result_style(const Event& event) {
  return event.ret < 0 && event.ret >= -4095 ? Style::kBad : Style::kDim;
}

std::string call_text(const Event& event) {
  std::string text(event.descriptor ? event.descriptor->name : "?");
  text += '(';
  for (int i = 0; i < shown_args(event); ++i) {
    if (i > 0) text += ", ";
    append_arg(text, event, i);
  }
  return text + ')';
}

CellText Events::cell(size_t row, size_t column) const {
  const KeptEvent* kept = pager_.at(row);
  if (!kept) return {"?", Style::kBad};
  const Event& event = kept->event;
  switch (static_cast<ColumnIndex>(column)) {
    case kTimeColumn: {
      uint64_t previous = 0;
      if (const auto above = row_above(row)) {
        if (const KeptEvent* before = pager_.at(*above)) {
          previous = before->event.time_ns;
        }
      }
      return {session_.time_text(kept->event.time_ns, previous), Style::kDim};
    }
    case kTook:
      if ((event.flags & kHasEnter) == 0) return {};
      return {duration_text(event.duration_ns), Style::kDim};
    case kCpu: return {fmt::format("{}", event.cpu), Style::kDim};
    case kTid: return {fmt::format("{}", event.tid)};
    case kComm: {
      const ProcessRow* process =
          session_.data().facts().process(kept->process);
      return {process ? std::string(process->comm) : "?", Style::kPlain};
    }
    case kCall: {
      const bool is_kernel = event.type.abi == Abi::kKernel;
      return {call_text(event), is_kernel ? Style::kExec : Style::kPlain};
    }
    case kResult: return {return_text(event), result_style(event)};
  }
  return {};
}

Step Events::open_row(size_t row) {
  const KeptEvent* kept = pager_.at(row);
  if (!kept) return done("this event cannot be read");
  return open_view(make_page(
      session_, fmt::format("Event {}:{}", kept->at.chunk, kept->at.index),
      subject_of(row), event_details(session_, *kept)));
}

Subject Events::subject_of(size_t row) const {
  const KeptEvent* kept = pager_.at(row);
  if (!kept) return {};
  return EventRef{kept->at, kept->process, kept->event.time_ns};
}

}  // namespace

std::unique_ptr<View> make_events(Session& session, const Scope& scope,
                                  Position from) {
  return std::make_unique<Events>(session, scope, from);
}

}  // namespace vestige::tui
