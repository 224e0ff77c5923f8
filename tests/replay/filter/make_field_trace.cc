// SPDX-License-Identifier: Apache-2.0
//
// Writes a trace whose events have values in fields that few traces have: a
// pod with labels and mounts, errors of all kinds, waits, requests to
// io_uring, names from DNS, a process that another one kills.
//
// usage: make_field_trace TRACE
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cstdio>
#include <string>

#include "tests/replay/addresses.h"
#include "tests/replay/trace_builder.h"

namespace vestige {
namespace {

using namespace std::string_literals;

// "a.example" is 192.0.2.7; "b.example" is 10.1.2.3, an address of ours.
std::string dns(char letter, const std::string& ip, bool is_answer) {
  std::string out =
      "\x12\x34\1\0\0\1\0\0\0\0\0\0\1"s + letter + "\7example\0\0\1\0\1"s;
  if (!is_answer) return out;
  out[2] = '\x81';
  out[3] = '\x80';
  out[7] = 1;
  return out + "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4"s + ip;
}

void talk(TraceBuilder& trace) {
  trace.call(1, "socket", {AF_INET, SOCK_DGRAM, 0}, 4);
  trace.call(1, "connect", {4, 1, 16}, 0)
      .part(1, PartKind::kSockaddr, in4("192.0.2.53", 53));
  for (const auto& [letter, ip] :
       {std::pair('a', "\xc0\0\2\7"s), {'b', "\x0a\1\2\3"s}}) {
    const std::string question = dns(letter, ip, false);
    const std::string answer = dns(letter, ip, true);
    trace.call(1, "sendto", {4, 1, question.size()}, int64_t(question.size()))
        .payload(1, question, question.size());
    trace.call(1, "recvfrom", {4, 1, 512}, int64_t(answer.size()))
        .payload(1, answer, answer.size());
  }
  trace.call(1, "socket", {AF_INET, SOCK_STREAM, 0}, 5);
  trace.call(1, "connect", {5, 1, 16}, 0)
      .part(1, PartKind::kSockaddr, in4("192.0.2.7", 443))
      .part(0, PartKind::kSocket, socket_to(SOCK_STREAM, "192.0.2.7", 443));
}

void fail(TraceBuilder& trace) {
  trace.open(1, "/none", -2);
  trace.call(1, "connect", {5, 1, 16}, -111);
  trace.call(1, "mmap", {0, 4096, 3, 34, uint64_t(-1), 0}, -12);
  trace.call(1, "setuid", {0}, -1);
}

void change_files(TraceBuilder& trace) {
  trace.create(1, "/tmp/a", 3).rename(1, "/tmp/a", "/tmp/b");
  trace.call(1, "symlink", {1, 2}, 0).text(0, "/tmp/b").text(1, "/tmp/l");
  // A request to io_uring is told like the call of its name.
  trace.call(1, "fsync", {3}, 0);
  Event& request = trace.events().back().event;
  request.descriptor = find_descriptor(Abi::kKernel, "io_fsync");
  request.type = request.descriptor->type;
  trace.call(1, "epoll_wait", {9, 0, 1, 50}, 0);
  Event& wait = trace.events().back().event;
  wait.flags |= kHasEnter;
  wait.duration_ns = 1'500'000'042;
}

TraceHeader pod() {
  TraceHeader header;
  header.tool = "vestige-capture test";
  header.host_name = "node1";
  header.kernel_release = "6.1.0";
  header.machine = "x86_64";
  header.start = {1'000'000'000, 1'700'000'000'000'000'000};
  header.container.id = "0123456789abcdef";
  header.container.name = "shop";
  header.container.runtime = "containerd";
  header.container.image = "registry:5000/team/web:1.2@sha256:77";
  header.container.labels = {{"io.kubernetes.pod.name", "web-0"},
                             {"io.kubernetes.pod.namespace", "prod"},
                             {"io.kubernetes.pod.uid", "11-22"},
                             {"tier", "front"}};
  return header;
}

int run(const char* path) {
  TraceBuilder trace;
  ProcessState server;
  server.comm = "server";
  server.argv = {"server", "--port", "80"};
  server.env = {"USER=alice"};
  server.exe = "/usr/bin/server";
  server.cwd = "/srv";
  server.credentials.cap_permitted = 0x1ffffffffffull;
  trace.process(1, server);
  trace.snapshots()[0].mounts = {
      {.root = "/etc", .mount_point = "/host/etc", .fs_type = "ext4"}};
  talk(trace);
  fail(trace);
  change_files(trace);
  trace.fork(1, 2).exec(2, {"worker", "-x"}, "/usr/bin/worker");
  trace.call(1, "kill", {2, 9}, 0).signal_sent(1, 2, 9).exit(2, 0, 9);
  trace.save(path, pod());
  return testing::Test::HasFailure() ? 1 : 0;
}

}  // namespace
}  // namespace vestige

int main(int argc, char** argv) {
  if (argc != 2)
    return std::fputs("usage: make_field_trace TRACE\n", stderr), 2;
  return vestige::run(argv[1]);
}
