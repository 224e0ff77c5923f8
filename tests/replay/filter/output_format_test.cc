// SPDX-License-Identifier: Apache-2.0
#include "replay/filter/output_format.h"

#include "tests/replay/filter/views.h"

namespace vestige::filter {
namespace {

std::vector<std::string> lines(TraceBuilder& trace, std::string_view text) {
  auto format = OutputFormat::compile(text);
  EXPECT_TRUE(format) << (format ? "" : format.error().message);
  std::vector<std::string> out;
  if (!format) return out;
  const TraceHeader header;
  for_each_view(trace, header, [&](const EventView& view) {
    std::string line;
    if (format->append(line, view)) out.push_back(line);
  });
  return out;
}

using Lines = std::vector<std::string>;

TEST(OutputFormat, FillsInFields) {
  TraceBuilder trace;
  trace.process(1).open(1, "/a", 3).close(1, 3);
  EXPECT_EQ(lines(trace, "%evt.num %evt.type(%fd.num)=%fd.name 100%%"),
            (Lines{"1 openat(3)=/a 100%", "2 close(3)=/a 100%"}));
  EXPECT_EQ(lines(trace, "[%8evt.type][%2evt.type]"),
            (Lines{"[openat  ][op]", "[close   ][cl]"}));
  EXPECT_EQ(lines(trace, "%toupper(evt.type) %evt.arg[0]"),
            (Lines{"OPENAT AT_FDCWD", "CLOSE <f>/a"}));
}

TEST(OutputFormat, LeavesOutLinesWithoutValuesUnlessStarred) {
  TraceBuilder trace;
  trace.process(1).open(1, "/a", -2).open(1, "/b", 3);
  EXPECT_EQ(lines(trace, "%fd.name"), Lines{"/b"});
  EXPECT_EQ(lines(trace, "*%fd.name"), (Lines{"<NA>", "/b"}));
}

TEST(OutputFormat, EscapesWhatPathsHold) {
  TraceBuilder trace;
  trace.process(1).open(1, "/\x1b[2J\n", 3);
  EXPECT_EQ(lines(trace, "%fd.name"), Lines{"/\\x1b[2J\\n"});
}

TEST(OutputFormat, PointsAtUnknownFields) {
  const auto format = OutputFormat::compile("%evt.num %proc.nmae x");
  ASSERT_FALSE(format);
  EXPECT_THAT(format.error().message,
              ::testing::HasSubstr("did you mean 'proc.name'?"));
  EXPECT_FALSE(OutputFormat::compile("100% sure"));
  EXPECT_FALSE(OutputFormat::compile("%"));
  EXPECT_TRUE(OutputFormat::compile("%99999999999999999999proc.name"));
  EXPECT_TRUE(OutputFormat::compile(""));
}

}  // namespace
}  // namespace vestige::filter
