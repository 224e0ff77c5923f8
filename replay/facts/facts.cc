// SPDX-License-Identifier: Apache-2.0
#include "replay/facts/facts.h"

#include <algorithm>

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

std::span<const CredentialsRow> Facts::credentials_of(ProcessId id) const {
  const auto first =
      std::ranges::lower_bound(credentials, id, {}, &CredentialsRow::process);
  const auto last =
      std::ranges::upper_bound(credentials, id, {}, &CredentialsRow::process);
  return std::span(credentials)
      .subspan(size_t(first - credentials.begin()), size_t(last - first));
}

}  // namespace vestige
