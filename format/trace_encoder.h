// SPDX-License-Identifier: Apache-2.0
//
// Turns events into the columns of one chunk, in protobuf's wire encoding.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "format/event.h"
#include "format/loss.h"
#include "format/trace_index.h"
#include "format/trace_interner.h"
#include "format/trace_mark.h"
#include "format/trace_schema.h"

namespace vestige {

// The contents of one or more frames before compression: whole sections.
struct RawSection {
  uint32_t columns = 0;  // enum Columns
  ByteBuffer bytes;
  // Where what follows is of another kind, if that is worth knowing to who
  // compresses it: rising offsets.
  std::vector<size_t> cuts;
};

class ChunkEncoder {
 public:
  explicit ChunkEncoder(uint64_t hash_seed);

  // Copies everything but the descriptor, which must live until clear().
  void append(const Event& event);

  [[nodiscard]] uint32_t events() const { return events_; }
  [[nodiscard]] size_t bytes() const;  // of text and payload
  // That it takes, nearly; clear() keeps it.
  [[nodiscard]] size_t memory_bytes() const;
  [[nodiscard]] uint64_t min_time_ns() const { return min_time_ns_; }
  [[nodiscard]] uint64_t max_time_ns() const { return max_time_ns_; }
  // Events of a type that neither they nor this build describe, since the
  // encoder was made.
  [[nodiscard]] uint64_t undescribed() const { return undescribed_; }

  // The chunk's sections, to be framed in this order. Valid until clear().
  std::span<const RawSection> finish(std::span<const Loss> losses);
  // For the index: what the chunk speaks of.
  [[nodiscard]] ChunkFilter filter() const;
  // Begins the next chunk.
  void clear();

 private:
  // What is stored by type. Arguments follow.
  enum Cell : size_t {
    kResultCell,  // zigzag
    kGapCell,     // without the low 8 bits, like
    kDurationCell,
    kShapeCell,
    kFirstArgCell,
  };
  // All events of one type in this chunk.
  struct TypeGroup {
    EventType type;
    const Descriptor* given = nullptr;  // with type: the key
    const Descriptor* descriptor = nullptr;
    bool is_undescribed = false;
    std::vector<uint64_t> rows;  // one per event, of row_cells() cells
    // Of its last event that had parts: most are alike.
    std::vector<PartShape> shape;
    uint32_t shape_index = 0;

    [[nodiscard]] size_t row_cells() const {
      return kFirstArgCell + descriptor->arg_count;
    }
  };
  struct TaskState {
    uint64_t last_ns = 0;
    uint32_t cpu_code = 0;  // cpu + 1; 0: none yet
  };
  struct FileState {
    uint64_t size = 0;
    uint64_t offset = 0;
  };

  uint32_t type_index(const Event& event);
  uint32_t add_group(const Event& event);
  const Descriptor* describe(EventType type);
  uint32_t task_index(const Event& event);
  void append_time(const Event& event, TaskState& task, uint64_t* row);
  uint32_t append_parts(const Event& event, TypeGroup& group);
  void append_part(const Part& part, const PartShape& shape);
  uint32_t shape_index(TypeGroup& group);
  void append_string(std::string_view text, KeyClass keys);
  void append_file(const Part& part);
  RawSection& next_section(uint32_t columns);
  void append_cells(Cell cell, ByteBuffer& out, std::vector<size_t>* cuts);
  void finish_dictionary(std::span<const Loss> losses);
  void finish_calls();
  void finish_times();
  void finish_arguments();
  void finish_argument(const TypeGroup& group, size_t arg, ByteBuffer& out);
  void finish_parts();

  uint32_t events_ = 0;
  uint64_t base_ns_ = 0;
  uint64_t min_time_ns_ = 0;
  uint64_t max_time_ns_ = 0;
  uint64_t undescribed_ = 0;
  bool has_duration_ = false;
  bool has_flags_ = false;

  // Collected as they come; made varints all at once.
  std::vector<uint32_t> type_, task_, cpu_, string_, identity_;
  std::vector<uint8_t> flags_;
  ByteBuffer gap_low_, duration_low_;
  std::vector<uint64_t> inline_size_, payload_size_, full_size_;
  std::vector<uint64_t> file_size_, file_offset_;
  ByteBuffer inline_, payload_;

  std::vector<std::unique_ptr<TypeGroup>> groups_;  // reused between chunks
  uint32_t group_count_ = 0;
  std::vector<uint16_t> group_cache_;
  std::map<EventType, OwnedDescriptor> made_up_;

  uint64_t hash_seed_;
  Interner tasks_, shapes_, strings_, files_;
  ValueInterner values_;
  TaskKey last_task_;
  uint32_t last_task_index_ = 0;
  std::vector<TaskState> task_states_;
  std::vector<FileState> file_states_;  // by index into files_
  std::vector<uint8_t> key_classes_;    // by string index: keys that are in
  std::vector<uint64_t> keys_;
  std::vector<PartShape> shape_key_;
  std::vector<uint64_t> column_;  // one argument of one type

  std::vector<RawSection> sections_;
  size_t section_count_ = 0;
  ByteBuffer scratch_, column_bytes_, values_bytes_, fresh_bytes_;
};

}  // namespace vestige
