// SPDX-License-Identifier: Apache-2.0
#include "format/crypto_box.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <algorithm>
#include <cstdlib>

#include "format/crypto.h"
#include "format/crypto_keys.h"

namespace vestige {
namespace {

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const {
    EVP_CIPHER_CTX_free(context);
  }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;
using DeriveContext = std::unique_ptr<EVP_PKEY_CTX, FreeCipher>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, FreeCipher>;
using Nonce = std::array<uint8_t, kNonceBytes>;

constexpr std::string_view kWrapInfo = "vestige-key-1";
constexpr std::string_view kChunkInfo = "vestige-chunk-1";

// Fetched once, as looking them up costs more than using them.
const EVP_CIPHER* cipher() {
  static EVP_CIPHER* const method =
      EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return method;
}

EVP_KDF* hkdf_method() {
  static EVP_KDF* const method = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  return method;
}

SecretKey hkdf(ByteSpan secret, ByteSpan salt, ByteSpan info) {
  // RFC 5869: the same as none, which libcrypto refuses when it is empty.
  static constexpr std::array<uint8_t, 32> kNoSalt = {};
  if (salt.empty()) salt = kNoSalt;
  const KdfContext context(EVP_KDF_CTX_new(hkdf_method()));
  char digest[] = "SHA256";
  const auto octets = [](const char* name, ByteSpan bytes) {
    return OSSL_PARAM_construct_octet_string(
        name, const_cast<uint8_t*>(bytes.data()), bytes.size());
  };
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      octets(OSSL_KDF_PARAM_KEY, secret), octets(OSSL_KDF_PARAM_SALT, salt),
      octets(OSSL_KDF_PARAM_INFO, info), OSSL_PARAM_construct_end()};
  SecretKey out;
  if (!context ||
      EVP_KDF_derive(context.get(), out.data(), out.size(), parameters) != 1)
    die_of_crypto("HKDF");
  return out;
}

// Writes ciphertext and tag.
void seal(const SecretKey& key, const Nonce& nonce, ByteSpan context,
          ByteSpan plain, uint8_t* to) {
  const CipherContext cipher_context(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX* c = cipher_context.get();
  int size = 0;
  if (!c ||
      EVP_EncryptInit_ex2(c, cipher(), key.data(), nonce.data(), nullptr) !=
          1 ||
      EVP_EncryptUpdate(c, nullptr, &size, context.data(),
                        int(context.size())) != 1 ||
      EVP_EncryptUpdate(c, to, &size, plain.data(), int(plain.size())) != 1 ||
      EVP_EncryptFinal_ex(c, to + size, &size) != 1 ||
      EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, kTagBytes,
                          to + plain.size()) != 1)
    die_of_crypto("encryption");
}

// Of ciphertext and tag; `to` has room for the ciphertext.
bool open_sealed(const SecretKey& key, const Nonce& nonce, ByteSpan context,
                 ByteSpan sealed, uint8_t* to) {
  const CipherContext cipher_context(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX* c = cipher_context.get();
  const ByteSpan text = sealed.first(sealed.size() - kTagBytes);
  std::array<uint8_t, kTagBytes> tag;
  std::copy(sealed.end() - kTagBytes, sealed.end(), tag.begin());
  int size = 0;
  return c &&
         EVP_DecryptInit_ex2(c, cipher(), key.data(), nonce.data(), nullptr) ==
             1 &&
         EVP_DecryptUpdate(c, nullptr, &size, context.data(),
                           int(context.size())) == 1 &&
         EVP_DecryptUpdate(c, to, &size, text.data(), int(text.size())) == 1 &&
         EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) ==
             1 &&
         EVP_DecryptFinal_ex(c, to + size, &size) == 1;
}

Key public_key_of(const Recipient& raw) {
  return Key(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, raw.data(),
                                         raw.size()));
}

// What both sides of an exchange can compute. Nothing: an invalid key.
std::optional<SecretKey> exchange(EVP_PKEY* own, const Recipient& other) {
  const Key peer = public_key_of(other);
  const DeriveContext context(EVP_PKEY_CTX_new(own, nullptr));
  SecretKey shared;
  size_t size = shared.size();
  if (!peer || !context || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer(context.get(), peer.get()) != 1 ||
      EVP_PKEY_derive(context.get(), shared.data(), &size) != 1 ||
      size != shared.size())
    return {};
  return shared;
}

SecretKey wrapping_key(const SecretKey& shared, const Recipient& ephemeral,
                       const Recipient& recipient) {
  std::array<uint8_t, 2 * sizeof(Recipient)> salt;
  std::ranges::copy(ephemeral, salt.begin());
  std::ranges::copy(recipient, salt.begin() + sizeof(Recipient));
  return hkdf(shared, salt, bytes_of(kWrapInfo));
}

