// SPDX-License-Identifier: Apache-2.0
//
// Makes a random trace (--make PATH) or prints the events of one, as the
// Python reader of docs/reading-traces.md does: for comparison.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "format/crypto.h"
#include "tests/format/trace_fixture.h"

namespace vestige {
namespace {

int make(const std::string& path) {
  auto writer = TraceWriter::create(path, some_header(), {.chunk_events = 700});
  if (!writer) return 1;
  EventMaker maker(21);
  for (int i = 0; i < 3000; ++i)
    if (!writer->append(maker.next().event)) return 1;
  return writer->close({}) ? 0 : 1;
}

std::string part_text(const Part& part) {
  const ByteSpan bytes{reinterpret_cast<const uint8_t*>(part.data.data()),
                       part.data.size()};
  return fmt::format("[{}, {}, {}, {}, \"{}\"]", int(part.kind), part.arg,
                     part.flags, part.full_size, to_hex(bytes));
}

void print(const Event& event) {
  std::vector<std::string> parts;
  for (const Part& part : event.parts) parts.push_back(part_text(part));
  fmt::print(
      "{{\"name\": \"{}\", \"abi\": {}, \"number\": {}, \"pid\": {}, "
      "\"tid\": {}, \"start\": {}, \"cgroup\": {}, \"time\": {}, "
      "\"duration\": {}, \"ret\": {}, \"flags\": {}, \"cpu\": {}, "
      "\"args\": [{}], \"parts\": [{}]}}\n",
      event.descriptor->name, int(event.type.abi), event.type.number, event.pid,
      event.tid, event.process_start_ns, event.cgroup_id, event.time_ns,
      event.duration_ns, event.ret, event.flags, event.cpu,
      fmt::join(event.args.begin(),
                event.args.begin() + event.descriptor->arg_count, ", "),
      fmt::join(parts, ", "));
}

int dump(const std::string& path) {
  auto reader = TraceReader::open(path);
  if (!reader) return 1;
  for (;;) {
    const auto item = reader->next();
    if (!item || !*item) return item ? 0 : 1;
    if (item->event) print(*item->event);
  }
}

}  // namespace
}  // namespace vestige

int main(int argc, char** argv) {
  if (argc == 3) return vestige::make(argv[2]);
  return argc == 2 ? vestige::dump(argv[1]) : 2;
}
