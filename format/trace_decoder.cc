// SPDX-License-Identifier: Apache-2.0
#include "format/trace_decoder.h"

#include <algorithm>
#include <utility>

namespace vestige {
namespace {

bool equal(const Descriptor& a, const Descriptor& b) {
  return a.type == b.type && a.name == b.name && a.effect == b.effect &&
         a.returns == b.returns && a.arg_count == b.arg_count &&
         std::equal(a.args.begin(), a.args.end(), b.args.begin(),
                    [](const ArgDescriptor& x, const ArgDescriptor& y) {
                      return x.kind == y.kind && x.name == y.name;
                    });
}

// Far more than a chunk has; keep memory in proportion to the file.
constexpr size_t kMaxChunkStrings = 1u << 21;
constexpr size_t kMaxChunkTypes = 1u << 16;

std::string_view view(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
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

const Descriptor* DescriptorTable::add(
    std::unique_ptr<OwnedDescriptor> descriptor) {
  auto& known = all_[descriptor->descriptor.type];
  for (const auto& one : known)
    if (equal(one->descriptor, descriptor->descriptor)) return &one->descriptor;
  if (known.size() >= kMostPerType) return nullptr;
  return &known.emplace_back(std::move(descriptor))->descriptor;
}

const Descriptor* DescriptorTable::find(EventType type) const {
  const auto found = all_.find(type);
  return found == all_.end() || found->second.empty()
             ? nullptr
             : &found->second.front()->descriptor;
}

uint32_t needed_columns(uint32_t wanted) {
  wanted |= kColumnMeta | kColumnLosses | kColumnDictionary | kColumnType |
            kColumnTask;
  if (wanted & kColumnPayload) wanted |= kColumnParts;
  if (wanted & kColumnParts) wanted |= kColumnStrings | kColumnFiles;
  if (wanted & kColumnTime) wanted |= kColumnTimeHigh;
  return wanted;
}

void ChunkDecoder::begin(uint32_t events, uint32_t columns) {
  events_ = events;
  columns_ = needed_columns(columns);
  slots_.fill({});
  group_contents_.clear();
  base_ns_ = 0;
  dictionary_ = {};
  losses_.clear();
  strings_.clear();
  at_ = events;  // nothing to give before finish()
}

// ---- Sections to slots

bool ChunkDecoder::add(ByteSpan raw) {
  WireCursor trace(raw);
  while (!trace.at_end()) {
    const auto field = trace.field();
    if (field.number == kTraceSection && field.is_bytes &&
        !add_section(field.bytes))
      return false;
  }
  return trace.ok();
}

bool ChunkDecoder::add_section(ByteSpan section) {
  WireCursor cursor(section);
  while (!cursor.at_end()) {
    const auto field = cursor.field();
    if (field.is_bytes && !add_content(field.number, field.bytes)) return false;
  }
  return cursor.ok();
}

bool ChunkDecoder::add_content(uint32_t number, ByteSpan content) {
  switch (number) {
    case kSectionDictionary: return decode_dictionary(content, dictionary_);
    case kSectionLosses: return decode_losses(content, losses_);
    case kSectionTimes: return add_times(content);
    case kSectionArguments: return add_arguments(content);
    case kSectionCalls:
      return add_fields(content, {{kCallsType, kType},
                                  {kCallsTask, kTask},
                                  {kCallsResult, kResult},
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

bool ChunkDecoder::finish() {
  if (!unpack_calls() || !unpack_groups() || !unpack_parts()) return false;
  at_ = 0;
  string_at_ = inline_size_at_ = inline_at_ = 0;
  payload_size_at_ = payload_at_ = full_size_at_ = file_at_ = 0;
  event_ = {};
  return true;
}

// Unpacks a column of one value per event; absent or unwanted: all zeros.
template <typename T>
bool ChunkDecoder::unpack_per_event(Slot slot, uint32_t column,
                                    std::vector<T>& out) {
  if (!(columns_ & column) || slots_[slot].empty()) {
    // The types are always there and prove that the events exist.
    out.assign(type_.size(), 0);
    return true;
  }
  return unpack_varints(slots_[slot], events_, out) && out.size() == events_;
}

// Values whose low 8 bits stand apart.
bool ChunkDecoder::unpack_split(Slot low, Slot high,
                                std::vector<uint64_t>& out) {
  if (!unpack_per_event(high, kColumnTime, out)) return false;
  const ByteSpan lows = slots_[low];
  if (!(columns_ & kColumnTime) || (lows.empty() && slots_[high].empty()))
    return true;
  if (lows.size() != out.size()) return false;
  for (size_t i = 0; i < out.size(); ++i) out[i] = out[i] << 8 | lows[i];
  return true;
}

bool ChunkDecoder::unpack_calls() {
  if (!unpack_varints(slots_[kType], events_, type_) || type_.size() != events_)
    return false;
  if (!unpack_per_event(kTask, kColumnTask, task_) ||
      !unpack_per_event(kResult, kColumnResult, result_) ||
      !unpack_per_event(kFlags, kColumnFlags, flags_) ||
      !unpack_per_event(kCpu, kColumnFlags, cpu_) ||
      !unpack_split(kGapLow, kGapHigh, gap_) ||
      !unpack_split(kDurationLow, kDurationHigh, duration_))
    return false;
  if (!all_below(type_, dictionary_.types.size()) ||
      !all_below(task_, dictionary_.tasks.size()))
    return false;
  tasks_.clear();
  for (const TaskKey& key : dictionary_.tasks)
    tasks_.push_back({key, base_ns_, 0});
  return true;
}

bool ChunkDecoder::unpack_groups() {
  groups_.resize(std::max(groups_.size(), dictionary_.types.size()));
  for (size_t i = 0; i < dictionary_.types.size(); ++i) {
    groups_[i].descriptor = descriptors_.add(std::move(dictionary_.types[i]));
    groups_[i].events = groups_[i].used = 0;
    if (!groups_[i].descriptor) return false;
  }
  if (!(columns_ & kColumnArguments)) return true;
  for (const uint32_t type : type_) ++groups_[type].events;
  if (group_contents_.size() != dictionary_.types.size()) return false;
  for (size_t i = 0; i < group_contents_.size(); ++i)
    if (!unpack_group(group_contents_[i], groups_[i])) return false;
  return true;
}

bool ChunkDecoder::unpack_group(ByteSpan content, Group& group) {
  WireCursor cursor(content);
  int arg = 0;
  while (!cursor.at_end()) {
    const auto column = cursor.field();
    if (column.number != kGroupColumn || !column.is_bytes) continue;
    if (arg == group.descriptor->arg_count) return false;
    Coding coding = Coding::kPlain;
    std::vector<uint64_t>& values = group.args[arg++];
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
  return cursor.ok() && arg == group.descriptor->arg_count;
}

bool ChunkDecoder::unpack_parts() {
  if (!(columns_ & kColumnParts) || slots_[kShape].empty()) {
    shape_.clear();
    return true;
  }
  if (!unpack_per_event(kShape, kColumnParts, shape_) ||
      !all_below(shape_, dictionary_.shapes.size()))
    return false;
  // How many values the shapes take from each column must be what is there.
  std::vector<size_t> uses(dictionary_.shapes.size());
  for (const uint32_t shape : shape_) ++uses[shape];
  size_t strings = 0, files = 0, inlines = 0, payloads = 0, full_sizes = 0;
  for (size_t i = 0; i < uses.size(); ++i)
    for (const PartShape& part : dictionary_.shapes[i]) {
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
      !unpack(kInlineSize, inlines, inline_size_) ||
      !unpack(kPayloadSize, payloads, payload_size_) ||
      !unpack(kFullSize, full_sizes, full_size_) ||
      !sums_to(inline_size_, slots_[kInline].size()))
    return false;
  if ((columns_ & kColumnPayload) &&
      !sums_to(payload_size_, slots_[kPayloadBytes].size()))
    return false;
  return resolve(string_, strings_.size()) &&
         resolve(identity_, slots_[kFileData].size() / kFilePartBytes) &&
         build_files();
}

bool ChunkDecoder::unpack_strings() {
  std::vector<uint64_t> sizes;
  const std::string_view data = view(slots_[kStringData]);
  if (!unpack_varints(slots_[kStringSize], kMaxChunkStrings, sizes) ||
      !sums_to(sizes, data.size()))
    return false;
  strings_.clear();
  strings_.reserve(sizes.size());
  size_t at = 0;
  for (const uint64_t size : sizes) {
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

bool ChunkDecoder::build_files() {
  std::vector<uint64_t> size_gap, offset_gap;
  const size_t count = identity_.size();
  if (!unpack_varints(slots_[kFileSize], count, size_gap) ||
      !unpack_varints(slots_[kFileOffset], count, offset_gap) ||
      size_gap.size() != count || offset_gap.size() != count)
    return false;
  const ByteSpan data = slots_[kFileData];
  std::vector<std::array<uint64_t, 2>> last(data.size() / kFilePartBytes);
  files_.resize(count);
  for (size_t i = 0; i < count; ++i) {
    auto& now = last[identity_[i]];
    now[0] += uint64_t(unzigzag(size_gap[i]));
    now[1] += uint64_t(unzigzag(offset_gap[i]));
    std::memcpy(files_[i].data(), data.data() + identity_[i] * kFilePartBytes,
                kFilePartBytes);
    std::memcpy(files_[i].data() + kFileSizeAt, now.data(), sizeof now);
  }
  return true;
}

// ---- Columns to events

const Event* ChunkDecoder::next() {
  if (at_ == events_) return nullptr;
  Task& task = tasks_[task_[at_]];
  Group& group = groups_[type_[at_]];
  event_.descriptor = group.descriptor;
  event_.type = group.descriptor->type;
  event_.pid = task.key.pid;
  event_.tid = task.key.tid;
  event_.process_start_ns = task.key.process_start_ns;
  event_.cgroup_id = task.key.cgroup_id;
  event_.ret = unzigzag(result_[at_]);
  event_.flags = uint8_t(flags_[at_]);
  if (cpu_[at_] != 0) task.cpu_code = cpu_[at_];
  event_.cpu = uint16_t(task.cpu_code - (task.cpu_code != 0));
  if (columns_ & kColumnTime) assemble_time(task);
  if (columns_ & kColumnArguments) assemble_args(group);
  event_.parts = {};
  if (!shape_.empty()) assemble_parts();
  ++at_;
  return &event_;
}

void ChunkDecoder::assemble_time(Task& task) {
  event_.duration_ns = duration_[at_];
  event_.time_ns =
      task.last_ns + uint64_t(unzigzag(gap_[at_])) + event_.duration_ns;
  task.last_ns = event_.time_ns;
}

void ChunkDecoder::assemble_args(Group& group) {
  const uint32_t row = group.used++;
  const int count = group.descriptor->arg_count;
  for (int i = 0; i < kMaxArgs; ++i)
    event_.args[i] = i < count ? group.args[i][row] : 0;
}

void ChunkDecoder::assemble_parts() {
  const auto& shape = dictionary_.shapes[shape_[at_]];
  parts_.clear();
  for (const PartShape& from : shape) {
    Part& part = parts_.emplace_back();
    part.kind = from.kind;
    part.arg = from.arg;
    part.flags = from.flags;
    uint64_t size = 0;
    switch (from.store) {
      case Store::kString: part.data = strings_[string_[string_at_++]]; break;
      case Store::kFile:
        part.data = {files_[file_at_++].data(), kFilePartBytes};
        break;
      case Store::kInline:
        size = inline_size_[inline_size_at_++];
        part.data = view(slots_[kInline].subspan(inline_at_, size));
        inline_at_ += size;
        break;
      case Store::kPayload:
        size = payload_size_[payload_size_at_++];
        if (columns_ & kColumnPayload)
          part.data = view(slots_[kPayloadBytes].subspan(payload_at_, size));
        payload_at_ += size;
        break;
    }
    part.full_size = from.has_full_size ? full_size_[full_size_at_++]
                     : from.store == Store::kPayload ? size
                                                     : part.data.size();
  }
  event_.parts = parts_;
}

}  // namespace vestige
