// SPDX-License-Identifier: Apache-2.0
//
// Rows of one trace as they come, or of several in the order of time, with
// the name of the trace in front.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "replay/case.h"
#include "replay/cli/command.h"
#include "replay/cli/console.h"
#include "replay/cli/json_line.h"

namespace vestige::cli {

class Timeline {
 public:
  // columns: without the time and the name of the trace. The cases must
  // outlive the timeline.
  Timeline(std::span<const Case> cases, std::vector<Table::Column> columns);

  void add(const Case& of, uint64_t time_ns, std::vector<Cell> cells);
  void add(const Case& of, uint64_t time_ns, JsonLine json);
  void print(const Options& options);

 private:
  struct Row {
    int64_t unix_ns;
    std::vector<Cell> cells;
    std::string json;
  };

  bool has_many_;
  std::vector<Table::Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace vestige::cli
