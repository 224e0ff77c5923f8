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

}  // namespace

ChunkEncoder::ChunkEncoder(uint64_t hash_seed)
    : group_cache_(kGroupCacheSlots, kGroupCacheEmpty),
      hash_seed_(hash_seed),
      tasks_(hash_seed),
      shapes_(hash_seed),
      strings_(hash_seed),
      files_(hash_seed),
      values_(hash_seed) {
  clear();
}

size_t ChunkEncoder::bytes() const {
  return strings_.bytes() + files_.bytes() + inline_.size() + payload_.size();
}

size_t ChunkEncoder::memory_bytes() const {
  const auto sum = [](const auto&... vectors) {
    return ((vectors.capacity() * sizeof(vectors[0])) + ...);
  };
  size_t bytes = sum(type_, task_, cpu_, string_, identity_, flags_) +
                 sum(inline_size_, payload_size_, full_size_, file_size_,
                     file_offset_, keys_, key_classes_, column_) +
                 sum(task_states_, file_states_, group_cache_);
  for (const ByteBuffer* buffer :
       {&gap_low_, &duration_low_, &inline_, &payload_, &scratch_,
        &column_bytes_, &values_bytes_, &fresh_bytes_})
    bytes += buffer->capacity();
  for (const Interner* interner : {&tasks_, &shapes_, &strings_, &files_})
    bytes += interner->memory_bytes();
  for (const auto& group : groups_)
    bytes += sizeof *group + group->rows.capacity() * sizeof(uint64_t);
  for (const RawSection& section : sections_) bytes += section.bytes.capacity();
  return bytes + values_.memory_bytes();
}

void ChunkEncoder::clear() {
  for (auto* column : {&type_, &task_, &cpu_, &string_, &identity_})
    column->clear();
  for (auto* column :
       {&inline_size_, &payload_size_, &full_size_, &file_size_, &file_offset_})
    column->clear();
  flags_.clear();
  gap_low_.clear();
  duration_low_.clear();
  inline_.clear();
  payload_.clear();
  events_ = 0;
  base_ns_ = min_time_ns_ = max_time_ns_ = 0;
  has_duration_ = has_flags_ = false;
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
  type_.push_back(type);
  task_.push_back(task);
  flags_.push_back(event.flags);
  has_flags_ |= event.flags != 0;
  TypeGroup& group = *groups_[type];
  undescribed_ += group.is_undescribed;
  const size_t at = group.rows.size();
  group.rows.resize(at + group.row_cells());
  uint64_t* const row = group.rows.data() + at;
  row[kResultCell] = zigzag(event.ret);
  append_time(event, state, row);
  const uint32_t cpu_code = uint32_t(event.cpu) + 1;
  cpu_.push_back(cpu_code == state.cpu_code ? 0 : cpu_code);
  state.cpu_code = cpu_code;
  row[kShapeCell] = append_parts(event, group);
  std::copy_n(event.args.begin(), group.descriptor->arg_count,
              row + kFirstArgCell);
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
    groups_.push_back(std::make_unique<TypeGroup>());
  TypeGroup& group = *groups_[group_count_];
  group.type = event.type;
  group.given = event.descriptor;
  group.descriptor = event.descriptor ? event.descriptor : describe(event.type);
  group.is_undescribed =
      !group.given && group.descriptor->name.starts_with("unknown_");
  group.rows.clear();
  group.shape.clear();
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
                    event.cgroup_id, event.origin};
  if (key == last_task_ && !task_states_.empty()) return last_task_index_;
  const auto entry =
      tasks_.intern({reinterpret_cast<const char*>(&key), sizeof key});
  if (entry.is_new) task_states_.push_back({});
  last_task_ = key;
  return last_task_index_ = entry.index;
}

void ChunkEncoder::append_time(const Event& event, TaskState& task,
                               uint64_t* row) {
  const uint64_t since = task.cpu_code == 0 ? base_ns_ : task.last_ns;
  const uint64_t gap = zigzag(int64_t(event.enter_ns() - since));
  gap_low_.byte(uint8_t(gap));
  row[kGapCell] = gap >> 8;
  duration_low_.byte(uint8_t(event.duration_ns));
  row[kDurationCell] = event.duration_ns >> 8;
  has_duration_ |= event.duration_ns != 0;
  task.last_ns = event.time_ns;
}

// Returns the shape.
uint32_t ChunkEncoder::append_parts(const Event& event, TypeGroup& group) {
  if (event.parts.empty()) return 0;
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
  return shape_index(group);
}

uint32_t ChunkEncoder::shape_index(TypeGroup& group) {
  static_assert(sizeof(PartShape) == 5, "interned as bytes: no padding");
  const size_t bytes = shape_key_.size() * sizeof(PartShape);
  if (group.shape.size() == shape_key_.size() &&
      std::memcmp(group.shape.data(), shape_key_.data(), bytes) == 0)
    return group.shape_index;
  group.shape = shape_key_;
  group.shape_index =
      shapes_.intern({reinterpret_cast<const char*>(shape_key_.data()), bytes})
          .index;
  return group.shape_index;
}

void ChunkEncoder::append_part(const Part& part, const PartShape& shape) {
  if (shape.has_full_size) full_size_.push_back(part.full_size);
  switch (shape.store) {
    case Store::kString: append_string(part.data, key_class(part.kind)); return;
    case Store::kFile: append_file(part); return;
    case Store::kInline:
      inline_size_.push_back(part.data.size());
      inline_.append(part.data);
      return;
    case Store::kPayload:
      payload_size_.push_back(part.data.size());
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
  string_.push_back(entry.is_new ? 0 : entry.index + 1);
}

void ChunkEncoder::append_file(const Part& part) {
  char identity[kFilePartBytes];
  std::memcpy(identity, part.data.data(), sizeof identity);
  std::memset(identity + kFileSizeAt, 0, 2 * sizeof(uint64_t));
  const auto entry = files_.intern({identity, sizeof identity});
  identity_.push_back(entry.is_new ? 0 : entry.index + 1);
  if (entry.is_new) file_states_.push_back({});
  FileState& last = file_states_[entry.index];
  const FileState now{load_u64(part.data, kFileSizeAt),
                      load_u64(part.data, kFileOffsetAt)};
  file_size_.push_back(zigzag(int64_t(now.size - last.size)));
  file_offset_.push_back(zigzag(int64_t(now.offset - last.offset)));
  last = now;
}

}  // namespace vestige
