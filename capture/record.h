// SPDX-License-Identifier: Apache-2.0
//
// `vestige-capture record`: selects, attaches, takes the first snapshot,
// drains until it is over, closes every trace.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "capture/bpf_session.h"
#include "capture/rotation.h"
#include "capture/runtimes/runtime.h"
#include "capture/selection.h"
#include "capture/wanted.h"
#include "format/result.h"

namespace vestige {

struct RecordPlan {
  Wanted wanted;  // named ones must be running
  Pointed pointed;
  std::vector<std::string> command;  // argv; nothing else is recorded then
  std::string output;
  std::optional<std::chrono::nanoseconds> duration;
  uint64_t max_bytes = 0;  // of each trace; 0: no limit
  Rotation rotation;
  uint64_t flush_ns = 1'000'000'000;  // events are written after this
  uint64_t checkpoint_ns = 0;         // snapshots again after this; 0: never
  uint64_t reserve_bytes = 64 << 20;  // of disk, to stay free
  // Of memory for what grows with containers and load; 0: the usual.
  uint64_t memory_bytes = 0;
  std::optional<uint32_t> ring_bytes;  // instead of what fits
  SessionOptions session;
  RuntimeRoots roots;
  std::vector<std::string> own_argv;  // for the header
  // PEM file of the key that signs the traces, made on first use; empty: they
  // are not signed.
  std::string signing_key;
  // PEM files of those who can read the traces; empty: everybody.
  std::vector<std::string> recipients;
  std::vector<std::string> anchors;  // see capture/anchor.h
};

// Returns when the recording is over. The error is the first that kept a
// trace from being whole; the other traces are finished all the same.
Result<void> record(const RecordPlan& plan);

}  // namespace vestige
