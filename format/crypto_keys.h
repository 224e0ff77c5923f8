// SPDX-License-Identifier: Apache-2.0
//
// Keys in PEM files: what crypto.cc and crypto_box.cc share.
#pragma once

#include <openssl/evp.h>
#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "format/result.h"

namespace vestige {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

// libcrypto failed where it never may.
[[noreturn]] void die_of_crypto(const char* what);

// A secret one must not be readable for others than its owner.
Result<std::string> read_key_file(const std::string& path, bool is_secret);
// Never over one that exists, and never half.
Result<void> create_key_file(const std::string& path, const std::string& pem,
                             mode_t mode);

// Null: there is none. No pass phrase is ever asked for.
Key private_key_from(const std::string& pem);
// A public key, or the public half of a private one.
Key any_public_key_from(const std::string& pem);
std::string private_pem(const EVP_PKEY* key);
std::string public_pem(const EVP_PKEY* key);
std::array<uint8_t, 32> public_half(const EVP_PKEY* key);

}  // namespace vestige
