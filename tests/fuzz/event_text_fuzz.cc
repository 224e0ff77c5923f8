// SPDX-License-Identifier: Apache-2.0
// An event of any call with any arguments, parts and bytes becomes one line
// that does nothing to a terminal.
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "format/arg_text.h"

namespace {

// Takes numbers from the front of the input; zeros behind its end.
struct Input {
  std::string_view rest;

  template <typename T>
  T take() {
    T value{};
    if (!rest.empty())
      std::memcpy(&value, rest.data(), std::min(sizeof value, rest.size()));
    rest.remove_prefix(std::min(sizeof value, rest.size()));
    return value;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vestige;
  Input input{{reinterpret_cast<const char*>(data), size}};
  Event event;
  event.type.abi = Abi(1 + input.take<uint8_t>() % 6);
  const auto calls = descriptors(event.type.abi);
  if (calls.empty()) return 0;
  event.descriptor = &calls[input.take<uint16_t>() % calls.size()];
  event.type = event.descriptor->type;
  event.flags = input.take<uint8_t>();
  event.ret = input.take<int64_t>();
  for (uint64_t& arg : event.args) arg = input.take<uint64_t>();
  std::vector<Part> parts;
  while (!input.rest.empty() && parts.size() < 8) {
    Part part{PartKind(input.take<uint8_t>() % 18),
              uint8_t(input.take<uint8_t>() % 8),
              input.take<uint8_t>(),
              0,
              {}};
    const size_t length = input.take<uint8_t>();
    part.data = input.rest.substr(0, length);
    input.rest.remove_prefix(part.data.size());
    parts.push_back(part);
  }
  event.parts = parts;
  for (const char c : event_text(event))
    if (uint8_t(c) < 0x20 || c == 0x7f) std::abort();
  return 0;
}
