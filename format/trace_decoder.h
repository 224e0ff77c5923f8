// SPDX-License-Identifier: Apache-2.0
//
// Puts events together again from the columns of one chunk. The bytes are
// untrusted: everything is checked before the first event is given.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

#include "format/column_chunk.h"
#include "format/loss.h"
#include "format/trace_dictionary.h"
#include "format/trace_mark.h"

namespace vestige {

// The columns that must be read so that the wanted ones can be decoded into
// events, or into a ColumnChunk.
uint32_t needed_columns(uint32_t wanted);
uint32_t needed_for_columns(uint32_t wanted);

class ChunkDecoder {
 public:
  // `descriptors` must outlive the decoder.
  explicit ChunkDecoder(DescriptorTable& descriptors)
      : descriptors_(descriptors) {}

  // Starts a chunk of so many events; of its columns these will be given.
  void begin(uint32_t events, uint32_t columns);
  // The same for columns() only.
  void begin_columns(uint32_t events, uint32_t columns);
  // The contents of one frame; must live until the next begin().
  // False: malformed.
  bool add(ByteSpan raw);
  // After the last frame. False: the columns do not fit together.
  bool finish();
  // Instead, when next() is to give these events only, by their indexes,
  // rising. What only others need is not unpacked.
  bool finish(std::span<const uint32_t> wanted);
  // Then, too, when another thread is to call next(): puts all events together
  // now, unless they are very many or only some are wanted.
  void assemble();
  // Of this chunk next() gives nothing more.
  void give_nothing() { at_ = events_; }

  // The next event of the chunk, or nullptr. Valid until the next call.
  const Event* next() {
    if (!is_assembled_) return make_next();
    return at_ == events_ ? nullptr : &assembled_[at_++];
  }
  // The index of the event that next() has given.
  [[nodiscard]] uint32_t index() const { return at_ - 1; }
  // All of them, as columns; `chunk` and times of it are not set. Valid until
  // the next begin().
  [[nodiscard]] ColumnChunk columns() const;
  [[nodiscard]] const std::vector<Loss>& losses() const { return losses_; }

 private:
  enum Slot {
    kType,
    kTask,
    kResult,
    kResultByType,
    kFlags,
    kCpu,
    kGapLow,
    kGapHigh,
    kGapHighByType,
    kDurationLow,
    kDurationHigh,
    kDurationHighByType,
    kStringSize,
    kStringData,
    kFileData,
    kShape,
    kShapeByType,
    kString,
    kInlineSize,
    kInline,
    kPayloadSize,
    kPayloadBytes,
    kFullSize,
    kIdentity,
    kFileSize,
    kFileOffset,
    kSlots,
  };
  // All events of one type.
  struct Group {
    uint32_t events = 0;
    uint32_t first = 0;  // of its rows
    bool is_wanted = true;
    std::array<std::vector<uint64_t>, kMaxArgs> args;
  };
  struct TaskState {
    uint64_t last_ns = 0;
    uint16_t cpu = 0;
  };
  struct FileState {
    uint64_t size = 0;
    uint64_t offset = 0;
  };
  using FileBytes = std::array<char, kFilePartBytes>;

  bool add_content(uint32_t number, ByteSpan content);
  bool set(Slot slot, const WireCursor::Field& field);
  bool add_times(ByteSpan content);
  bool add_arguments(ByteSpan content);
  bool add_fields(ByteSpan content,
                  std::initializer_list<std::pair<uint32_t, Slot>> known);
  template <typename T>
  bool unpack_per_event(Slot slot, uint32_t column, std::vector<T>& out);
  template <typename T, typename Make>
  bool unpack_by_type(Slot slot, Slot by_type, uint32_t column,
                      std::vector<T>& out, Make make);
  bool unpack_types();
  void find_rows();
  bool unpack_calls();
  bool unpack_split(Slot low, Slot high, Slot by_type,
                    std::vector<uint64_t>& out);
  bool unpack_strings();
  bool unpack_groups();
  bool unpack_group(ByteSpan content, int args, Group& group);
  bool unpack_parts();
  static bool resolve(std::vector<uint32_t>& values, size_t limit);
  bool unpack_files();
  void add_up();
  const Event* make_next();
  void skip_to(uint32_t index);
  void skip_parts();
  void assemble_args(uint32_t type);
  void assemble_parts();
  std::pair<uint32_t, const FileState&> next_file_state();
  std::string_view next_file(size_t part);

  DescriptorTable& descriptors_;
  uint32_t events_ = 0;
  uint32_t columns_ = 0;
  std::array<ByteSpan, kSlots> slots_;
  std::vector<ByteSpan> group_contents_;
  uint64_t base_ns_ = 0;
  Dictionary dictionary_;
  std::vector<Loss> losses_;

  std::vector<uint32_t> type_, task_, shape_;
  // Where each event would be if they stood type by type.
  std::vector<uint32_t> row_;
  std::vector<uint32_t> next_row_;  // by type and stretch of the chunk
  std::vector<uint64_t> by_type_;
  std::vector<uint32_t> flags_, cpu_;
  std::vector<int64_t> ret_;
  std::vector<uint64_t> time_, duration_;
  std::vector<Group> groups_;
  std::vector<TaskState> tasks_;

  std::vector<std::string_view> strings_;
  std::vector<uint32_t> string_, identity_;
  std::vector<uint64_t> sizes_, fresh_;
  std::vector<uint64_t> inline_size_, payload_size_, full_size_;
  std::vector<uint64_t> file_size_, file_offset_;
  std::vector<FileState> file_states_;  // by index into the files

  std::span<const uint32_t> wanted_;
  bool has_wanted_ = false;  // otherwise all are
  bool has_events_ = true;   // otherwise columns only
  uint32_t at_ = 0;          // next event
  // Next value of each column of parts.
  const uint32_t* next_string_ = nullptr;
  const uint64_t* next_inline_size_ = nullptr;
  const uint64_t* next_payload_size_ = nullptr;
  const uint64_t* next_full_size_ = nullptr;
  const uint8_t* next_inline_ = nullptr;
  const uint8_t* next_payload_ = nullptr;
  size_t file_at_ = 0;
  // Of the event; of all events, once they are put together.
  std::vector<Part> parts_;
  std::vector<FileBytes> files_;
  size_t part_at_ = 0;
  Event event_;
  bool keeps_all_ = false;
  bool is_assembled_ = false;
  std::vector<Event> assembled_;
};

}  // namespace vestige
