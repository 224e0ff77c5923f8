// SPDX-License-Identifier: Apache-2.0
//
// New traces out of old ones: repaired, cut, merged. The new one names its
// parents in its header.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "format/event.h"
#include "format/header.h"
#include "format/result.h"
#include "format/trace_writer.h"

namespace vestige {

struct CopyOptions {
  WriterOptions writer;
  std::string tool;  // TraceHeader::tool of the copy stays; this made it
};

struct CopyReport {
  uint64_t events_read = 0;
  uint64_t events_written = 0;
  bool was_complete = false;  // every input had its end
  std::vector<Loss> losses;   // found while reading, with their places
};

// A clean copy of all that can be read; what is gone is told as losses in
// it, where it was.
Result<CopyReport> repair_trace(const std::string& from, const std::string& to,
                                const CopyOptions& options);

// A copy that everybody can read; needs a private key.
Result<CopyReport> decrypt_trace(const std::string& from, const std::string& to,
                                 const CopyOptions& options);

struct Cut {
  uint64_t from_ns = 0;  // CLOCK_BOOTTIME, of Event::time_ns; both inclusive
  uint64_t to_ns = UINT64_MAX;
  std::string words;  // how it was asked for; goes into the header
  // Which events stay; empty: all. Snapshots always stay, so the state can be
  // rebuilt as far as the events that are left tell.
  std::function<bool(const Event&, Position)> wants;
};
Result<CopyReport> cut_trace(const std::string& from, const std::string& to,
                             const Cut& cut, const CopyOptions& options);

// A copy with other contents, event by event.
struct Rewrite {
  std::string operation;  // "redacted"
  std::string words;      // how it was asked for; goes into the header
  std::function<void(TraceHeader&)> header;
  std::function<void(ContainerInfo&)> container;  // of the end record
  // What is stored instead; lives until the next call.
  std::function<const Event&(const Event&)> event;
  std::function<void(Snapshot&)> snapshot;
  std::function<void(Loss&)> loss;
  std::function<std::vector<Loss>()> more_losses;  // once all is copied
};
Result<CopyReport> rewrite_trace(const std::string& from, const std::string& to,
                                 const Rewrite& rewrite,
                                 const CopyOptions& options);

// One timeline, by UTC, out of several traces of any machines, in one clock.
// Each event, snapshot and loss tells of which it is (Event::origin).
Result<CopyReport> merge_traces(const std::vector<std::string>& from,
                                const std::string& to,
                                const CopyOptions& options);

}  // namespace vestige
