// SPDX-License-Identifier: Apache-2.0
#include "format/crypto_keys.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "format/unique_fd.h"

namespace vestige {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

constexpr size_t kMaxKeyFile = 64 * 1024;

Error system_error(std::string_view what, const std::string& path) {
  return {ErrorKind::kSystem,
          fmt::format("cannot {} {}: {}", what, path, std::strerror(errno))};
}

Bio reading(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), int(text.size())));
}

int no_pass_phrase(char*, int, int, void*) {
  return 0;
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, size_t(size)};
}

}  // namespace

void die_of_crypto(const char* what) {
  std::fprintf(stderr, "libcrypto failed: %s\n", what);
  std::abort();
}

Result<std::string> read_key_file(const std::string& path, bool is_secret) {
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

Result<void> create_key_file(const std::string& path, const std::string& pem,
                             mode_t mode) {
  std::error_code ignored;  // open() tells what is wrong
  const auto folder = std::filesystem::path(path).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder, ignored);
  // Under another name first: nobody reads half a key, and of two agents that
  // start together, one key wins.
  const std::string fresh = fmt::format("{}.{}", path, ::getpid());
  const UniqueFd fd(::open(fresh.c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                           mode));
  if (!fd) return system_error("create", fresh);
  const bool is_made =
      ::write(fd.get(), pem.data(), pem.size()) == ssize_t(pem.size()) &&
      ::fsync(fd.get()) == 0 && ::link(fresh.c_str(), path.c_str()) == 0;
  const int error = errno;
  ::unlink(fresh.c_str());
  errno = error;
  if (!is_made) return system_error("create", path);
  return {};
}

Key private_key_from(const std::string& pem) {
  return Key(PEM_read_bio_PrivateKey(reading(pem).get(), nullptr,
                                     no_pass_phrase, nullptr));
}

Key any_public_key_from(const std::string& pem) {
  Key key(PEM_read_bio_PUBKEY(reading(pem).get(), nullptr, no_pass_phrase,
                              nullptr));
  return key ? std::move(key) : private_key_from(pem);
}

std::string private_pem(const EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!bio || !PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr,
                                             0, nullptr, nullptr))
    die_of_crypto("private key");
  return text_of(bio.get());
}

std::string public_pem(const EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_PUBKEY(bio.get(), key) != 1)
    die_of_crypto("public key");
  return text_of(bio.get());
}

std::array<uint8_t, 32> public_half(const EVP_PKEY* key) {
  std::array<uint8_t, 32> raw;
  size_t size = raw.size();
  if (EVP_PKEY_get_raw_public_key(key, raw.data(), &size) != 1 ||
      size != raw.size())
    die_of_crypto("public key");
  return raw;
}

}  // namespace vestige