bool is_x25519(const Key& key) {
  return key && EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_X25519;
}

}  // namespace

SecretKey random_key() {
  SecretKey key;
  fill_random(key);
  return key;
}

WrappedKey wrap_key(const SecretKey& key, const Recipient& recipient) {
  const Key ephemeral(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
  if (!ephemeral) die_of_crypto("key generation");
  WrappedKey out{.recipient = recipient,
                 .ephemeral = public_half(ephemeral.get())};
  const auto shared = exchange(ephemeral.get(), recipient);
  if (!shared) die_of_crypto("key exchange");  // load_recipient() tried it
  // The key is used once, so its nonce may be the same always.
  seal(wrapping_key(*shared, out.ephemeral, recipient), Nonce{}, {}, key,
       out.sealed.data());
  return out;
}

SecretKey derive_chunk_key(const SecretKey& trace_key, uint32_t chunk) {
  std::string info(kChunkInfo);
  info.append(reinterpret_cast<const char*>(&chunk), sizeof chunk);
  return hkdf(trace_key, {}, bytes_of(info));
}

void encrypt(const SecretKey& key, ByteSpan context, ByteSpan plain,
             ByteBuffer& out) {
  Nonce nonce;
  fill_random(nonce);
  out.append(nonce);
  const size_t from = out.size();
  out.resize(from + plain.size() + kTagBytes);
  seal(key, nonce, context, plain, out.data() + from);
}

bool decrypt(const SecretKey& key, ByteSpan context, ByteSpan sealed,
             ByteBuffer& out) {
  if (sealed.size() < kNonceBytes + kTagBytes || sealed.size() > INT32_MAX)
    return false;
  Nonce nonce;
  std::copy(sealed.begin(), sealed.begin() + kNonceBytes, nonce.begin());
  sealed = sealed.subspan(kNonceBytes);
  out.clear();
  out.resize(sealed.size() - kTagBytes + 1);  // never a null pointer
  const bool is_good = open_sealed(key, nonce, context, sealed, out.data());
  out.resize(is_good ? sealed.size() - kTagBytes : 0);
  return is_good;
}

struct Identity::State {
  Key key;
};

Identity::Identity(std::unique_ptr<State> state) : state_(std::move(state)) {}
Identity::Identity(Identity&&) noexcept = default;
Identity& Identity::operator=(Identity&&) noexcept = default;
Identity::~Identity() = default;

Result<Identity> Identity::load(const std::string& path) {
  auto state = std::make_unique<State>();
  state->key = private_key_from(TRY(read_key_file(path, true)));
  if (!is_x25519(state->key))
    return Error{ErrorKind::kBadInput,
                 fmt::format("{}: not an X25519 private key in PEM (vestige "
                             "keygen makes one)",
                             path)};
  return Identity(std::move(state));
}

Result<Identity> Identity::create(const std::string& path) {
  auto state = std::make_unique<State>();
  state->key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
  if (!state->key) die_of_crypto("key generation");
  TRY(create_key_file(path, private_pem(state->key.get()), 0600));
  TRY(create_key_file(path + ".pub", public_pem(state->key.get()), 0644));
  return Identity(std::move(state));
}

Result<std::optional<Identity>> Identity::from_environment() {
  const char* const path = std::getenv("VESTIGE_IDENTITY");
  if (!path || !*path) return std::optional<Identity>();
  return std::optional<Identity>(TRY(load(path)));
}

Recipient Identity::recipient() const {
  return public_half(state_->key.get());
}

std::optional<SecretKey> Identity::unwrap(
    const std::vector<WrappedKey>& wrapped) const {
  const Recipient own = recipient();
  for (const WrappedKey& one : wrapped) {
    if (one.recipient != own) continue;
    const auto shared = exchange(state_->key.get(), one.ephemeral);
    SecretKey key;
    if (shared && open_sealed(wrapping_key(*shared, one.ephemeral, own),
                              Nonce{}, {}, one.sealed, key.data()))
      return key;
  }
  return {};
}

Result<Recipient> load_recipient(const std::string& path) {
  const std::string pem = TRY(read_key_file(path, false));
  const Key key = any_public_key_from(pem);
  const Key probe(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
  // A key of low order would make everything readable for everybody.
  if (!is_x25519(key) || !exchange(probe.get(), public_half(key.get())))
    return Error{ErrorKind::kBadInput,
                 fmt::format("{}: not an X25519 key in PEM", path)};
  return public_half(key.get());
}

}  // namespace vestige
