// SPDX-License-Identifier: Apache-2.0
//
// One of the traces inside a merged one, as if it stood alone: "x.vtrace#2" is
// the second of those that x.vtrace was merged from. Whatever reads a trace
// reads a view, too.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "format/header.h"
#include "format/result.h"

namespace vestige {

struct TraceView {
  std::string file;
  uint16_t origin = 0;  // Event::origin; 0: the whole file
};

// A file that is called like a view is a file.
TraceView parse_view(const std::string& path);

// What a file is to be read by, so that each part has one clock, one host and
// one container: itself, or, of a merged one, a view of each origin. A file
// that cannot be opened is given as it is.
std::vector<std::string> views_of(const std::string& path);

// kUsage, naming the views, when the origins of a trace are of several boots:
// their process ids mean nothing to each other, so that no state can be
// rebuilt from all of them together.
Result<void> require_one_boot(const TraceHeader& header,
                              const std::string& path);

}  // namespace vestige
