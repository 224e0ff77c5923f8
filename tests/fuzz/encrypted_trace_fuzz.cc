// SPDX-License-Identifier: Apache-2.0
//
// Reads traces that are encrypted to somebody who has the key. The first byte:
// 0 bytes of a trace, whose hashes are made right; 1 pieces (trace_pieces.h)
// that are encrypted; 2 likewise without a key.
#include "format/trace_reader.h"
#include "tests/fuzz/fix_hashes.h"
#include "tests/fuzz/fuzz_file.h"
#include "tests/fuzz/fuzz_identity.h"
#include "tests/fuzz/trace_pieces.h"

namespace {

using namespace vestige;

std::vector<uint8_t> trace_of(std::span<const uint8_t> data) {
  const uint8_t mode = data[0] % 3;
  data = data.subspan(1);
  if (mode == 0) {
    std::vector<uint8_t> bytes(data.begin(), data.end());
    fix_hashes(bytes);
    return bytes;
  }
  static const SecretKey key = random_key();
  static const WrappedKey wrapped = wrap_key(key, fuzz_identity().recipient());
  ForgedTrace trace;
  trace.encrypt(key);
  TraceHeader header;
  header.recipients = {wrapped};
  trace.add_header(header);
  add_pieces(data, trace);
  return {trace.bytes().begin(), trace.bytes().end()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const FuzzFile file(trace_of({data, size}));
  ReadOptions options;
  if (data[0] % 3 != 2) options.identity = &fuzz_identity();
  options.outside_only = true;
  auto reader = TraceReader::open(file.path(), options);
  if (!reader) return 0;
  (void)reader->seek_time(3);
  uint64_t sum = 0;
  for (;;) {
    const auto item = reader->next();
    if (!item || !*item) return sum == 42;
    if (!item->event) continue;
    for (const Part& part : item->event->parts)
      for (const char c : part.data) sum += uint8_t(c) | 64;
  }
}
