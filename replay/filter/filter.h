// SPDX-License-Identifier: Apache-2.0
//
// A filter that can be asked of events: names bound to fields, values
// converted to their types, patterns compiled.
//
// As in sysdig and Falco: a comparison with a field that has no value is
// false, `!=` too; `not` turns that round.
//
// Not thread-safe: one per thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "format/result.h"
#include "replay/facts/field.h"
#include "replay/facts/needs.h"
#include "replay/filter/bounds.h"

namespace vestige::filter {

// Macros and lists by name, as text.
struct Definitions {
  std::map<std::string, std::string, std::less<>> macros;
  std::map<std::string, std::vector<std::string>, std::less<>> lists;
};

class Filter {
 public:
  // kUsage errors point into the text. The empty filter matches everything.
  static Result<Filter> compile(std::string_view text,
                                const Definitions& definitions = {});
  Filter(Filter&&) noexcept;
  Filter& operator=(Filter&&) noexcept;
  ~Filter();

  // The same filter, to be asked by another thread.
  [[nodiscard]] Filter twin() const;

  bool matches(const EventView& view);

  // Fields in it that no trace can answer: they never match.
  [[nodiscard]] const std::set<std::string>& unanswerable() const;
  // What must be known before matches().
  [[nodiscard]] Needs needs() const;
  [[nodiscard]] Bounds bounds() const;

 private:
  struct State;
  explicit Filter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace vestige::filter
