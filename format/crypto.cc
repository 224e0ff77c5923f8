// SPDX-License-Identifier: Apache-2.0
#include "format/crypto.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstdio>
#include <cstdlib>

namespace vestige {
namespace {

// Fetched once: EVP_sha256() looks its implementation up at every use.
EVP_MD* sha256_method() {
  static EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return method;
}

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "libcrypto failed: %s\n", what);
  std::abort();
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

void fill_random(std::span<uint8_t> out) {
  if (RAND_bytes(out.data(), int(out.size())) != 1) die("random bytes");
}

}  // namespace vestige
