// SPDX-License-Identifier: Apache-2.0
#include "replay/filter/search.h"

#include <algorithm>
#include <span>
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

// So many are kept whole until they are shown; of more, only where they are.
constexpr size_t kMostMatches = 1 << 17;

// What an event has by itself, without bytes of a chunk.
constexpr uint32_t kPlainColumns =
    kColumnMeta | kColumnDictionary | kColumnType | kColumnTask |
    kColumnResult | kColumnFlags | kColumnTime | kColumnTimeHigh |
    kColumnArguments | kColumnLosses;

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

unsigned Search::threads() const {
  return threads_ ? threads_
                  : std::max(1u, std::thread::hardware_concurrency());
}

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
  names_ = TRY(NameHistory::read(*trace_, bounds_.names, threads()));
  if (!names_) return false;
  report_.names = names_->processes();
  report_.name_events = names_->events();
  report_.name_chunks = names_->chunks_read();
  report_.indexed_name_chunks = names_->chunks_in_index();
  return true;
}

// False: the filter cannot be asked of single events.
Result<bool> Search::make_plan(const Needs& asked) {
  if (asked.scope > Scope::kName || !TRY(know_names(asked))) return false;
  screen_.emplace(bounds_, names_.get());
  report_.is_screened = true;
  report_.scope = asked.scope;
  report_.columns = asked.columns;
  is_shown_plain_ =
      shown_.scope <= Scope::kName && (shown_.columns & ~kPlainColumns) == 0;
  if (is_shown_plain_) report_.columns |= shown_.columns;
  report_.columns_screened = screen_->screen().columns;
  return true;
}

const EventView& Search::look(EventViewer& viewer,
                              std::optional<NameCursor>& names,
                              const Event& event, Position at) {
  if (!names) return viewer.look(event, at);
  const TaskKey task{event.pid, event.tid, event.process_start_ns};
  return viewer.look(event, at, names->at(task, at));
}

// Gives the events of a reader that the filter matches; without a filter, all.
Result<void> Search::ask(TraceReader& reader, Filter* filter, uint64_t& asked,
                         const Visit& visit) const {
  EventViewer viewer(reader.header());
  if (first_time_ns_) viewer.set_first_time(*first_time_ns_);
  std::optional<NameCursor> names;
  if (names_) names.emplace(*names_);
  while (true) {
    const auto item = TRY(reader.next());
    if (!item) return {};
    if (!item.event) continue;
    viewer.set_next_number(reader.events_before_chunk() + item.position.index +
                           1);
    const EventView& view = look(viewer, names, *item.event, item.position);
    ++asked;
    if ((!filter || filter->matches(view)) && !visit(view)) return {};
  }
}

struct Search::Share {
  unsigned number = 0;
  unsigned of = 1;
  std::optional<TraceReader> reader;
  Positions found;
  bool keeps_matches = false;
  std::vector<Match> matches;
  SearchReport report;
  std::optional<Error> error;

  void keep(const EventView& view) {
    found.push_back(view.at);
    keeps_matches &= matches.size() < kMostMatches / of;
    if (!keeps_matches) return;
    Match& match =
        matches.emplace_back(Match{view.at, view.number, *view.event});
    match.event.parts = {};
  }
};

Result<void> Search::find_share(Share& share, std::atomic<bool>& is_enough) {
  TraceReader& reader =
      share.reader.emplace(TRY(trace_->again({.columns = report_.columns,
                                              .question = question(),
                                              .screen = screen_->screen(),
                                              .share = share.number,
                                              .shares = share.of})));
  Filter filter = filter_.twin();
  uint32_t chunk = UINT32_MAX;
  TRY(ask(reader, &filter, share.report.events_asked,
          [&](const EventView& view) {
            share.report.chunks_read +=
                std::exchange(chunk, view.at.chunk) != view.at.chunk;
            share.keep(view);
            if (share.found.size() > kMostPositions / share.of)
              is_enough = true;
            return !is_enough;
          }));
  share.report.chunks_skipped = reader.chunks_skipped();
  share.report.chunks_screened = reader.chunks_screened();
  return {};
}

Result<std::optional<Search::Positions>> Search::find() {
  std::vector<Share> shares(threads());
  std::vector<std::thread> threads;
  std::atomic<bool> is_enough = false;
  const auto work = [&](Share& share) {
    if (auto done = find_share(share, is_enough); !done)
      share.error = std::move(done).error();
  };
  for (unsigned i = 0; i < shares.size(); ++i) {
    shares[i].number = i;
    shares[i].of = unsigned(shares.size());
    shares[i].keeps_matches = is_shown_plain_;
    if (i > 0) threads.emplace_back(work, std::ref(shares[i]));
  }
  work(shares[0]);
  for (std::thread& thread : threads) thread.join();
  for (Share& share : shares) {
    if (share.error) return *std::move(share.error);
    is_damaged_ |= share.reader->is_damaged();
  }
  if (is_damaged_ || is_enough) return {std::nullopt};
  return {take(shares)};
}

// What all have found: where it is, in order, and the matches if all kept
// theirs.
Search::Positions Search::take(std::vector<Share>& shares) {
  report_.threads = unsigned(shares.size());
  Positions positions;
  for (Share& share : shares) {
    report_.events_asked += share.report.events_asked;
    report_.chunks_read += share.report.chunks_read;
    report_.chunks_skipped += share.report.chunks_skipped;
    report_.chunks_screened += share.report.chunks_screened;
    const auto middle = std::ptrdiff_t(positions.size());
    positions.insert(positions.end(), share.found.begin(), share.found.end());
    std::inplace_merge(positions.begin(), positions.begin() + middle,
                       positions.end());
  }
  if (!std::ranges::all_of(shares, &Share::keeps_matches)) return positions;
  for (Share& share : shares) {
    matches_.push_back(std::move(share.matches));
    found_.push_back(*std::move(share.reader));
  }
  return positions;
}

void Search::show_matches(const Visit& visit) {
  EventViewer viewer(trace_->header());
  if (first_time_ns_) viewer.set_first_time(*first_time_ns_);
  std::optional<NameCursor> names;
  if (names_) names.emplace(*names_);
  std::vector<std::span<const Match>> rest(matches_.begin(), matches_.end());
  while (true) {
    std::span<const Match>* first = nullptr;
    for (auto& each : rest)
      if (!each.empty() && (!first || each[0].at < (*first)[0].at))
        first = &each;
    if (!first) return;
    const Match& match = first->front();
    *first = first->subspan(1);
    viewer.set_next_number(match.number);
    if (!visit(look(viewer, names, match.event, match.at))) return;
  }
}

// Reads the events at these positions, and nothing else.
Result<void> Search::show(const Positions& positions, const Needs& needs,
                          const Visit& visit) {
  Question question;
  for (const Position& each : positions)
    if (question.chunks.empty() || question.chunks.back() != each.chunk)
      question.chunks.push_back(each.chunk);
  // Then only the end is left to be read.
  if (question.chunks.empty() || !matches_.empty())
    question.chunks = {kNoChunk};
  show_matches(visit);
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
  // The index knows names that the chunks have lost: who reads all does not,
  // and the answers must not differ.
  if (is_damaged_ && names_ && names_->chunks_in_index() > 0) return false;
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
    if (item.snapshot) viewer.apply(*item.snapshot, item.position);
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
  is_damaged_ = false;
  matches_.clear();
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
