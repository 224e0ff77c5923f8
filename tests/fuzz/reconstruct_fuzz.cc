// SPDX-License-Identifier: Apache-2.0
//
// Events as nobody would record them, one after the other, with a snapshot
// between: everything that replay reads out of arguments and payload. What is
// left of the input is the next event:
//   u16 number, bit 15: of the kernel   u8 process and thread   i8 result
//   u8 flags   6 arguments: u8, or 255 and u64
//   u8 count of parts, each: u8 kind, u8 argument, u8 flags, u8 size, bytes
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "replay/content/file_contents.h"
#include "replay/reconstructor.h"
#include "replay/state/file_lives.h"

namespace vestige {
namespace {

constexpr uint16_t kOfKernel = 0x8000;
constexpr size_t kMaxEvents = 4096;

class Input {
 public:
  explicit Input(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] bool is_empty() const { return rest_.empty(); }
  std::string_view bytes(size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  template <typename Number>
  Number number() {
    Number value = 0;
    const std::string_view taken = bytes(sizeof value);
    std::memcpy(&value, taken.data(), taken.size());
    return value;
  }

 private:
  std::string_view rest_;
};

// Parts of the event are put into `parts`.
Event next_event(Input& input, std::vector<Part>& parts) {
  Event event;
  const auto number = input.number<uint16_t>();
  event.type = number & kOfKernel
                   ? EventType{Abi::kKernel, uint16_t(number & ~kOfKernel)}
                   : EventType{Abi::kX86_64, number};
  event.descriptor = find_descriptor(event.type);
  const auto who = input.number<uint8_t>();
  event.pid = 1 + (who & 7);
  event.tid = event.pid + uint32_t(who >> 3 & 3) * 100;
  event.process_start_ns = who >> 5;
  event.ret = input.number<int8_t>();
  event.flags = input.number<uint8_t>();
  for (uint64_t& arg : event.args) {
    arg = input.number<uint8_t>();
    if (arg == 255) arg = input.number<uint64_t>();
  }
  parts.clear();
  for (auto count = input.number<uint8_t>() & 7; count > 0; --count) {
    Part& part = parts.emplace_back();
    part.kind = PartKind(input.number<uint8_t>());
    part.arg = input.number<uint8_t>() & 7;
    part.flags = input.number<uint8_t>();
    part.data = input.bytes(input.number<uint8_t>());
    part.full_size = part.data.size() + (part.flags & kPartTruncated);
  }
  event.parts = parts;
  return event;
}

Snapshot snapshot_at(uint64_t time_ns) {
  Snapshot snapshot{.time_ns = time_ns, .end_ns = time_ns + 8};
  ProcessState& first = snapshot.processes.emplace_back();
  first.task = TaskPart{.pid = 1, .tid = 1};
  first.cwd = "/work";
  FdState& fd = first.fds.emplace_back();
  fd.fd = 5;
  fd.target = "/work/file";
  return snapshot;
}

}  // namespace
}  // namespace vestige

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vestige;
  Input input({reinterpret_cast<const char*>(data), size});
  TextPool texts;
  FileContents contents([](const FileContent&) { return true; });
  FileLives lives(texts);
  Reconstructor reconstructor(texts);
  reconstructor.watch(&contents);
  reconstructor.watch_files(&lives);
  std::vector<Part> parts;
  for (uint32_t i = 0; !input.is_empty() && i < kMaxEvents; ++i) {
    Event event = next_event(input, parts);
    event.time_ns = 1000 + i;
    reconstructor.apply(event, {0, i});
    if (i % 16 == 15) reconstructor.apply(snapshot_at(1000 + i), {1, i});
  }
  reconstructor.finish();
  return 0;
}
