// SPDX-License-Identifier: Apache-2.0
#include "format/trace_names.h"

#include <algorithm>

namespace vestige {

TellsName tells_name(Effect effect) {
  if (effect == Effect::kTaskFork || effect == Effect::kTaskExec)
    return TellsName::kOfProcess;
  if (effect == Effect::kTaskExit || effect == Effect::kPrctl)
    return TellsName::kIfFirstThread;
  return TellsName::kOfNobody;
}

bool tells_name(const Event& event) {
  const Descriptor* const of =
      event.descriptor ? event.descriptor : find_descriptor(event.type);
  if (!of) return false;
  switch (tells_name(of->effect)) {
    case TellsName::kOfNobody: return false;
    case TellsName::kOfProcess: return true;
    case TellsName::kIfFirstThread: return event.pid == event.tid;
  }
  return false;
}

void NameCollector::add(const Event& event) {
  const uint32_t index = next_++;
  if (!tells_name(event)) return;
  parts_.clear();
  std::ranges::copy_if(event.parts, std::back_inserter(parts_), is_about_name,
                       &Part::kind);
  Event kept = event;
  kept.parts = parts_;
  kept.duration_ns = 0;
  kept.cpu = 0;
  encoder_.append(kept);
  indexes_.push_back(index);
}

void NameCollector::finish(ChunkFilter& filter) {
  filter.has_names = true;
  filter.name_indexes = std::move(indexes_);
  filter.names.clear();
  if (encoder_.events() > 0)
    for (const RawSection& section : encoder_.finish({})) {
      const ByteSpan bytes = section.bytes.bytes();
      filter.names.append(bytes.begin(), bytes.end());
    }
  encoder_.clear();
  indexes_ = {};
  next_ = 0;
}

bool NameDecoder::begin(const ChunkFilter& filter) {
  indexes_ = &filter.name_indexes;
  const size_t count = indexes_->size();
  // They must rise; sums of hostile differences may not.
  const bool is_rising =
      std::ranges::adjacent_find(*indexes_, std::ranges::greater_equal{}) ==
      indexes_->end();
  if (!filter.has_names || count > kMaxChunkEvents || !is_rising) return false;
  decoder_.begin(uint32_t(count), kAllColumns);
  if (count == 0) return filter.names.empty();
  return decoder_.add(bytes_of(filter.names)) && decoder_.finish();
}

const Event* NameDecoder::next() {
  return decoder_.next();
}

}  // namespace vestige
