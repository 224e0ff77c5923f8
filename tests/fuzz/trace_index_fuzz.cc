// SPDX-License-Identifier: Apache-2.0
//
// Every way that goes through the index: questions, seeking to a time and to
// an event. Input: trace_pieces.h.
#include "format/trace_reader.h"
#include "tests/fuzz/fuzz_file.h"
#include "tests/fuzz/trace_pieces.h"

namespace {

using namespace vestige;

uint64_t read_some(TraceReader& reader, int items) {
  uint64_t sum = 0;
  while (items-- > 0) {
    const auto item = reader.next();
    if (!item || !*item) break;
    if (item->snapshot) sum += item->snapshot->processes.size();
    if (!item->event) continue;
    for (const Part& part : item->event->parts)
      for (const char c : part.data) sum += uint8_t(c) | 64;
  }
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ForgedTrace trace;
  add_pieces({data, size}, trace);
  const std::string_view bytes = trace.bytes();
  const FuzzFile file(
      {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  ReadOptions options;
  options.question = {.types = {{Abi::kX86_64, 1}},
                      .pids = {1000},
                      .texts = {"aa"},
                      .addresses = {std::string(4, '\1')}};
  uint64_t sum = 0;
  if (auto asked = TraceReader::open(file.path(), options))
    sum += read_some(*asked, 10000);
  auto reader = TraceReader::open(file.path());
  if (!reader) return 0;
  for (const uint64_t time_ns : {uint64_t{0}, uint64_t{3}, UINT64_MAX})
    if (reader->seek_time(time_ns)) sum += read_some(*reader, 100);
  for (const Position position :
       {Position{1, 0}, Position{2, 3}, Position{UINT32_MAX, UINT32_MAX}}) {
    const auto found = reader->seek(position);
    if (found && *found) sum += read_some(*reader, 3);
  }
  return sum == 42;
}
