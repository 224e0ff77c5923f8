// SPDX-License-Identifier: Apache-2.0
#include "format/arg_text.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/sched.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

#include <random>
#include <vector>

#include "format/msghdr_text.h"
#include "format/parts.h"
#include "format/struct_text.h"

namespace vestige {
namespace {

using namespace std::string_view_literals;

// An event with its parts, built in one expression.
class Call {
 public:
  explicit Call(std::string_view name, std::array<uint64_t, 6> args = {},
                int64_t ret = 0, Abi abi = Abi::kX86_64) {
    event_.descriptor = find_descriptor(abi, name);
    event_.type = event_.descriptor->type;
    event_.args = args;
    event_.ret = ret;
  }
  Call& part(uint8_t arg, PartKind kind, std::string_view data,
             uint8_t flags = 0) {
    parts_.push_back({kind, arg, flags, data.size(), data});
    return *this;
  }
  template <typename T>
  Call& bytes(uint8_t arg, const T& value) {
    return part(arg, PartKind::kBytes,
                {reinterpret_cast<const char*>(&value), sizeof value});
  }
  Call& flags(uint8_t flags) {
    event_.flags = flags;
    return *this;
  }
  std::string text() {
    event_.parts = parts_;
    return event_text(event_);
  }
  Event& event() {
    event_.parts = parts_;
    return event_;
  }

