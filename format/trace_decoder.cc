// SPDX-License-Identifier: Apache-2.0
#include "format/trace_decoder.h"

#include <algorithm>
#include <utility>

#include "format/trace_codec.h"
#include "format/trace_sections.h"
#include "format/trace_varints.h"

namespace vestige {
namespace {

// Far more than a chunk has; keep memory in proportion to the file.
constexpr size_t kMaxChunkStrings = 1u << 21;
constexpr size_t kMaxChunkTypes = 1u << 16;

// What is stored by type.
constexpr uint32_t kColumnsOfRows =
    kColumnResult | kColumnTime | kColumnArguments | kColumnParts;

// Calls use(event, stretch) for all events, in stretches of the chunk that are
// gone through side by side: counting events of a type waits for the count
// before. The order within a stretch, and of stretches, is that of events.
constexpr size_t kStretches = 4;
template <typename Use>
void each_event_by_stretch(size_t events, Use use) {
  const size_t length = events / kStretches;
  for (size_t i = 0; i < length; ++i)
    for (size_t stretch = 0; stretch < kStretches; ++stretch)
      use(stretch * length + i, stretch);
  for (size_t i = kStretches * length; i < events; ++i) use(i, kStretches - 1);
}

bool all_below(const std::vector<uint32_t>& values, size_t limit) {
  uint32_t most = 0;
  for (const uint32_t value : values) most = std::max(most, value);
  return values.empty() || most < limit;
}

// Sum that cannot overflow: no size may be larger than all bytes there are.
bool sums_to(const std::vector<uint64_t>& sizes, size_t total) {
  size_t sum = 0;
  for (const uint64_t size : sizes) {
    if (size > total - sum) return false;
    sum += size;
  }
  return sum == total;
}

void sum_up(std::vector<uint64_t>& zigzags) {
  uint64_t sum = 0;
  for (uint64_t& value : zigzags) value = sum += uint64_t(unzigzag(value));
}

// In place, from what stands in the file to the arguments.
bool decode_values(Coding coding, std::vector<uint64_t>& fresh,
                   std::vector<uint64_t>& values) {
  switch (coding) {
    case Coding::kPlain: return true;
    case Coding::kZigzag:
      for (uint64_t& value : values) value = uint64_t(unzigzag(value));
      return true;
    case Coding::kDelta: sum_up(values); return true;
    case Coding::kInterned: break;
  }
  sum_up(fresh);
  size_t next = 0;
  for (uint64_t& value : values) {
    const size_t index = value == 0 ? next++ : value - 1;
    if (index >= fresh.size()) return false;
    value = fresh[index];
  }
  return true;
}

}  // namespace

uint32_t needed_columns(uint32_t wanted) {
  wanted |= kColumnMeta | kColumnLosses | kColumnDictionary | kColumnType;
  if (wanted & kColumnPayload) wanted |= kColumnParts;
  if (wanted & kColumnParts) wanted |= kColumnStrings | kColumnFiles;
  if (wanted & kColumnTime) wanted |= kColumnTimeHigh;
  // Both are stored as differences to the event before of the same task.
  if (wanted & (kColumnTime | kColumnFlags)) wanted |= kColumnTask;
  return wanted;
}

uint32_t needed_for_columns(uint32_t wanted) {
  // Bytes of payload can be given without telling whose they are.
  return needed_columns(wanted & ~kColumnPayload) | (wanted & kColumnPayload);
}

void ChunkDecoder::begin(uint32_t events, uint32_t columns) {
  begin_columns(events, needed_columns(columns));
  has_events_ = true;
}

void ChunkDecoder::begin_columns(uint32_t events, uint32_t columns) {
  events_ = events;
  columns_ = needed_for_columns(columns);
  slots_.fill({});
  group_contents_.clear();
  base_ns_ = 0;
  dictionary_.clear();
  losses_.clear();
  strings_.clear();
  wanted_ = {};
  has_wanted_ = false;
  has_events_ = false;
  is_assembled_ = false;
  at_ = events;  // nothing to give before finish()
}

// ---- Sections to slots

bool ChunkDecoder::add(ByteSpan raw) {
  return each_section(raw, [this](uint32_t number, ByteSpan content) {
    return add_content(number, content);
  });
}

bool ChunkDecoder::add_content(uint32_t number, ByteSpan content) {
  switch (number) {
    case kSectionDictionary:
      return decode_dictionary(content, descriptors_, dictionary_);
    case kSectionLosses: return decode_losses(content, losses_);
    case kSectionTimes: return add_times(content);
    case kSectionArguments: return add_arguments(content);
    case kSectionCalls:
      return add_fields(content, {{kCallsType, kType},
                                  {kCallsTask, kTask},
                                  {kCallsResult, kResult},
                                  {kCallsResultByType, kResultByType},
                                  {kCallsFlags, kFlags},
                                  {kCallsCpu, kCpu}});
    case kSectionStrings:
      return add_fields(
          content, {{kStringsSize, kStringSize}, {kStringsData, kStringData}});
    case kSectionFiles: return add_fields(content, {{kFilesData, kFileData}});
    case kSectionPayload:
      return add_fields(content, {{kPayloadData, kPayloadBytes}});
    case kSectionParts:
      return add_fields(content, {{kPartsShape, kShape},
                                  {kPartsShapeByType, kShapeByType},
                                  {kPartsString, kString},
                                  {kPartsInlineSize, kInlineSize},
                                  {kPartsInline, kInline},
                                  {kPartsPayloadSize, kPayloadSize},
                                  {kPartsFullSize, kFullSize},
                                  {kPartsIdentity, kIdentity},
                                  {kPartsFileSize, kFileSize},
                                  {kPartsFileOffset, kFileOffset}});
    default: return true;  // of a newer format, or not of events
  }
}

bool ChunkDecoder::set(Slot slot, const WireCursor::Field& field) {
  if (!field.is_bytes || !slots_[slot].empty()) return false;
  slots_[slot] = field.bytes;
  return true;
}

bool ChunkDecoder::add_fields(
    ByteSpan content, std::initializer_list<std::pair<uint32_t, Slot>> known) {
  WireCursor cursor(content);
  while (!cursor.at_end()) {
    const auto field = cursor.field();
    for (const auto& [number, slot] : known)
      if (number == field.number && !set(slot, field)) return false;
  }
  return cursor.ok();
}

bool ChunkDecoder::add_times(ByteSpan content) {
  for (WireCursor cursor(content); !cursor.at_end();) {
    const auto field = cursor.field();
    if (field.number == kTimesBase) base_ns_ = field.value;
  }
  return add_fields(content, {{kTimesGapLow, kGapLow},
                              {kTimesGapHigh, kGapHigh},
                              {kTimesGapHighByType, kGapHighByType},
                              {kTimesDurationHighByType, kDurationHighByType},
                              {kTimesDurationLow, kDurationLow},
                              {kTimesDurationHigh, kDurationHigh}});
}

bool ChunkDecoder::add_arguments(ByteSpan content) {
  WireCursor cursor(content);
  while (!cursor.at_end()) {
    const auto field = cursor.field();
    if (field.number == kArgumentsGroup && field.is_bytes)
      group_contents_.push_back(field.bytes);
    if (group_contents_.size() > kMaxChunkTypes) return false;
  }
  return cursor.ok();
}

// ---- Slots to columns

bool ChunkDecoder::finish(std::span<const uint32_t> wanted) {
  wanted_ = wanted;
  has_wanted_ = true;
  return finish();
}

bool ChunkDecoder::finish() {
  if (!unpack_calls() || !unpack_groups() || !unpack_parts()) return false;
  add_up();
  at_ = has_events_ ? 0 : events_;
  next_string_ = string_.data();
  next_inline_size_ = inline_size_.data();
  next_payload_size_ = payload_size_.data();
  next_full_size_ = full_size_.data();
  next_inline_ = slots_[kInline].data();
  next_payload_ = slots_[kPayloadBytes].data();
  file_at_ = part_at_ = 0;
  event_ = {};
  return true;
}

// Unpacks a column of one value per event; absent or unwanted: all zeros.
template <typename T>
bool ChunkDecoder::unpack_per_event(Slot slot, uint32_t column,
                                    std::vector<T>& out) {
  if (!(columns_ & column) || slots_[slot].empty()) {
    // The types are always there and prove that the events exist.
    out.assign(has_events_ || (columns_ & column) ? type_.size() : 0, 0);
    return true;
  }
  return unpack_varints(slots_[slot], events_, out) && out.size() == events_;
}

// Likewise of a column that may stand type by type, as traces since format 3
// have it. `make` gets each value and the index of its event.
template <typename T, typename Make>
bool ChunkDecoder::unpack_by_type(Slot slot, Slot by_type, uint32_t column,
                                  std::vector<T>& out, Make make) {
  if (!(columns_ & column) || slots_[by_type].empty()) {
    if (!unpack_per_event(slot, column, out)) return false;
    if (columns_ & column)
      for (size_t i = 0; i < out.size(); ++i) out[i] = T(make(out[i], i));
    return true;
  }
  if (!slots_[slot].empty() ||
      !unpack_varints(slots_[by_type], events_, by_type_) ||
      by_type_.size() != events_)
    return false;
  out.resize(events_);
  for (size_t i = 0; i < events_; ++i) out[i] = T(make(by_type_[row_[i]], i));
  return true;
}

// Values whose low 8 bits stand apart.
bool ChunkDecoder::unpack_split(Slot low, Slot high, Slot by_type,
                                std::vector<uint64_t>& out) {
  const ByteSpan lows = slots_[low];
  const bool is_there =
      !lows.empty() || !slots_[high].empty() || !slots_[by_type].empty();
  if ((columns_ & kColumnTime) && is_there && lows.size() != events_)
    return false;
  return unpack_by_type(high, by_type, kColumnTime, out,
                        [is_there, lows](uint64_t value, size_t i) {
                          return is_there ? value << 8 | lows[i] : 0;
                        });
}

// The types, and which events are of which.
bool ChunkDecoder::unpack_types() {
  if (!unpack_varints(slots_[kType], events_, type_) ||
      type_.size() != events_ || !all_below(type_, dictionary_.types.size()))
    return false;
  if (columns_ & kColumnsOfRows) find_rows();
  return true;
}

void ChunkDecoder::find_rows() {
  const size_t types = dictionary_.types.size();
  groups_.resize(std::max(groups_.size(), types));
  next_row_.assign(types * kStretches, 0);
  each_event_by_stretch(events_, [this](size_t event, size_t stretch) {
    ++next_row_[type_[event] * kStretches + stretch];
  });
  uint32_t next = 0;
  for (size_t type = 0; type < types; ++type) {
    groups_[type].first = next;
    for (size_t i = 0; i < kStretches; ++i) {
      uint32_t& row = next_row_[type * kStretches + i];
      next += std::exchange(row, next);
    }
    groups_[type].events = next - groups_[type].first;
  }
  row_.resize(events_);
  each_event_by_stretch(events_, [this](size_t event, size_t stretch) {
    row_[event] = next_row_[type_[event] * kStretches + stretch]++;
  });
}

bool ChunkDecoder::unpack_calls() {
  if (!unpack_types() || !unpack_per_event(kTask, kColumnTask, task_) ||
      !unpack_by_type(kResult, kResultByType, kColumnResult, ret_,
                      [](uint64_t value, size_t) { return unzigzag(value); }) ||
      !unpack_per_event(kFlags, kColumnFlags, flags_) ||
      !unpack_per_event(kCpu, kColumnFlags, cpu_) ||
      !unpack_split(kGapLow, kGapHigh, kGapHighByType, time_) ||
      !unpack_split(kDurationLow, kDurationHigh, kDurationHighByType,
                    duration_))
    return false;
  return !(columns_ & kColumnTask) ||
         all_below(task_, dictionary_.tasks.size());
}

// What was stored as a difference to the event before of the same task.
void ChunkDecoder::add_up() {
  tasks_.assign(dictionary_.tasks.size(), {.last_ns = base_ns_});
  if (columns_ & kColumnTime)
    for (size_t i = 0; i < events_; ++i) {
      uint64_t& last = tasks_[task_[i]].last_ns;
      time_[i] = last += uint64_t(unzigzag(time_[i])) + duration_[i];
    }
  if (columns_ & kColumnFlags)
    for (size_t i = 0; i < events_; ++i) {
      TaskState& task = tasks_[task_[i]];
      if (cpu_[i] != 0) task.cpu = uint16_t(cpu_[i] - 1);
      cpu_[i] = task.cpu;
    }
}

bool ChunkDecoder::unpack_groups() {
  if (!(columns_ & kColumnArguments)) return true;
  const size_t types = dictionary_.types.size();
  if (group_contents_.size() != types) return false;
  for (size_t i = 0; i < types; ++i) groups_[i].is_wanted = !has_wanted_;
  for (const uint32_t index : wanted_)
    if (index < type_.size()) groups_[type_[index]].is_wanted = true;
  for (size_t i = 0; i < types; ++i)
    if (groups_[i].is_wanted &&
        !unpack_group(group_contents_[i], dictionary_.types[i]->arg_count,
                      groups_[i]))
      return false;
  return true;
}

bool ChunkDecoder::unpack_group(ByteSpan content, int args, Group& group) {
  WireCursor cursor(content);
  int arg = 0;
  while (!cursor.at_end()) {
    const auto column = cursor.field();
    if (column.number != kGroupColumn || !column.is_bytes) continue;
    if (arg == args) return false;
    Coding coding = Coding::kPlain;
    std::vector<uint64_t>& values = group.args[size_t(arg++)];
    values.clear();
    fresh_.clear();
    WireCursor fields(column.bytes);
    while (!fields.at_end()) {
      const auto field = fields.field();
      if (field.number == kColumnCoding) {
        if (field.value > uint64_t(Coding::kInterned)) return false;
        coding = Coding(field.value);
      } else if (field.number == kColumnValue && field.is_bytes) {
        if (!unpack_varints(field.bytes, group.events, values)) return false;
      } else if (field.number == kColumnFresh && field.is_bytes) {
        if (!unpack_varints(field.bytes, group.events, fresh_)) return false;
      }
    }
    if (!fields.ok() || values.size() != group.events ||
        !decode_values(coding, fresh_, values))
      return false;
  }
  return cursor.ok() && arg == args;
}

bool ChunkDecoder::unpack_parts() {
  shape_.clear();
  if (!(columns_ & kColumnParts)) {
    strings_.clear();
    return !(columns_ & kColumnStrings) || unpack_strings();
  }
  if (slots_[kShape].empty() && slots_[kShapeByType].empty()) return true;
  if (!unpack_by_type(kShape, kShapeByType, kColumnParts, shape_,
                      [](uint64_t shape, size_t) { return shape; }) ||
      !all_below(shape_, dictionary_.shapes()))
    return false;
  // How many values the shapes take from each column must be what is there.
  std::vector<size_t> uses(dictionary_.shapes());
  for (const uint32_t shape : shape_) ++uses[shape];
  size_t strings = 0, files = 0, inlines = 0, payloads = 0, full_sizes = 0;
  for (size_t i = 0; i < uses.size(); ++i)
    for (const PartShape& part : dictionary_.shape(i)) {
      strings += part.store == Store::kString ? uses[i] : 0;
      files += part.store == Store::kFile ? uses[i] : 0;
      inlines += part.store == Store::kInline ? uses[i] : 0;
      payloads += part.store == Store::kPayload ? uses[i] : 0;
      full_sizes += part.has_full_size ? uses[i] : 0;
    }
  const auto unpack = [this](Slot slot, size_t count, auto& out) {
    return unpack_varints(slots_[slot], count, out) && out.size() == count;
  };
  if (!unpack_strings() || !unpack(kString, strings, string_) ||
      !unpack(kIdentity, files, identity_) ||
      !unpack(kFileSize, files, file_size_) ||
      !unpack(kFileOffset, files, file_offset_) ||
      !unpack(kInlineSize, inlines, inline_size_) ||
      !unpack(kPayloadSize, payloads, payload_size_) ||
      !unpack(kFullSize, full_sizes, full_size_) ||
      !sums_to(inline_size_, slots_[kInline].size()))
    return false;
  if ((columns_ & kColumnPayload) &&
      !sums_to(payload_size_, slots_[kPayloadBytes].size()))
    return false;
  return resolve(string_, strings_.size()) && unpack_files();
}

bool ChunkDecoder::unpack_strings() {
  const std::string_view data = text_of(slots_[kStringData]);
  if (!unpack_varints(slots_[kStringSize], kMaxChunkStrings, sizes_) ||
      !sums_to(sizes_, data.size()))
    return false;
  strings_.clear();
  strings_.reserve(sizes_.size());
  size_t at = 0;
  for (const uint64_t size : sizes_) {
    strings_.push_back(data.substr(at, size));
    at += size;
  }
  return true;
}

// 0 becomes the next entry not used before, n the entry n - 1.
bool ChunkDecoder::resolve(std::vector<uint32_t>& values, size_t limit) {
  uint32_t fresh = 0;
  for (uint32_t& value : values) {
    value = value == 0 ? fresh++ : value - 1;
    if (value >= fresh) return false;
  }
  return fresh <= limit;
}

bool ChunkDecoder::unpack_files() {
  const size_t files = slots_[kFileData].size() / kFilePartBytes;
  file_states_.assign(files, {});
  return resolve(identity_, files);
}

}  // namespace vestige
