// SPDX-License-Identifier: Apache-2.0
#include "tui/column_set.h"

#include <fmt/format.h>

#include <algorithm>

namespace vestige::tui {
namespace {

constexpr int kWidest = 40;

}  // namespace

void ColumnSet::add_field(const std::string& name) {
  auto list = filter::FieldList::compile(name);
  if (!list || list->columns().size() != 1) return;
  auto field = std::make_unique<Field>(Field{name, {}, std::move(*list)});
  const filter::BoundOperand& operand = field->list.columns()[0].operand;
  const int wanted = operand.field() ? operand.field()->width : 12;
  const bool is_number = vestige::is_number(operand.type());
  field->column = {
      .title = field->name,
      .width = std::clamp(std::max(wanted, int(name.size()) + 1), 4, kWidest),
      .align = is_number ? Align::kRight : Align::kLeft};
  order_.push_back(own_.size() + fields_.size());
  fields_.push_back(std::move(field));
}

bool ColumnSet::adopt(std::span<const Column> own,
                      const std::vector<std::string>* chosen) {
  if (asked_.size() != own.size()) {
    for (const Column& column : own) {
      auto& asked = asked_.emplace_back();
      if (column.field.empty()) continue;
      if (auto list = filter::FieldList::compile(column.field)) {
        asked = std::move(*list);
      }
    }
  }
  const bool is_same =
      is_chosen_ == (chosen != nullptr) && (!chosen || *chosen == chosen_);
  if (own_.data() == own.data() && is_same) return false;
  own_ = own;
  is_chosen_ = chosen != nullptr;
  chosen_ = chosen ? *chosen : std::vector<std::string>();
  order_.clear();
  fields_.clear();
  for (const std::string& name : chosen_) {
    const auto found = std::ranges::find(own_, name, &Column::title);
    if (found == own_.end()) {
      add_field(name);
    } else {
      order_.push_back(static_cast<size_t>(found - own_.begin()));
    }
  }
  if (order_.empty()) is_chosen_ = false;
  lay_out(width_);
  return true;
}

const Column& ColumnSet::at(size_t id) const {
  return is_own(id) ? own_[id] : fields_[id - own_.size()]->column;
}

const filter::BoundOperand* ColumnSet::operand(size_t id) const {
  if (!is_own(id)) {
    return &fields_[id - own_.size()]->list.columns()[0].operand;
  }
  return asked_[id] ? &asked_[id]->columns()[0].operand : nullptr;
}

std::vector<size_t> ColumnSet::shown() const {
  if (is_chosen_) return order_;
  std::vector<size_t> ids;
  for (size_t i = 0; i < own_.size(); ++i) {
    if (width_ >= own_[i].from_width) ids.push_back(i);
  }
  return ids;
}

void ColumnSet::lay_out(int width) {
  width_ = width;
  slots_.clear();
  int used = kGutter + 1;  // the scroll bar
  int weights = 0;
  for (const size_t id : shown()) {
    const Column& column = at(id);
    slots_.push_back({.id = id, .width = column.width});
    used += column.width + 1;
    weights += column.weight;
  }
  int left = std::max(0, width - used);
  const int spare = left;
  Slot* last = nullptr;
  int x = 0;
  for (Slot& slot : slots_) {
    const int weight = at(slot.id).weight;
    if (weight == 0) continue;
    slot.width += spare * weight / weights;
    left -= spare * weight / weights;
    last = &slot;
  }
  if (last) last->width += left;
  for (Slot& slot : slots_) {
    slot.x = x;
    x += slot.width + 1;
  }
}

std::vector<size_t> ColumnSet::listed() const {
  std::vector<size_t> ids = shown();
  for (size_t i = 0; i < own_.size(); ++i) {
    if (std::ranges::find(ids, i) == ids.end()) ids.push_back(i);
  }
  return ids;
}

std::vector<std::string> ColumnSet::names(std::span<const size_t> ids) const {
  std::vector<std::string> names;
  for (const size_t id : ids) names.emplace_back(at(id).title);
  return names;
}

std::vector<Choice> ColumnSet::choices() const {
  const size_t count = shown().size();
  std::vector<Choice> found;
  for (const size_t id : listed()) {
    const bool is_shown = found.size() < count;
    const filter::BoundOperand* asked = operand(id);
    std::string note(asked && asked->field() ? asked->field()->doc : "");
    found.push_back(
        {.text = fmt::format("[{}] {}", is_shown ? 'x' : ' ', at(id).title),
         .note = std::move(note),
         .style = is_shown ? Style::kStrong : Style::kDim});
  }
  return found;
}

std::vector<std::string> ColumnSet::toggled(size_t nth) const {
  const std::vector<size_t> all = listed();
  std::vector<size_t> ids = shown();
  if (nth >= ids.size()) {
    ids.push_back(all[nth]);
  } else if (ids.size() > 1) {
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(nth));
  }
  return names(ids);
}

std::vector<std::string> ColumnSet::moved(size_t nth, int places) const {
  std::vector<size_t> ids = shown();
  const auto to = static_cast<int64_t>(nth) + places;
  if (nth < ids.size() && to >= 0 && to < static_cast<int64_t>(ids.size())) {
    std::swap(ids[nth], ids[static_cast<size_t>(to)]);
  }
  return names(ids);
}

Result<std::vector<std::string>> ColumnSet::added(
    std::string_view field) const {
  const auto list = TRY(filter::FieldList::compile(field));
  std::vector<std::string> all = names(shown());
  for (const auto& column : list.columns()) {
    if (column.name.find(' ') != std::string::npos) {
      return Error{ErrorKind::kUsage,
                   column.name + ": write it without blanks"};
    }
    if (std::ranges::find(all, column.name) == all.end()) {
      all.push_back(column.name);
    }
  }
  return all;
}

}  // namespace vestige::tui
