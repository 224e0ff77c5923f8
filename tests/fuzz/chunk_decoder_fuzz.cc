// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "format/trace_decoder.h"

// Two bytes number of events, then the contents of a frame.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vestige;
  if (size < 2) return 0;
  uint16_t events = 0;
  std::memcpy(&events, data, sizeof events);
  for (const uint32_t columns :
       {uint32_t(kAllColumns), uint32_t(kColumnTime)}) {
    DescriptorTable descriptors;
    ChunkDecoder decoder(descriptors);
    decoder.begin(events, columns);
    if (!decoder.add({data + 2, size - 2}) || !decoder.finish()) continue;
    uint64_t sum = 0;
    while (const Event* event = decoder.next())
      for (const Part& part : event->parts)
        for (const char c : part.data) sum += uint8_t(c) | 64;
    if (sum == 42) return 1;
  }
  return 0;
}
