// SPDX-License-Identifier: Apache-2.0
//
// What a rule's tags say in the words of MITRE ATT&CK.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vestige {

struct AttackTactic {
  std::string_view id;   // "TA0002"
  std::string_view tag;  // "mitre_execution"
  std::string_view name;
};
// In the order of the matrix.
std::span<const AttackTactic> attack_tactics();

struct AttackTechnique {
  std::string id;         // "T1059.004"
  std::string_view name;  // empty: not in our table
};

struct AttackTags {
  std::vector<const AttackTactic*> tactics;
  std::vector<AttackTechnique> techniques;
};
AttackTags attack_of(std::span<const std::string> tags);

// Findings counted by technique and tactic.
class AttackMatrix {
 public:
  void add(std::span<const std::string> tags, uint64_t count = 1);

  // One block a tactic, one line a technique, with counts. Tactics without
  // findings are left out.
  [[nodiscard]] std::string text() const;
  // A layer for the ATT&CK Navigator (layer format 4.5).
  [[nodiscard]] nlohmann::ordered_json layer(std::string_view name) const;

 private:
  struct Cell {
    std::string_view name;
    uint64_t count = 0;
  };
  // By tactic (index; after the last: none given), then technique id.
  std::map<size_t, std::map<std::string, Cell>> cells_;
};

}  // namespace vestige
