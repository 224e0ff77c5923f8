// SPDX-License-Identifier: Apache-2.0
//
// The largest sums of a value, by keys: which files had most bytes moved.
#pragma once

#include <string>
#include <vector>

#include "format/result.h"

namespace vestige::cli {

enum class TopUnit { kBytes, kCount, kTime };

struct TopQuestion {
  std::vector<std::string> traces;
  std::string filter;
  std::string keys;   // fields, by commas; events that lack one are left out
  std::string value;  // a field that is a number; "1" counts
  size_t most = 0;    // 0: all
  TopUnit unit = TopUnit::kCount;
  bool json = false;
};

// Keeps one sum per combination of keys in memory. 1: there is none.
Result<int> run_top(const TopQuestion& question);

}  // namespace vestige::cli
