// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <unordered_map>

namespace vestige {
namespace {

TextMark text_mark(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {uint32_t(mark.pos), uint32_t(mark.line), uint32_t(mark.column)};
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  if (kind != YamlKind::kMap) return nullptr;
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    if (items[i]->kind == YamlKind::kScalar && items[i]->scalar == key)
      return items[i + 1];
  }
  return nullptr;
}

// Receives yaml-cpp's events. A handler can only stop the parser by throwing,
// so limits are reported the way the parser reports its own errors.
class YamlTree::Builder : public YAML::EventHandler {
 public:
  Builder(YamlTree& tree, const YamlLimits& limits)
      : tree_(tree), limits_(limits) {}

  void OnDocumentStart(const YAML::Mark&) override {
    open_.clear();
    anchors_.clear();
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(make(mark, YamlKind::kNull, anchor), mark);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw error(mark, "unknown alias");
    for (const YamlNode* node : open_) {
      if (node == found->second) throw error(mark, "alias to itself");
    }
    add(found->second, mark);
  }

  void OnScalar(const YAML::Mark& mark, const std::string&,
                YAML::anchor_t anchor, const std::string& value) override {
    YamlNode* const node = make(mark, YamlKind::kScalar, anchor);
    node->scalar = value;
    add(node, mark);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(mark, YamlKind::kSequence, anchor);
  }
  void OnSequenceEnd() override { end(); }

  void OnMapStart(const YAML::Mark& mark, const std::string&,
                  YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    begin(mark, YamlKind::kMap, anchor);
  }
  void OnMapEnd() override { end(); }

 private:
  static YAML::ParserException error(const YAML::Mark& mark,
                                     const std::string& what) {
    return YAML::ParserException(mark, what);
  }

  YamlNode* make(const YAML::Mark& mark, YamlKind kind, YAML::anchor_t anchor) {
    YamlNode& node = tree_.nodes_.emplace_back();
    node.kind = kind;
    node.mark = text_mark(mark);
    if (anchor != YAML::NullAnchor) anchors_[anchor] = &node;
    return &node;
  }

  void begin(const YAML::Mark& mark, YamlKind kind, YAML::anchor_t anchor) {
    if (open_.size() >= limits_.depth) throw error(mark, "nested too deeply");
    open_.push_back(make(mark, kind, anchor));
  }

  void end() {
    const YamlNode* const done = open_.back();
    open_.pop_back();
    add(done, {});
  }

  void add(const YamlNode* node, const YAML::Mark& mark) {
    if (open_.empty()) {
      tree_.documents_.push_back(node);
      return;
    }
    YamlNode& parent = *open_.back();
    parent.items.push_back(node);
    parent.weight += node->weight;
    if (parent.weight > limits_.nodes) throw error(mark, "too many values");
  }

  YamlTree& tree_;
  const YamlLimits& limits_;
  std::vector<YamlNode*> open_;
  std::unordered_map<YAML::anchor_t, YamlNode*> anchors_;
};

bool YamlTree::parse(const std::string& text, const YamlLimits& limits) {
  if (text.size() > limits.bytes) {
    error_ =
        "file is larger than " + std::to_string(limits.bytes >> 20) + " MiB";
    return false;
  }
  try {
    std::istringstream in(text);
    YAML::Parser parser(in);
    Builder builder(*this, limits);
    while (parser.HandleNextDocument(builder)) {
      // yaml-cpp gives some broken texts as documents without an end.
      if (nodes_.size() > limits.nodes ||
          documents_.size() > limits.documents) {
        error_ = "too many values";
        return false;
      }
    }
  } catch (const YAML::Exception& e) {
    error_ = e.what();
    error_mark_ = text_mark(e.mark);
    return false;
  } catch (const std::exception& e) {
    error_ = e.what();
    return false;
  }
  return true;
}

}  // namespace vestige
