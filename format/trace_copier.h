// SPDX-License-Identifier: Apache-2.0
//
// What making new traces out of old ones has in common.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "format/trace_copy.h"
#include "format/trace_reader.h"

namespace vestige {

// A trace that is being copied, and what its copy says about it.
struct CopySource {
  TraceReader reader;
  Parent parent;
  TraceReader::Item item = {};  // not copied yet
  // Losses met so far, by reason and origin.
  std::map<std::pair<LossReason, uint16_t>, uint64_t> told = {};

  // False: there is no item any more.
  Result<bool> next();
};
Result<CopySource> open_source(const std::string& path, std::string operation);

class Copier {
 public:
  Copier(TraceWriter writer, CopyReport& report)
      : writer_(std::move(writer)), report_(report) {}

  // The item of the source, as far as the cut takes it.
  Result<void> copy(CopySource& source, const Cut& cut);
  Result<void> close(TraceEnd end) { return writer_.close(std::move(end)); }

 private:
  TraceWriter writer_;
  CopyReport& report_;
};

// The writer sums up what it was told; the end record of the source may know
// of more.
std::vector<Loss> untold_losses(const CopySource& source);

}  // namespace vestige
