// SPDX-License-Identifier: Apache-2.0
//
// Finds rows in tests by what a reader would ask for.
#pragma once

#include <gtest/gtest.h>

#include "replay/facts/facts.h"

namespace vestige {

inline const ProcessRow& process_with_pid(const Facts& facts, uint32_t pid,
                                          int life = 0) {
  static const ProcessRow kNobody{};
  for (const ProcessRow& row : facts.processes)
    if (row.pid == pid && life-- == 0) return row;
  ADD_FAILURE() << "no process with pid " << pid;
  return kNobody;
}

inline uint32_t parent_pid(const Facts& facts, const ProcessRow& row) {
  const ProcessRow* parent = facts.process(row.parent);
  return parent ? parent->pid : 0;
}

inline const FileRow* find_file(const Facts& facts, FileOp op,
                                std::string_view path) {
  for (const FileRow& row : facts.files)
    if (row.op == op && row.path == path) return &row;
  return nullptr;
}

inline const NetRow* find_net(const Facts& facts, NetOp op,
                              std::string_view remote) {
  for (const NetRow& row : facts.net)
    if (row.op == op &&
        endpoint_text(facts.connection(row.connection)->remote) == remote)
      return &row;
  return nullptr;
}

}  // namespace vestige
