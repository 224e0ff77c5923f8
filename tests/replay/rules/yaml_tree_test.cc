// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/yaml_tree.h"

#include <gmock/gmock.h>

namespace vestige {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

TEST(YamlTree, KeepsValuesAndTheirPlaces) {
  YamlTree tree;
  ASSERT_TRUE(tree.parse("- a: 1\n  b: [x, y]\n---\nz\n"));
  ASSERT_THAT(tree.documents(), SizeIs(2));
  const YamlNode& item = *tree.documents()[0]->items.at(0);
  EXPECT_EQ(item.find("a")->scalar, "1");
  EXPECT_THAT(item.find("b")->items, SizeIs(2));
  EXPECT_EQ(item.find("b")->mark.line, 1u);
  EXPECT_EQ(item.find("b")->mark.column, 5u);
  EXPECT_EQ(item.find("c"), nullptr);
  EXPECT_EQ(tree.documents()[1]->scalar, "z");
}

TEST(YamlTree, TellsNullFromText) {
  YamlTree tree;
  ASSERT_TRUE(tree.parse("{a: , b: ~, c: '', d: 'null'}"));
  const YamlNode& map = *tree.documents()[0];
  EXPECT_EQ(map.find("a")->kind, YamlKind::kNull);
  EXPECT_EQ(map.find("b")->kind, YamlKind::kNull);
  EXPECT_EQ(map.find("c")->kind, YamlKind::kScalar);
  EXPECT_EQ(map.find("d")->kind, YamlKind::kScalar);
}

TEST(YamlTree, FollowsAliases) {
  YamlTree tree;
  ASSERT_TRUE(tree.parse("- &a [1, 2]\n- *a\n"));
  const YamlNode& list = *tree.documents()[0];
  EXPECT_EQ(list.items[0], list.items[1]);
  EXPECT_EQ(list.weight, 7u);
}

TEST(YamlTree, RefusesAliasBombs) {
  std::string text = "- &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1);
    text += "- &a" + std::to_string(i) + " [" + alias;
    for (int j = 0; j < 9; ++j) text += ", " + alias;
    text += "]\n";
  }
  YamlTree tree;
  EXPECT_FALSE(tree.parse(text));
  EXPECT_THAT(tree.error(), HasSubstr("too many values"));
}

TEST(YamlTree, RefusesAliasesToThemselves) {
  YamlTree tree;
  EXPECT_FALSE(tree.parse("&a [*a]"));
  EXPECT_THAT(tree.error(), HasSubstr("alias to itself"));
}

TEST(YamlTree, RefusesDeepNesting) {
  YamlTree tree;
  EXPECT_FALSE(tree.parse(std::string(100'000, '[')));
  EXPECT_THAT(tree.error(), HasSubstr("nested too deeply"));
}

TEST(YamlTree, RefusesDocumentsWithoutEnd) {
  YamlTree tree;
  EXPECT_FALSE(tree.parse("- a: trut- &a [x\n, x]\n- x\n"));
  EXPECT_THAT(tree.error(), HasSubstr("too many values"));
  EXPECT_LE(tree.documents().size(), YamlLimits().documents + 1);
}

TEST(YamlTree, RefusesHugeFiles) {
  YamlTree tree;
  EXPECT_FALSE(tree.parse("abcdef", {.bytes = 5}));
  YamlTree other;
  EXPECT_FALSE(other.parse("[a, b, c]", {.nodes = 3}));
}

TEST(YamlTree, SaysWhereItStoppedToBeYaml) {
  YamlTree tree;
  EXPECT_FALSE(tree.parse("this : is : not : yaml"));
  EXPECT_EQ(tree.error(),
            "yaml-cpp: error at line 1, column 11: illegal map value");
  EXPECT_EQ(tree.error_mark().column, 10u);
}

}  // namespace
}  // namespace vestige