 private:
  Event event_;
  std::vector<Part> parts_;
};

constexpr uint64_t kCwd = uint64_t(AT_FDCWD);

TEST(EventText, ReadsLikeStrace) {
  EXPECT_EQ(Call("openat", {kCwd, 0x1000, O_RDONLY | O_CLOEXEC}, 3)
                .part(1, PartKind::kString, "/etc/passwd")
                .text(),
            "openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY|O_CLOEXEC) = 3");
  EXPECT_EQ(Call("openat", {kCwd, 1, O_WRONLY | O_CREAT, 0644}, -13)
                .part(1, PartKind::kString, "x")
                .text(),
            "openat(AT_FDCWD, \"x\", O_WRONLY|O_CREAT, 0644) = -1 EACCES "
            "(Permission denied)");
  EXPECT_EQ(Call("getpid", {}, 42).text(), "getpid() = 42");
  EXPECT_EQ(Call("exit_group", {3}).text(), "exit_group(3) = ?");
}

TEST(EventText, ShowsObjectsBehindDescriptors) {
  EXPECT_EQ(Call("close", {3}).part(0, PartKind::kPath, "/tmp/a").text(),
            "close(3</tmp/a>) = 0");
  SocketPart socket{};
  socket.family = AF_INET;
  socket.type = SOCK_STREAM;
  const std::string_view bytes(reinterpret_cast<char*>(&socket), sizeof socket);
  EXPECT_EQ(Call("close", {3}).part(0, PartKind::kSocket, bytes).text(),
            "close(3<TCP 0.0.0.0:0>) = 0");
  EXPECT_EQ(Call("openat", {kCwd, 1}, 5)
                .part(1, PartKind::kString, "l")
                .part(kReturnArg, PartKind::kPath, "/x\n")
                .text(),
            "openat(AT_FDCWD, \"l\", O_RDONLY) = 5</x\\n>");
}

TEST(EventText, MarksWhatIsMissing) {
  EXPECT_EQ(Call("write", {1, 0x1000, 900}, 900)
                .part(1, PartKind::kPayload, "abc", kPartTruncated)
                .text(),
            "write(1, \"abc\"..., 900) = 900");
  EXPECT_EQ(Call("chdir", {0x7f00}, -14)
                .part(0, PartKind::kString, "", kPartFault)
                .text(),
            "chdir(0x7f00) = -1 EFAULT (Bad address)");
  EXPECT_EQ(Call("chdir", {0}, -14).text(),
            "chdir(NULL) = -1 EFAULT (Bad address)");
  EXPECT_EQ(Call("read", {0, 0x10, 5}).flags(kInFlight).text(),
            "read(0, 0x10, 5) = ? (in flight)");
  EXPECT_EQ(Call("pause", {}, -514).text(),
            "pause() = ? ERESTARTNOHAND (To be restarted if no handler)");
}

TEST(EventText, EscapesEverythingHostile) {
  const std::string text = Call("unlink", {1})
                               .part(0, PartKind::kString, "\x1b]0;x\x07\n\xff")
                               .text();
  EXPECT_EQ(text, "unlink(\"\\x1b]0;x\\x07\\n\\xff\") = 0");
}

TEST(EventText, ListsArgumentVectors) {
  EXPECT_EQ(Call("execve", {1, 2, 3})
                .part(0, PartKind::kString, "/bin/sh")
                .part(1, PartKind::kStringArray, "sh\0-c\0\0id\0"sv)
                .part(2, PartKind::kStringArray, "A=1\0"sv, kPartTruncated)
                .text(),
            "execve(\"/bin/sh\", [\"sh\", \"-c\", \"\", \"id\"], "
            "[\"A=1\", ...]) = 0");
}

TEST(EventText, ShowsOnlyArgumentsTheOptionTakes) {
  EXPECT_EQ(Call("prctl", {PR_SET_NAME, 0x10, 0x20, 0x30, 0x40})
                .part(1, PartKind::kString, "kworker")
                .text(),
            "prctl(PR_SET_NAME, \"kworker\") = 0");
  EXPECT_EQ(Call("fcntl", {3, F_SETFD, 1}).text(),
            "fcntl(3, F_SETFD, FD_CLOEXEC) = 0");
  EXPECT_EQ(Call("fcntl", {3, F_GETFD, 0x7fff}).text(),
            "fcntl(3, F_GETFD) = 0");
  EXPECT_EQ(Call("prctl", {9999, 1, 2, 3, 4}).text(),
            "prctl(0x270f, 0x1, 0x2, 0x3, 0x4) = 0");
}

TEST(EventText, DecodesAddressesAndOptionsOfSockets) {
  EXPECT_EQ(Call("socket", {2, 1 | 02000000, 6}, 3).text(),
            "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = 3");
  EXPECT_EQ(
      Call("connect", {3, 1, 16}, -111)
          .part(1, PartKind::kSockaddr,
                "\2\0\0\x50\x7f\0\0\1\0\0\0\0\0\0\0\0"sv)
          .text(),
      "connect(3, 127.0.0.1:80, 16) = -1 ECONNREFUSED (Connection refused)");
  const int on = 1;
  EXPECT_EQ(Call("setsockopt", {3, 6, 1, 0x10, 4}).bytes(3, on).text(),
            "setsockopt(3, SOL_TCP, TCP_NODELAY, [1], 4) = 0");
  EXPECT_EQ(Call("setsockopt", {3, 1, 25, 0x10, 5})
                .part(3, PartKind::kBytes, "eth0\0"sv)
                .text(),
            "setsockopt(3, SOL_SOCKET, SO_BINDTODEVICE, \"eth0\", 5) = 0");
  EXPECT_EQ(Call("pipe2", {0x10, 02000000})
                .part(0, PartKind::kFds, "\5\0\0\0\6\0\0\0"sv)
                .text(),
            "pipe2([5, 6], O_CLOEXEC) = 0");
}

TEST(EventText, DecodesMessagesWithPassedDescriptors) {
  const auto control = "\x14\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0\7\0\0\0\0\0\0\0"sv;
  EXPECT_EQ(Call("sendmsg", {3, 1, MSG_NOSIGNAL}, 2)
                .part(1, PartKind::kPayload, "hi")
                .part(1, PartKind::kControl, control)
                .text(),
            "sendmsg(3, {name=NULL, data=\"hi\", control=[SCM_RIGHTS [7]]}, "
            "MSG_NOSIGNAL) = 2");
  const auto messages = control_messages(control, Abi::kX86_64);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(passed_fds(messages[0]), std::vector<int32_t>{7});
}

TEST(EventText, DecodesStructs) {
  const timespec second{1, 5};
  EXPECT_EQ(Call("nanosleep", {1, 0}).bytes(0, second).text(),
            "nanosleep({tv_sec=1, tv_nsec=5}, NULL) = 0");
  const timespec both[] = {{0, 0x3fffffff}, {7, 0}};
  EXPECT_EQ(
      Call("utimensat", {kCwd, 1, 2})
          .part(1, PartKind::kString, "f")
          .bytes(2, both)
          .text(),
      "utimensat(AT_FDCWD, \"f\", [UTIME_NOW, {tv_sec=7, tv_nsec=0}], 0) = 0");
  clone_args args{};
  args.flags = CLONE_VM | CLONE_NEWPID;
  args.exit_signal = 17;
  EXPECT_EQ(Call("clone3", {1, sizeof args}, 9).bytes(0, args).text(),
            "clone3({flags=CLONE_VM|CLONE_NEWPID, exit_signal=SIGCHLD, "
            "stack=0x0, stack_size=0x0}, 88) = 9");
  epoll_event ready{};
  ready.events = EPOLLIN;
  ready.data.u64 = 5;
  EXPECT_EQ(Call("epoll_ctl", {4, EPOLL_CTL_ADD, 5, 1}).bytes(3, ready).text(),
            "epoll_ctl(4, EPOLL_CTL_ADD, 5, {events=EPOLLIN, data=0x5}) = 0");
  EXPECT_EQ(Call("wait4", {uint64_t(-1), 1, 1}, 7)
                .part(1, PartKind::kBytes, "\x09\0\0\0"sv)
                .text(),
            "wait4(-1, [killed by SIGKILL], WNOHANG, NULL) = 7");
}

TEST(EventText, TellsCloneFlagsFromTheExitSignal) {
  EXPECT_EQ(Call("clone", {CLONE_VM | 17, 0, 0, 0, 0}, 5).text(),
            "clone(CLONE_VM|SIGCHLD, NULL, NULL, NULL, NULL) = 5");
  EXPECT_EQ(Call("clone", {17}, 5).text().substr(0, 14), "clone(SIGCHLD,");
}

TEST(EventText, ReadsStructsOf32BitProgramsAsTheyAre) {
  EXPECT_EQ(Call("nanosleep", {1, 0}, 0, Abi::kI386)
                .part(0, PartKind::kBytes, "\1\0\0\0\2\0\0\0"sv)
                .text(),
            "nanosleep({tv_sec=1, tv_nsec=2}, NULL) = 0");
}

TEST(EventText, SaysWhenItKnowsNothing) {
  Event event;
  event.type = {Abi::kArm64, 9999};
  EXPECT_EQ(event_text(event), "arm64:9999(?)");
}

// Every call of every machine, with random arguments, parts of any kind and
// any bytes: always one printable line.
TEST(EventText, IsOnePrintableLineForAnyBytes) {
  std::mt19937_64 random(11);
  std::string bytes(300, '\0');
  for (const Abi abi :
       {Abi::kX86_64, Abi::kArm64, Abi::kI386, Abi::kX32, Abi::kKernel}) {
    for (const Descriptor& call : descriptors(abi)) {
      for (int round = 0; round < 8; ++round) {
        for (char& c : bytes) c = char(random());
        std::vector<Part> parts;
        for (int i = 0; i < 12; ++i)
          parts.push_back({PartKind(random() % 17), uint8_t(random() % 8),
                           uint8_t(random() % 8), random(),
                           std::string_view(bytes).substr(0, random() % 300)});
        Event event;
        event.type = call.type;
        event.descriptor = &call;
        event.parts = parts;
        event.ret = int64_t(random() >> (random() % 64));
        for (uint64_t& arg : event.args) arg = random() >> (random() % 64);
        for (const char c : event_text(event)) ASSERT_GE(uint8_t(c), 0x20);
      }
    }
  }
}

// Structs cut at every length: no byte behind the end is read (sanitizers
// watch), and the text says that something is missing.
TEST(StructText, NeverReadsBehindTheEnd) {
  for (const ArgKindInfo& kind : arg_kinds()) {
    for (size_t size = 0; size <= 130; ++size) {
      const std::vector<char> bytes(size, 'A');
      std::string out;
      append_struct(out, kind.kind,
                    {std::string_view(bytes.data(), size), Abi::kX86_64, 5});
      ASSERT_LT(out.size(), 4000u) << kind.name;
    }
  }
}

TEST(StructText, ExistsForEveryStructTheKernelProgramTakes) {
  for (const ArgKindInfo& kind : arg_kinds()) {
    if (kind.struct_size == 0 || kind.kind == ArgKind::kUffdioApi ||
        kind.kind == ArgKind::kStatmountOut)
      continue;
    std::string out;
    EXPECT_TRUE(append_struct(out, kind.kind, {})) << kind.name;
  }
}

}  // namespace
}  // namespace vestige
