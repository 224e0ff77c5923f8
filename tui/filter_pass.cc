// SPDX-License-Identifier: Apache-2.0
#include "tui/filter_pass.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "format/trace_reader.h"
#include "replay/event_view.h"

namespace vestige::tui {
namespace {

constexpr uint64_t kLookUpEvery = 4096;
constexpr std::chrono::milliseconds kLookAgainAfter(200);

std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

}  // namespace

Result<std::shared_ptr<const FilterPass>> FilterPass::start(
    const std::string& text, const LoadedCase& loaded) {
  auto filter = filter::Filter::compile(text);
  if (!filter) {
    return Error{filter.error().kind, first_line(filter.error().message)};
  }
  return std::make_shared<const FilterPass>(text, std::move(filter).value(),
                                            loaded);
}

FilterPass::FilterPass(std::string text, filter::Filter filter,
                       const LoadedCase& loaded)
    : text_(std::move(text)),
      unanswerable_(fmt::format("{}", fmt::join(filter.unanswerable(), ", "))),
      path_(loaded.path()),
      follows_(!loaded.data.is_whole()),
      filter_(std::move(filter)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void FilterPass::run(const std::stop_token& stop) {
  auto reader =
      TraceReader::open(path_, {.follows = follows_, .pace = Pace::kAhead});
  if (reader) {
    EventViewer viewer(reader->header());
    TouchedRows touched;
    viewer.watch(&touched);
    uint64_t events = 0;
    while (!stop.stop_requested()) {
      const auto item = reader->next();
      if (!item) break;
      if (item->snapshot) viewer.apply(*item->snapshot, item->position);
      if (item->event) {
        touched.clear();
        const EventView& view = viewer.apply(*item->event, item->position);
        if (filter_.matches(view)) add(view, touched);
        if (++events % kLookUpEvery != 0) continue;
        share_ = static_cast<double>(reader->offset()) /
                 static_cast<double>(std::max<uint64_t>(1, reader->size()));
      } else if (!*item) {
        is_done_ = true;
        if (!follows_ || reader->is_complete()) return;
        std::this_thread::sleep_for(kLookAgainAfter);
      }
    }
  }
  is_done_ = true;
}

void FilterPass::add(const EventView& view, const TouchedRows& touched) {
  const std::scoped_lock lock(mutex_);
  const ProcessId process =
      view.process ? view.process->row.id : ProcessId::kNone;
  processes_.add(static_cast<size_t>(process));
  if (view.connection) {
    connections_.add(static_cast<size_t>(view.connection->id));
  }
  for (const uint32_t row : touched.files) files_.add(row);
  for (const uint32_t row : touched.net) net_.add(row);
  for (const uint32_t row : touched.actions) actions_.add(row);
  if (matched_.size() < kMaxKept) {
    matched_.push_back({view.at, process});
    kept_ = matched_.size();
  }
  ++matches_;
}

Match FilterPass::match(size_t number) const {
  const std::scoped_lock lock(mutex_);
  return number < matched_.size() ? matched_[number] : Match{};
}

bool FilterPass::has(Position at) const {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::lower_bound(matched_, at, {}, &Match::at);
  return found != matched_.end() && found->at == at;
}

bool FilterPass::has(ProcessId process) const {
  const std::scoped_lock lock(mutex_);
  return processes_.has(static_cast<size_t>(process));
}

bool FilterPass::has(ConnectionId connection) const {
  const std::scoped_lock lock(mutex_);
  return connections_.has(static_cast<size_t>(connection));
}

bool FilterPass::has(FactTable table, uint32_t index) const {
  const std::scoped_lock lock(mutex_);
  switch (table) {
    case FactTable::kFiles: return files_.has(index);
    case FactTable::kNet: return net_.has(index);
    case FactTable::kActions: return actions_.has(index);
    case FactTable::kExecs:
    case FactTable::kStarts:
    case FactTable::kEnds: break;
  }
  return false;
}

}  // namespace vestige::tui
