// SPDX-License-Identifier: Apache-2.0
#include "replay/state/path_resolver.h"

#include <gtest/gtest.h>

namespace vestige {
namespace {

std::string join(std::string_view base, std::string_view path) {
  return join_path("/", base, path);
}

TEST(Paths, AreNormalised) {
  EXPECT_EQ(join("/a/b", "c"), "/a/b/c");
  EXPECT_EQ(join("/a/b", "/c//d/./e/"), "/c/d/e");
  EXPECT_EQ(join("/a/b", "../../../x"), "/x");
  EXPECT_EQ(join("/", "."), "/");
  EXPECT_EQ(join("/a", ""), "/a");
  EXPECT_EQ(join("/a", ".../..x"), "/a/.../..x");
}

TEST(Paths, RootBoundsThem) {
  EXPECT_EQ(join_path("/jail", "/jail/a", "../../.."), "/jail");
  EXPECT_EQ(join_path("/jail", "/jail", "/etc"), "/jail/etc");
  EXPECT_EQ(join_path("/jail", "/outside", "../x"), "/x");
}

class Resolver : public testing::Test {
 protected:
  std::string follow(std::string_view path) {
    return paths.resolve("/", "/", path, LastLink::kFollow);
  }
  TextPool texts;
  PathResolver paths{texts};
};

TEST_F(Resolver, FollowsLinksInTheMiddleAndAtTheEnd) {
  paths.learn_link("/lib", "usr/lib");
  EXPECT_EQ(follow("/lib/x"), "/usr/lib/x");
  EXPECT_EQ(follow("/lib"), "/usr/lib");
  EXPECT_EQ(paths.resolve("/", "/", "/lib", LastLink::kKeep), "/lib");
}

TEST_F(Resolver, DotDotAfterALinkIsTheTargetsParent) {
  paths.learn_link("/a/link", "/b/c");
  EXPECT_EQ(follow("/a/link/../x"), "/b/x");
}

TEST_F(Resolver, ChainsEndAndLoopsEnd) {
  paths.learn_link("/1", "2");
  paths.learn_link("/2", "/3");
  EXPECT_EQ(follow("/1/x"), "/3/x");
  paths.learn_link("/loop", "loop/loop/loop");
  EXPECT_FALSE(follow("/loop").empty());
}

TEST_F(Resolver, ForgetsAndRenames) {
  paths.learn_link("/l", "/t");
  paths.rename("/l", "/m");
  EXPECT_EQ(follow("/l"), "/l");
  EXPECT_EQ(follow("/m"), "/t");
  paths.forget("/m");
  EXPECT_EQ(follow("/m"), "/m");
}

TEST_F(Resolver, LearnsDirectoriesOnlyFromEqualLastNames) {
  paths.learn_directory("/bin/sh", "/usr/bin/sh");
  paths.learn_directory("/x/vi", "/y/vim");
  EXPECT_EQ(follow("/bin/ls"), "/usr/bin/ls");
  EXPECT_EQ(follow("/x/ls"), "/x/ls");
}

}  // namespace
}  // namespace vestige
