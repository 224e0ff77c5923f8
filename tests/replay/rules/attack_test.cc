// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/attack.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

namespace vestige {
namespace {

using Tags = std::vector<std::string>;

TEST(Attack, ReadsTacticsAndTechniquesFromTags) {
  const AttackTags attack =
      attack_of(Tags{"container", "mitre_execution", "TA0003", "T1059.004",
                     "T9999", "T10", "T1059.4", "TA00"});
  ASSERT_EQ(attack.tactics.size(), 2u);
  EXPECT_EQ(attack.tactics[0]->name, "Execution");
  EXPECT_EQ(attack.tactics[1]->name, "Persistence");
  ASSERT_EQ(attack.techniques.size(), 2u);
  EXPECT_EQ(attack.techniques[0].name, "Unix Shell");
  EXPECT_EQ(attack.techniques[1].name, "");
}

TEST(Attack, CountsByTacticAndTechnique) {
  AttackMatrix matrix;
  matrix.add(Tags{"mitre_persistence", "T1053.003"});
  matrix.add(Tags{"mitre_execution", "T1053.003"});
  matrix.add(Tags{"mitre_execution", "T1053.003"});
  matrix.add(Tags{"mitre_discovery"});
  matrix.add(Tags{"T1620"});
  matrix.add(Tags{"process"});
  EXPECT_EQ(matrix.text(),
            "Execution (TA0002)\n"
            "         2  T1053.003  Cron\n"
            "Persistence (TA0003)\n"
            "         1  T1053.003  Cron\n"
            "Discovery (TA0007)\n"
            "         1  -          no technique given\n"
            "No tactic given\n"
            "         1  T1620      Reflective Code Loading\n");
}

TEST(Attack, MakesANavigatorLayer) {
  AttackMatrix matrix;
  matrix.add(Tags{"mitre_command_and_control", "T1071"}, 7);
  matrix.add(Tags{"T1620"});
  const auto layer = matrix.layer("case 1");
  EXPECT_EQ(layer["name"], "case 1");
  EXPECT_EQ(layer["domain"], "enterprise-attack");
  EXPECT_EQ(layer["gradient"]["maxValue"], 7);
  ASSERT_EQ(layer["techniques"].size(), 2u);
  EXPECT_EQ(layer["techniques"][0]["techniqueID"], "T1071");
  EXPECT_EQ(layer["techniques"][0]["tactic"], "command-and-control");
  EXPECT_EQ(layer["techniques"][0]["score"], 7);
  EXPECT_FALSE(layer["techniques"][1].contains("tactic"));
}

TEST(Attack, NamesEachTacticOnce) {
  std::set<std::string_view> ids;
  for (const AttackTactic& tactic : attack_tactics()) ids.insert(tactic.id);
  EXPECT_EQ(ids.size(), attack_tactics().size());
  EXPECT_EQ(ids.size(), 14u);
}

}  // namespace
}  // namespace vestige
