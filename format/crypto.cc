// SPDX-License-Identifier: Apache-2.0
#include "format/crypto.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "format/unique_fd.h"

namespace vestige {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free>;
using Bio = std::unique_ptr<BIO, Free>;

constexpr size_t kMaxKeyFile = 64 * 1024;

// Fetched once: EVP_sha256() looks its implementation up at every use.
EVP_MD* sha256_method() {
  static EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return method;
}

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "libcrypto failed: %s\n", what);
  std::abort();
}

Error system_error(std::string_view what, const std::string& path) {
  return {ErrorKind::kSystem,
          fmt::format("cannot {} {}: {}", what, path, std::strerror(errno))};
}

Result<std::string> read_small_file(const std::string& path, bool is_secret) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return system_error("open", path);
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) return system_error("stat", path);
  if (is_secret && (status.st_mode & 077) != 0)
    return Error{ErrorKind::kSystem,
                 fmt::format("{}: others may read this private key; chmod 600 "
                             "it, or make another",
                             path)};
  std::string text(kMaxKeyFile, '\0');
  const ssize_t size = ::read(fd.get(), text.data(), text.size());
  if (size < 0) return system_error("read", path);
  text.resize(size_t(size));
  return text;
}

Bio reading(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), int(text.size())));
}

// No pass phrase is ever asked for.
int no_pass_phrase(char*, int, int, void*) {
  return 0;
}

Key private_key_from(const std::string& pem) {
  return Key(PEM_read_bio_PrivateKey(reading(pem).get(), nullptr,
                                     no_pass_phrase, nullptr));
}

bool is_ed25519(const Key& key) {
  return key && EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519;
}

PublicKey public_half(const EVP_PKEY* key) {
  PublicKey raw;
  size_t size = raw.size();
  if (EVP_PKEY_get_raw_public_key(key, raw.data(), &size) != 1 ||
      size != raw.size())
    die("public key");
  return raw;
}

Key key_of(const PublicKey& raw) {
  return Key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw.data(),
                                         raw.size()));
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, size_t(size)};
}

Result<void> create_key_file(const std::string& path) {
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!key || !PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr,
                                             nullptr, 0, nullptr, nullptr))
    die("key generation");
  const std::string pem = text_of(bio.get());
  std::error_code ignored;  // open() tells what is wrong
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(),
                                      ignored);
  // Under another name first: nobody reads half a key, and of two agents that
  // start together, one key wins.
  const std::string fresh = fmt::format("{}.{}", path, ::getpid());
  const UniqueFd fd(::open(fresh.c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                           0600));
  if (!fd) return system_error("create", fresh);
  const bool is_made =
      ::write(fd.get(), pem.data(), pem.size()) == ssize_t(pem.size()) &&
      ::fsync(fd.get()) == 0 &&
      (::link(fresh.c_str(), path.c_str()) == 0 || errno == EEXIST);
  const int error = errno;
  ::unlink(fresh.c_str());
  errno = error;
  if (!is_made) return system_error("create", path);
  return {};
}

}  // namespace

Digest sha256(ByteSpan bytes) {
  Digest digest;
  unsigned size = 0;
  if (!EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size,
                  sha256_method(), nullptr) ||
      size != digest.size())
    die("SHA-256");
  return digest;
}

struct Sha256::State {
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{EVP_MD_CTX_new(),
                                                             EVP_MD_CTX_free};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  if (!state_->context ||
      !EVP_DigestInit_ex(state_->context.get(), sha256_method(), nullptr))
    die("SHA-256");
}
Sha256::~Sha256() = default;

void Sha256::add(ByteSpan bytes) {
  if (!EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()))
    die("SHA-256");
}

Digest Sha256::finish() {
  Digest digest;
  unsigned size = 0;
  if (!EVP_DigestFinal_ex(state_->context.get(), digest.data(), &size))
    die("SHA-256");
  return digest;
}

void fill_random(std::span<uint8_t> out) {
  if (RAND_bytes(out.data(), int(out.size())) != 1) die("random bytes");
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
  state->key = private_key_from(TRY(read_small_file(path, true)));
  if (!is_ed25519(state->key))
    return Error{ErrorKind::kBadInput,
                 fmt::format("{}: not an Ed25519 private key in PEM (openssl "
                             "genpkey -algorithm ed25519 makes one)",
                             path)};
  return SigningKey(std::move(state));
}

Result<SigningKey> SigningKey::load_or_create(const std::string& path) {
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT)
    TRY(create_key_file(path));
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
    die("signing");
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
  const std::string pem = TRY(read_small_file(path, false));
  Key key(PEM_read_bio_PUBKEY(reading(pem).get(), nullptr, no_pass_phrase,
                              nullptr));
  if (!key) key = private_key_from(pem);
  if (!is_ed25519(key))
    return Error{ErrorKind::kBadInput,
                 fmt::format("{}: not an Ed25519 key in PEM", path)};
  return public_half(key.get());
}

std::string to_pem(const PublicKey& raw) {
  const Key key = key_of(raw);
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!key || PEM_write_bio_PUBKEY(bio.get(), key.get()) != 1)
    die("public key");
  return text_of(bio.get());
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
  const int size = EVP_DecodeBlock(
      reinterpret_cast<uint8_t*>(out.data()),
      reinterpret_cast<const uint8_t*>(text.data()), int(text.size()));
  if (size != int(out.size())) return false;
  for (size_t i = text.size(); i > 0 && text[i - 1] == '='; --i)
    if (!out.empty()) out.pop_back();
  return to_base64({reinterpret_cast<const uint8_t*>(out.data()),
                    out.size()}) == text;
}

}  // namespace vestige
