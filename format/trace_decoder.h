// SPDX-License-Identifier: Apache-2.0
//
// Puts events together again from the columns of one chunk. The bytes are
// untrusted: everything is checked before the first event is given.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "format/event.h"
#include "format/loss.h"
#include "format/trace_codec.h"
#include "format/trace_mark.h"

namespace vestige {

// Every descriptor embedded in a trace, once.
class DescriptorTable {
 public:
  // The one equal to it, or itself. nullptr: absurdly many.
  const Descriptor* add(std::unique_ptr<OwnedDescriptor> descriptor);
  // The first met for that type, or nullptr.
  [[nodiscard]] const Descriptor* find(EventType type) const;

 private:
  static constexpr size_t kMostPerType = 64;
  std::map<EventType, std::vector<std::unique_ptr<OwnedDescriptor>>> all_;
};

// The columns that must be read so that the wanted ones can be decoded.
uint32_t needed_columns(uint32_t wanted);

class ChunkDecoder {
 public:
  // `descriptors` must outlive the decoder.
  explicit ChunkDecoder(DescriptorTable& descriptors)
      : descriptors_(descriptors) {}

  // Starts a chunk of so many events; of its columns these will be given.
  void begin(uint32_t events, uint32_t columns);
  // The contents of one frame; must live until the next begin().
  // False: malformed.
  bool add(ByteSpan raw);
  // After the last frame. False: the columns do not fit together.
  bool finish();

  // The next event of the chunk, or nullptr. The event and its parts are
  // valid until the next call, what the parts view until the next begin().
  const Event* next();
  [[nodiscard]] const std::vector<Loss>& losses() const { return losses_; }

 private:
  enum Slot {
    kType,
    kTask,
    kResult,
    kFlags,
    kCpu,
    kGapLow,
    kGapHigh,
    kDurationLow,
    kDurationHigh,
    kStringSize,
    kStringData,
    kFileData,
    kShape,
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
  struct Group {
    const Descriptor* descriptor = nullptr;
    uint32_t events = 0;
    uint32_t used = 0;
    std::array<std::vector<uint64_t>, kMaxArgs> args;
  };
  struct Task {
    TaskKey key;
    uint64_t last_ns = 0;
    uint32_t cpu_code = 0;
  };
  using FileBytes = std::array<char, kFilePartBytes>;

  bool add_section(ByteSpan section);
  bool add_content(uint32_t number, ByteSpan content);
  bool set(Slot slot, const WireCursor::Field& field);
  bool add_times(ByteSpan content);
  bool add_arguments(ByteSpan content);
  bool add_fields(ByteSpan content,
                  std::initializer_list<std::pair<uint32_t, Slot>> known);
  template <typename T>
  bool unpack_per_event(Slot slot, uint32_t column, std::vector<T>& out);
  bool unpack_calls();
  bool unpack_split(Slot low, Slot high, std::vector<uint64_t>& out);
  bool unpack_strings();
  bool unpack_groups();
  bool unpack_group(ByteSpan content, Group& group);
  bool unpack_parts();
  static bool resolve(std::vector<uint32_t>& values, size_t limit);
  bool build_files();
  void assemble_time(Task& task);
  void assemble_args(Group& group);
  void assemble_parts();

  DescriptorTable& descriptors_;
  uint32_t events_ = 0;
  uint32_t columns_ = 0;
  std::array<ByteSpan, kSlots> slots_;
  std::vector<ByteSpan> group_contents_;
  uint64_t base_ns_ = 0;
  Dictionary dictionary_;
  std::vector<Loss> losses_;

  std::vector<uint32_t> type_, task_, shape_;
  std::vector<uint32_t> flags_, cpu_;
  std::vector<uint64_t> result_, gap_, duration_;
  std::vector<Group> groups_;
  std::vector<Task> tasks_;

  std::vector<std::string_view> strings_;
  std::vector<uint32_t> string_, identity_;
  std::vector<uint64_t> fresh_;
  std::vector<uint64_t> inline_size_, payload_size_, full_size_;
  std::vector<FileBytes> files_;

  uint32_t at_ = 0;  // next event
  size_t string_at_ = 0, inline_size_at_ = 0, inline_at_ = 0;
  size_t payload_size_at_ = 0, payload_at_ = 0, full_size_at_ = 0;
  size_t file_at_ = 0;
  std::vector<Part> parts_;
  Event event_;
};

}  // namespace vestige
