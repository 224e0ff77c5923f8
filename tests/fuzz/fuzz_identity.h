// SPDX-License-Identifier: Apache-2.0
//
// Whom the encrypted seeds of the corpus are for. No secret.
#pragma once

#include <sys/stat.h>

#include <cstdlib>

#include "format/crypto_box.h"
#include "tests/fuzz/fuzz_file.h"

namespace vestige {

inline const Identity& fuzz_identity() {
  static const Identity identity = [] {
    constexpr std::string_view kPem =
        "-----BEGIN PRIVATE KEY-----\n"
        "MC4CAQAwBQYDK2VuBCIEIKAtfCvrwih0VxVel6lgyC5akg0eT/BFDGJN7MR0R7B3\n"
        "-----END PRIVATE KEY-----\n";
    const FuzzFile file(
        {reinterpret_cast<const uint8_t*>(kPem.data()), kPem.size()});
    auto loaded = ::chmod(file.path().c_str(), 0600) == 0
                      ? Identity::load(file.path())
                      : Error{ErrorKind::kSystem, "chmod"};
    if (!loaded) std::abort();
    return std::move(*loaded);
  }();
  return identity;
}

}  // namespace vestige
