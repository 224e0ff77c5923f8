// SPDX-License-Identifier: Apache-2.0
#include "format/trace_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "format/parts.h"
#include "format/trace_codec.h"

namespace vestige {
namespace {

constexpr size_t kGroupCacheSlots = 1024;
constexpr size_t kGroupCacheEmpty = UINT16_MAX;

size_t cache_slot(EventType type) {
  return (type.number + 389u * unsigned(type.abi)) % kGroupCacheSlots;
}

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

Store store_of(const Part& part) {
  switch (part.kind) {
    case PartKind::kPayload: return Store::kPayload;
    case PartKind::kFile:
      return part.data.size() == kFilePartBytes ? Store::kFile : Store::kString;
    case PartKind::kBytes:
    case PartKind::kControl:
    case PartKind::kFds:
    case PartKind::kTask: return Store::kInline;
    default: return Store::kString;  // repeats, so worth interning
  }
}

uint64_t load_u64(std::string_view bytes, size_t at) {
  uint64_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
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

struct PackedField {
  uint32_t number;
  const ByteBuffer* bytes;
};

void put_section(ByteBuffer& out, SectionField content,
                 std::initializer_list<PackedField> fields) {
  size_t size = 0;
  for (const PackedField& field : fields)
    size += field_size(field.bytes->size());
  open_section(out, content, size);
  for (const PackedField& field : fields)
    out.field(field.number, field.bytes->bytes());
}

bool is_all_zero(const ByteBuffer& bytes) {
  return std::ranges::all_of(bytes.bytes(), [](uint8_t b) { return b == 0; });
}

}  // namespace

ChunkEncoder::ChunkEncoder(uint64_t hash_seed)
    : group_cache_(kGroupCacheSlots, kGroupCacheEmpty),
      hash_seed_(hash_seed),
      tasks_(hash_seed),
      shapes_(hash_seed),
      strings_(hash_seed),
      files_(hash_seed) {
  clear();
}

size_t ChunkEncoder::bytes() const {
  return strings_.bytes() + files_.bytes() + inline_.size() + payload_.size();
}

void ChunkEncoder::clear() {
  for (ByteBuffer* column :
       {&type_, &task_, &result_, &flags_, &cpu_, &gap_low_, &gap_high_,
        &duration_low_, &duration_high_, &shape_, &string_, &inline_size_,
        &inline_, &payload_size_, &payload_, &full_size_, &identity_,
        &file_size_, &file_offset_})
    column->clear();
  events_ = 0;
  base_ns_ = min_time_ns_ = max_time_ns_ = 0;
  has_duration_ = false;
  group_count_ = 0;
  std::ranges::fill(group_cache_, kGroupCacheEmpty);
  tasks_.clear();
  shapes_.clear();
  strings_.clear();
  files_.clear();
  task_states_.clear();
  file_states_.clear();
  key_classes_.clear();
  keys_.clear();
  shapes_.intern({});  // shape 0: no parts
  section_count_ = 0;
}

void ChunkEncoder::append(const Event& event) {
  const uint32_t type = type_index(event);
  const uint32_t task = task_index(event);
  TaskState& state = task_states_[task];
  if (events_ == 0) {
    base_ns_ = event.enter_ns();
    min_time_ns_ = max_time_ns_ = event.time_ns;
  }
  min_time_ns_ = std::min(min_time_ns_, event.time_ns);
  max_time_ns_ = std::max(max_time_ns_, event.time_ns);
  type_.varint(type);
  task_.varint(task);
  result_.varint(zigzag(event.ret));
  flags_.varint(event.flags);
  append_time(event, state);
  const uint32_t cpu_code = uint32_t(event.cpu) + 1;
  cpu_.varint(cpu_code == state.cpu_code ? 0 : cpu_code);
  state.cpu_code = cpu_code;
  append_args(event, *groups_[type]);
  append_parts(event);
  ++events_;
}

uint32_t ChunkEncoder::type_index(const Event& event) {
  uint16_t& cached = group_cache_[cache_slot(event.type)];
  const auto matches = [&event](const TypeGroup& group) {
    return group.type == event.type && group.given == event.descriptor;
  };
  if (cached != kGroupCacheEmpty && matches(*groups_[cached])) return cached;
  const auto used = std::span(groups_).first(group_count_);
  const auto found = std::ranges::find_if(
      used, [&](const auto& group) { return matches(*group); });
  const uint32_t index =
      found == used.end() ? add_group(event) : uint32_t(found - used.begin());
  cached = uint16_t(std::min<size_t>(index, kGroupCacheEmpty));
  return index;
}

uint32_t ChunkEncoder::add_group(const Event& event) {
  if (group_count_ == groups_.size())
    groups_.push_back(std::make_unique<TypeGroup>(hash_seed_));
  TypeGroup& group = *groups_[group_count_];
  group.type = event.type;
  group.given = event.descriptor;
  group.descriptor = event.descriptor ? event.descriptor : describe(event.type);
  for (int i = 0; i < kMaxArgs; ++i) {
    ArgumentColumn& column = group.args[i];
    column.values.clear();
    column.fresh.clear();
    column.known.clear();
    column.previous = 0;
    column.coding = coding_of(group.descriptor->args[i].kind);
  }
  return group_count_++;
}

const Descriptor* ChunkEncoder::describe(EventType type) {
  if (const Descriptor* known = find_descriptor(type)) return known;
  auto [at, is_new] = made_up_.try_emplace(type);
  if (is_new) {
    static constexpr std::array<std::string_view, kMaxArgs> kNames = {
        "arg0", "arg1", "arg2", "arg3", "arg4", "arg5"};
    at->second.text = fmt::format("unknown_{}", type.number);
    Descriptor& made = at->second.descriptor;
    made.type = type;
    made.name = at->second.text;
    made.arg_count = kMaxArgs;
    for (int i = 0; i < kMaxArgs; ++i) made.args[i].name = kNames[i];
  }
  return &at->second.descriptor;
}

uint32_t ChunkEncoder::task_index(const Event& event) {
  const TaskKey key{event.pid, event.tid, event.process_start_ns,
                    event.cgroup_id};
  if (key == last_task_ && !task_states_.empty()) return last_task_index_;
  const auto entry =
      tasks_.intern({reinterpret_cast<const char*>(&key), sizeof key});
  if (entry.is_new) task_states_.push_back({});
  last_task_ = key;
  return last_task_index_ = entry.index;
}

void ChunkEncoder::append_time(const Event& event, TaskState& task) {
  const uint64_t since = task.cpu_code == 0 ? base_ns_ : task.last_ns;
  const uint64_t gap = zigzag(int64_t(event.enter_ns() - since));
  gap_low_.byte(uint8_t(gap));
  gap_high_.varint(gap >> 8);
  duration_low_.byte(uint8_t(event.duration_ns));
  duration_high_.varint(event.duration_ns >> 8);
  has_duration_ |= event.duration_ns != 0;
  task.last_ns = event.time_ns;
}

void ChunkEncoder::append_args(const Event& event, TypeGroup& group) {
  if (!group.given && group.descriptor->name.starts_with("unknown_"))
    ++undescribed_;
  for (int i = 0; i < group.descriptor->arg_count; ++i)
    append_arg(event.args[i], group.args[i]);
}

void ChunkEncoder::append_arg(uint64_t value, ArgumentColumn& column) {
  const auto delta = [&column, value] {
    const uint64_t before = std::exchange(column.previous, value);
    return zigzag(int64_t(value - before));
  };
  switch (column.coding) {
    case Coding::kPlain: column.values.varint(value); return;
    case Coding::kZigzag: column.values.varint(zigzag(int64_t(value))); return;
    case Coding::kDelta: column.values.varint(delta()); return;
    case Coding::kInterned:
      const uint32_t known = column.known.add(value);
      column.values.varint(known);
      if (known == 0) column.fresh.varint(delta());
      return;
  }
}

void ChunkEncoder::append_parts(const Event& event) {
  shape_key_.clear();
  for (const Part& part : event.parts) {
    PartShape& shape = shape_key_.emplace_back();
    shape.kind = part.kind;
    shape.arg = part.arg;
    shape.flags = part.flags;
    shape.store = store_of(part);
    shape.has_full_size = part.full_size != part.data.size();
    append_part(part, shape);
  }
  static_assert(sizeof(PartShape) == 5, "interned as bytes: no padding");
  shape_.varint(shapes_
                    .intern({reinterpret_cast<const char*>(shape_key_.data()),
                             shape_key_.size() * sizeof(PartShape)})
                    .index);
}

void ChunkEncoder::append_part(const Part& part, const PartShape& shape) {
  if (shape.has_full_size) full_size_.varint(part.full_size);
  switch (shape.store) {
    case Store::kString: append_string(part.data, key_class(part.kind)); return;
    case Store::kFile: append_file(part); return;
    case Store::kInline:
      inline_size_.varint(part.data.size());
      inline_.append(part.data);
      return;
    case Store::kPayload:
      payload_size_.varint(part.data.size());
      payload_.append(part.data);
      return;
  }
}

void ChunkEncoder::append_string(std::string_view text, KeyClass keys) {
  const auto entry = strings_.intern(text);
  if (entry.is_new) key_classes_.push_back(kNoKeys);
  uint8_t& known = key_classes_[entry.index];
  if ((known & keys) != keys) {
    add_keys(keys, text, keys_);
    known |= keys;
  }
  string_.varint(entry.is_new ? 0 : entry.index + 1);
}

void ChunkEncoder::append_file(const Part& part) {
  char identity[kFilePartBytes];
  std::memcpy(identity, part.data.data(), sizeof identity);
  std::memset(identity + kFileSizeAt, 0, 2 * sizeof(uint64_t));
  const auto entry = files_.intern({identity, sizeof identity});
  identity_.varint(entry.is_new ? 0 : entry.index + 1);
  if (entry.is_new) file_states_.push_back({});
  FileState& last = file_states_[entry.index];
  const FileState now{load_u64(part.data, kFileSizeAt),
                      load_u64(part.data, kFileOffsetAt)};
  file_size_.varint(zigzag(int64_t(now.size - last.size)));
  file_offset_.varint(zigzag(int64_t(now.offset - last.offset)));
  last = now;
}

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
  return section;
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
  put_section(next_section(kColumnType).bytes, kSectionCalls,
              {{kCallsType, &type_}});
  put_section(next_section(kColumnTask).bytes, kSectionCalls,
              {{kCallsTask, &task_}});
  put_section(next_section(kColumnResult).bytes, kSectionCalls,
              {{kCallsResult, &result_}});
  if (is_all_zero(flags_)) flags_.clear();
  put_section(next_section(kColumnFlags).bytes, kSectionCalls,
              {{kCallsFlags, &flags_}, {kCallsCpu, &cpu_}});
}

void ChunkEncoder::finish_times() {
  if (!has_duration_) {
    duration_low_.clear();
    duration_high_.clear();
  }
  ByteBuffer& low = next_section(kColumnTime).bytes;
  open_section(low, kSectionTimes,
               1 + varint_size(base_ns_) + field_size(gap_low_.size()) +
                   field_size(duration_low_.size()));
  low.varint_field(kTimesBase, base_ns_);
  low.field(kTimesGapLow, gap_low_.bytes());
  low.field(kTimesDurationLow, duration_low_.bytes());
  put_section(
      next_section(kColumnTimeHigh).bytes, kSectionTimes,
      {{kTimesGapHigh, &gap_high_}, {kTimesDurationHigh, &duration_high_}});
}

void ChunkEncoder::finish_arguments() {
  scratch_.clear();
  for (const auto& group : std::span(groups_).first(group_count_)) {
    size_t size = 0;
    const auto columns =
        std::span(group->args).first(group->descriptor->arg_count);
    const auto column_size = [](const ArgumentColumn& column) {
      return 2 + field_size(column.values.size()) +
             field_size(column.fresh.size());
    };
    for (const ArgumentColumn& column : columns)
      size += field_size(column_size(column));
    scratch_.length_delimited(kArgumentsGroup, size);
    for (const ArgumentColumn& column : columns) {
      scratch_.length_delimited(kGroupColumn, column_size(column));
      scratch_.varint_field(kColumnCoding, uint64_t(column.coding));
      scratch_.field(kColumnValue, column.values.bytes());
      scratch_.field(kColumnFresh, column.fresh.bytes());
    }
  }
  ByteBuffer& out = next_section(kColumnArguments).bytes;
  open_section(out, kSectionArguments, scratch_.size());
  out.append(scratch_.bytes());
}

void ChunkEncoder::finish_parts() {
  if (strings_.size() > 0) {
    scratch_.clear();
    for (uint32_t i = 0; i < strings_.size(); ++i)
      scratch_.varint(strings_.at(i).size());
    put_section(next_section(kColumnStrings).bytes, kSectionStrings,
                {{kStringsSize, &scratch_}, {kStringsData, &strings_.all()}});
  }
  if (files_.size() > 0)
    put_section(next_section(kColumnFiles).bytes, kSectionFiles,
                {{kFilesData, &files_.all()}});
  put_section(next_section(kColumnParts).bytes, kSectionParts,
              {{kPartsShape, &shape_},
               {kPartsString, &string_},
               {kPartsInlineSize, &inline_size_},
               {kPartsInline, &inline_},
               {kPartsPayloadSize, &payload_size_},
               {kPartsFullSize, &full_size_},
               {kPartsFileSize, &file_size_},
               {kPartsFileOffset, &file_offset_},
               {kPartsIdentity, &identity_}});
  if (!payload_.empty())
    put_section(next_section(kColumnPayload).bytes, kSectionPayload,
                {{kPayloadData, &payload_}});
}

}  // namespace vestige
