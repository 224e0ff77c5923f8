// SPDX-License-Identifier: Apache-2.0
//
// Random but plausible traces, and verbs to damage them.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "format/parts.h"
#include "format/trace_reader.h"
#include "format/trace_writer.h"

namespace vestige {

// An event that owns what it points to.
struct OwnedEvent {
  Event event;
  std::vector<Part> parts;
  std::deque<std::string> bytes;
  std::string descriptor_name;

  OwnedEvent() = default;
  explicit OwnedEvent(const Event& from) : event(from) {
    for (const Part& part : from.parts) add(part);
    if (from.descriptor) descriptor_name = from.descriptor->name;
  }
  OwnedEvent(OwnedEvent&&) = default;
  OwnedEvent& operator=(OwnedEvent&&) = default;

  void add(Part part) {
    part.data = bytes.emplace_back(part.data);
    parts.push_back(part);
    event.parts = parts;
  }
};

inline void expect_equal(const OwnedEvent& a, const OwnedEvent& b) {
  const auto& x = a.event;
  const auto& y = b.event;
  EXPECT_EQ(x.type, y.type);
  EXPECT_EQ(x.flags, y.flags);
  EXPECT_EQ(x.cpu, y.cpu);
  EXPECT_EQ(x.pid, y.pid);
  EXPECT_EQ(x.tid, y.tid);
  EXPECT_EQ(x.process_start_ns, y.process_start_ns);
  EXPECT_EQ(x.cgroup_id, y.cgroup_id);
  EXPECT_EQ(x.origin, y.origin);
  EXPECT_EQ(x.time_ns, y.time_ns);
  EXPECT_EQ(x.duration_ns, y.duration_ns);
  EXPECT_EQ(x.ret, y.ret);
  EXPECT_EQ(x.args, y.args);
  ASSERT_EQ(a.parts.size(), b.parts.size());
  for (size_t i = 0; i < a.parts.size(); ++i) {
    EXPECT_EQ(a.parts[i].kind, b.parts[i].kind);
    EXPECT_EQ(a.parts[i].arg, b.parts[i].arg);
    EXPECT_EQ(a.parts[i].flags, b.parts[i].flags);
    EXPECT_EQ(a.parts[i].full_size, b.parts[i].full_size);
    EXPECT_EQ(a.parts[i].data, b.parts[i].data);
  }
}

inline bool are_equal(const OwnedEvent& a, const OwnedEvent& b) {
  const auto& x = a.event;
  const auto& y = b.event;
  return x.type == y.type && x.flags == y.flags && x.cpu == y.cpu &&
         x.pid == y.pid && x.tid == y.tid &&
         x.process_start_ns == y.process_start_ns &&
         x.cgroup_id == y.cgroup_id && x.origin == y.origin &&
         x.time_ns == y.time_ns && x.duration_ns == y.duration_ns &&
         x.ret == y.ret && x.args == y.args &&
         std::equal(a.parts.begin(), a.parts.end(), b.parts.begin(),
                    b.parts.end(), [](const Part& p, const Part& q) {
                      return p.kind == q.kind && p.arg == q.arg &&
                             p.flags == q.flags && p.full_size == q.full_size &&
                             p.data == q.data;
                    });
}

class EventMaker {
 public:
  explicit EventMaker(uint32_t seed) : random_(seed) {}

  uint64_t below(uint64_t limit) { return random_() % limit; }
  // Small numbers often, any number sometimes.
  uint64_t number() { return random_() >> below(64); }

  OwnedEvent next() {
    OwnedEvent made;
    Event& event = made.event;
    const auto all = descriptors(below(10) ? Abi::kX86_64 : Abi::kKernel);
    event.type = below(50) ? all[below(all.size())].type
                           : EventType{Abi::kI386, uint16_t(below(70000))};
    const Descriptor* descriptor = find_descriptor(event.type);
    event.flags = uint8_t(below(8));
    event.cpu = uint16_t(below(4) ? 1 : below(65536));
    event.pid = uint32_t(1000 + below(5));
    event.tid = uint32_t(event.pid + below(3));
    event.process_start_ns = event.pid * 7777;
    event.cgroup_id = below(100) ? 42 : number();
    event.origin = event.tid % 7 == 0 ? 9 : 0;
    now_ns_ += below(1000) ? below(5000) : number();
    event.time_ns = below(1000) ? now_ns_ : now_ns_ - below(100);
    event.duration_ns = (event.flags & kHasEnter) ? below(100000) : 0;
    event.ret = below(3) ? int64_t(below(10)) : -int64_t(below(130));
    if (below(50) == 0) event.ret = int64_t(number());
    const int args = descriptor ? descriptor->arg_count : kMaxArgs;
    for (int i = 0; i < args; ++i)
      event.args[size_t(i)] = below(3) ? below(300) : number();
    for (uint64_t parts = below(4); parts > 0; --parts) add_part(made);
    return made;
  }

 private:
  void add_part(OwnedEvent& made) {
    Part part;
    part.kind = PartKind(1 + below(18));  // the last are not known
    part.arg = uint8_t(below(8));
    part.flags = uint8_t(below(8));
    std::string data = text();
    if (part.kind == PartKind::kFile && below(20)) {
      FilePart file{};
      file.inode = below(5);
      file.size = number();
      file.offset = number();
      data.assign(reinterpret_cast<const char*>(&file), sizeof file);
    }
    part.data = data;
    part.full_size = below(4) ? data.size() : number();
    made.add(part);
  }
  std::string text() {
    std::string out(below(20) ? below(6) : below(500), '/');
    for (char& c : out) c = char(below(2) ? 'a' : below(256));
    return out;
  }

  std::mt19937_64 random_;
  uint64_t now_ns_ = 1'000'000'000;
};

class TempDir {
 public:
  TempDir() {
    std::string name =
        (std::filesystem::temp_directory_path() / "vestige-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const {
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_file(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

inline TraceHeader some_header() {
  return {.tool = "vestige-capture test",
          .host_name = "node-1",
          .kernel_release = "6.1",
          .machine = "x86_64",
          .command = {"vestige-capture", "record"},
          .selection = "--container web",
          .container = {.id = "abc",
                        .name = "web",
                        .labels = {{"app", "shop"}, {"tier", "\xff\xfe"}},
                        .cgroup_id = 42},
          .start = {1'000'000'000, 1'700'000'000'000'000'000},
          .cpu_count = 4,
          .snaplen = 80,
          .has_enter = true};
}

// Everything a reader gives.
struct Reading {
  TraceHeader header;
  std::vector<OwnedEvent> events;
  std::vector<Position> positions;
  std::vector<Snapshot> snapshots;
  std::vector<Loss> losses;
  TraceEnd end;
  bool is_complete = false;
};

inline Result<Reading> read_trace(const std::string& path,
                                  const ReadOptions& options = {}) {
  auto reader = TRY(TraceReader::open(path, options));
  Reading out;
  for (;;) {
    const auto item = TRY(reader.next());
    if (!item) break;
    if (item.event) {
      out.events.emplace_back(*item.event);
      out.positions.push_back(item.position);
    }
    if (item.snapshot) out.snapshots.push_back(*item.snapshot);
    if (item.loss) out.losses.push_back(*item.loss);
  }
  out.header = reader.header();
  out.end = reader.end();
  out.is_complete = reader.is_complete();
  return out;
}

}  // namespace vestige
