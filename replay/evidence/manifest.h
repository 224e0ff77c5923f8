// SPDX-License-Identifier: Apache-2.0
//
// MANIFEST.sha256, as `sha256sum -c` reads it, and its signature: an Ed25519
// signature over the bytes of the manifest, as stock openssl checks it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "format/crypto.h"
#include "format/result.h"

namespace vestige {

inline constexpr const char* kManifestFile = "MANIFEST.sha256";
inline constexpr const char* kSignatureFile = "MANIFEST.sha256.sig";
inline constexpr const char* kPublicKeyFile = "MANIFEST.pem";
inline constexpr const char* kCustodyFile = "custody.jsonl";

// Of all files below the folder but custody.jsonl, which grows, sorted.
Result<std::string> manifest_of(const std::string& folder);
Result<void> write_manifest(const std::string& folder,
                            const std::string& manifest, const SigningKey* key);

struct ManifestCheck {
  std::vector<std::string> faults;  // a line each; empty: as it was made
  bool is_signed = false;
  std::string fingerprint;  // of the key, when signed
  size_t files = 0;
  std::string sha256;  // of the manifest
};
// kBadInput: there is no manifest.
Result<ManifestCheck> check_manifest(const std::string& folder,
                                     const std::optional<PublicKey>& key);

// A whole small file; kSystem when it cannot be read, kBadInput when larger
// than 64 MiB.
Result<std::string> read_file(const std::string& path);

}  // namespace vestige
