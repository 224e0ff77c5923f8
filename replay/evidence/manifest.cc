// SPDX-License-Identifier: Apache-2.0
#include "replay/evidence/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "format/escape.h"
#include "format/verify.h"
#include "replay/evidence/digest.h"
#include "replay/export/out_file.h"

namespace vestige {
namespace {

namespace fs = std::filesystem;

constexpr uintmax_t kMaxFile = 64u << 20;

// Of a line of the manifest: digest, two blanks, name.
std::string name_of(std::string_view line) {
  line.remove_prefix(std::min<size_t>(line.size(), 66));
  return escaped(line.substr(0, line.find('\n')));
}

bool is_listed(std::string_view name) {
  return name != kManifestFile && name != kSignatureFile &&
         name != kPublicKeyFile && name != kCustodyFile;
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  std::error_code error;
  const uintmax_t size = fs::file_size(path, error);
  if (error)
    return Error{ErrorKind::kSystem,
                 fmt::format("{}: {}", escaped(path), error.message())};
  if (size > kMaxFile)
    return Error{
        ErrorKind::kBadInput,
        fmt::format("{}: larger than such a file can be", escaped(path))};
  std::ifstream in(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in)
    return Error{ErrorKind::kSystem,
                 fmt::format("cannot read {}", escaped(path))};
  return text;
}

Result<std::string> manifest_of(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(folder, error)) {
    if (entry.is_symlink() || !entry.is_regular_file()) continue;
    std::string name = fs::relative(entry.path(), folder, error);
    if (is_listed(name)) names.push_back(std::move(name));
  }
  if (error)
    return Error{ErrorKind::kSystem,
                 fmt::format("{}: {}", escaped(folder), error.message())};
  std::ranges::sort(names);
  std::string out;
  for (const std::string& name : names)
    out += fmt::format("{}  {}\n", TRY(digest_file(folder + "/" + name)).sha256,
                       name);
  return out;
}

Result<void> write_manifest(const std::string& folder,
                            const std::string& manifest,
                            const SigningKey* key) {
  TRY(write_file(folder + "/" + kManifestFile, manifest));
  if (!key) return {};
  const Signature signature = key->sign(bytes_of(manifest));
  TRY(write_file(folder + "/" + kSignatureFile, text_of(signature)));
  return write_file(folder + "/" + kPublicKeyFile, to_pem(key->public_key()));
}

Result<ManifestCheck> check_manifest(const std::string& folder,
                                     const std::optional<PublicKey>& key) {
  ManifestCheck check;
  const std::string manifest = TRY(read_file(folder + "/" + kManifestFile));
  const std::string now = TRY(manifest_of(folder));
  check.sha256 = sha256_hex(manifest);
  check.files = size_t(std::ranges::count(manifest, '\n'));
  const auto tell_missing = [&](std::string_view in, std::string_view from,
                                std::string_view what) {
    while (!in.empty()) {
      const std::string_view line = in.substr(0, in.find('\n') + 1);
      if (line.empty()) break;
      in.remove_prefix(line.size());
      if (from.find(line) == from.npos)
        check.faults.push_back(fmt::format("{}: {}", name_of(line), what));
    }
  };
  tell_missing(manifest, now, "missing or changed");
  tell_missing(now, manifest, "added or changed");
  const auto signature_text = read_file(folder + "/" + kSignatureFile);
  check.is_signed = bool(signature_text);
  if (!check.is_signed) {
    if (key) check.faults.push_back("the manifest is not signed");
    return check;
  }
  const PublicKey own = TRY(load_public_key(folder + "/" + kPublicKeyFile));
  Signature signature{};
  const bool has_size = signature_text->size() == signature.size();
  if (has_size)
    std::memcpy(signature.data(), signature_text->data(), signature.size());
  check.fingerprint = fingerprint(own);
  if (!has_size || !is_signed_by(own, bytes_of(manifest), signature))
    check.faults.push_back("the signature of the manifest is not good");
  if (key && *key != own)
    check.faults.push_back("the manifest is signed by another key");
  return check;
}

}  // namespace vestige
