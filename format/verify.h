// SPDX-License-Identifier: Apache-2.0
//
// Is a trace what was recorded? Checks every byte of a file against its
// marks, the marks against each other, and all against the seal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "format/header.h"
#include "format/result.h"
#include "format/seal.h"

namespace vestige {

enum class Verdict : uint8_t {
  kIntactSigned,
  kIntactUnsigned,
  kIncomplete,  // good as far as it goes, but the end is missing
  kAltered,     // not what was recorded
  kOtherKey,    // intact, but not signed by the key that was asked for
};

struct VerifyOptions {
  std::optional<PublicKey> key;    // the trace must be signed by it
  std::vector<ChainHead> anchors;  // those of other traces are passed over
};

struct Verification {
  Verdict verdict = Verdict::kAltered;
  std::string sentence;             // the verdict in words
  std::optional<Signed> signature;  // of the seal, checked
  TraceId trace_id = {};
  uint64_t chunks = 0;   // found good
  uint64_t events = 0;   // in them
  uint64_t last_ns = 0;  // latest time in them, CLOCK_BOOTTIME
  uint64_t bytes = 0;    // of the file
  uint64_t anchors = 0;  // that fitted
  bool is_encrypted = false;
  uint64_t raw_bytes = 0;                      // of all frames, decompressed
  SealStatement seal;                          // when intact
  Predecessor previous;                        // as its header says
  EndReason end_reason = EndReason::kUnknown;  // as its end record says
};

// kBadInput: not a trace at all.
Result<Verification> verify_trace(const std::string& path,
                                  const VerifyOptions& options = {});

// Whether `next` goes on where `before`, which must be intact, was closed: both
// are files of one recording, and none is missing between them. Empty: yes;
// else why not.
std::string why_not_next(const Verification& before, const Verification& next);

// The anchors in a file, among whatever else stands there.
Result<std::vector<ChainHead>> load_anchors(const std::string& path);

}  // namespace vestige
