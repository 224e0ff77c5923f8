// SPDX-License-Identifier: Apache-2.0
//
// Encryption to the holder of a private key: X25519 (RFC 7748), HKDF-SHA256
// (RFC 5869) and AES-256-GCM, all by libcrypto. FORMAT.md, "Encryption".
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "format/result.h"
#include "format/trace_wire.h"

namespace vestige {

using Recipient = std::array<uint8_t, 32>;  // X25519 public key, raw
using SecretKey = std::array<uint8_t, 32>;  // of AES-256

inline constexpr size_t kNonceBytes = 12;
inline constexpr size_t kTagBytes = 16;

// A secret key that only the recipient can get at.
struct WrappedKey {
  Recipient recipient = {};
  Recipient ephemeral = {};  // public key made for this one only
  std::array<uint8_t, sizeof(SecretKey) + kTagBytes> sealed = {};
};

SecretKey random_key();
WrappedKey wrap_key(const SecretKey& key, const Recipient& recipient);
// The key of one chunk. Tells nothing about those of others.
SecretKey derive_chunk_key(const SecretKey& trace_key, uint32_t chunk);

// Appends nonce, ciphertext, tag. The nonce is random.
void encrypt(const SecretKey& key, ByteSpan context, ByteSpan plain,
             ByteBuffer& out);
// Replaces `out`. False: not made by encrypt() with that key and context.
bool decrypt(const SecretKey& key, ByteSpan context, ByteSpan sealed,
             ByteBuffer& out);

// The private key of a recipient: PKCS #8 in PEM, as stock openssl makes it
// (openssl genpkey -algorithm x25519).
class Identity {
 public:
  // kBadInput: not such a key. kSystem: cannot be read, or others than its
  // owner may read it.
  static Result<Identity> load(const std::string& path);
  // Makes PATH (mode 0600) and PATH.pub. kSystem: one of them exists.
  static Result<Identity> create(const std::string& path);
  // The one that $VESTIGE_IDENTITY names, if it is set.
  static Result<std::optional<Identity>> from_environment();
  Identity(Identity&&) noexcept;
  Identity& operator=(Identity&&) noexcept;
  ~Identity();

  [[nodiscard]] Recipient recipient() const;
  // Nothing: wrapped for somebody else, or damaged.
  [[nodiscard]] std::optional<SecretKey> unwrap(
      const std::vector<WrappedKey>& wrapped) const;

 private:
  struct State;
  explicit Identity(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// A public key from a PEM file: a public key, or the public half of a private
// one.
Result<Recipient> load_recipient(const std::string& path);

}  // namespace vestige
