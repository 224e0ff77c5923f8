// SPDX-License-Identifier: Apache-2.0
//
// A YAML file as a tree of plain values that know where they stand. The only
// door to yaml-cpp: its exceptions end here, and a hostile file (deep, huge,
// or small with aliases that unfold to something huge) is refused.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "replay/rules/load_report.h"

namespace vestige {

enum class YamlKind : uint8_t { kNull, kScalar, kSequence, kMap };

struct YamlNode {
  YamlKind kind = YamlKind::kNull;
  TextMark mark;
  std::string scalar;                  // kScalar
  std::vector<const YamlNode*> items;  // kSequence; kMap: key, value, key...
  // Nodes below and including this one, each alias counted in full.
  size_t weight = 1;

  // The value of a key of a map, or nullptr. The first, if there are several.
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
};

struct YamlLimits {
  size_t bytes = 16u << 20;
  size_t nodes = 1u << 20;
  size_t depth = 64;
  size_t documents = 1024;
};

// All documents of a file. Not copied, as nodes point to each other.
class YamlTree {
 public:
  YamlTree() = default;
  YamlTree(YamlTree&&) = default;
  YamlTree& operator=(YamlTree&&) = default;

  // False when it is not YAML or beyond the limits: see error and its mark.
  bool parse(const std::string& text, const YamlLimits& limits = {});

  [[nodiscard]] const std::vector<const YamlNode*>& documents() const {
    return documents_;
  }
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] TextMark error_mark() const { return error_mark_; }

 private:
  class Builder;

  std::deque<YamlNode> nodes_;
  std::vector<const YamlNode*> documents_;
  std::string error_;
  TextMark error_mark_;
};

}  // namespace vestige
