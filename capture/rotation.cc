// SPDX-License-Identifier: Apache-2.0
#include "capture/rotation.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "format/crypto.h"
#include "format/escape.h"

namespace vestige {
namespace {

using Units = std::map<std::string, double, std::less<>>;

const Units kBytes = {{"KB", 1e3},   {"MB", 1e6},      {"GB", 1e9},
                      {"KiB", 1024}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};
const Units kNs = {{"s", 1e9}, {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}};

// False: no number with such a unit.
bool take(const std::string& word, const Units& units, uint64_t& out) {
  char* unit = nullptr;
  const double value = std::strtod(word.c_str(), &unit);
  const auto found = units.find(unit);
  if (found == units.end()) return false;
  const double scaled = value * found->second;
  if (!(scaled >= 1 && scaled < 1e18)) return false;
  out = uint64_t(scaled);
  return true;
}

}  // namespace

Result<Rotation> Rotation::parse(std::string_view text) {
  Rotation out;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    const std::string word(text.substr(at, end - at));
    if (!take(word, kBytes, out.bytes) && !take(word, kNs, out.ns))
      return Error{ErrorKind::kUsage,
                   fmt::format("{}: write 1GiB, 1h or 1GiB,1h", escaped(text))};
    at = end + 1;
  }
  return out;
}

std::string Series::path_of(uint32_t number) const {
  constexpr std::string_view kSuffix = ".vtrace";
  const bool has_suffix = path_.ends_with(kSuffix);
  const std::string_view stem = std::string_view(path_).substr(
      0, path_.size() - (has_suffix ? kSuffix.size() : 0));
  return fmt::format("{}.{:04}{}", stem, number, has_suffix ? kSuffix : "");
}

std::string Series::path() const {
  return path_of(number_);
}

std::string Series::files() const {
  return number_ == 1 ? path() : fmt::format("{} to {}", path_of(1), path());
}

Predecessor Series::advance(const ChainHead& sealed, uint64_t bytes,
                            uint64_t now_ns) {
  Predecessor out{.trace_id = to_hex(sealed.trace_id),
                  .head = to_hex(sealed.head),
                  .file_name = std::filesystem::path(path()).filename(),
                  .number = number_};
  ++number_;
  bytes_before_ += bytes;
  begun_ns_ = now_ns;
  return out;
}

}  // namespace vestige
