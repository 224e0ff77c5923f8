// SPDX-License-Identifier: Apache-2.0
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>

#include "tests/replay/addresses.h"
#include "tests/replay/rows.h"
#include "tests/replay/trace_builder.h"

namespace vestige {
namespace {

TraceBuilder& socket(TraceBuilder& trace, uint32_t pid, int fd, int type) {
  return trace.call(pid, "socket", {AF_INET, uint64_t(type), 0}, fd);
}

TraceBuilder& connect(TraceBuilder& trace, uint32_t pid, int fd,
                      const sockaddr_in& to, int64_t ret) {
  return trace.call(pid, "connect", {uint64_t(fd), 1, sizeof to}, ret)
      .part(1, PartKind::kSockaddr, to);
}

TEST(Net, ConnectHasItsPeerAndItsResult) {
  TraceBuilder trace;
  trace.process(1);
  socket(trace, 1, 3, SOCK_STREAM);
  connect(trace, 1, 3, in4("127.0.0.1", 9), -ECONNREFUSED);
  const Facts& facts = trace.facts();
  const NetRow* row = find_net(facts, NetOp::kConnect, "127.0.0.1:9");
  ASSERT_TRUE(row);
  EXPECT_EQ(row->error, ECONNREFUSED);
  const ConnectionRow& connection = *facts.connection(row->connection);
  EXPECT_EQ(connection.direction, Direction::kOutgoing);
  EXPECT_FALSE(connection.is_established);
  EXPECT_EQ(
      protocol_text(connection.family, connection.type, connection.protocol),
      "tcp");
}

TEST(Net, ReadAndWriteOnASocketAreTraffic) {
  TraceBuilder trace;
  trace.process(1);
  socket(trace, 1, 3, SOCK_STREAM);
  connect(trace, 1, 3, in4("10.0.0.1", 80), 0);
  trace.write(1, 3, 100).read(1, 3, 40).read(1, 3, 2);
  const Facts& facts = trace.facts();
  EXPECT_TRUE(facts.files.empty());
  const NetRow* received = find_net(facts, NetOp::kReceive, "10.0.0.1:80");
  ASSERT_TRUE(received);
  EXPECT_EQ(received->bytes, 42u);
  const ConnectionRow& connection = *facts.connection(received->connection);
  EXPECT_EQ(connection.bytes_sent, 100u);
  EXPECT_EQ(connection.bytes_received, 42u);
  EXPECT_TRUE(connection.is_established);
}

TEST(Net, ConnectionInProgressIsEstablishedByTraffic) {
  TraceBuilder trace;
  trace.process(1);
  socket(trace, 1, 3, SOCK_STREAM | SOCK_NONBLOCK);
  connect(trace, 1, 3, in4("10.0.0.1", 80), -EINPROGRESS).write(1, 3, 1);
  const Facts& facts = trace.facts();
  EXPECT_EQ(find_net(facts, NetOp::kConnect, "10.0.0.1:80")->error,
            EINPROGRESS);
  EXPECT_TRUE(facts.connections[0].is_established);
}

TEST(Net, OneUnconnectedSocketHasAConversationPerPeer) {
  TraceBuilder trace;
  trace.process(1);
  socket(trace, 1, 3, SOCK_DGRAM);
  for (const char* peer : {"10.0.0.1", "10.0.0.2", "10.0.0.1"})
    trace.call(1, "sendto", {3, 1, 5, 0, 2, sizeof(sockaddr_in)}, 5)
        .part(4, PartKind::kSockaddr, in4(peer, 53));
  const Facts& facts = trace.facts();
  EXPECT_EQ(find_net(facts, NetOp::kSend, "10.0.0.1:53")->bytes, 10u);
  EXPECT_EQ(find_net(facts, NetOp::kSend, "10.0.0.2:53")->bytes, 5u);
  EXPECT_EQ(facts.connections.size(), 2u);
}

TEST(Net, AcceptedConnectionKnowsBothEnds) {
  TraceBuilder trace;
  trace.process(1);
  socket(trace, 1, 3, SOCK_STREAM);
  trace.call(1, "bind", {3, 1, sizeof(sockaddr_in)}, 0)
      .part(1, PartKind::kSockaddr, in4("0.0.0.0", 80));
  trace.call(1, "listen", {3, 5}, 0).call(1, "accept4", {3, 1, 2, 0}, 4);
  trace.part(1, PartKind::kSockaddr, in4("10.0.0.9", 4000)).read(1, 4, 7);
  const Facts& facts = trace.facts();
  const NetRow* row = find_net(facts, NetOp::kReceive, "10.0.0.9:4000");
  ASSERT_TRUE(row);
  const ConnectionRow& accepted = *facts.connection(row->connection);
  EXPECT_EQ(endpoint_text(accepted.local), "0.0.0.0:80");
  EXPECT_EQ(accepted.direction, Direction::kIncoming);
  EXPECT_EQ(facts.connections[0].direction, Direction::kListening);
}

TEST(Net, KernelsViewOfASocketGoesOverOurs) {
  TraceBuilder trace;
  trace.process(1);
  SocketPart seen{.family = AF_INET,
                  .type = SOCK_STREAM,
                  .local_port = 5000,
                  .peer_port = 443,
                  .inode = 99};
  seen.peer_address[0] = 9;
  trace.call(1, "sendto", {8, 1, 5, 0, 0, 0}, 5)
      .part(0, PartKind::kSocket, seen);
  const Facts& facts = trace.facts();
  const NetRow* row = find_net(facts, NetOp::kSend, "9.0.0.0:443");
  ASSERT_TRUE(row);
  EXPECT_EQ(facts.connection(row->connection)->inode, 99u);
}

TEST(Net, PortGivenBackAtTheEndIsStillTold) {
  TraceBuilder trace;
  trace.process(1);
  SocketPart seen{.family = AF_INET,
                  .type = SOCK_STREAM,
                  .local_port = 5000,
                  .peer_port = 443,
                  .inode = 99};
  seen.local_address[0] = 8;
  seen.peer_address[0] = 9;
  trace.call(1, "sendto", {8, 1, 5, 0, 0, 0}, 5)
      .part(0, PartKind::kSocket, seen);
  seen.local_port = 0;
  trace.call(1, "recvfrom", {8, 1, 5, 0, 0, 0}, 0)
      .part(0, PartKind::kSocket, seen);
  const Facts& facts = trace.facts();
  const NetRow* row = find_net(facts, NetOp::kReceive, "9.0.0.0:443");
  ASSERT_TRUE(row);
  EXPECT_EQ(endpoint_text(facts.connection(row->connection)->local),
            "8.0.0.0:5000");
}

TEST(Net, ReusedDescriptorIsAnotherConversation) {
  TraceBuilder trace;
  trace.process(1);
  socket(trace, 1, 3, SOCK_STREAM);
  connect(trace, 1, 3, in4("10.0.0.1", 80), 0).write(1, 3, 1).close(1, 3);
  socket(trace, 1, 3, SOCK_STREAM);
  connect(trace, 1, 3, in4("10.0.0.2", 80), 0).write(1, 3, 2);
  const Facts& facts = trace.facts();
  EXPECT_EQ(find_net(facts, NetOp::kSend, "10.0.0.1:80")->bytes, 1u);
  EXPECT_EQ(find_net(facts, NetOp::kSend, "10.0.0.2:80")->bytes, 2u);
  EXPECT_NE(facts.connections[0].end_ns, 0u);
  EXPECT_EQ(facts.connections[1].end_ns, 0u);
}

TEST(Net, UnixAddressesArePathsOrAbstract) {
  TextPool texts;
  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  const auto parse = [&](std::string_view path) {
    const std::string bytes =
        std::string(reinterpret_cast<const char*>(&un.sun_family), 2)
            .append(path);
    return endpoint_text(parse_endpoint(bytes, texts));
  };
  EXPECT_EQ(parse(std::string_view("/run/x\0junk", 11)), "/run/x");
  EXPECT_EQ(parse(std::string_view("\0abc", 4)), "@abc");
}

TEST(Net, ShortAddressesAreNoAddresses) {
  TextPool texts;
  EXPECT_FALSE(parse_endpoint("", texts));
  EXPECT_FALSE(parse_endpoint(std::string_view("\2\0\0", 3), texts));
  EXPECT_FALSE(parse_endpoint(std::string_view("\12\0\0\0", 4), texts));
}

std::string rights(int fd) {
  const struct {
    uint64_t length = 20;
    int32_t level = SOL_SOCKET;
    int32_t type = SCM_RIGHTS;
    int32_t fd;
    int32_t pad = 0;
  } control{.fd = fd};
  return {reinterpret_cast<const char*>(&control), sizeof control};
}

TEST(Net, SocketErrorTellsHowAConnectEnded) {
  for (const int32_t error : {0, ECONNREFUSED}) {
    TraceBuilder trace;
    trace.process(1);
    socket(trace, 1, 3, SOCK_STREAM);
    connect(trace, 1, 3, in4("10.0.0.1", 80), -EINPROGRESS);
    trace.call(1, "getsockopt", {3, SOL_SOCKET, SO_ERROR, 1, 2}, 0)
        .part(3, PartKind::kBytes, error);
    const ConnectionRow& row = trace.facts().connections[0];
    EXPECT_TRUE(row.was_in_progress);
    EXPECT_EQ(row.error, error);
    EXPECT_EQ(row.is_established, error == 0);
  }
}

TEST(Net, PollTellsThatAConnectSucceeded) {
  for (const short revents : {POLLOUT, POLLOUT | POLLERR}) {
    TraceBuilder trace;
    trace.process(1);
    socket(trace, 1, 3, SOCK_STREAM);
    connect(trace, 1, 3, in4("10.0.0.1", 80), -EINPROGRESS);
    const pollfd fds[2] = {{9, POLLIN, 0}, {3, POLLOUT, revents}};
    trace.call(1, "poll", {1, 2, 100}, 1).part(0, PartKind::kBytes, fds);
    const ConnectionRow& row = trace.facts().connections[0];
    EXPECT_EQ(row.is_established, revents == POLLOUT);
    EXPECT_EQ(row.error, revents == POLLOUT ? 0 : EINPROGRESS);
  }
}

// What the kernel packs on x86: TraceBuilder writes events of x86-64.
std::string epoll_event_bytes(uint32_t events, uint64_t data) {
  std::string bytes(reinterpret_cast<const char*>(&events), sizeof events);
  return bytes.append(reinterpret_cast<const char*>(&data), sizeof data);
}

TEST(Net, EpollTellsThatAConnectSucceeded) {
  constexpr uint64_t kCookie = 0x7f0012345678;
  for (const uint32_t events :
       {uint32_t(EPOLLOUT), uint32_t(EPOLLOUT | EPOLLHUP)}) {
    TraceBuilder trace;
    const uint64_t mask = ~0ull;
    trace.process(1).call(1, "epoll_create1", {0}, 9);
    socket(trace, 1, 3, SOCK_STREAM);
    socket(trace, 1, 4, SOCK_STREAM);
    for (const int fd : {3, 4}) {
      trace.call(1, "epoll_ctl", {9, EPOLL_CTL_ADD, uint64_t(fd), 1}, 0)
          .part(3, PartKind::kBytes,
                epoll_event_bytes(EPOLLOUT, kCookie + uint64_t(fd)));
      connect(trace, 1, fd, in4("10.0.0.1", 80), -EINPROGRESS);
    }
    trace.call(1, "epoll_pwait", {9, 1, 8, 100, 1, 8}, 1)
        .part(4, PartKind::kBytes, mask)
        .part(1, PartKind::kBytes, epoll_event_bytes(events, kCookie + 4));
    const Facts& facts = trace.facts();
    EXPECT_EQ(facts.connections[0].error, EINPROGRESS);
    EXPECT_EQ(facts.connections[1].is_established, events == EPOLLOUT);
  }
}

TEST(Net, WhatPollAndEpollReportHasRowsOfItsOwn) {
  TraceBuilder trace;
  trace.process(1).call(1, "epoll_create1", {0}, 9);
  socket(trace, 1, 3, SOCK_STREAM);
  trace.open(1, "/dev/tty", 4).open(1, "/dev/null", 5);
  for (const int fd : {3, 4, 5})
    trace.call(1, "epoll_ctl", {9, EPOLL_CTL_ADD, uint64_t(fd), 1}, 0)
        .part(3, PartKind::kBytes, epoll_event_bytes(EPOLLIN, uint64_t(fd)));
  for (int i = 0; i < 2; ++i)
    trace.call(1, "epoll_wait", {9, 1, 8, 100}, 2)
        .part(1, PartKind::kBytes,
              epoll_event_bytes(EPOLLIN, 3) + epoll_event_bytes(EPOLLIN, 4));
  const pollfd polled[] = {
      {3, POLLIN, POLLIN}, {5, POLLIN, 0}, {7, POLLIN, POLLNVAL}};
  trace.call(1, "poll", {1, 3, 100}, 2).part(0, PartKind::kBytes, polled);
  const Facts& facts = trace.facts();
  const auto ready = std::ranges::find(facts.net, NetOp::kReady, &NetRow::op);
  ASSERT_NE(ready, facts.net.end());
  EXPECT_EQ(ready->connection, facts.connections[0].id);
  EXPECT_EQ(ready->seen.count, 3u) << "twice by epoll, once by poll";
  const FileRow* terminal = find_file(facts, FileOp::kReady, "/dev/tty");
  ASSERT_TRUE(terminal);
  EXPECT_EQ(terminal->seen.count, 2u);
  EXPECT_FALSE(find_file(facts, FileOp::kReady, "/dev/null"));
}

TEST(Net, SignalMaskIsNotTakenForWhatPollTells) {
  TraceBuilder trace;
  trace.process(1);
  socket(trace, 1, 3, SOCK_STREAM);
  connect(trace, 1, 3, in4("10.0.0.1", 80), -EINPROGRESS);
  const pollfd fds[1] = {{3, POLLOUT, POLLOUT}};
  const uint64_t mask = 0;
  trace.call(1, "ppoll", {1, 1, 0, 2, 8}, 1)
      .part(3, PartKind::kBytes, mask)
      .part(0, PartKind::kBytes, fds);
  EXPECT_TRUE(trace.facts().connections[0].is_established);
}

TEST(Net, WhatIsOnlyLookedAtHasNotMoved) {
  TraceBuilder trace;
  trace.process(1);
  socket(trace, 1, 3, SOCK_DGRAM);
  connect(trace, 1, 3, in4("10.0.0.1", 53), 0);
  for (const int flags : {int(MSG_PEEK), 0, int(MSG_ERRQUEUE)})
    trace.call(1, "recvfrom", {3, 1, 100, uint64_t(flags), 0, 0}, 7);
  const Facts& facts = trace.facts();
  const ConnectionRow& row = facts.connections[0];
  EXPECT_EQ(row.bytes_received, 7u);
  EXPECT_EQ(row.receives, 1u);
  EXPECT_EQ(row.messages_received, 1u);
  const NetRow* received = find_net(facts, NetOp::kReceive, "10.0.0.1:53");
  EXPECT_EQ(received->bytes, 7u);
  EXPECT_EQ(received->seen.count, 3u);
}

TEST(Net, OneCallMaySendSeveralPackets) {
  for (const int type : {SOCK_DGRAM, SOCK_STREAM}) {
    TraceBuilder trace;
    trace.process(1);
    socket(trace, 1, 3, type);
    connect(trace, 1, 3, in4("10.0.0.1", 53), 0);
    trace.call(1, "sendmmsg", {3, 1, 4, 0}, 3).payload(1, "abcdef", 6);
    trace.write(1, 3, 5).write(1, 3, -EAGAIN);
    const ConnectionRow& row = trace.facts().connections[0];
    EXPECT_EQ(row.sends, 2u);
    EXPECT_EQ(row.messages_sent, 4u);
    EXPECT_EQ(has_packets(row), type == SOCK_DGRAM);
  }
}

TEST(Net, SnapshotTellsOfAllWhoHaveASocketAndWhereItStands) {
  TraceBuilder trace;
  Snapshot snapshot{.time_ns = trace.now_ns() + 1,
                    .end_ns = trace.now_ns() + 1};
  for (const uint32_t pid : {1u, 2u}) {
    ProcessState& state = snapshot.processes.emplace_back();
    state.task = TaskPart{.pid = pid, .tid = pid};
    state.task.process_start_ns = TraceBuilder::start_of(pid);
    FdState fd{.fd = 3, .target = "socket:[10]"};
    fd.socket = SocketPart{.family = AF_INET, .type = SOCK_STREAM, .inode = 10};
    state.fds.push_back(fd);
  }
  TextPool texts;
  Reconstructor reconstructor(texts);
  reconstructor.apply(snapshot, {7, 0});
  const Facts facts = reconstructor.finish();
  ASSERT_EQ(facts.connections.size(), 1u);
  ASSERT_EQ(facts.owners.size(), 2u);
  for (const OwnerRow& row : facts.owners) {
    EXPECT_EQ(row.how, OwnHow::kFound);
    EXPECT_EQ(row.at, (Position{7, 0}));
  }
  EXPECT_EQ(facts.connections[0].at, (Position{7, 0}));
  for (const ProcessRow& row : facts.processes)
    EXPECT_EQ(row.at, (Position{7, 0}));
}

TEST(Net, TwoEndsInOneTraceAreJoined) {
  TraceBuilder trace;
  trace.process(1);
  const SocketPart one{
      .family = AF_UNIX, .type = SOCK_STREAM, .inode = 10, .peer_inode = 11};
  const SocketPart other{
      .family = AF_UNIX, .type = SOCK_STREAM, .inode = 11, .peer_inode = 10};
  trace.write(1, 3, 1).part(0, PartKind::kSocket, one);
  trace.read(1, 4, 1).part(0, PartKind::kSocket, other);
  const Facts& facts = trace.facts();
  EXPECT_EQ(facts.connections[0].peer, facts.connections[1].id);
  EXPECT_EQ(facts.connections[1].peer, facts.connections[0].id);
}

TEST(Net, SocketPairsAreEachOthersPeers) {
  TraceBuilder trace;
  const int32_t fds[] = {3, 4};
  trace.process(1).call(1, "socketpair", {AF_UNIX, SOCK_STREAM, 0, 1}, 0);
  trace.part(3, PartKind::kFds, fds);
  const Facts& facts = trace.facts();
  EXPECT_EQ(facts.connections[0].peer, facts.connections[1].id);
}

TEST(Net, MetadataServicesAreKnownByTheirAddress) {
  TextPool texts;
  const auto is_one = [&](const sockaddr_in& in) {
    return is_metadata_service(
        parse_endpoint({reinterpret_cast<const char*>(&in), sizeof in}, texts));
  };
  EXPECT_TRUE(is_one(in4("169.254.169.254", 80)));
  EXPECT_FALSE(is_one(in4("169.254.169.253", 80)));
  EXPECT_FALSE(is_metadata_service({}));
}

TEST(Net, NetlinkAndPacketSocketsSayWhatTheyAreFor) {
  EXPECT_EQ(protocol_text(AF_NETLINK, SOCK_RAW, 9), "audit");
  EXPECT_EQ(protocol_text(AF_PACKET, SOCK_RAW, 0x0300), "all");
  EXPECT_EQ(protocol_text(AF_PACKET, SOCK_DGRAM, 0x1234), "dgram");
}

TEST(Net, PassedDescriptorIsTheSendersFile) {
  TraceBuilder trace;
  trace.process(1).fork(1, 2).open(1, "/secret", 7, O_RDONLY, "/secret");
  SocketPart sender{
      .family = AF_UNIX, .type = SOCK_DGRAM, .inode = 10, .peer_inode = 11};
  SocketPart receiver{
      .family = AF_UNIX, .type = SOCK_DGRAM, .inode = 11, .peer_inode = 10};
  trace.call(1, "sendmsg", {3, 1, 0}, 1)
      .part(0, PartKind::kSocket, sender)
      .part(1, PartKind::kControl, rights(7));
  trace.call(2, "recvmsg", {4, 1, 0}, 1)
      .part(0, PartKind::kSocket, receiver)
      .part(1, PartKind::kControl, rights(5));
  trace.read(2, 5, 12);
  const Facts& facts = trace.facts();
  const FileRow* row = find_file(facts, FileOp::kRead, "/secret");
  ASSERT_TRUE(row);
  EXPECT_EQ(row->process, process_with_pid(facts, 2).id);
}

TEST(Net, BrokenAncillaryDataIsPassedOver) {
  for (const uint64_t length : {0ull, 3ull, 1000ull, ~0ull}) {
    TraceBuilder trace;
    std::string control = rights(7);
    std::memcpy(control.data(), &length, sizeof length);
    trace.process(1)
        .call(1, "recvmsg", {4, 1, 0}, 1)
        .part(1, PartKind::kControl, control);
    EXPECT_EQ(trace.facts().net.size(), 1u);
  }
}

}  // namespace
}  // namespace vestige
