// SPDX-License-Identifier: Apache-2.0
//
// What becomes of the collected values when a chunk is complete: columns in
// protobuf's wire encoding, in sections.
#include <algorithm>
#include <cstring>
#include <utility>

#include "format/trace_codec.h"
#include "format/trace_encoder.h"

namespace vestige {
namespace {

// How many bytes of one type are worth a cut.
constexpr size_t kLeastBetweenCuts = 1024;

// How values of that kind come out smallest.
Coding coding_of(ArgKind kind) {
  switch (kind) {
    case ArgKind::kInt:
    case ArgKind::kLong:
    case ArgKind::kFd:
    case ArgKind::kDirFd:
    case ArgKind::kPid:
    case ArgKind::kTid: return Coding::kZigzag;
    case ArgKind::kOffset: return Coding::kDelta;
    case ArgKind::kOpaque:
    case ArgKind::kAddress: return Coding::kInterned;
    default: break;  // decided by what the argument is in the kernel's eyes
  }
  return info(kind).capture == CaptureClass::kValue ? Coding::kPlain
                                                    : Coding::kInterned;
}

size_t varint_size(uint64_t value) {
  return size_t((std::bit_width(value | 1) + 6) / 7);
}
size_t field_size(size_t bytes) {  // field numbers here are below 16
  return bytes == 0 ? 0 : 1 + varint_size(bytes) + bytes;
}

// Trace.section { CONTENT { ... } }: the head of a section whose content has
// so many bytes.
void open_section(ByteBuffer& out, SectionField content, size_t bytes) {
  out.length_delimited(kTraceSection, 1 + varint_size(bytes) + bytes);
  out.length_delimited(content, bytes);
}

void put_section(ByteBuffer& out, SectionField content, ByteSpan fields) {
  open_section(out, content, fields.size());
  out.append(fields);
}

// Likewise, with one more field behind the others, which may be large.
void put_section(ByteBuffer& out, SectionField content, ByteSpan fields,
                 uint32_t field, ByteSpan bytes) {
  open_section(out, content, fields.size() + field_size(bytes.size()));
  out.reserve_more(fields.size() + field_size(bytes.size()));
  out.append(fields);
  out.field(field, bytes);
}

// Returns what is behind it. There must be room for kMaxVarint bytes.
uint8_t* put_varint(uint64_t value, uint8_t* to) {
  for (; value >= 0x80; value >>= 7) *to++ = uint8_t(value) | 0x80;
  *to++ = uint8_t(value);
  return to;
}

// Appends the varints of what `make` makes of each value.
template <typename T, typename Make>
void append_varints(std::span<const T> values, ByteBuffer& out, Make make) {
  out.reserve_more(values.size() * kMaxVarint);
  const size_t from = out.size();
  uint8_t* const begin = out.data() + from;
  uint8_t* to = begin;
  for (const T& value : values) to = put_varint(make(value), to);
  out.resize(from + size_t(to - begin));
}
template <typename T>
void append_varints(const std::vector<T>& values, ByteBuffer& out) {
  append_varints(std::span<const T>(values), out,
                 [](T value) { return uint64_t(value); });
}

// One packed field.
template <typename T>
void put_packed(uint32_t field, const std::vector<T>& values,
                ByteBuffer& scratch, ByteBuffer& out) {
  scratch.clear();
  append_varints(values, scratch);
  out.field(field, scratch.bytes());
}

}  // namespace

std::span<const RawSection> ChunkEncoder::finish(std::span<const Loss> losses) {
  section_count_ = 0;
  finish_dictionary(losses);
  if (events_ > 0) {
    finish_calls();
    finish_times();
    finish_arguments();
    finish_parts();
  }
  return std::span(sections_).first(section_count_);
}

ChunkFilter ChunkEncoder::filter() const {
  ChunkFilter out;
  for (const auto& group : std::span(groups_).first(group_count_))
    out.types.push_back(group->type);
  for (uint32_t i = 0; i < tasks_.size(); ++i) {
    TaskKey key;
    std::memcpy(&key, tasks_.at(i).data(), sizeof key);
    out.pids.push_back(key.pid);
  }
  const auto sort_unique = [](auto& values) {
    std::ranges::sort(values);
    // Not std::ranges: clang 14 rejects the subrange of libstdc++ 12.
    values.erase(std::unique(values.begin(), values.end()), values.end());
  };
  sort_unique(out.types);
  sort_unique(out.pids);
  out.bloom = make_bloom(keys_);
  return out;
}

RawSection& ChunkEncoder::next_section(uint32_t columns) {
  if (section_count_ == sections_.size()) sections_.emplace_back();
  RawSection& section = sections_[section_count_++];
  section.columns = columns;
  section.bytes.clear();
  section.cuts.clear();
  return section;
}

// One cell of all events, type by type.
void ChunkEncoder::append_cells(Cell cell, ByteBuffer& out,
                                std::vector<size_t>* cuts) {
  size_t last_cut = out.size();
  for (const auto& group : std::span(groups_).first(group_count_)) {
    const size_t cells = group->row_cells();
    out.reserve_more(group->rows.size() / cells * kMaxVarint);
    uint8_t* to = out.data() + out.size();
    for (size_t at = cell; at < group->rows.size(); at += cells)
      to = put_varint(group->rows[at], to);
    out.resize(size_t(to - out.data()));
    if (!cuts || out.size() - last_cut < kLeastBetweenCuts) continue;
    cuts->push_back(last_cut = out.size());
  }
}

void ChunkEncoder::finish_dictionary(std::span<const Loss> losses) {
  if (!losses.empty()) encode_losses(losses, next_section(kColumnLosses).bytes);
  if (events_ == 0) return;
  DictionaryView view;
  for (const auto& group : std::span(groups_).first(group_count_))
    view.types.push_back({group->type, group->descriptor});
  for (uint32_t i = 0; i < tasks_.size(); ++i)
    std::memcpy(&view.tasks.emplace_back(), tasks_.at(i).data(),
                sizeof(TaskKey));
  for (uint32_t i = 0; i < shapes_.size(); ++i) {
    const std::string_view key = shapes_.at(i);
    auto& shape = view.shapes.emplace_back(key.size() / sizeof(PartShape));
    if (!key.empty()) std::memcpy(shape.data(), key.data(), key.size());
  }
  encode_dictionary(view, next_section(kColumnDictionary).bytes);
}

void ChunkEncoder::finish_calls() {
  const auto put = [this](uint32_t column, CallsField field,
                          const auto& values) {
    scratch_.clear();
    put_packed(field, values, values_bytes_, scratch_);
    put_section(next_section(column).bytes, kSectionCalls, scratch_.bytes());
  };
  put(kColumnType, kCallsType, type_);
  put(kColumnTask, kCallsTask, task_);
  values_bytes_.clear();
  append_cells(kResultCell, values_bytes_, nullptr);
  put_section(next_section(kColumnResult).bytes, kSectionCalls, {},
              kCallsResultByType, values_bytes_.bytes());
  scratch_.clear();
  if (has_flags_) put_packed(kCallsFlags, flags_, values_bytes_, scratch_);
  put_packed(kCallsCpu, cpu_, values_bytes_, scratch_);
  put_section(next_section(kColumnFlags).bytes, kSectionCalls,
              scratch_.bytes());
}

void ChunkEncoder::finish_times() {
  const auto put_low = [this](TimesField field, const ByteBuffer& values) {
    put_section(next_section(kColumnTime).bytes, kSectionTimes,
                scratch_.bytes(), field, values.bytes());
    scratch_.clear();
  };
  const auto put_high = [this](TimesField field, Cell cell) {
    RawSection& section = next_section(kColumnTimeHigh);
    values_bytes_.clear();
    append_cells(cell, values_bytes_, &section.cuts);
    put_section(section.bytes, kSectionTimes, {}, field, values_bytes_.bytes());
    const size_t head = section.bytes.size() - values_bytes_.size();
    for (size_t& cut : section.cuts) cut += head;
  };
  scratch_.clear();
  scratch_.varint_field(kTimesBase, base_ns_);
  put_low(kTimesGapLow, gap_low_);
  put_high(kTimesGapHighByType, kGapCell);
  if (!has_duration_) return;
  put_low(kTimesDurationLow, duration_low_);
  put_high(kTimesDurationHighByType, kDurationCell);
}

void ChunkEncoder::finish_arguments() {
  scratch_.clear();
  for (const auto& group : std::span(groups_).first(group_count_)) {
    column_bytes_.clear();
    for (size_t arg = 0; arg < group->descriptor->arg_count; ++arg)
      finish_argument(*group, arg, column_bytes_);
    scratch_.length_delimited(kArgumentsGroup, column_bytes_.size());
    scratch_.append(column_bytes_.bytes());
  }
  put_section(next_section(kColumnArguments).bytes, kSectionArguments,
              scratch_.bytes());
}

// One column at a time: its values are alike, and so is what is done to them.
void ChunkEncoder::finish_argument(const TypeGroup& group, size_t arg,
                                   ByteBuffer& out) {
  const size_t cells = group.row_cells();
  const Coding coding = coding_of(group.descriptor->args[arg].kind);
  column_.clear();
  for (size_t at = kFirstArgCell + arg; at < group.rows.size(); at += cells)
    column_.push_back(group.rows[at]);
  const std::span<const uint64_t> values(column_);
  uint64_t previous = 0;
  const auto delta = [&previous](uint64_t value) {
    return zigzag(int64_t(value - std::exchange(previous, value)));
  };
  values_bytes_.clear();
  fresh_bytes_.clear();
  switch (coding) {
    case Coding::kPlain: append_varints(column_, values_bytes_); break;
    case Coding::kZigzag:
      append_varints(values, values_bytes_,
                     [](uint64_t value) { return zigzag(int64_t(value)); });
      break;
    case Coding::kDelta: append_varints(values, values_bytes_, delta); break;
    case Coding::kInterned:
      values_.reset(column_.size());
      append_varints(values, values_bytes_, [&](uint64_t value) {
        const uint32_t known = values_.add(value);
        if (known == 0) fresh_bytes_.varint(delta(value));
        return uint64_t(known);
      });
      break;
  }
  out.length_delimited(kGroupColumn, 2 + field_size(values_bytes_.size()) +
                                         field_size(fresh_bytes_.size()));
  out.varint_field(kColumnCoding, uint64_t(coding));
  out.field(kColumnValue, values_bytes_.bytes());
  out.field(kColumnFresh, fresh_bytes_.bytes());
}

void ChunkEncoder::finish_parts() {
  if (strings_.size() > 0) {
    values_bytes_.clear();
    for (uint32_t i = 0; i < strings_.size(); ++i)
      values_bytes_.varint(strings_.at(i).size());
    scratch_.clear();
    scratch_.field(kStringsSize, values_bytes_.bytes());
    put_section(next_section(kColumnStrings).bytes, kSectionStrings,
                scratch_.bytes(), kStringsData, strings_.all().bytes());
  }
  if (files_.size() > 0)
    put_section(next_section(kColumnFiles).bytes, kSectionFiles, {}, kFilesData,
                files_.all().bytes());
  values_bytes_.clear();
  append_cells(kShapeCell, values_bytes_, nullptr);
  scratch_.clear();
  scratch_.field(kPartsShapeByType, values_bytes_.bytes());
  put_packed(kPartsString, string_, values_bytes_, scratch_);
  put_packed(kPartsInlineSize, inline_size_, values_bytes_, scratch_);
  scratch_.field(kPartsInline, inline_.bytes());
  put_packed(kPartsPayloadSize, payload_size_, values_bytes_, scratch_);
  put_packed(kPartsFullSize, full_size_, values_bytes_, scratch_);
  put_packed(kPartsFileSize, file_size_, values_bytes_, scratch_);
  put_packed(kPartsFileOffset, file_offset_, values_bytes_, scratch_);
  put_packed(kPartsIdentity, identity_, values_bytes_, scratch_);
  put_section(next_section(kColumnParts).bytes, kSectionParts,
              scratch_.bytes());
  if (payload_.empty()) return;
  put_section(next_section(kColumnPayload).bytes, kSectionPayload, {},
              kPayloadData, payload_.bytes());
}

}  // namespace vestige
