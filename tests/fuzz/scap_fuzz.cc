// SPDX-License-Identifier: Apache-2.0
//
// A capture of anybody, uncompressed: blocks, events, process lists.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "replay/scap/container_json.h"
#include "replay/scap/converter.h"

namespace vestige {
namespace {

// Looks at every byte that comes out, so that sanitizers see where it is.
class LookingSink : public ScapSink {
 public:
  Result<void> on_event(const Event& event) override {
    for (const Part& part : event.parts) look(part.data);
    return {};
  }
  Result<void> on_snapshot(const Snapshot& snapshot) override {
    for (const ProcessState& process : snapshot.processes) {
      look(process.comm);
      for (const FdState& fd : process.fds) look(fd.target);
    }
    return {};
  }
  void on_loss(Loss loss) override { look(loss.where); }

  uint64_t sum = 0;

 private:
  void look(std::string_view bytes) {
    for (const char c : bytes) sum += uint8_t(c) | 64;
  }
};

}  // namespace
}  // namespace vestige

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vestige;
  std::string_view left(reinterpret_cast<const char*>(data), size);
  BlockReader reader([&](std::span<char> into) -> Result<size_t> {
    const size_t step = std::min(into.size(), left.size());
    std::memcpy(into.data(), left.data(), step);
    left.remove_prefix(step);
    return step;
  });
  LookingSink sink;
  ScapConverter converter(sink);
  ScapBlock block;
  while (reader.next(block) == BlockReader::Outcome::kBlock) {
    if (const auto event = decode_event(block.type, block.body))
      if (!event->params.empty()) container_of(*event);
    if (!converter.add(block)) break;
  }
  if (!converter.finish()) return 0;
  return sink.sum == 42;  // keeps the looking from vanishing
}
