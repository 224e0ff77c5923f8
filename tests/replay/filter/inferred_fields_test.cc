// SPDX-License-Identifier: Apache-2.0
//
// Fields that a trace answers from what it holds otherwise.
#include <sys/socket.h>

#include "tests/replay/addresses.h"
#include "tests/replay/filter/views.h"

namespace vestige::filter {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TraceHeader in_container() {
  TraceHeader header;
  header.container.id = "0123456789abcdef";
  header.container.runtime = "docker";
  return header;
}

ProcessState with_capabilities(uint64_t set) {
  ProcessState state;
  state.credentials.cap_permitted = set;
  return state;
}

TEST(InferredFields, TerminalIsWhatTheStandardStreamsAre) {
  TraceBuilder trace;
  trace.process(1).fork(1, 2);
  trace.open(2, "/dev/null", 0).open(2, "/dev/pts/3", 1, O_RDWR);
  trace.open(2, "/dev/pts/4", 5, O_RDWR);
  EXPECT_THAT(matching(trace, "proc.tty = 34819"), ElementsAre(3, 4));
  EXPECT_THAT(matching(trace, "proc.tty = 0"), ElementsAre(1, 2));
}

TEST(InferredFields, PrivilegedIsWhoHoldsWhatPrivilegedGives) {
  for (const auto& [set, says] :
       {std::pair{0x1ffffffffffull, "true"}, {0xa80425fbull, "false"}}) {
    TraceBuilder trace;
    trace.process(1, with_capabilities(set)).fork(1, 2);
    EXPECT_THAT(matching(trace, std::string("container.privileged = ") + says,
                         {}, in_container()),
                ElementsAre(1));
    EXPECT_THAT(matching(trace, "container.privileged exists"), IsEmpty());
  }
}

TEST(InferredFields, MountsOfTheHostAreKnownByBothSides) {
  TraceBuilder trace;
  trace.process(1).fork(1, 2);
  trace.snapshots()[0].mounts = {
      {.root = "/etc", .mount_point = "/host/etc", .fs_type = "ext4"},
      {.root = "/docker.sock", .mount_point = "/d.sock", .fs_type = "tmpfs"},
      {.root = "/", .mount_point = "/host/proc", .fs_type = "proc"},
      {.root = "/", .mount_point = "/proc", .fs_type = "proc"},
      {.root = "/var/lib/docker/x/hosts",
       .mount_point = "/etc/hosts",
       .fs_type = "ext4"},
      {.root = "/", .mount_point = "/run/a", .fs_type = "tmpfs"}};
  const auto is = [&](const char* text) {
    return matching(trace, text, {}, in_container()).size() == 1;
  };
  EXPECT_TRUE(is("container.mount.dest[/etc] = /host/etc"));
  EXPECT_TRUE(is("container.mount.dest[/e*] = /host/etc"));
  EXPECT_TRUE(is("container.mount.dest[/run/docker.sock] = /d.sock"));
  EXPECT_TRUE(is("container.mount.dest[/var/run/docker.sock] = /d.sock"));
  EXPECT_TRUE(is("container.mount.dest[/proc*] = /host/proc"));
  EXPECT_TRUE(is("container.mount.source[/host/etc] = /etc"));
  EXPECT_TRUE(is("container.mount.source[/etc/hosts] = N/A"));
  EXPECT_TRUE(is("container.mount.dest[/usr] = N/A"));
  EXPECT_TRUE(is("container.mount.dest[/?tc] = /host/etc"));
}

TEST(InferredFields, NameIsChangedByAnotherPeer) {
  TraceBuilder trace;
  trace.process(1).fork(1, 2);
  trace.call(2, "socket", {AF_INET, SOCK_DGRAM, 0}, 3);
  for (const char* ip : {"192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.1"})
    trace.call(2, "sendto", {3, 1, 4, 0, 2, 16}, 4)
        .part(4, PartKind::kSockaddr, in4(ip, 53));
  EXPECT_THAT(matching(trace, "evt.type = sendto and fd.name_changed = true"),
              ElementsAre(3, 5, 6));
  EXPECT_THAT(matching(trace, "evt.type = sendto and fd.sip = 192.0.2.2"),
              ElementsAre(5));
}

TEST(InferredFields, AddressesHaveTheNamesOfDnsAnswers) {
  // A question for "a.example" and its answer: 192.0.2.7.
  const std::string question(
      "\x12\x34\1\0\0\1\0\0\0\0\0\0\1a\7example\0\0\1\0\1", 27);
  std::string answer = question;
  answer[2] = '\x81';
  answer[3] = '\x80';
  answer[7] = 1;
  answer.append("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\7", 16);
  TraceBuilder trace;
  trace.process(1).fork(1, 2);
  trace.call(2, "socket", {AF_INET, SOCK_DGRAM, 0}, 3);
  trace.call(2, "connect", {3, 1, 16}, 0)
      .part(1, PartKind::kSockaddr, in4("192.0.2.53", 53));
  trace.call(2, "sendto", {3, 1, 27, 0, 0, 0}, 27)
      .payload(1, question, question.size());
  trace.call(2, "recvfrom", {3, 1, 512, 0, 0, 0}, int64_t(answer.size()))
      .payload(1, answer, answer.size());
  for (const char* ip : {"192.0.2.7", "192.0.2.8"}) {
    trace.call(2, "socket", {AF_INET, SOCK_STREAM, 0}, 4);
    trace.call(2, "connect", {4, 1, 16}, 0)
        .part(1, PartKind::kSockaddr, in4(ip, 443));
    trace.close(2, 4);
  }
  EXPECT_THAT(matching(trace, "evt.type = connect and fd.sip.name = a.example"),
              ElementsAre(7));
  EXPECT_THAT(matching(trace, "evt.type = connect and fd.rip.name exists"),
              ElementsAre(7));
}

TEST(InferredFields, RawNameIsThePathAsPassed) {
  TraceBuilder trace;
  trace.process(1).open(1, "/tmp/../etc/./hosts", 3, O_RDONLY, "/etc/hosts");
  EXPECT_THAT(matching(trace, "fd.nameraw = '/tmp/../etc/./hosts'"),
              ElementsAre(1));
  EXPECT_THAT(matching(trace, "fd.name = /etc/hosts"), ElementsAre(1));
}

}  // namespace
}  // namespace vestige::filter
