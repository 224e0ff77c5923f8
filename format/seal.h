// SPDX-License-Identifier: Apache-2.0
//
// What a whole trace amounts to, in a few lines that can be signed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "format/crypto.h"
#include "format/merkle.h"
#include "format/trace_mark.h"

namespace vestige {

// Where the chain of marks stands after a chunk. Sent out while recording
// (an anchor), it keeps even root from rewriting what came before unseen.
struct ChainHead {
  TraceId trace_id = {};
  uint64_t chunks = 0;  // so far
  uint64_t events = 0;  // in them
  Digest head = {};     // SHA-256 of the last mark

  friend bool operator==(const ChainHead&, const ChainHead&) = default;
};

// One line, without its end: "vestige-anchor TRACE CHUNKS EVENTS HEAD".
std::string to_line(const ChainHead& head);
// Accepts a line with something in front, as syslog puts there.
std::optional<ChainHead> parse_anchor(std::string_view line);

struct SealStatement {
  ChainHead chain;   // of all chunks before the seal
  Digest root = {};  // Merkle root over their marks

  friend bool operator==(const SealStatement&, const SealStatement&) = default;
};
std::string to_text(const SealStatement& statement);
std::optional<SealStatement> parse_seal(std::string_view text);

struct Signed {
  PublicKey key = {};
  Signature signature = {};
};

struct Seal {
  std::string statement;  // what to_text() gave
  std::optional<Signed> signature;
};
Seal make_seal(const SealStatement& statement, const SigningKey* key);
// False too when there is no signature.
bool is_signature_good(const Seal& seal);

}  // namespace vestige
