// SPDX-License-Identifier: Apache-2.0
//
// Is a trace what was recorded? Checks every byte of a file against its
// marks, the marks against each other, and all against the seal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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
  SealStatement seal;    // when intact
};

// kBadInput: not a trace at all.
Result<Verification> verify_trace(const std::string& path,
                                  const VerifyOptions& options = {});

// The anchors in a file, among whatever else stands there.
Result<std::vector<ChainHead>> load_anchors(const std::string& path);

// The first 16 hex digits of the SHA-256 of a key: what people compare.
std::string fingerprint(const PublicKey& key);

}  // namespace vestige
