// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/attack.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace vestige {
namespace {

constexpr AttackTactic kTactics[] = {
#define ATTACK_TACTIC(id, tag, name) {id, tag, name},
#include "replay/rules/attack.def"
#undef ATTACK_TACTIC
};

constexpr std::pair<std::string_view, std::string_view> kTechniques[] = {
#define ATTACK_TECHNIQUE(id, name) {id, name},
#include "replay/rules/attack.def"
#undef ATTACK_TECHNIQUE
};

bool is_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

// "T1059" or "T1059.004"
bool is_technique(std::string_view tag) {
  if (tag.size() != 5 && tag.size() != 9) return false;
  return tag[0] == 'T' && is_digits(tag.substr(1, 4)) &&
         (tag.size() == 5 || (tag[5] == '.' && is_digits(tag.substr(6))));
}

std::string_view technique_name(std::string_view id) {
  for (const auto& [known, name] : kTechniques)
    if (known == id) return name;
  return {};
}

// How the Navigator spells a tactic: "command-and-control".
std::string navigator_tactic(const AttackTactic& tactic) {
  std::string out;
  for (const char c : tactic.name) {
    if (c == ' ')
      out += '-';
    else
      out += char(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  }
  return out;
}

}  // namespace

std::span<const AttackTactic> attack_tactics() {
  return kTactics;
}

AttackTags attack_of(std::span<const std::string> tags) {
  AttackTags out;
  for (const AttackTactic& tactic : kTactics) {
    const bool is_tagged =
        std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) {
          return tag == tactic.tag || tag == tactic.id;
        });
    if (is_tagged) out.tactics.push_back(&tactic);
  }
  for (const std::string& tag : tags) {
    if (is_technique(tag)) out.techniques.push_back({tag, technique_name(tag)});
  }
  return out;
}

void AttackMatrix::add(std::span<const std::string> tags, uint64_t count) {
  AttackTags attack = attack_of(tags);
  if (attack.techniques.empty() && attack.tactics.empty()) return;
  if (attack.techniques.empty()) attack.techniques.push_back({"", ""});
  std::vector<size_t> tactics;
  for (const AttackTactic* const tactic : attack.tactics)
    tactics.push_back(size_t(tactic - kTactics));
  if (tactics.empty()) tactics.push_back(std::size(kTactics));
  for (const size_t tactic : tactics) {
    for (const AttackTechnique& technique : attack.techniques) {
      Cell& cell = cells_[tactic][technique.id];
      cell.name = technique.name;
      cell.count += count;
    }
  }
}

std::string AttackMatrix::text() const {
  std::string out;
  for (const auto& [tactic, techniques] : cells_) {
    out += tactic < std::size(kTactics)
               ? fmt::format("{} ({})\n", kTactics[tactic].name,
                             kTactics[tactic].id)
               : std::string("No tactic given\n");
    for (const auto& [id, cell] : techniques)
      out +=
          fmt::format("  {:>8}  {:<10} {}\n", cell.count, id.empty() ? "-" : id,
                      id.empty() ? "no technique given" : cell.name);
  }
  return out;
}

nlohmann::ordered_json AttackMatrix::layer(std::string_view name) const {
  auto techniques = nlohmann::ordered_json::array();
  uint64_t most = 1;
  for (const auto& [tactic, row] : cells_) {
    for (const auto& [id, cell] : row) {
      if (id.empty()) continue;
      most = std::max(most, cell.count);
      nlohmann::ordered_json technique = {
          {"techniqueID", id}, {"score", cell.count}, {"enabled", true}};
      if (tactic < std::size(kTactics))
        technique["tactic"] = navigator_tactic(kTactics[tactic]);
      techniques.push_back(std::move(technique));
    }
  }
  return {{"name", name},
          {"versions",
           {{"attack", "16"}, {"navigator", "5.1.0"}, {"layer", "4.5"}}},
          {"domain", "enterprise-attack"},
          {"description", "Findings of vestige rules, by technique"},
          {"techniques", std::move(techniques)},
          {"gradient",
           {{"colors", {"#ffe766", "#ff6666"}},
            {"minValue", 1},
            {"maxValue", most}}}};
}

}  // namespace vestige
