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

// Names are remembered: what was said of one must not outlive its truth.
TEST_F(Resolver, NamesSayTheSameAsResolving) {
  const std::string_view bases[] = {texts.intern("/"), texts.intern("/a"),
                                    texts.intern("/a/./b/"),
                                    texts.intern("/jail/x")};
  const std::string_view roots[] = {texts.intern("/"), texts.intern("/jail")};
  constexpr std::string_view kTexts[] = {
      "l",  "/l", "l/x", "../l", "x/../l", "/",    ".",   "..",     "//l/",
      "l/", "a",  "./l", ".l",   "a/b",    "/a/l", "x//", "/jail/l"};
  const auto compare = [&] {
    for (const std::string_view root : roots)
      for (const std::string_view base : bases)
        for (const std::string_view text : kTexts)
          for (const LastLink last : {LastLink::kFollow, LastLink::kKeep}) {
            PathResolver::Name& name = paths.name(root, base, text);
            EXPECT_EQ(name.joined(), join_path(root, base, text))
                << base << " " << text;
            EXPECT_EQ(paths.actual(name, root, base, last),
                      paths.resolve(root, base, text, last))
                << root << " " << base << " " << text;
          }
  };
  compare();
  paths.learn_link("/a/l", "../target");
  compare();
  paths.learn_link("/l", "/a");
  compare();
  paths.learn_link("/l", "a/b");
  compare();
  paths.rename("/a/l", "/jail/l");
  compare();
  paths.forget("/l");
  compare();
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
