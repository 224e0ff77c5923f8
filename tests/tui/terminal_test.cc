// SPDX-License-Identifier: Apache-2.0
//
// The real program in a real terminal: tmux shows it, presses keys, and tells
// what is on the screen and which bytes were sent to it.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "format/trace_writer.h"
#include "tests/support/privileged.h"
#include "tests/tui/stories.h"

namespace vestige {
namespace {

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) return text;
  char buffer[4096];
  size_t size = 0;
  while ((size = fread(buffer, 1, sizeof buffer, pipe)) > 0) {
    text.append(buffer, size);
  }
  pclose(pipe);
  return text;
}

class TerminalTest : public testing::Test {
 protected:
  void SetUp() override {
    if (output_of("tmux -V 2>/dev/null").empty()) {
      VESTIGE_SKIP("needs tmux");
    }
  }
  void TearDown() override { tmux("kill-server 2>/dev/null"); }

  // A server per test: one that ends still answers for a moment.
  std::string tmux(const std::string& command) {
    const char* test =
        testing::UnitTest::GetInstance()->current_test_info()->name();
    return output_of(fmt::format("tmux -f /dev/null -L vestige-{}-{} {}",
                                 getpid(), test, command));
  }
  // Starts the program in a shell that says when it is gone.
  void start(const std::string& story, int width, int height,
             const std::string& environment = "LANG=C.UTF-8",
             const std::string& options = "") {
    trace_ = scratch_.path("case.vtrace");
    write_story(story, trace_);
    open(trace_, width, height, environment, options);
  }
  void open(const std::string& trace, int width, int height,
            const std::string& environment = "LANG=C.UTF-8",
            const std::string& options = "") {
    // Settings of whoever runs the test are not its own.
    tmux(fmt::format(
        "new-session -d -x {} -y {} \"env {} XDG_CONFIG_HOME={} sh\"", width,
        height, environment, scratch_.path("config")));
    tmux(fmt::format("pipe-pane -O 'cat > {}'", scratch_.path("raw")));
    std::ofstream(scratch_.path("run.sh"))
        << fmt::format("echo $$ > {}\nexec {} {} {}\n", scratch_.path("pid"),
                       VESTIGE_TUI, options, trace);
    type(fmt::format("sh {}; echo left with \\$?", scratch_.path("run.sh")));
    press("Enter");
  }
  void press(const std::string& keys) { tmux("send-keys " + keys); }
  void type(const std::string& text) {
    tmux(fmt::format("send-keys -l \"{}\"", text));
  }
  std::string screen() { return tmux("capture-pane -p"); }
  std::string raw() {
    std::ifstream file(scratch_.path("raw"));
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  // Waits until it holds, for a minute at most: machines may be slow.
  template <typename Condition>
  static bool holds_soon(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return true;
  }
  // The screen when it shows the text; fails when it does not for long.
  std::string wait_for(std::string_view text) {
    std::string shown;
    const bool is_there = holds_soon([&] {
      shown = screen();
      return shown.find(text) != std::string::npos;
    });
    EXPECT_TRUE(is_there) << "no '" << text << "' on the screen:\n" << shown;
    return shown;
  }
  // All that went to the terminal up to some text, which the screen shows by
  // now: tmux tells it to others later.
  std::string raw_with(std::string_view text) {
    std::string bytes;
    EXPECT_TRUE(holds_soon([&] {
      bytes = raw();
      return bytes.find(text) != std::string::npos;
    })) << text;
    return bytes;
  }

  ScratchDirectory scratch_;
  std::string trace_;
};

// From the overview to who dropped the program, what it touched, whom it
// called, and a note on it, in twelve keys; rules are asked meanwhile.
TEST_F(TerminalTest, AnInvestigationTakesTwelveKeys) {
  start("break_in", 140, 45, "LANG=C.UTF-8", "-r " VESTIGE_TUI_RULES);
  wait_for("What stands out");
  press("j");  // the dropped program
  press("Enter");
  wait_for("Life of /tmp/.x/up");
  wait_for("wget 2484");  // who made it
  press("p");
  wait_for("/bin/sh -c 'wget");  // and who started that
  press("Bspace Bspace");
  wait_for("What stands out");
  press("j j");  // whom it called
  press("a");    // and what else it did
  wait_for("Activity of up 3226");
  wait_for("/etc/passwd");
  press("m");
  wait_for("marked");
  press("9");
  wait_for("Bookmarks");
  wait_for("198.51.100.7:4444");
  std::ifstream notes(trace_ + ".notes.jsonl");
  EXPECT_TRUE(notes.good());
}

TEST_F(TerminalTest, LeavingRestoresTheTerminal) {
  start("break_in", 80, 24);
  wait_for("What stands out");
  EXPECT_EQ(tmux("display-message -p '#{alternate_on}'"), "1\n");
  press("F10");
  wait_for("left with 0");
  EXPECT_EQ(tmux("display-message -p '#{alternate_on}'"), "0\n");
  EXPECT_EQ(tmux("display-message -p '#{mouse_any_flag}'"), "0\n");
  EXPECT_EQ(tmux("display-message -p '#{cursor_flag}'"), "1\n");
}

TEST_F(TerminalTest, ASignalRestoresTheTerminal) {
  start("break_in", 80, 24);
  wait_for("What stands out");
  pid_t pid = 0;
  std::ifstream(scratch_.path("pid")) >> pid;
  ASSERT_GT(pid, 0);
  kill(pid, SIGTERM);
  wait_for("left with 143");
  EXPECT_EQ(tmux("display-message -p '#{alternate_on}'"), "0\n");
  type("stty -a");
  press("Enter");
  const std::string line = wait_for("echoe");
  EXPECT_EQ(line.find("-icanon"), std::string::npos) << line;
}

TEST_F(TerminalTest, ASmallerWindowIsDrawnAnew) {
  start("break_in", 140, 45);
  wait_for("9 Marks");
  tmux("resize-window -x 80 -y 24");
  // tmux cuts the old screen at once; the program draws a new one then.
  std::string shown;
  EXPECT_TRUE(holds_soon([&] {
    shown = screen();
    return shown.find("9 Marks") == std::string::npos &&
           shown.find("What stands out") != std::string::npos;
  })) << shown;
}

TEST_F(TerminalTest, NoColourMeansNoColour) {
  start("break_in", 80, 24, "LANG=C.UTF-8 NO_COLOR=1");
  wait_for("What stands out");
  press("2");
  wait_for("COMMAND");
  const std::string bytes = raw_with("COMMAND");
  EXPECT_EQ(bytes.find("\x1b[38;5;"), std::string::npos);
  EXPECT_EQ(bytes.find("\x1b[31m"), std::string::npos);
  EXPECT_NE(bytes.find("7m"), std::string::npos);  // reverse: the bars
}

TEST_F(TerminalTest, ATerminalWithoutUtf8GetsAscii) {
  start("break_in", 80, 24, "LC_ALL=C");
  wait_for("What stands out");
  press("2");
  wait_for("`-- ");
  const std::string bytes = raw_with("`-- ");
  for (const char byte : bytes) {
    ASSERT_LT(static_cast<uint8_t>(byte), 0x80) << bytes;
  }
}

// Every view, over names that try to steer the terminal.
TEST_F(TerminalTest, NoCapturedSequenceReachesTheTerminal) {
  start("hostile", 140, 45);
  wait_for("What stands out");
  for (const char* keys :
       {"2", "3", "G", "Enter", "i", "5", "G", "i", "6", "G", "7", "G", "i"}) {
    press(keys);
  }
  press("8");
  wait_for("Losses");
  press("3 3");  // back to the list itself
  wait_for("owned");
  press("9");
  wait_for("Bookmarks");
  const std::string bytes = raw_with("Bookmarks");
  EXPECT_EQ(bytes.find("\x1b]0;owned"), std::string::npos);
  EXPECT_EQ(bytes.find("\x1b[31mred"), std::string::npos);
  EXPECT_EQ(bytes.find('\x07'), std::string::npos);
  EXPECT_EQ(bytes.find("\xe2\x80\xae"), std::string::npos);
  EXPECT_EQ(bytes.find("\xff"), std::string::npos);
}

// A trace as an agent writes it, seen while it grows.
TEST_F(TerminalTest, FollowsATraceThatIsBeingWritten) {
  const std::string path = scratch_.path("live.vtrace");
  TraceHeader header;
  header.container.name = "live";
  header.start = {1'000'000'000, 0};
  auto writer = TraceWriter::create(path, header);
  ASSERT_TRUE(writer) << writer.error().message;
  const auto open_file = [&](const std::string& name, uint64_t time_ns) {
    Event event;
    event.descriptor = find_descriptor(Abi::kX86_64, "openat");
    event.type = event.descriptor->type;
    event.pid = event.tid = 7;
    event.process_start_ns = 7;
    event.time_ns = time_ns;
    event.args = {uint64_t(-100), 0x1000, 0, 0};
    event.ret = 3;
    const Part part{PartKind::kString, 1, 0, name.size(), name};
    event.parts = {&part, 1};
    ASSERT_TRUE(writer->append(event));
    ASSERT_TRUE(writer->flush());
  };
  open_file("/tmp/first", 2'000'000'000);
  open(path + ".partial", 140, 45, "LANG=C.UTF-8", "--follow");
  wait_for("What stands out");
  press("3");
  wait_for("/tmp/first");
  wait_for("1 files so far");
  open_file("/tmp/second", 3'000'000'000);
  wait_for("/tmp/second");
  ASSERT_TRUE(writer->close({}));
  wait_for("line 1 of 2 files");
  press("6");
  wait_for("of 2 events");
}

TEST_F(TerminalTest, WhatIsNoTraceIsToldOnALine) {
  const std::string path = scratch_.path("x");
  std::ofstream(path) << "no trace at all";
  const std::string text = output_of(
      fmt::format("{} {} 2>&1 </dev/null; echo $?", VESTIGE_TUI, path));
  EXPECT_NE(text.find(path), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("\n3\n")) << text;
}

TEST_F(TerminalTest, WithoutATerminalItSaysSo) {
  const std::string path = scratch_.path("x");
  write_story("empty", path);
  const std::string text = output_of(
      fmt::format("{} {} 2>&1 </dev/null; echo $?", VESTIGE_TUI, path));
  EXPECT_NE(text.find("must be a terminal"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("\n4\n")) << text;
}

}  // namespace
}  // namespace vestige
