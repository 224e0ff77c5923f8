// SPDX-License-Identifier: Apache-2.0
//
// The events of one chunk as columns, for questions that look at few
// properties of many events: only frames that hold them are read, and nothing
// is put together. From TraceReader::next_columns():
//
//   auto reader = TRY(TraceReader::open(
//       path, {.columns = kColumnType | kColumnResult}));
//   while (const ColumnChunk* chunk = TRY(reader.next_columns()))
//     for (uint32_t i = 0; i < chunk->events; ++i)
//       if (chunk->ret[i] < 0 && is_open[chunk->type[i]]) ...
//
// TraceReader::seek({chunk->chunk, i}) of another reader gives event i whole.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "format/event.h"
#include "format/trace_schema.h"

namespace vestige {

// Spans have one element per event, in their order, unless it says otherwise.
// They are empty when their column was not asked for, and valid until the
// reader is asked for more.
struct ColumnChunk {
  uint32_t chunk = 0;  // Position::chunk of the events; index: 0 to events - 1
  uint32_t events = 0;
  uint64_t min_time_ns = 0;  // of the events, CLOCK_BOOTTIME
  uint64_t max_time_ns = 0;

  // What the numbers in `type` and `task` stand for. Always there.
  std::span<const Descriptor* const> types;
  std::span<const TaskKey> tasks;
  std::span<const uint32_t> type;         // index into types; always there
  std::span<const uint32_t> task;         // index into tasks; kColumnTask
  std::span<const int64_t> ret;           // kColumnResult
  std::span<const uint32_t> flags;        // enum EventFlags; kColumnFlags
  std::span<const uint64_t> time_ns;      // kColumnTime
  std::span<const uint64_t> duration_ns;  // kColumnTime
  // The different texts of the chunk; kColumnStrings.
  std::span<const std::string_view> strings;
  // All payload of the chunk, one after the other; kColumnPayload.
  std::string_view payload;

  // kColumnArguments: argument `arg` of the events of one type, in their
  // order, so one element per event of that type. Empty: there is none.
  [[nodiscard]] std::span<const uint64_t> argument(size_t type_index,
                                                   int arg) const {
    const size_t at = type_index * kMaxArgs + size_t(arg);
    return at < args.size() ? args[at] : std::span<const uint64_t>{};
  }
  std::vector<std::span<const uint64_t>> args;  // type * kMaxArgs + arg
};

}  // namespace vestige
