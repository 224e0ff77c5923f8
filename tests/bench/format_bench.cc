// SPDX-License-Identifier: Apache-2.0
//
// bench_format [TRACE [ours | large]]: the trace format next to other layouts
// of the same events, in one run on one thread; with "ours", the trace format
// alone, also with less payload; with "large", places in a file of 1 GiB that
// is made of these events over and over. Without a trace, random events, which
// compress worse than real ones. Prints JSON lines; times are CPU time, the
// best of a few rounds.
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <time.h>
#include <zlib.h>
#include <zstd.h>

#include <chrono>
#include <functional>

#include "event.pb.h"
#include "format/unique_fd.h"
#include "tests/bench/held_events.h"
#include "tests/format/trace_fixture.h"

namespace vestige {
namespace {

constexpr size_t kBlockBytes = 256 << 10;
constexpr int kRounds = 3;
constexpr size_t kLessPayload = 80;
constexpr uint64_t kLongNs = 2'000'000'000;

uint64_t cpu_ns() {
  timespec now;
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return uint64_t(now.tv_sec) * 1'000'000'000 + uint64_t(now.tv_nsec);
}

// The best of a few rounds; when they take long, of fewer.
double measure(const std::function<void()>& work) {
  uint64_t best = UINT64_MAX;
  for (int i = 0; i < kRounds; ++i) {
    if (best != UINT64_MAX && best > kLongNs) break;
    const uint64_t from = cpu_ns();
    work();
    best = std::min(best, cpu_ns() - from);
  }
  return double(best);
}

void print(std::string_view layout, std::string_view what, double value) {
  fmt::print("{{\"bench\": \"format\", \"layout\": \"{}\", \"{}\": {:.2f}}}\n",
             layout, what, value);
  std::fflush(stdout);
}

size_t g_sum;  // keeps results from being optimized away

// ---- Ours

// How many events of the first type of a chunk failed.
size_t failed(const ColumnChunk& chunk) {
  size_t sum = 0;
  for (uint32_t i = 0; i < chunk.events; ++i)
    sum += size_t(chunk.ret[i] < 0 && chunk.type[i] == 0);
  return sum;
}

void bench_trace(const HeldEvents& held, const std::string& path,
                 uint32_t chunk_events, uint64_t flush_ns,
                 std::string_view note = "") {
  const auto count = double(held.all().size());
  const std::string name =
      fmt::format("vestige, {} events a chunk{}", chunk_events, note);
  const double encode = measure([&] {
    std::filesystem::remove(path);
    auto writer = TraceWriter::create(
        path, some_header(),
        {.chunk_events = chunk_events, .flush_ns = flush_ns});
    for (const Event& event : held.all()) (void)writer->append(event);
    (void)writer->close({});
  });
  print(name, "bytes_per_event",
        double(std::filesystem::file_size(path)) / count);
  print(name, "encode_ns", encode / count);
  const auto scan = [&path](uint32_t columns) {
    auto reader = TraceReader::open(path, {.columns = columns});
    while (const auto item = *reader->next())
      if (item.event) g_sum += size_t(item.event->ret) + item.event->args[0];
  };
  print(name, "decode_ns", measure([&] { scan(kAllColumns); }) / count);
  print(name, "decode_without_payload_ns",
        measure([&] { scan(kAllColumns & ~kColumnPayload); }) / count);
  print(name, "scan_type_result_ns",
        measure([&] {
          auto reader =
              TraceReader::open(path, {.columns = kColumnType | kColumnResult});
          while (const auto* chunk = *reader->next_columns())
            g_sum += failed(*chunk);
        }) / count);
  print(name, "open_and_first_event_ms",
        measure([&] {
          auto reader = TraceReader::open(path);
          while (const auto item = *reader->next())
            if (item.event) break;
        }) / 1e6);
  const uint64_t middle = held.all()[held.all().size() / 2].time_ns;
  print(name, "seek_ms", measure([&] {
                           auto reader = TraceReader::open(path);
                           (void)reader->seek_time(middle);
                           g_sum += bool(reader->next()->event);
                         }) / 1e6);
  const auto ask = [&](std::string_view what, const Question& question) {
    print(name, what, measure([&] {
                        auto reader =
                            TraceReader::open(path, {.question = question});
                        while (const auto item = *reader->next())
                          g_sum += bool(item.event);
                      }) / 1e6);
  };
  ask("question_all_ms", {});
  ask("question_absent_text_ms", {.texts = {"/no/such/path"}});
  ask("question_10ms_ms", {.from_ns = middle, .to_ns = middle + 10'000'000});
  ask("question_one_pid_ms", {.pids = {held.all()[held.all().size() / 2].pid}});
}

// ---- A large file

constexpr uint64_t kLargeBytes = 1 << 30;
constexpr uint64_t kSnapshotEvery = 1 << 18;  // events

void make_large(const HeldEvents& held, const std::string& path) {
  auto writer = TraceWriter::create(path, some_header(), {});
  const uint64_t span =
      held.all().back().time_ns - held.all().front().time_ns + 1;
  for (uint64_t later = 0; writer->bytes() < kLargeBytes; later += span)
    for (Event event : held.all()) {
      event.time_ns += later;
      if (writer->events() % kSnapshotEvery == 0)
        (void)writer->append(
            Snapshot{.time_ns = event.time_ns, .end_ns = event.time_ns});
      (void)writer->append(event);
    }
  (void)writer->close({});
}

// Time as the user has it, the first with nothing of the file in memory.
void print_wall(std::string_view what, const std::string& path,
                const std::function<void(TraceReader&)>& work) {
  for (const std::string_view how : {"cold", "warm"}) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY));
    if (how == "cold") ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED);
    const auto from = std::chrono::steady_clock::now();
    auto reader = TraceReader::open(path);
    work(*reader);
    const std::chrono::duration<double, std::milli> took =
        std::chrono::steady_clock::now() - from;
    print(fmt::format("vestige, 1 GiB, {}", how), what, took.count());
  }
}

