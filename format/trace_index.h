// SPDX-License-Identifier: Apache-2.0
//
// What is where in a trace, so that a question need not read all of it.
// FORMAT.md, "Index".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "format/event.h"
#include "format/trace_mark.h"

namespace vestige {

// One chunk of events or a snapshot.
struct IndexEntry {
  uint32_t chunk = 0;
  ChunkKind kind = ChunkKind::kEvents;
  uint64_t offset = 0;  // of its mark
  uint32_t events = 0;
  uint64_t min_time_ns = 0;
  uint64_t max_time_ns = 0;
};

// What the events of a chunk speak of.
struct ChunkFilter {
  std::vector<EventType> types;  // rising
  std::vector<uint32_t> pids;    // rising
  std::string bloom;             // of keys; empty: may contain any
  // Events that tell names (format/trace_names.h): their indexes, rising, and
  // sections of a chunk of their own. Traces of older writers have none.
  bool has_names = false;
  std::vector<uint32_t> name_indexes;
  std::string names;
};

struct TraceIndex {
  std::vector<IndexEntry> chunks;    // in file order
  std::vector<ChunkFilter> filters;  // one per chunk, or none at all
};

// All conditions must hold; of a list, one. An empty list asks for nothing.
struct Question {
  uint64_t from_ns = 0;  // CLOCK_BOOTTIME, inclusive
  uint64_t to_ns = UINT64_MAX;
  std::vector<EventType> types;
  std::vector<uint32_t> pids;
  std::vector<uint32_t> chunks;  // their numbers, rising
  // Whole paths, command names, arguments, socket paths.
  std::vector<std::string> texts;
  std::vector<std::string> addresses;  // 4 or 16 bytes, network order
};

// False: no event of that chunk can be an answer.
bool may_answer(const TraceIndex& index, size_t entry,
                const Question& question);

// ---- Keys and membership

// What kinds of keys bytes stand for. One string may be used as several.
enum KeyClass : uint8_t {
  kNoKeys = 0,
  kTextKeys = 1,      // the text, and its elements if it is a list
  kSockaddrKeys = 2,  // the address or socket path
  kSocketKeys = 4,    // both addresses
};
KeyClass key_class(PartKind kind);
void add_keys(KeyClass keys, std::string_view data, std::vector<uint64_t>& out);

uint64_t text_key(std::string_view text);
uint64_t address_key(std::string_view address);

// 12 bits and 6 probes per key: about 4 in 1000 absent keys seem present.
std::string make_bloom(const std::vector<uint64_t>& keys);
bool may_contain(std::string_view bloom, uint64_t key);

}  // namespace vestige
