// SPDX-License-Identifier: Apache-2.0
//
// The only user of libcrypto: digests, random bytes, signatures.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>

#include "format/result.h"
#include "format/trace_mark.h"

namespace vestige {

Digest sha256(ByteSpan bytes);
// The same of bytes that come in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void add(ByteSpan bytes);
  Digest finish();  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};
void fill_random(std::span<uint8_t> out);

// Ed25519 (RFC 8032), raw.
using PublicKey = std::array<uint8_t, 32>;
using Signature = std::array<uint8_t, 64>;

// An Ed25519 key pair, as a PKCS #8 PEM file that stock openssl reads.
class SigningKey {
 public:
  // kBadInput: not such a key. kSystem: cannot be read, or others than its
  // owner may read it.
  static Result<SigningKey> load(const std::string& path);
  // Makes the file, mode 0600, when it is not there.
  static Result<SigningKey> load_or_create(const std::string& path);
  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  [[nodiscard]] PublicKey public_key() const;
  [[nodiscard]] Signature sign(ByteSpan bytes) const;

 private:
  struct State;
  explicit SigningKey(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

bool is_signed_by(const PublicKey& key, ByteSpan bytes,
                  const Signature& signature);
// A public key from a PEM file: a public key, or the public half of a private
// one.
Result<PublicKey> load_public_key(const std::string& path);
// As PEM, for `openssl pkeyutl -verify -pubin`.
std::string to_pem(const PublicKey& key);

// The first 16 hex digits of the SHA-256 of a key: what people compare.
std::string fingerprint(const PublicKey& key);
std::string to_hex(ByteSpan bytes);
// False: not hex digits, or not exactly so many.
bool from_hex(std::string_view text, std::span<uint8_t> out);
std::string to_base64(ByteSpan bytes);
// False: not the one way to write those bytes.
bool from_base64(std::string_view text, std::string& out);

}  // namespace vestige
