// SPDX-License-Identifier: Apache-2.0
//
// The columns of a list: its own, and fields of the table that filters and
// exports use; which of them are shown, in which order and how wide.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "replay/filter/field_list.h"
#include "tui/choices.h"
#include "tui/screen.h"

namespace vestige::tui {

struct Column {
  std::string_view title;
  int width = 0;   // columns; of those that grow: at least
  int weight = 0;  // share of what is left over; 0: fixed
  Align align = Align::kLeft;
  int from_width = 0;      // left out on narrower screens
  std::string_view field;  // that filters for what stands there; may be empty
};

// Columns have an id: first those of the list, then fields.
class ColumnSet {
 public:
  static constexpr int kGutter = 2;  // bookmark and a space

  struct Slot {
    size_t id = 0;
    int x = 0;
    int width = 0;
  };

  // chosen: titles and names of fields; nullptr: its own, as far as there is
  // room. Others, from a version with more, are left out.
  // True: it is another set now.
  bool adopt(std::span<const Column> own,
             const std::vector<std::string>* chosen);
  [[nodiscard]] size_t size() const { return own_.size() + fields_.size(); }
  [[nodiscard]] const Column& at(size_t id) const;
  [[nodiscard]] bool is_own(size_t id) const { return id < own_.size(); }
  // How the field of a column is told; nullptr: it has none.
  [[nodiscard]] const filter::BoundOperand* operand(size_t id) const;

  // Those shown, from left to right; the first begins at x = 0.
  [[nodiscard]] std::span<const Slot> slots() const { return slots_; }
  void lay_out(int width);

  // For a dialogue: those shown in their order, then those that are not.
  [[nodiscard]] std::vector<Choice> choices() const;
  // What is chosen after a change of the nth of these. Never nothing at all.
  [[nodiscard]] std::vector<std::string> toggled(size_t nth) const;
  [[nodiscard]] std::vector<std::string> moved(size_t nth, int places) const;
  // kUsage: there is no such field.
  [[nodiscard]] Result<std::vector<std::string>> added(
      std::string_view field) const;

 private:
  struct Field {
    std::string name;
    Column column;  // refers to name
    filter::FieldList list;
  };

  void add_field(const std::string& name);
  [[nodiscard]] std::vector<size_t> shown() const;
  [[nodiscard]] std::vector<size_t> listed() const;
  [[nodiscard]] std::vector<std::string> names(
      std::span<const size_t> ids) const;

  std::span<const Column> own_;
  std::vector<std::optional<filter::FieldList>> asked_;  // of own_
  std::vector<std::unique_ptr<Field>> fields_;
  std::vector<std::string> chosen_;
  bool is_chosen_ = false;
  std::vector<size_t> order_;  // when chosen
  int width_ = 80;
  std::vector<Slot> slots_;
};

}  // namespace vestige::tui
