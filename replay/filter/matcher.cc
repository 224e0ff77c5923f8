// SPDX-License-Identifier: Apache-2.0
#include "replay/filter/matcher.h"

#include "format/trace_view.h"

namespace vestige::filter {

Result<Matcher> Matcher::open(const std::string& path,
                              const std::string& text) {
  return open(path, TRY(Filter::compile(text)));
}

Result<Matcher> Matcher::open(const std::string& path, Filter filter) {
  auto reader = TRY(TraceReader::open(path));
  TRY(require_one_boot(reader.header(), path));
  return Matcher(std::move(reader), std::move(filter));
}

bool Matcher::matches(Position wanted) {
  for (;;) {
    const auto item = reader_->next();
    if (!item || !*item) return false;
    if (item->snapshot) viewer_->apply(*item->snapshot, item->position);
    if (item->loss) viewer_->apply(*item->loss);
    if (!item->event) continue;
    const EventView& view = viewer_->apply(*item->event, item->position);
    if (item->position == wanted) return filter_->matches(view);
  }
}

Result<CopyReport> cut_matches(const std::string& from, const std::string& to,
                               const Filter& filter, uint64_t most) {
  Matcher matcher = TRY(Matcher::open(from, filter.twin()));
  Cut what;
  what.wants = [&](const Event&, Position at) {
    if (most == 0 || !matcher.matches(at)) return false;
    --most;
    return true;
  };
  return cut_trace(from, to, what, {});
}

}  // namespace vestige::filter
