// SPDX-License-Identifier: Apache-2.0
// Filters, output formats and field lists are whatever a user types or a rule
// file holds: each is compiled or refused. What was compiled is asked about
// events with and without what it may ask for, gives the same answer twice,
// and lines of it do nothing to a terminal.
#include <fcntl.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "replay/filter/field_list.h"
#include "replay/filter/filter.h"
#include "replay/filter/output_format.h"

namespace {

using namespace vestige;

struct Scene {
  struct Told {
    Event event;
    std::vector<Part> parts;
  };
  TraceHeader header;
  Snapshot snapshot;
  std::deque<Told> events;

  void add(std::string_view call, std::array<uint64_t, kMaxArgs> args,
           int64_t ret, std::vector<Part> parts = {}) {
    Told& told = events.emplace_back();
    told.parts = std::move(parts);
    told.event.descriptor = find_descriptor(Abi::kX86_64, call);
    if (!told.event.descriptor) std::abort();
    told.event.type = told.event.descriptor->type;
    told.event.pid = told.event.tid = 7;
    told.event.process_start_ns = 1;
    told.event.time_ns = events.size();
    told.event.args = args;
    told.event.ret = ret;
    told.event.parts = told.parts;
  }
};

// A little of everything: a path, payload with any bytes, an address, a list,
// an error, a call without arguments.
Scene make_scene() {
  static const std::string bytes("a\x1b[2J\0\xff\n<script>", 16);
  static const sockaddr_storage nobody{};
  Scene scene;
  ProcessState init;
  init.task.pid = init.task.tid = 7;
  init.task.process_start_ns = 1;
  init.comm = "cat";
  init.exe = "/bin/cat";
  init.argv = {"cat", "-n", "/etc/passwd", "b\x01"};
  init.env = {"A=b", "LD_PRELOAD=/x"};
  scene.snapshot.processes = {init};
  scene.add("openat", {uint64_t(AT_FDCWD), 1, O_RDWR | O_CREAT, 0644}, 3,
            {{PartKind::kString, 1, 0, 0, "/etc/../etc/passwd"}});
  scene.add("read", {3, 1, 16}, 16,
            {{PartKind::kPayload, 1, 0, bytes.size(), bytes}});
  scene.add("socket", {AF_INET, SOCK_STREAM, 0}, 4);
  scene.add("connect", {4, 1, sizeof nobody}, -111,
            {{PartKind::kSockaddr,
              1,
              0,
              16,
              {reinterpret_cast<const char*>(&nobody), 16}}});
  scene.add("execve", {1, 2, 3}, -2,
            {{PartKind::kString, 0, 0, 0, "/no"},
             {PartKind::kStringArray, 1, 0, 0, {"no\0-x\0", 6}}});
  scene.add("getpid", {}, 7);
  return scene;
}

template <typename Visit>
void for_each_view(Visit visit) {
  static Scene scene = make_scene();
  EventViewer viewer(scene.header);
  viewer.apply(scene.snapshot, {1, 0});
  uint32_t index = 0;
  for (const Scene::Told& told : scene.events)
    visit(viewer.apply(told.event, {1, index++}));
}

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  filter::Definitions definitions;
  definitions.macros["m"] = "proc.name in (l) or m2";
  definitions.macros["m2"] = "evt.type = read";
  definitions.macros["loop"] = "loop";
  definitions.lists["l"] = {"a", "cat"};
  auto filter = filter::Filter::compile(text, definitions);
  const auto format = filter::OutputFormat::compile(text);
  const auto list = filter::FieldList::compile(text);
  if (!filter && !format && !list) return 0;
  for_each_view([&](const EventView& view) {
    std::string line;
    if (filter) require(filter->matches(view) == filter->matches(view));
    if (format) format->append(line, view);
    if (list) {
      list->append_json(line, view);
      list->append_csv(line, view);
    }
    // What the user typed is the user's; what programs said is escaped.
    if (text.find('\x1b') == text.npos) require(line.find('\x1b') == line.npos);
  });
  return 0;
}
