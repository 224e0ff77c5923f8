// SPDX-License-Identifier: Apache-2.0
//
// What the commands print of one small break-in, compared with the files in
// tests/golden/replay. REWRITE_GOLDEN=1 writes them anew; review the diff.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "format/trace_writer.h"
#include "tests/replay/trace_builder.h"

namespace vestige {
namespace {

struct Done {
  std::string out;
  int code = -1;
};

// The child gets its arguments as they are: no shell.
Done run(std::vector<std::string> args) {
  args.insert(args.begin(), VESTIGE_PROGRAM);
  int out[2];
  EXPECT_EQ(pipe(out), 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(out[1], STDOUT_FILENO);
    close(out[0]);
    close(out[1]);
    std::vector<char*> argv;
    for (std::string& arg : args) argv.push_back(arg.data());
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(out[1]);
  Done done;
  char buffer[4096];
  for (ssize_t got; (got = read(out[0], buffer, sizeof buffer)) > 0;)
    done.out.append(buffer, size_t(got));
  close(out[0]);
  int status = 0;
  waitpid(child, &status, 0);
  done.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return done;
}

class Commands : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("vestige-cli-" + std::to_string(getpid()) + "-" +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
    path_ = folder_ / "case.vtrace";
    build();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // A shell drops a script, runs it, reads a secret, calls home, cleans up.
  void build() {
    TraceBuilder trace;
    ProcessState shell;
    shell.comm = "sh";
    shell.argv = {"/bin/sh", "/s.sh"};
    shell.exe = "/bin/busybox";
    trace.process(1, shell);
    trace.create(1, "/tmp/a\x1b[31m.sh", 3).write(1, 3, 42).close(1, 3);
    trace.fork(1, 2).exec(2, {"/tmp/a\x1b[31m.sh", "\xff"}, "/bin/busybox");
    trace.open(2, "/etc/shadow", 3, O_RDONLY, "/etc/shadow").read(2, 3, 600);
    sockaddr_in home{};
    home.sin_family = AF_INET;
    home.sin_port = htons(4444);
    inet_pton(AF_INET, "192.0.2.7", &home.sin_addr);
    trace.call(2, "socket", {AF_INET, SOCK_STREAM, 0}, 4);
    trace.call(2, "connect", {4, 1, sizeof home}, 0);
    trace.part(1, PartKind::kSockaddr, home).write(2, 4, 600);
    trace.exit(2, 0).unlink(1, "/tmp/a\x1b[31m.sh");
    trace.fork(1, 3).exec(3, {"sleep", "9"}, "/bin/busybox");
    trace.call(1, "kill", {3, 9}, 0).exit(3, 0, 9);
    TraceHeader header;
    header.tool = "test";
    header.start = {1'000'000'000, 1'700'000'000'000'000'000};
    trace.save(path_, header);
  }

  void expect_golden(const std::vector<std::string>& command,
                     const std::string& name) {
    std::vector<std::string> args = command;
    args.insert(args.begin() + 1, path_);
    const Done done = run(args);
    EXPECT_EQ(done.code, 0);
    const std::filesystem::path golden =
        std::filesystem::path(GOLDEN_FOLDER) / name;
    if (std::getenv("REWRITE_GOLDEN")) {
      std::filesystem::create_directories(golden.parent_path());
      std::ofstream(golden) << done.out;
    }
    std::ostringstream expected;
    expected << std::ifstream(golden).rdbuf();
    EXPECT_EQ(done.out, expected.str()) << golden;
  }

  std::filesystem::path folder_;
  std::string path_;
};

TEST_F(Commands, PrintTheTree) {
  expect_golden({"tree"}, "tree.txt");
}
TEST_F(Commands, PrintFiles) {
  expect_golden({"files"}, "files.txt");
}
TEST_F(Commands, PrintConnections) {
  expect_golden({"net"}, "net.txt");
}
TEST_F(Commands, PrintTheTreeAsJson) {
  expect_golden({"tree", "--json"}, "tree.jsonl");
}
TEST_F(Commands, PrintFilesAsJson) {
  expect_golden({"files", "--json"}, "files.jsonl");
}
TEST_F(Commands, PrintConnectionsAsJson) {
  expect_golden({"net", "--json"}, "net.jsonl");
}
TEST_F(Commands, PrintTheStateAtAnInstant) {
  expect_golden({"at", "--time", "+0.000010", "fds"}, "at_fds.txt");
}
TEST_F(Commands, ColorOnDemandOnly) {
  EXPECT_EQ(run({"files", path_}).out.find('\x1b'), std::string::npos);
  const Done colored = run({"files", path_, "--color", "always"});
  EXPECT_NE(colored.out.find("\x1b[32m"), std::string::npos);
  // The escape sequence in the name of the script stays text.
  EXPECT_EQ(colored.out.find("\x1b[31m.sh"), std::string::npos);
}
TEST_F(Commands, AnswerWrongQuestionsWithUsage) {
  EXPECT_EQ(run({"frobnicate"}).code, 2);
  EXPECT_EQ(run({"tree"}).code, 2);
  EXPECT_EQ(run({"follow", path_, "-c", "99"}).code, 2);
  EXPECT_EQ(run({"at", path_, "--time", "noon"}).code, 2);
}
TEST_F(Commands, RefuseWhatIsNoTrace) {
  const std::string other = folder_ / "other";
  std::ofstream(other) << "nothing of the kind, and long enough to look at";
  EXPECT_EQ(run({"tree", other}).code, 3);
  EXPECT_EQ(run({"tree", folder_ / "missing"}).code, 4);
}
TEST_F(Commands, ExtractWritesNumbersNotNames) {
  const std::string out = folder_ / "out";
  EXPECT_EQ(run({"extract", path_, "-o", out}).code, 0);
  EXPECT_TRUE(std::filesystem::exists(out + "/0001.content"));
  EXPECT_TRUE(std::filesystem::exists(out + "/manifest.jsonl"));
}

}  // namespace
}  // namespace vestige
