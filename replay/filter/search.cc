// SPDX-License-Identifier: Apache-2.0
#include "replay/filter/search.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "format/trace_view.h"
#include "replay/facts/sysdig_params.h"
#include "replay/filter/event_types.h"

namespace vestige::filter {
namespace {

bool is_known_name(const std::string& name) {
  return !types_if([&](const Descriptor& each) {
            return sysdig_name(each) == name;
          }).empty();
}

// When so many matches wait to be shown, one pass over all is better.
constexpr size_t kMostPositions = 1 << 20;

constexpr uint32_t kNoChunk = UINT32_MAX;

// What it takes when the state of all processes, or of all there is, does.
Needs with_state(Needs needs) {
  needs.scope = std::max(needs.scope, Scope::kProcess);
  needs.columns |= kAllColumns & ~uint32_t{kColumnPayload};
  if (needs.scope == Scope::kAll) needs.columns = kAllColumns;
  return needs;
}

}  // namespace

Search::Search(std::string path, Filter& filter, const Needs& shown)
    : path_(std::move(path)),
      filter_(filter),
      shown_(shown),
      bounds_(filter.bounds()),
      has_known_types_(bounds_.types &&
                       std::ranges::all_of(*bounds_.types, is_known_name)) {}

void Search::remember_end(const TraceReader& reader) {
  end_ = reader.end();
  is_complete_ = reader.is_complete();
}

Result<void> Search::find_first_time() {
  TraceReader reader = TRY(trace_->again({.columns = kColumnTime}));
  while (true) {
    const auto item = TRY(reader.next());
    if (!item) return {};
    if (!item.event) continue;
    first_time_ns_ = item.event->time_ns;
    return {};
  }
}

// ---- By columns

// What a chunk must have to be worth looking at.
Question Search::question() const {
  Question question;
  if (has_known_types_)
    question.types = types_if([&](const Descriptor& each) {
      return bounds_.types->contains(std::string(sysdig_name(each)));
    });
  if (bounds_.texts)
    question.texts.assign(bounds_.texts->begin(), bounds_.texts->end());
  if (bounds_.pids)
    question.pids.assign(bounds_.pids->begin(), bounds_.pids->end());
  if (!bounds_.names || !names_) return question;
  const auto pids = names_->pids();
  question.pids.insert(question.pids.end(), pids.begin(), pids.end());
  if (pids.empty()) question.chunks = {kNoChunk};
  return question;
}

// False: they cannot be known without state.
Result<bool> Search::know_names(const Needs& needs) {
  if (needs.scope < Scope::kName || names_) return true;
  names_ = TRY(NameHistory::read(*trace_, bounds_.names));
  if (!names_) return false;
  report_.names = names_->processes();
  report_.name_events = names_->events();
  return true;
}

// False: the filter cannot be asked of single events.
Result<bool> Search::make_plan(const Needs& asked) {
  if (asked.scope > Scope::kName || !TRY(know_names(asked))) return false;
  screen_.emplace(bounds_, names_.get());
  report_.is_screened = true;
  report_.scope = asked.scope;
  report_.columns = asked.columns;
  report_.columns_screened = screen_->screen().columns;
  return true;
}

// Gives the events of a reader that the filter matches; without a filter, all.
Result<void> Search::ask(TraceReader& reader, Filter* filter, uint64_t& asked,
                         const Visit& visit) const {
  EventViewer viewer(reader.header());
  if (first_time_ns_) viewer.set_first_time(*first_time_ns_);
  while (true) {
    const auto item = TRY(reader.next());
    if (!item) return {};
    if (!item.event) continue;
    const Event& event = *item.event;
    viewer.set_next_number(reader.events_before_chunk() + item.position.index +
                           1);
    const EventView* view = nullptr;
    if (names_) {
      const TaskKey task{event.pid, event.tid, event.process_start_ns, 0};
      view =
          &viewer.look(event, item.position, names_->at(task, item.position));
    } else {
      view = &viewer.look(event, item.position);
    }
    ++asked;
    if ((!filter || filter->matches(*view)) && !visit(*view)) return {};
  }
}

struct Search::Share {
  unsigned number = 0;
  unsigned of = 1;
  Positions found;
  SearchReport report;
  bool is_damaged = false;
  std::optional<Error> error;
};

Result<void> Search::find_share(Share& share, std::atomic<bool>& is_enough) {
  TraceReader reader = TRY(trace_->again({.columns = report_.columns,
                                          .question = question(),
                                          .screen = screen_->screen(),
                                          .share = share.number,
                                          .shares = share.of}));
  Filter filter = filter_.twin();
  uint32_t chunk = UINT32_MAX;
  TRY(ask(reader, &filter, share.report.events_asked,
          [&](const EventView& view) {
            share.report.chunks_read +=
                std::exchange(chunk, view.at.chunk) != view.at.chunk;
            share.found.push_back(view.at);
            if (share.found.size() > kMostPositions / share.of)
              is_enough = true;
            return !is_enough;
          }));
  share.report.chunks_skipped = reader.chunks_skipped();
  share.report.chunks_screened = reader.chunks_screened();
  share.is_damaged = reader.is_damaged();
  return {};
}

Result<std::optional<Search::Positions>> Search::find() {
  const unsigned cores =
      threads_ ? threads_ : std::max(1u, std::thread::hardware_concurrency());
  std::vector<Share> shares(cores);
  std::vector<std::thread> threads;
  std::atomic<bool> is_enough = false;
  const auto work = [&](Share& share) {
    if (auto done = find_share(share, is_enough); !done)
      share.error = std::move(done).error();
  };
  for (unsigned i = 0; i < cores; ++i) {
    shares[i].number = i;
    shares[i].of = cores;
    if (i > 0) threads.emplace_back(work, std::ref(shares[i]));
  }
  work(shares[0]);
  for (std::thread& thread : threads) thread.join();
  Positions all;
  for (Share& share : shares) {
    if (share.error) return *std::move(share.error);
    if (share.is_damaged || is_enough) return {std::nullopt};
    report_.events_asked += share.report.events_asked;
    report_.chunks_read += share.report.chunks_read;
    report_.chunks_skipped += share.report.chunks_skipped;
    report_.chunks_screened += share.report.chunks_screened;
    all.insert(all.end(), share.found.begin(), share.found.end());
  }
  report_.threads = cores;
  std::ranges::sort(all);
  return {std::move(all)};
}

// Reads the events at these positions, and nothing else.
Result<void> Search::show(const Positions& positions, const Needs& needs,
                          const Visit& visit) {
  Question question;
  for (const Position& each : positions)
    if (question.chunks.empty() || question.chunks.back() != each.chunk)
      question.chunks.push_back(each.chunk);
  if (question.chunks.empty()) question.chunks = {kNoChunk};
  const auto choose = [&](const ColumnChunk& chunk,
                          std::vector<uint32_t>& wanted) {
    auto next = std::ranges::lower_bound(positions, Position{chunk.chunk, 0});
    for (; next != positions.end() && next->chunk == chunk.chunk; ++next)
      wanted.push_back(next->index);
  };
  TraceReader reader =
      TRY(trace_->again({.columns = needs.columns,
                         .question = std::move(question),
                         .screen = Screen{kColumnMeta, choose}}));
  uint64_t asked = 0;
  TRY(ask(reader, nullptr, asked, visit));
  remember_end(reader);
  return {};
}

// In one pass, matches shown as they are found.
Result<void> Search::stream(const Needs& needs, const Visit& visit) {
  ReadOptions options{.columns = needs.columns, .question = question()};
  if (!screen_->is_open()) options.screen = screen_->screen();
  TraceReader reader = TRY(trace_->again(options));
  report_.columns = needs.columns;
  TRY(ask(reader, &filter_, report_.events_asked, visit));
  report_.chunks_skipped = reader.chunks_skipped();
  report_.chunks_screened = reader.chunks_screened();
  remember_end(reader);
  return {};
}

// False: only state can tell what is shown.
Result<bool> Search::find_and_show(const Needs& all, const Visit& visit) {
  // Without a condition there is nothing to find first.
  const bool is_everything = report_.columns == 0 && screen_->is_open();
  std::optional<Positions> positions;
  if (!is_everything) positions = TRY(find());
  if (positions && positions->empty()) {
    TRY(show(*positions, all, visit));
    return true;
  }
  const bool is_shown = all.scope <= Scope::kName && TRY(know_names(all));
  if (is_shown && positions) TRY(show(*positions, all, visit));
  if (is_shown && !positions) TRY(stream(all, visit));
  if (is_shown || !positions) return is_shown;
  report_.second_pass = true;
  TRY(read(with_state(all), &*positions, visit));
  return true;
}

// ---- With state

// What a chunk must have to be worth reading: events of the types, and those
// that change what is known of processes.
Question Search::question_of_state(const Needs& needs) const {
  Question question;
  if (has_known_types_ && needs.scope != Scope::kAll)
    question.types = types_if([&](const Descriptor& each) {
      return bounds_.types->contains(std::string(sysdig_name(each))) ||
             is_about_processes(each.effect);
    });
  return question;
}

Result<void> Search::read(const Needs& needs, const Positions* positions,
                          const Visit& visit) {
  TraceReader reader = TRY(trace_->again(
      {.columns = needs.columns, .question = question_of_state(needs)}));
  EventViewer viewer(reader.header());
  if (first_time_ns_) viewer.set_first_time(*first_time_ns_);
  is_wanted_.clear();  // descriptors are those of a reader
  uint64_t chunk = UINT64_MAX;
  while (true) {
    const auto item = TRY(reader.next());
    if (!item) break;
    if (item.snapshot) viewer.apply(*item.snapshot);
    if (item.loss) viewer.apply(*item.loss);
    if (!item.event) continue;
    if (!positions)
      report_.chunks_read +=
          std::exchange(chunk, item.position.chunk) != item.position.chunk;
    viewer.set_next_number(reader.events_before_chunk() + item.position.index +
                           1);
    if (!give(needs, positions, viewer, *item.event, item.position, visit))
      break;
  }
  if (!positions) report_.chunks_skipped += reader.chunks_skipped();
  remember_end(reader);
  return {};
}

// False: that is enough.
bool Search::give(const Needs& needs, const Positions* positions,
                  EventViewer& viewer, const Event& event, Position at,
                  const Visit& visit) {
  const bool happens =
      needs.scope == Scope::kAll ||
      (event.descriptor && is_about_processes(event.descriptor->effect));
  const bool is_candidate = positions
                                ? std::ranges::binary_search(*positions, at)
                                : is_of_types(event);
  if (!happens && !is_candidate) return true;
  const EventView& view =
      happens ? viewer.apply(event, at) : viewer.look_at_process(event, at);
  if (!is_candidate) return true;
  if (positions) return visit(view) && at != positions->back();
  ++report_.events_asked;
  return !filter_.matches(view) || visit(view);
}

bool Search::is_of_types(const Event& event) const {
  if (!bounds_.types || !event.descriptor) return true;
  const auto known = is_wanted_.find(event.descriptor);
  if (known != is_wanted_.end()) return known->second;
  const bool is_wanted =
      bounds_.types->contains(std::string(sysdig_name(*event.descriptor)));
  return is_wanted_[event.descriptor] = is_wanted;
}

// ---- All together

Result<void> Search::run_plainly(const Visit& visit) {
  report_ = {};
  trace_ = TRY(TraceReader::open(path_));
  TRY(require_one_boot(trace_->header(), path_));
  names_ = nullptr;
  bounds_ = {};
  has_known_types_ = false;
  return read({Scope::kAll, kAllColumns}, nullptr, [&](const auto& view) {
    ++report_.matched;
    return visit(view);
  });
}

Result<void> Search::run(const Visit& visit) {
  report_ = {};
  names_ = nullptr;
  // The question loads the index for all that come after.
  trace_ = TRY(TraceReader::open(path_, {.question = Question{}}));
  TRY(require_one_boot(trace_->header(), path_));
  const Visit counting = [&](const EventView& view) {
    ++report_.matched;
    return visit(view);
  };
  const Needs asked = filter_.needs();
  Needs all = asked;
  all.add(shown_);
  if (all.first_time) TRY(find_first_time());
  // Columns hold the events of all origins.
  if (!trace_->is_view() && TRY(make_plan(asked)) &&
      TRY(find_and_show(all, counting)))
    return {};
  report_ = {};
  const Needs needs = with_state(all);
  report_.scope = needs.scope;
  report_.columns = needs.columns;
  return read(needs, nullptr, counting);
}

}  // namespace vestige::filter
