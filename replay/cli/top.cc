// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/top.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "replay/cli/command.h"
#include "replay/cli/console.h"
#include "replay/cli/json_line.h"
#include "replay/filter/field_list.h"
#include "replay/filter/search.h"

namespace vestige::cli {
namespace {

constexpr std::string_view kEachOnce = "1";

using Keys = std::vector<std::string>;

class Sums {
 public:
  Sums(const filter::FieldList& keys, const filter::FieldList* value)
      : keys_(keys), value_(value) {}

  void add(const EventView& view);
  [[nodiscard]] std::vector<std::pair<Keys, int64_t>> largest(
      size_t most) const;

 private:
  const filter::FieldList& keys_;
  const filter::FieldList* value_;
  std::map<Keys, int64_t> sums_;
  Keys now_;
};

void Sums::add(const EventView& view) {
  FieldValues values;
  int64_t number = 1;
  if (value_) {
    value_->columns()[0].operand.extract(view, values);
    if (values.empty()) return;
    number = values.all()[0].number;
  }
  now_.clear();
  for (const auto& column : keys_.columns()) {
    values.clear();
    column.operand.extract(view, values);
    if (values.empty()) return;
    now_.push_back(field_text(column.operand.type(), values.all()[0]));
    if (now_.back().empty()) return;
  }
  sums_[now_] += number;
}

std::vector<std::pair<Keys, int64_t>> Sums::largest(size_t most) const {
  std::vector<std::pair<Keys, int64_t>> out(sums_.begin(), sums_.end());
  std::ranges::stable_sort(out, std::ranges::greater{},
                           &std::pair<Keys, int64_t>::second);
  if (most && out.size() > most) out.resize(most);
  return out;
}

std::string text_of(int64_t sum, TopUnit unit) {
  switch (unit) {
    case TopUnit::kBytes: return size_text(uint64_t(std::max<int64_t>(sum, 0)));
    case TopUnit::kCount: return fmt::format("{}", sum);
    case TopUnit::kTime: return fmt::format("{:.6f}s", double(sum) / 1e9);
  }
  return {};
}

std::string_view title_of(TopUnit unit) {
  switch (unit) {
    case TopUnit::kBytes: return "BYTES";
    case TopUnit::kCount: return "COUNT";
    case TopUnit::kTime: return "TIME";
  }
  return {};
}

void print(const TopQuestion& question, const filter::FieldList& keys,
           const std::vector<std::pair<Keys, int64_t>>& rows) {
  std::vector<Table::Column> columns = {
      {std::string(title_of(question.unit)), Align::kRight}};
  for (const auto& key : keys.columns()) columns.push_back({key.name});
  Table table(columns);
  for (const auto& [key, sum] : rows) {
    std::vector<Cell> cells = {{text_of(sum, question.unit)}};
    for (const std::string& each : key) cells.push_back({each});
    table.add(std::move(cells));
  }
  table.print(ColorMode::kAuto, Fit::kCut);
}

void print_json(const TopQuestion& question, const filter::FieldList& keys,
                const std::vector<std::pair<Keys, int64_t>>& rows) {
  const bool counts = question.value == kEachOnce;
  for (const auto& [key, sum] : rows) {
    JsonLine json;
    json.number(counts ? "count" : question.value, sum);
    for (size_t i = 0; i < key.size(); ++i)
      json.text(keys.columns()[i].name, key[i]);
    json.print();
  }
}

}  // namespace

Result<int> run_top(const TopQuestion& question) {
  auto filter = TRY(filter::Filter::compile(question.filter));
  const auto keys = TRY(filter::FieldList::compile(question.keys));
  std::optional<filter::FieldList> value;
  if (question.value != kEachOnce)
    value = TRY(filter::FieldList::compile(question.value));
  Needs needs = keys.needs();
  if (value) needs.add(value->needs());
  Sums sums(keys, value ? &*value : nullptr);
  for (const std::string& trace : question.traces) {
    filter::Search search(trace, filter, needs);
    TRY(search.run([&](const EventView& view) {
      sums.add(view);
      return true;
    }));
    std::fflush(stdout);
    print_losses(search.end());
  }
  const auto rows = sums.largest(question.most);
  question.json ? print_json(question, keys, rows)
                : print(question, keys, rows);
  return rows.empty() ? 1 : 0;
}

}  // namespace vestige::cli
