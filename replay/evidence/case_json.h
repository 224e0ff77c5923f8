// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "format/header.h"
#include "format/verify.h"
#include "replay/evidence/digest.h"
#include "replay/export/query.h"

namespace vestige {

// A trace as case.json tells of it.
struct TraceRecord {
  uint32_t number = 0;
  std::string file_name;
  FileDigest digest;
  TraceHeader header;
  Verification verification;
  QueryEnd end;
};
nlohmann::ordered_json trace_json(const TraceRecord& trace);

// A loss with the interval it may concern; UTC.
nlohmann::ordered_json loss_json(const TraceRecord& trace, const Loss& loss);
// Without a time, it may concern everything.
bool concerns(const TraceRecord& trace, const Loss& loss,
              const Interval& interval);

}  // namespace vestige
