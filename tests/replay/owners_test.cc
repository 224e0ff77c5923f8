// SPDX-License-Identifier: Apache-2.0
//
// Which processes had a socket, from when to when.
#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>

#include <algorithm>

#include "tests/replay/rows.h"
#include "tests/replay/trace_builder.h"

namespace vestige {
namespace {

TraceBuilder& socket(TraceBuilder& trace, uint32_t pid, int fd, int type) {
  return trace.call(pid, "socket", {AF_INET, uint64_t(type), 0}, fd);
}
TEST(Owners, AreWhoeverHadTheSocket) {
  TraceBuilder trace;
  trace.process(1);
  socket(trace, 1, 3, SOCK_STREAM);
  trace.fork(1, 2);
  const Facts& facts = trace.facts();
  ASSERT_EQ(facts.owners.size(), 2u);
  EXPECT_EQ(facts.owners[0].how, OwnHow::kOpened);
  EXPECT_EQ(facts.owners[1].how, OwnHow::kInherited);
  EXPECT_EQ(facts.owners[1].process, process_with_pid(facts, 2).id);
  EXPECT_EQ(facts.owners[1].from, process_with_pid(facts, 1).id);
}

class Ownership : public testing::Test {
 protected:
  // A socket of process 1 that its child inherited.
  void SetUp() override {
    trace.process(1);
    socket(trace, 1, 3, SOCK_STREAM);
    trace.fork(1, 2);
  }
  const OwnerRow& owner(uint32_t pid) {
    const Facts& facts = trace.facts();
    const ProcessId id = process_with_pid(facts, pid).id;
    for (const OwnerRow& row : facts.owners)
      if (row.process == id) return row;
    ADD_FAILURE() << "it has none";
    return facts.owners[0];
  }
  TraceBuilder trace;
};

TEST_F(Ownership, EndsWithTheLastDescriptorOfAProcess) {
  trace.call(2, "dup", {3}, 7).close(2, 3);
  EXPECT_EQ(owner(2).end_ns, 0u);
}

TEST_F(Ownership, OfOneLeavesThatOfTheOther) {
  trace.call(2, "dup", {3}, 7).close(2, 3).close(2, 7);
  const uint64_t closed_ns = trace.now_ns();
  trace.write(1, 3, 1);
  EXPECT_EQ(owner(2).end_ns, closed_ns);
  EXPECT_NE(owner(2).end_at, Position{});
  EXPECT_EQ(owner(1).end_ns, 0u);
}

TEST_F(Ownership, EndsWithTheProcess) {
  trace.exit(2);
  EXPECT_EQ(owner(2).end_ns, trace.now_ns());
  EXPECT_EQ(owner(1).end_ns, 0u);
}

TEST_F(Ownership, EndsWhenAnotherFileTakesTheNumber) {
  trace.open(2, "/x", 9).call(2, "dup2", {9, 3}, 3);
  EXPECT_EQ(owner(2).end_ns, trace.now_ns());
}

TEST_F(Ownership, EndsInAProgramThatDoesNotGetIt) {
  trace.call(2, "fcntl", {3, F_SETFD, FD_CLOEXEC}, 0).exec(2, {"/bin/x"});
  EXPECT_EQ(owner(2).end_ns, trace.now_ns());
}

TEST_F(Ownership, EndsWithARangeOfDescriptors) {
  trace.call(2, "close_range", {3, ~0u, 0}, 0);
  EXPECT_EQ(owner(2).end_ns, trace.now_ns());
}

TEST_F(Ownership, OfATableThatIsSharedEndsForAllAtOnce) {
  trace.fork(2, 5, CLONE_FILES).close(5, 3);
  const uint64_t closed_ns = trace.now_ns();
  trace.close(1, 3);
  for (const uint32_t pid : {2, 5}) {
    EXPECT_EQ(owner(pid).end_ns, closed_ns) << pid;
    EXPECT_NE(owner(pid).end_at, Position{}) << pid;
    EXPECT_EQ(owner(pid).end_at, owner(5).end_at) << pid;
  }
  EXPECT_EQ(owner(1).end_ns, trace.now_ns());
}

TEST_F(Ownership, OfATableThatIsSharedOutlivesOneOfThem) {
  trace.fork(2, 5, CLONE_FILES).exit(5);
  EXPECT_EQ(owner(5).end_ns, trace.now_ns());
  EXPECT_EQ(owner(2).end_ns, 0u);
  trace.close(2, 3);
  EXPECT_EQ(owner(2).end_ns, trace.now_ns());
  EXPECT_NE(owner(2).end_at, Position{});
}

TEST_F(Ownership, OfATableThatIsSharedBeginsForAll) {
  trace.fork(1, 5, CLONE_FILES);
  socket(trace, 5, 8, SOCK_STREAM);
  const Facts& facts = trace.facts();
  const ConnectionId made = facts.connections.back().id;
  int sharers = 0;
  for (const OwnerRow& row : facts.owners) {
    if (row.connection != made || row.how != OwnHow::kShared) continue;
    EXPECT_EQ(row.process, process_with_pid(facts, 1).id);
    EXPECT_EQ(row.from, process_with_pid(facts, 5).id);
    ++sharers;
  }
  EXPECT_EQ(sharers, 1) << "not process 2, whose table is its own";
}

TEST_F(Ownership, OfThreadsIsOne) {
  trace.thread(1, 6);
  socket(trace, 1, 8, SOCK_STREAM);
  trace.close(1, 8);
  const Facts& facts = trace.facts();
  const ConnectionId made = facts.connections.back().id;
  EXPECT_EQ(std::ranges::count(facts.owners, made, &OwnerRow::connection), 1);
}

}  // namespace
}  // namespace vestige
