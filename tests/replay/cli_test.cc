// SPDX-License-Identifier: Apache-2.0
//
// What the commands print of one small break-in, compared with the files in
// tests/golden/replay. REWRITE_GOLDEN=1 writes them anew; review the diff.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
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
Done run(std::vector<std::string> args, const std::string& input = "") {
  args.insert(args.begin(), VESTIGE_PROGRAM);
  int out[2];
  EXPECT_EQ(pipe(out), 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(out[1], STDOUT_FILENO);
    if (!input.empty()) dup2(open(input.c_str(), O_RDONLY), STDIN_FILENO);
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

// Another container, a second later, that opens one file.
std::string save_other(const std::filesystem::path& folder) {
  TraceBuilder trace;
  ProcessState shell;
  shell.comm = "other";
  trace.process(9, shell).open(9, "/etc/hosts", 3).create(9, "/new", 4);
  TraceHeader header;
  header.host_name = "host2";
  header.container.name = "web";
  header.start = {1'000'000'000, 1'700'000'000'000'010'000};
  const std::string path = folder / "z" / "other.vtrace";
  std::filesystem::create_directories(folder / "z");
  trace.save(path, header);
  return path;
}

TEST_F(Commands, MergeEventsOfAllTracesBelowAFolder) {
  save_other(folder_);
  const Done done = run({"events", folder_, "evt.type=openat", "-p",
                         "%evt.rawtime %container.name %fd.name"});
  EXPECT_EQ(done.code, 0);
  std::istringstream lines(done.out);
  std::vector<std::string> all;
  for (std::string line; std::getline(lines, line);) all.push_back(line);
  EXPECT_EQ(all.size(), 4u);
  EXPECT_TRUE(std::ranges::is_sorted(all)) << done.out;
  EXPECT_NE(done.out.find("/etc/hosts"), std::string::npos);
  EXPECT_NE(done.out.find("/etc/shadow"), std::string::npos);
  EXPECT_NE(run({"events", folder_}).out.find("host2/web"), std::string::npos);
}

TEST_F(Commands, PutFilesOfSeveralTracesInOneTimeline) {
  const std::string other = save_other(folder_);
  const std::string out = run({"files", path_, other}).out;
  EXPECT_NE(out.find("host2/web"), std::string::npos) << out;
  EXPECT_LT(out.find("/tmp/a"), out.find("/new")) << out;
  EXPECT_NE(run({"tree", path_, other}).out.find("host2/web:"),
            std::string::npos);
  EXPECT_NE(run({"files", "--json", path_, other})
                .out.find("\"source\":\"host2/web\""),
            std::string::npos);
}

TEST_F(Commands, TellByTheExitCodeWhetherAnythingMatches) {
  const Done found = run({"events", path_, "proc.name=sh", "-q"});
  EXPECT_EQ(found.code, 0);
  EXPECT_EQ(found.out, "");
  EXPECT_EQ(run({"events", "-q", path_, "proc.name=nobody"}).code, 1);
  const std::string other = save_other(folder_);
  EXPECT_EQ(run({"events", "-q", path_, other, "proc.name=other"}).code, 0);
  EXPECT_EQ(run({"events", "-q", path_, other, "proc.name=nobody"}).code, 1);
}

TEST_F(Commands, TakeATraceFromStandardInput) {
  const std::string format = "%evt.num %evt.type";
  const Done done =
      run({"events", "-", "evt.type=openat", "-p", format}, path_);
  EXPECT_EQ(done.code, 0);
  EXPECT_EQ(done.out,
            run({"events", path_, "evt.type=openat", "-p", format}).out);
}

TEST_F(Commands, TakeTheOptionsOfSysdig) {
  const Done all = run({"events", "-r", path_, "evt.type=openat"});
  EXPECT_EQ(all.code, 0);
  EXPECT_EQ(std::ranges::count(all.out, '\n'), 2);
  const Done one = run({"events", "-r", path_, "-n", "1", "evt.type=openat"});
  EXPECT_EQ(std::ranges::count(one.out, '\n'), 1);
  EXPECT_EQ(run({"events"}).code, 2);
}

TEST_F(Commands, AnswerFromTheOtherTracesWhenOneIsNone) {
  std::ofstream(folder_ / "broken.vtrace") << "no trace";
  const Done done = run({"events", folder_, "evt.type=openat"});
  EXPECT_EQ(done.code, 3);
  EXPECT_NE(done.out.find("/etc/shadow"), std::string::npos);
}

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
TEST_F(Commands, RulesTellByTheExitCodeWhatTheyFound) {
  const auto with = [&](const std::string& text,
                        std::vector<std::string> options = {}) {
    const std::string file = folder_ / "r.yaml";
    std::ofstream(file) << text;
    options.insert(options.begin(), {"rules", "-r", file, path_});
    return run(options);
  };
  const auto rule = [](const std::string& name, const std::string& condition) {
    return "- rule: " + name + "\n  desc: d\n  output: o %fd.name\n" +
           "  priority: WARNING\n  tags: [" + name +
           "]\n  condition: " + condition + "\n";
  };
  const std::string two =
      rule("reads", "evt.type=openat and fd.name=/etc/shadow") +
      rule("opens", "evt.type=openat");
  const auto lines = [](const Done& done) {
    return std::ranges::count(done.out, '\n');
  };
  const Done all = with(two);
  EXPECT_EQ(all.code, 1);
  EXPECT_EQ(lines(all), 3);
  EXPECT_EQ(lines(with(two, {"--matching", "first"})), 2);
  EXPECT_EQ(lines(with(two, {"--tag", "reads"})), 1);
  EXPECT_NE(with(two, {"--as", "table"}).out.find("Warning       2  opens"),
            std::string::npos);
  const Done none = with(two, {"--priority", "error"});
  EXPECT_EQ(none.code, 0);
  EXPECT_EQ(none.out, "");
  EXPECT_EQ(with(two, {"--priority", "soon"}).code, 2);
  EXPECT_EQ(with(rule("bad", "proc.nme=x")).code, 3);
  EXPECT_EQ(run({"rules", "-r", folder_ / "missing.yaml", path_}).code, 4);
  EXPECT_EQ(run({"rules", "-r", folder_ / "r.yaml"}).code, 3);
}

TEST_F(Commands, RulesSuppressUntilTheDaySaid) {
  const std::string rules = folder_ / "r.yaml";
  std::ofstream(rules) << "- rule: opens\n  desc: d\n  output: o\n"
                          "  priority: INFO\n  condition: evt.type=openat\n";
  const std::string known = folder_ / "known.yaml";
  const auto code = [&](const std::string& expires) {
    std::ofstream(known) << "- {rule: opens, reason: ours" + expires + "}\n";
    return run({"rules", "-r", rules, "--suppressions", known, path_}).code;
  };
  EXPECT_EQ(code(""), 0);
  EXPECT_EQ(code(", expires: 2199-12-31"), 0);
  EXPECT_EQ(code(", expires: 2020-01-01"), 1);
  EXPECT_EQ(code(", expires: soon"), 3);
  EXPECT_EQ(code(""), 0);
  const Done shown = run({"rules", "-r", rules, "--suppressions", known, path_,
                          "--show-suppressed"});
  EXPECT_NE(shown.out.find("[suppressed: ours]"), std::string::npos);
}

TEST_F(Commands, ExtractWritesNumbersNotNames) {
  const std::string out = folder_ / "out";
  EXPECT_EQ(run({"extract", path_, "-o", out}).code, 0);
  EXPECT_TRUE(std::filesystem::exists(out + "/0001.content"));
  EXPECT_TRUE(std::filesystem::exists(out + "/manifest.jsonl"));
}

}  // namespace
}  // namespace vestige
