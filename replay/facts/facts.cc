// SPDX-License-Identifier: Apache-2.0
#include "replay/facts/facts.h"

namespace vestige {
namespace {

template <typename Row, typename Id>
const Row* row_of(const std::vector<Row>& rows, Id id) {
  const size_t number = size_t(id);
  return number == 0 || number > rows.size() ? nullptr : &rows[number - 1];
}

}  // namespace

const ProcessRow* Facts::process(ProcessId id) const {
  return row_of(processes, id);
}

const ConnectionRow* Facts::connection(ConnectionId id) const {
  return row_of(connections, id);
}

std::span<const ExecRow> Facts::execs_of(const ProcessRow& process) const {
  return std::span(execs).subspan(process.first_exec, process.exec_count);
}

}  // namespace vestige
