// SPDX-License-Identifier: Apache-2.0
#include "tui/bookmarks.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/tui/stories.h"

namespace vestige::tui {
namespace {

Bookmark mark(std::string key, std::string note = {}) {
  Bookmark bookmark;
  bookmark.key = std::move(key);
  bookmark.note = std::move(note);
  return bookmark;
}

Bookmarks load(const std::string& path) {
  auto loaded = Bookmarks::load(path);
  EXPECT_TRUE(loaded) << loaded.error().message;
  return std::move(loaded).value();
}

TEST(Bookmarks, AreSavedBesideTheTraceAndReadBack) {
  const ScratchDirectory scratch;
  const std::string trace = scratch.path("x.vtrace");
  Bookmarks marks = load(trace);
  marks.set({.key = "b", .time_ns = 20, .title = "later", .note = "why?"});
  marks.set(
      {.key = "a", .time_ns = 10, .title = "quote\" \\ \n é", .note = ""});
  ASSERT_TRUE(marks.save());
  const Bookmarks again = load(trace);
  ASSERT_EQ(again.all().size(), 2u);
  EXPECT_EQ(again.all()[0].key, "a");
  EXPECT_EQ(again.all()[0].title, "quote\" \\ \n é");
  EXPECT_EQ(again.all()[1].note, "why?");
  EXPECT_EQ(again.path(), trace + ".notes.jsonl");
}

TEST(Bookmarks, AreForTheirOwnerOnly) {
  const ScratchDirectory scratch;
  Bookmarks marks = load(scratch.path("x"));
  marks.set(mark("a"));
  ASSERT_TRUE(marks.save());
  struct stat info = {};
  ASSERT_EQ(stat(marks.path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST(Bookmarks, MarkingAgainKeepsTheNote) {
  Bookmarks marks;
  marks.set(mark("a", "seen"));
  marks.set(mark("a"));
  ASSERT_EQ(marks.all().size(), 1u);
  EXPECT_EQ(marks.all()[0].note, "seen");
}

TEST(Bookmarks, TheLastOneRemovedRemovesTheFile) {
  const ScratchDirectory scratch;
  Bookmarks marks = load(scratch.path("x"));
  marks.set(mark("a"));
  ASSERT_TRUE(marks.save());
  marks.remove("a");
  ASSERT_TRUE(marks.save());
  EXPECT_FALSE(std::filesystem::exists(marks.path()));
}

TEST(Bookmarks, AFileThatIsNotUnderstoodIsToldAndLeftAlone) {
  const ScratchDirectory scratch;
  const std::string trace = scratch.path("x");
  for (const char* text : {"nonsense\n", "[]\n", "{\"key\":1}\n", "{\n"}) {
    std::ofstream(trace + ".notes.jsonl") << text;
    const auto loaded = Bookmarks::load(trace);
    ASSERT_FALSE(loaded) << text;
    EXPECT_NE(loaded.error().message.find("line 1"), std::string::npos);
  }
  EXPECT_FALSE(Bookmarks().save());
}

TEST(Bookmarks, ALinkInTheirPlaceIsReplacedNotFollowed) {
  const ScratchDirectory scratch;
  Bookmarks marks = load(scratch.path("x"));
  const std::string victim = scratch.path("victim");
  std::ofstream(victim) << "";
  std::filesystem::create_symlink(victim, marks.path());
  marks.set(mark("a"));
  ASSERT_TRUE(marks.save());
  EXPECT_EQ(std::filesystem::file_size(victim), 0u);
  EXPECT_FALSE(std::filesystem::is_symlink(marks.path()));
}

}  // namespace
}  // namespace vestige::tui
