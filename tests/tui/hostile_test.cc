// SPDX-License-Identifier: Apache-2.0
//
// Traces made to hurt whoever looks at them, in every view.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "format/trace_writer.h"
#include "tests/replay/trace_builder.h"
#include "tests/tui/stories.h"
#include "tui/app.h"

namespace vestige::tui {
namespace {

// Nothing on the screen but what a terminal prints as it is.
void expect_printable(const Screen& screen, std::string_view keys) {
  const std::string text = screen.text();
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    ASSERT_TRUE(byte == '\n' || byte >= 0x20) << keys << "\n" << text;
    ASSERT_NE(byte, 0x7f) << keys;
  }
  // Direction overrides, zero widths, and what is no UTF-8.
  for (const char* evil : {"\xe2\x80\xae", "\xe2\x80\x8b", "\xe2\x81\xa6",
                           "\xff", "\xfe", "\xc2\x9b"}) {
    ASSERT_EQ(text.find(evil), std::string::npos) << keys << "\n" << text;
  }
}

void walk(const std::string& path) {
  auto opened = Case::open(path);
  ASSERT_TRUE(opened) << opened.error().message;
  App app(path, opened->header(), KeyMap(), Charset::kUtf8,
          Bookmarks::load(path));
  app.set_case(std::make_shared<const LoadedCase>(std::move(opened).value()));
  for (const char* keys : {"1",
                           "j",
                           "Enter",
                           "i",
                           "2",
                           "*",
                           "*",
                           "G",
                           "Left",
                           "t",
                           "t",
                           "p",
                           "a",
                           "3",
                           "G",
                           "Enter",
                           "i",
                           "Esc",
                           "w",
                           "s",
                           "t",
                           "4",
                           "G",
                           "i",
                           "5",
                           "G",
                           "i",
                           "Esc",
                           "=",
                           "Enter",
                           "U",
                           "7",
                           "G",
                           "i",
                           "8",
                           "6",
                           "G",
                           "Enter",
                           "Esc",
                           "=",
                           "Enter",
                           "U",
                           "y",
                           "9",
                           "0",
                           "/ t m p Enter",
                           "5 F4 f d . n a m e = Tab Tab Enter",
                           "U",
                           "M x Enter",
                           "9",
                           "G",
                           "Enter",
                           "C",
                           "Space",
                           "Esc",
                           "z",
                           "z",
                           "@",
                           "{",
                           "}",
                           "r",
                           "F1",
                           "G"}) {
    const std::vector<Key> pressed = *parse_keys(keys);
    for (const Key key : pressed) app.handle(key);
    for (const auto& [width, height] :
         {std::pair{80, 24}, {140, 45}, {41, 9}}) {
      Screen screen(width, height, Charset::kUtf8);
      app.draw(screen);
      expect_printable(screen, keys);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(Hostile, NamesThatSteerReorderAndFlood) {
  const ScratchDirectory scratch;
  write_story("hostile", scratch.path("x.vtrace"));
  walk(scratch.path("x.vtrace"));
}

TEST(Hostile, ProcessesThatAreEachOthersParents) {
  TraceBuilder trace;
  for (uint32_t pid = 1; pid <= 300; ++pid) {
    ProcessState state;
    state.comm = "ring";
    state.task.parent_pid = pid % 300 + 1;
    trace.process(pid, state);
  }
  ProcessState own;
  own.task.parent_pid = 500;
  trace.process(500, own);
  trace.open(7, "/etc/passwd", 3);
  const ScratchDirectory scratch;
  TraceHeader header;
  header.start = {1'000'000'000, 0};
  trace.save(scratch.path("x.vtrace"), header);
  walk(scratch.path("x.vtrace"));
}

void write_crowd(const std::string& path, uint32_t children, bool is_chain) {
  TraceHeader header;
  header.start = {1'000'000'000, 0};
  auto writer = TraceWriter::create(path, header);
  ASSERT_TRUE(writer) << writer.error().message;
  Event event;
  event.descriptor = find_descriptor(Abi::kKernel, "task_fork");
  ASSERT_NE(event.descriptor, nullptr);
  event.type = event.descriptor->type;
  event.time_ns = header.start.boot_ns;
  for (uint32_t i = 0; i < children; ++i) {
    const uint32_t parent = is_chain ? 2 + i : 1;
    const uint32_t child = 3 + i;
    TaskPart task{};
    task.pid = task.tid = child;
    task.start_ns = task.process_start_ns = child;
    task.parent_pid = parent;
    task.parent_start_ns = parent;
    event.args = {child, child, 0};
    event.pid = event.tid = parent;
    event.process_start_ns = parent;
    event.time_ns += 1000;
    const Part part{PartKind::kTask,
                    kReturnArg,
                    0,
                    sizeof task,
                    {reinterpret_cast<const char*>(&task), sizeof task}};
    event.parts = {&part, 1};
    ASSERT_TRUE(writer->append(event));
  }
  ASSERT_TRUE(writer->close({}));
}

TEST(Hostile, AMillionChildren) {
  const ScratchDirectory scratch;
  write_crowd(scratch.path("x.vtrace"), 1'000'000, false);
  auto opened = Case::open(scratch.path("x.vtrace"));
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_GE(opened->facts().processes.size(), 1'000'000u);
  App app("x", opened->header(), KeyMap(), Charset::kUtf8,
          Bookmarks::load(scratch.path("x.vtrace")));
  app.set_case(std::make_shared<const LoadedCase>(std::move(opened).value()));
  for (const char* keys : {"2", "G", "*", "*", "t", "5", "G", "i", "1"}) {
    const std::vector<Key> pressed = *parse_keys(keys);
    for (const Key key : pressed) app.handle(key);
    Screen screen(80, 24, Charset::kUtf8);
    app.draw(screen);
    expect_printable(screen, keys);
  }
}

// A tree as deep as it has processes.
TEST(Hostile, AHundredThousandGenerations) {
  const ScratchDirectory scratch;
  write_crowd(scratch.path("x.vtrace"), 100'000, true);
  walk(scratch.path("x.vtrace"));
}

}  // namespace
}  // namespace vestige::tui
