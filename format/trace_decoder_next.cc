// SPDX-License-Identifier: Apache-2.0
//
// ChunkDecoder: from unpacked columns to events.
#include <algorithm>
#include <cstring>

#include "format/trace_decoder.h"

namespace vestige {

// ---- Columns to events

ColumnChunk ChunkDecoder::columns() const {
  const auto wanted = [this](uint32_t column, const auto& values) {
    return columns_ & column ? std::span(values)
                             : decltype(std::span(values)){};
  };
  ColumnChunk out;
  out.events = events_;
  out.types = dictionary_.types;
  out.tasks = dictionary_.tasks;
  out.type = type_;
  out.task = wanted(kColumnTask, task_);
  out.ret = wanted(kColumnResult, ret_);
  out.flags = wanted(kColumnFlags, flags_);
  out.time_ns = wanted(kColumnTime, time_);
  out.duration_ns = wanted(kColumnTime, duration_);
  out.strings = wanted(kColumnStrings, strings_);
  if (columns_ & kColumnPayload) out.payload = text_of(slots_[kPayloadBytes]);
  if (!(columns_ & kColumnArguments)) return out;
  out.args.resize(dictionary_.types.size() * kMaxArgs);
  for (size_t type = 0; type < dictionary_.types.size(); ++type)
    for (int arg = 0; arg < dictionary_.types[type]->arg_count; ++arg)
      out.args[type * kMaxArgs + size_t(arg)] = groups_[type].args[size_t(arg)];
  return out;
}

// Goes on to that event, or to the end.
void ChunkDecoder::skip_to(uint32_t index) {
  for (const uint32_t to = std::min(index, events_); at_ < to; ++at_) {
    if (!shape_.empty()) skip_parts();
  }
}

void ChunkDecoder::skip_parts() {
  for (const PartShape& part : dictionary_.shape(shape_[at_])) {
    switch (part.store) {
      case Store::kString: ++next_string_; break;
      case Store::kFile: next_file_state(); break;
      case Store::kInline: next_inline_ += *next_inline_size_++; break;
      case Store::kPayload:
        if (columns_ & kColumnPayload) next_payload_ += *next_payload_size_;
        ++next_payload_size_;
        break;
    }
    if (part.has_full_size) ++next_full_size_;
  }
}

void ChunkDecoder::assemble() {
  // A chunk has far less, unless somebody means to fill our memory.
  constexpr size_t kMostEvents = 1u << 17;
  constexpr size_t kMostParts = 1u << 20;
  if (!has_events_ || has_wanted_ || events_ > kMostEvents) return;
  size_t parts = 0;
  for (const uint32_t shape : shape_) parts += dictionary_.shape(shape).size();
  if (parts > kMostParts) return;
  parts_.resize(std::max(parts_.size(), parts));
  files_.resize(std::max(files_.size(), parts == 0 ? 0 : identity_.size()));
  assembled_.clear();
  assembled_.reserve(events_);
  keeps_all_ = true;
  while (const Event* event = make_next()) assembled_.push_back(*event);
  keeps_all_ = false;
  is_assembled_ = true;
  at_ = 0;
}

const Event* ChunkDecoder::make_next() {
  if (has_wanted_) {
    if (wanted_.empty()) return nullptr;
    skip_to(wanted_.front());
    wanted_ = wanted_.subspan(1);
  }
  if (at_ == events_) return nullptr;
  const uint32_t type = type_[at_];
  const Descriptor* descriptor = dictionary_.types[type];
  static constexpr TaskKey kNobody;
  const TaskKey& task =
      columns_ & kColumnTask ? dictionary_.tasks[task_[at_]] : kNobody;
  event_.descriptor = descriptor;
  event_.type = descriptor->type;
  event_.pid = task.pid;
  event_.tid = task.tid;
  event_.process_start_ns = task.process_start_ns;
  event_.cgroup_id = task.cgroup_id;
  event_.origin = uint16_t(task.origin);
  event_.ret = ret_[at_];
  event_.flags = uint8_t(flags_[at_]);
  event_.cpu = uint16_t(cpu_[at_]);
  event_.time_ns = time_[at_];
  event_.duration_ns = duration_[at_];
  if (columns_ & kColumnArguments) assemble_args(type);
  event_.parts = {};
  if (!shape_.empty()) assemble_parts();
  ++at_;
  return &event_;
}

void ChunkDecoder::assemble_args(uint32_t type) {
  Group& group = groups_[type];
  const uint32_t row = row_[at_] - group.first;
  const size_t count = event_.descriptor->arg_count;
  for (size_t i = 0; i < kMaxArgs; ++i)
    event_.args[i] = i < count ? group.args[i][row] : 0;
}

void ChunkDecoder::assemble_parts() {
  const auto shape = dictionary_.shape(shape_[at_]);
  if (!keeps_all_) {
    part_at_ = 0;
    parts_.resize(std::max(parts_.size(), shape.size()));
    files_.resize(std::max(files_.size(), shape.size()));
  }
  const std::span<Part> parts(parts_.data() + part_at_, shape.size());
  part_at_ += shape.size();
  for (size_t i = 0; i < shape.size(); ++i) {
    const PartShape& from = shape[i];
    Part& part = parts[i];
    part.kind = from.kind;
    part.arg = from.arg;
    part.flags = from.flags;
    uint64_t size = 0;
    switch (from.store) {
      case Store::kString:
        part.data = strings_[*next_string_++];
        size = part.data.size();
        break;
      case Store::kFile:
        part.data = next_file(i);
        size = kFilePartBytes;
        break;
      case Store::kInline:
        size = *next_inline_size_++;
        part.data = text_of({next_inline_, size});
        next_inline_ += size;
        break;
      case Store::kPayload:
        size = *next_payload_size_++;
        part.data = {};
        if (!(columns_ & kColumnPayload)) break;
        part.data = text_of({next_payload_, size});
        next_payload_ += size;
        break;
    }
    part.full_size = from.has_full_size ? *next_full_size_++ : size;
  }
  event_.parts = parts;
}

// Which file the next file part is of, and how it is now.
std::pair<uint32_t, const ChunkDecoder::FileState&>
ChunkDecoder::next_file_state() {
  const size_t at = file_at_++;
  const uint32_t identity = identity_[at];
  FileState& state = file_states_[identity];
  state.size += uint64_t(unzigzag(file_size_[at]));
  state.offset += uint64_t(unzigzag(file_offset_[at]));
  return {identity, state};
}

// The struct of the next file part, built where part number `part` of the
// event may keep it.
std::string_view ChunkDecoder::next_file(size_t part) {
  FileBytes& made = files_[keeps_all_ ? file_at_ : part];
  const auto [identity, state] = next_file_state();
  std::memcpy(made.data(), slots_[kFileData].data() + identity * kFilePartBytes,
              kFilePartBytes);
  std::memcpy(made.data() + kFileSizeAt, &state.size, sizeof state.size);
  std::memcpy(made.data() + kFileOffsetAt, &state.offset, sizeof state.offset);
  return {made.data(), kFilePartBytes};
}

}  // namespace vestige
