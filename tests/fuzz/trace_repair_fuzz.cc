// SPDX-License-Identifier: Apache-2.0
//
// Whatever is repaired is an intact trace, and has what the damaged one gave.
// The first byte: 0 bytes of a trace, 1 its hashes are made right, 2 what
// follows is pieces (trace_pieces.h).
#include <unistd.h>

#include <filesystem>

#include "format/trace_copy.h"
#include "format/trace_reader.h"
#include "format/verify.h"
#include "tests/fuzz/fix_hashes.h"
#include "tests/fuzz/fuzz_file.h"
#include "tests/fuzz/trace_pieces.h"

namespace {

using namespace vestige;

std::vector<uint8_t> trace_of(std::span<const uint8_t> data) {
  const uint8_t mode = data[0] % 3;
  data = data.subspan(1);
  if (mode == 2) {
    ForgedTrace trace;
    add_pieces(data, trace);
    return {trace.bytes().begin(), trace.bytes().end()};
  }
  std::vector<uint8_t> bytes(data.begin(), data.end());
  if (mode == 1) fix_hashes(bytes);
  return bytes;
}

uint64_t count_events(const std::string& path) {
  auto reader = TraceReader::open(path);
  if (!reader) std::abort();
  uint64_t events = 0;
  for (;;) {
    const auto item = reader->next();
    if (!item) std::abort();
    if (!*item) return events;
    events += item->event != nullptr;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  static const std::string copy =
      "/dev/shm/vestige-repair-fuzz-" + std::to_string(::getpid());
  std::filesystem::remove(copy);
  const FuzzFile file(trace_of({data, size}));
  const auto report = repair_trace(file.path(), copy, {});
  if (report) {
    const auto verdict = verify_trace(copy);
    if (!verdict || verdict->verdict != Verdict::kIntactUnsigned) std::abort();
    if (count_events(copy) != report->events_written) std::abort();
  }
  std::filesystem::remove(copy);
  std::filesystem::remove(copy + ".partial");
  return 0;
}
