// SPDX-License-Identifier: Apache-2.0
#include "format/crypto.h"

#include <fmt/format.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "format/crypto_keys.h"

namespace vestige {
namespace {

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeDigest>;

// Fetched once: EVP_sha256() looks its implementation up at every use.
EVP_MD* sha256_method() {
  static EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return method;
}

bool is_ed25519(const Key& key) {
  return key && EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519;
}

Key key_of(const PublicKey& raw) {
  return Key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw.data(),
                                         raw.size()));
}

}  // namespace

Digest sha256(ByteSpan bytes) {
  Digest digest;
  unsigned size = 0;
  if (!EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size,
                  sha256_method(), nullptr) ||
      size != digest.size())
    die_of_crypto("SHA-256");
  return digest;
}

struct Sha256::State {
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{EVP_MD_CTX_new(),
                                                             EVP_MD_CTX_free};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  if (!state_->context ||
      !EVP_DigestInit_ex(state_->context.get(), sha256_method(), nullptr))
    die_of_crypto("SHA-256");
}
Sha256::~Sha256() = default;

void Sha256::add(ByteSpan bytes) {
  if (!EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()))
    die_of_crypto("SHA-256");
}

Digest Sha256::finish() {
  Digest digest;
  unsigned size = 0;
  if (!EVP_DigestFinal_ex(state_->context.get(), digest.data(), &size))
    die_of_crypto("SHA-256");
  return digest;
}

void fill_random(std::span<uint8_t> out) {
  if (RAND_bytes(out.data(), int(out.size())) != 1)
    die_of_crypto("random bytes");
}

struct SigningKey::State {
  Key key;
};

SigningKey::SigningKey(std::unique_ptr<State> state)
    : state_(std::move(state)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

Result<SigningKey> SigningKey::load(const std::string& path) {
  auto state = std::make_unique<State>();
  state->key = private_key_from(TRY(read_key_file(path, true)));
  if (!is_ed25519(state->key))
    return Error{ErrorKind::kBadInput,
                 fmt::format("{}: not an Ed25519 private key in PEM (openssl "
                             "genpkey -algorithm ed25519 makes one)",
                             path)};
  return SigningKey(std::move(state));
}

Result<SigningKey> SigningKey::load_or_create(const std::string& path) {
  if (::access(path.c_str(), F_OK) == 0 || errno != ENOENT) return load(path);
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (!key) die_of_crypto("key generation");
  auto made = create_key_file(path, private_pem(key.get()), 0600);
  // Another agent may have been faster: its key serves as well.
  if (!made && ::access(path.c_str(), F_OK) != 0)
    return std::move(made).error();
  return load(path);
}

PublicKey SigningKey::public_key() const {
  return public_half(state_->key.get());
}

Signature SigningKey::sign(ByteSpan bytes) const {
  Signature signature;
  size_t size = signature.size();
  const DigestContext context(EVP_MD_CTX_new());
  if (!context ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr,
                         state_->key.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, bytes.data(),
                     bytes.size()) != 1 ||
      size != signature.size())
    die_of_crypto("signing");
  return signature;
}

bool is_signed_by(const PublicKey& raw, ByteSpan bytes,
                  const Signature& signature) {
  const Key key = key_of(raw);
  const DigestContext context(EVP_MD_CTX_new());
  return key && context &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr,
                              key.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                          bytes.data(), bytes.size()) == 1;
}

Result<PublicKey> load_public_key(const std::string& path) {
  const Key key = any_public_key_from(TRY(read_key_file(path, false)));
  if (!is_ed25519(key))
    return Error{ErrorKind::kBadInput,
                 fmt::format("{}: not an Ed25519 key in PEM", path)};
  return public_half(key.get());
}

std::string to_pem(const PublicKey& raw) {
  const Key key = key_of(raw);
  if (!key) die_of_crypto("public key");
  return public_pem(key.get());
}

std::string fingerprint(const PublicKey& key) {
  return to_hex(sha256(key)).substr(0, 16);
}

std::string to_hex(ByteSpan bytes) {
  std::string text;
  for (const uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

bool from_hex(std::string_view text, std::span<uint8_t> out) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  if (text.size() != 2 * out.size()) return false;
  for (size_t i = 0; i < out.size(); ++i) {
    const size_t high = kDigits.find(text[2 * i]);
    const size_t low = kDigits.find(text[2 * i + 1]);
    if (high == kDigits.npos || low == kDigits.npos) return false;
    out[i] = uint8_t(high << 4 | low);
  }
  return true;
}

std::string to_base64(ByteSpan bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // and a NUL
  const int size = EVP_EncodeBlock(reinterpret_cast<uint8_t*>(text.data()),
                                   bytes.data(), int(bytes.size()));
  text.resize(size_t(size));
  return text;
}

bool from_base64(std::string_view text, std::string& out) {
  if (text.size() % 4 != 0 || text.size() > INT_MAX) return false;
  out.resize(text.size() / 4 * 3);
  const int size = EVP_DecodeBlock(reinterpret_cast<uint8_t*>(out.data()),
                                   bytes_of(text).data(), int(text.size()));
  if (size != int(out.size())) return false;
  for (size_t i = text.size(); i > 0 && text[i - 1] == '='; --i)
    if (!out.empty()) out.pop_back();
  return to_base64(bytes_of(out)) == text;
}

}  // namespace vestige
