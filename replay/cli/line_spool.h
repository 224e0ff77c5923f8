// SPDX-License-Identifier: Apache-2.0
//
// Lines with a time, kept until they are merged with those of others. Small
// ones stay in memory, many go to a file without a name.
//
// Not thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "format/result.h"

namespace vestige::cli {

class LineSpool {
 public:
  Result<void> add(int64_t unix_ns, const std::string& line);
  // Once, after the last add().
  Result<void> rewind();

  // The next line in the order they were added; false at the end.
  Result<bool> next();
  [[nodiscard]] int64_t unix_ns() const { return unix_ns_; }
  [[nodiscard]] const std::string& line() const { return line_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  Result<void> flush();
  bool fill();

  std::unique_ptr<std::FILE, Close> file_;
  std::string buffer_;
  size_t at_ = 0;
  int64_t unix_ns_ = 0;
  std::string line_;
};

// Calls print(line) for all of them by time; those of the same time in the
// order of the spools.
template <typename Print>
Result<void> merge(std::vector<LineSpool>& spools, Print print) {
  std::vector<LineSpool*> live;
  for (LineSpool& spool : spools) {
    TRY(spool.rewind());
    if (TRY(spool.next())) live.push_back(&spool);
  }
  const auto is_later = [](const LineSpool* a, const LineSpool* b) {
    return a->unix_ns() > b->unix_ns() ||
           (a->unix_ns() == b->unix_ns() && a > b);
  };
  std::make_heap(live.begin(), live.end(), is_later);
  while (!live.empty()) {
    std::pop_heap(live.begin(), live.end(), is_later);
    LineSpool* const first = live.back();
    print(first->line());
    if (TRY(first->next()))
      std::push_heap(live.begin(), live.end(), is_later);
    else
      live.pop_back();
  }
  return {};
}

}  // namespace vestige::cli
