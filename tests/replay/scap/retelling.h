// SPDX-License-Identifier: Apache-2.0
//
// A trace retold as sysdig would tell it: a statement for the entry and one
// for the return of each call, with the state at that moment.
#pragma once

#include <map>
#include <string>

#include "replay/reconstructor.h"
#include "tests/replay/scap/sysdig.h"

namespace vestige {

class Retelling {
 public:
  Retelling() : reconstructor_(texts_) {}

  // False, with a failure of the test, when the trace cannot be read.
  bool read(const std::string& trace);
  // What the trace says of the event that sysdig speaks of, or nullptr.
  [[nodiscard]] const Statement* find(const Statement& theirs) const;
  // Statements of calls that sysdig may have shown; derived ones not counted.
  [[nodiscard]] size_t size() const { return statements_.size(); }

 private:
  void tell(const Event& event, Position at);
  Statement state_of(const Event& event, Position at, bool is_return);
  void describe_fd(Task& task, int fd, Statement& said);
  void describe_socket(const ConnectionRow& row, Statement& said);
  void put(Statement said, uint64_t time_ns, const Event& event,
           const char* direction);

  TextPool texts_;
  Reconstructor reconstructor_;
  std::multimap<std::string, Statement> statements_;  // by time, thread, way
};

}  // namespace vestige
