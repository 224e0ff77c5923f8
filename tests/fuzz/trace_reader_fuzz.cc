// SPDX-License-Identifier: Apache-2.0
#include "format/trace_reader.h"
#include "tests/fuzz/fix_hashes.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vestige;
  std::vector<uint8_t> bytes(data, data + size);
  fix_hashes(bytes);
  const FuzzFile file(bytes);
  auto reader = TraceReader::open(file.path());
  if (!reader) return 0;
  uint64_t sum = 0;
  for (;;) {
    const auto item = reader->next();
    if (!item || !*item) return sum == 42;  // keeps the reads from vanishing
    if (!item->event) continue;
    for (const Part& part : item->event->parts)
      for (const char c : part.data) sum += uint8_t(c) | 64;
  }
}
