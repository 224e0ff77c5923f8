// SPDX-License-Identifier: Apache-2.0
// usage: dump_trace FILE: every event as one line of JSON, parts in hex.
#include <fmt/format.h>

#include <cstdio>

#include "format/trace_reader.h"

namespace vestige {
namespace {

std::string hex(std::string_view bytes) {
  std::string out;
  for (const unsigned char byte : bytes) out += fmt::format("{:02x}", byte);
  return out;
}

void print(const Event& event) {
  fmt::print(R"({{"tid":{},"pid":{},"abi":"{}","name":"{}","ret":{},)"
             R"("in_flight":{},"has_enter":{},"args":[{}],"parts":[)",
             event.tid, event.pid, abi_name(event.type.abi),
             event.descriptor->name, event.ret, (event.flags & kInFlight) != 0,
             (event.flags & kHasEnter) != 0, fmt::join(event.args, ","));
  for (size_t i = 0; i < event.parts.size(); ++i) {
    const Part& part = event.parts[i];
    fmt::print(R"({}{{"kind":{},"arg":{},"flags":{},"full":{},"hex":"{}"}})",
               i == 0 ? "" : ",", int(part.kind), part.arg, part.flags,
               part.full_size, hex(part.data));
  }
  fmt::print("]}}\n");
}

int run(const char* path) {
  auto reader = TraceReader::open(path);
  while (reader) {
    const auto item = reader->next();
    if (!item || !*item) return 0;
    if (item->event) print(*item->event);
  }
  fmt::print(stderr, "{}\n", reader.error().message);
  return 3;
}

}  // namespace
}  // namespace vestige

int main(int argc, char** argv) {
  return argc == 2 ? vestige::run(argv[1]) : 2;
}