void bench_large(const HeldEvents& held, const std::string& path) {
  make_large(held, path);
  const auto first_event = [](TraceReader& reader) {
    while (const auto item = *reader.next())
      if (item.event) break;
  };
  print_wall("open_and_first_event_ms", path, first_event);
  auto reader = TraceReader::open(path);
  const uint64_t begin = held.all().front().time_ns;
  uint64_t end = begin;
  while (const ColumnChunk* chunk = *reader->next_columns())
    end = std::max(end, chunk->max_time_ns);
  const auto events = double(reader->end().events);
  print("vestige, 1 GiB", "events", events);
  print("vestige, 1 GiB", "bytes", double(std::filesystem::file_size(path)));
  for (const double part : {0.1, 0.5, 0.9})
    print_wall(
        fmt::format("open_and_seek_to_{:.1f}_ms", part), path,
        [&](TraceReader& file) {
          (void)file.seek_time(begin + uint64_t(double(end - begin) * part));
          first_event(file);
        });
  print_wall("open_and_seek_to_event_ms", path, [&](TraceReader& file) {
    (void)file.seek(
        {uint32_t(events / WriterOptions{}.chunk_events / 3), 20'000});
    first_event(file);
  });
}

// ---- Others

// Compressed blocks, one after the other.
class Blocks {
 public:
  void add(std::string_view raw) {
    std::string out(ZSTD_compressBound(raw.size()), '\0');
    out.resize(ZSTD_compressCCtx(context_, out.data(), out.size(), raw.data(),
                                 raw.size(), 3));
    bytes_ += out.size();
    blocks_.push_back(std::move(out));
  }
  void clear() {
    blocks_.clear();
    bytes_ = 0;
  }
  void each(const std::function<void(std::string_view)>& use) const {
    for (const std::string& block : blocks_) {
      std::string raw(ZSTD_getFrameContentSize(block.data(), block.size()),
                      '\0');
      ZSTD_decompress(raw.data(), raw.size(), block.data(), block.size());
      use(raw);
    }
  }
  [[nodiscard]] double bytes() const { return double(bytes_); }

 private:
  ZSTD_CCtx* context_ = ZSTD_createCCtx();
  std::vector<std::string> blocks_;
  size_t bytes_ = 0;
};

void to_message(const Event& event, bench::Event& to) {
  to.set_type(uint32_t(event.type.abi) << 16 | event.type.number);
  to.set_time_ns(event.time_ns);
  to.set_duration_ns(event.duration_ns);
  to.set_ret(event.ret);
  to.set_pid(event.pid);
  to.set_tid(event.tid);
  to.set_process_start_ns(event.process_start_ns);
  to.set_cgroup_id(event.cgroup_id);
  to.set_flags(event.flags);
  to.set_cpu(event.cpu);
  for (int i = 0; i < event.descriptor->arg_count; ++i)
    to.add_arg(event.args[size_t(i)]);
  for (const Part& part : event.parts) {
    bench::Part& made = *to.add_part();
    made.set_kind(uint32_t(part.kind));
    made.set_arg(part.arg);
    made.set_flags(part.flags);
    made.set_full_size(part.full_size);
    made.set_data(part.data.data(), part.data.size());
  }
}

void bench_messages(const HeldEvents& held) {
  const auto count = double(held.all().size());
  Blocks blocks;
  const double encode = measure([&] {
    blocks.clear();
    bench::Block block;
    size_t bytes = 0;
    for (const Event& event : held.all()) {
      bench::Event& made = *block.add_event();
      to_message(event, made);
      bytes += made.ByteSizeLong();
      if (bytes < kBlockBytes) continue;
      blocks.add(block.SerializeAsString());
      block.Clear();
      bytes = 0;
    }
    blocks.add(block.SerializeAsString());
  });
  print("one message per event + zstd 3", "bytes_per_event",
        blocks.bytes() / count);
  print("one message per event + zstd 3", "encode_ns", encode / count);
  print("one message per event + zstd 3", "decode_ns",
        measure([&] {
          bench::Block block;
          blocks.each([&block](std::string_view raw) {
            block.ParseFromArray(raw.data(), int(raw.size()));
            for (const bench::Event& event : block.event())
              g_sum += size_t(event.ret());
          });
        }) / count);
}

void append_json(const Event& event, std::string& out) {
  fmt::format_to(std::back_inserter(out),
                 "{{\"name\":\"{}\",\"time\":{},\"duration\":{},\"ret\":{},"
                 "\"pid\":{},\"tid\":{},\"start\":{},\"cgroup\":{},"
                 "\"flags\":{},\"cpu\":{},\"args\":[",
                 event.descriptor->name, event.time_ns, event.duration_ns,
                 event.ret, event.pid, event.tid, event.process_start_ns,
                 event.cgroup_id, event.flags, event.cpu);
  for (int i = 0; i < event.descriptor->arg_count; ++i)
    fmt::format_to(std::back_inserter(out), "{}{}", i ? "," : "",
                   event.args[size_t(i)]);
  out += "],\"parts\":[";
  for (const Part& part : event.parts) {
    fmt::format_to(std::back_inserter(out), "[{},{},{},{},\"", int(part.kind),
                   part.arg, part.flags, part.full_size);
    for (const char c : part.data)
      if (c >= ' ' && c < 127 && c != '"' && c != '\\')
        out += c;
      else
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", uint8_t(c));
    out += "\"],";
  }
  out += "]}\n";
}

void bench_json(const HeldEvents& held) {
  const auto count = double(held.all().size());
  Blocks blocks;
  const double encode = measure([&] {
    blocks.clear();
    std::string text;
    for (const Event& event : held.all()) {
      append_json(event, text);
      if (text.size() < kBlockBytes) continue;
      blocks.add(text);
      text.clear();
    }
    blocks.add(text);
  });
  print("JSON lines + zstd 3", "bytes_per_event", blocks.bytes() / count);
  print("JSON lines + zstd 3", "encode_ns", encode / count);
}

// A scap-like record: 26 bytes of header, lengths, parameters as they are.
void append_record(const Event& event, std::string& out) {
  const auto put = [&out](const auto& value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  size_t size = 26 + 8 * size_t(event.descriptor->arg_count) + 8;
  for (const Part& part : event.parts) size += part.data.size();
  put(event.time_ns);
  put(uint64_t(event.tid));
  put(uint32_t(size));
  put(event.type.number);
  put(uint32_t(1 + event.descriptor->arg_count + event.parts.size()));
  put(uint16_t(8));
  for (int i = 0; i < event.descriptor->arg_count; ++i) put(uint16_t(8));
  for (const Part& part : event.parts) put(uint16_t(part.data.size()));
  put(event.ret);
  for (int i = 0; i < event.descriptor->arg_count; ++i)
    put(event.args[size_t(i)]);
  for (const Part& part : event.parts) out += part.data;
}

void bench_records(const HeldEvents& held) {
  const auto count = double(held.all().size());
  Blocks blocks;
  double encode = measure([&] {
    blocks.clear();
    std::string raw;
    for (const Event& event : held.all()) {
      append_record(event, raw);
      if (raw.size() < kBlockBytes) continue;
      blocks.add(raw);
      raw.clear();
    }
    blocks.add(raw);
  });
  print("scap-like records + zstd 3", "bytes_per_event",
        blocks.bytes() / count);
  print("scap-like records + zstd 3", "encode_ns", encode / count);
  print(
      "scap-like records + zstd 3", "scan_type_result_ns",
      measure([&] {
        blocks.each([](std::string_view raw) {
          while (raw.size() >= 26) {
            uint32_t size = 0, params = 0;
            std::memcpy(&size, raw.data() + 16, 4);
            std::memcpy(&params, raw.data() + 22, 4);
            int64_t ret = 0;
            std::memcpy(&ret, raw.data() + 26 + 2 * params, 8);
            g_sum += size_t(ret);
            raw.remove_prefix(std::min<size_t>(size + 2 * params, raw.size()));
          }
        });
      }) / count);
  size_t bytes = 0;
  encode = measure([&] {
    bytes = 0;
    std::string raw;
    std::vector<Bytef> out;
    const auto flush = [&] {
      uLongf size = ::compressBound(raw.size());
      out.resize(size);
      ::compress2(out.data(), &size, reinterpret_cast<const Bytef*>(raw.data()),
                  raw.size(), 6);
      bytes += size;
      raw.clear();
    };
    for (const Event& event : held.all()) {
      append_record(event, raw);
      if (raw.size() >= kBlockBytes) flush();
    }
    flush();
  });
  print("scap-like records + gzip 6", "bytes_per_event", double(bytes) / count);
  print("scap-like records + gzip 6", "encode_ns", encode / count);
}

void bench_sqlite(const HeldEvents& held, const std::string& path) {
  const auto count = double(held.all().size());
  const uint64_t from = cpu_ns();
  sqlite3* db = nullptr;
  sqlite3_open(path.c_str(), &db);
  sqlite3_exec(db,
               "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;"
               "CREATE TABLE event(type, time, duration, ret, pid, tid, args, "
               "parts);",
               nullptr, nullptr, nullptr);
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v2(db, "INSERT INTO event VALUES(?,?,?,?,?,?,?,?)", -1,
                     &insert, nullptr);
  std::string parts;
  for (const Event& event : held.all()) {
    const int64_t values[] = {event.type.number,
                              int64_t(event.time_ns),
                              int64_t(event.duration_ns),
                              event.ret,
                              event.pid,
                              event.tid};
    for (int i = 0; i < 6; ++i) sqlite3_bind_int64(insert, i + 1, values[i]);
    sqlite3_bind_blob(insert, 7, event.args.data(),
                      8 * event.descriptor->arg_count, SQLITE_STATIC);
    parts.clear();
    for (const Part& part : event.parts) parts += part.data;
    sqlite3_bind_blob(insert, 8, parts.data(), int(parts.size()),
                      SQLITE_STATIC);
    sqlite3_step(insert);
    sqlite3_reset(insert);
  }
  sqlite3_finalize(insert);
  sqlite3_exec(db, "COMMIT", nullptr, nullptr, nullptr);
  print("SQLite", "encode_ns", double(cpu_ns() - from) / count);
  print("SQLite", "bytes_per_event",
        double(std::filesystem::file_size(path)) / count);
  print("SQLite", "scan_type_result_ns",
        measure([&] {
          sqlite3_stmt* scan = nullptr;
          sqlite3_prepare_v2(
              db, "SELECT count(*) FROM event WHERE type=0 AND ret<0", -1,
              &scan, nullptr);
          while (sqlite3_step(scan) == SQLITE_ROW) ++g_sum;
          sqlite3_finalize(scan);
        }) / count);
  sqlite3_close(db);
}

int run(const char* trace, std::string_view which) {
  HeldEvents held;
  if (trace) {
    auto reader = TraceReader::open(trace);
    if (!reader) {
      fmt::print(stderr, "bench_format: {}\n", reader.error().message);
      return int(reader.error().kind);
    }
    // Descriptors live in the reader, so it stays open.
    static TraceReader kept = std::move(*reader);
    while (const auto item = *kept.next())
      if (item.event) held.add(*item.event);
  } else {
    EventMaker maker(1);
    for (int i = 0; i < 200'000; ++i) {
      OwnedEvent made = maker.next();
      static constexpr Descriptor kNone = {.name = "none"};
      made.event.descriptor = find_descriptor(made.event.type);
      if (!made.event.descriptor) made.event.descriptor = &kNone;
      held.add(made.event);
    }
  }
  held.finish();
  if (held.all().empty()) return 1;
  print(trace ? "recorded events" : "random events", "events",
        double(held.all().size()));
  const TempDir dir;
  if (which == "large") {
    bench_large(held, dir.file("x"));
    return g_sum == 42;
  }
  if (which == "ours") {
    bench_trace(held, dir.file("x"), WriterOptions{}.chunk_events, UINT64_MAX);
    held.cut_payload(kLessPayload);
    bench_trace(held, dir.file("x"), WriterOptions{}.chunk_events, UINT64_MAX,
                ", 80 bytes of payload");
    return g_sum == 42;
  }
  for (const uint32_t chunk : {8192u, 16384u, 32768u, 65536u})
    bench_trace(held, dir.file("x"), chunk, UINT64_MAX);
  bench_messages(held);
  bench_json(held);
  bench_records(held);
  bench_sqlite(held, dir.file("db"));
  return g_sum == 42;
}

}  // namespace
}  // namespace vestige

int main(int argc, char** argv) {
  return vestige::run(argc > 1 ? argv[1] : nullptr, argc > 2 ? argv[2] : "");
}
