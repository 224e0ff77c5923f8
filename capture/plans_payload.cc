// SPDX-License-Identifier: Apache-2.0
#include "capture/plans_payload.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace vestige {
namespace {

struct Kind {
  std::string_view name;
  payload_class number;
};
constexpr Kind kKinds[] = {
    {"stdin", PAYLOAD_STDIN}, {"net", PAYLOAD_NET},
    {"pipes", PAYLOAD_PIPE},  {"files", PAYLOAD_FILE},
    {"other", PAYLOAD_OTHER}, {"new-files", PAYLOAD_NEW_FILE},
};

std::string kind_names() {
  std::string names;
  for (const Kind& kind : kKinds)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", kind.name);
  return names;
}

std::optional<uint32_t> parse_limit(std::string_view text) {
  if (text == "all") return PAYLOAD_ALL_MAX;
  if (text == "none") return 0;
  uint32_t bytes = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, bytes);
  if (error != std::errc{} || stop != end || bytes > PAYLOAD_LIMIT_MAX)
    return std::nullopt;
  return bytes;
}

}  // namespace

Result<PayloadPolicy> PayloadPolicy::parse(std::string_view text) {
  PayloadPolicy policy;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    const std::string_view item = text.substr(at, end - at);
    at = end + 1;
    const size_t equals = std::min(item.find('='), item.size());
    const auto kind =
        std::ranges::find(kKinds, item.substr(0, equals), &Kind::name);
    if (kind == std::end(kKinds))
      return Error{ErrorKind::kUsage,
                   fmt::format("--payload: '{}' is none of {}",
                               item.substr(0, equals), kind_names())};
    const auto limit =
        parse_limit(equals == item.size() ? "all" : item.substr(equals + 1));
    if (!limit)
      return Error{ErrorKind::kUsage,
                   fmt::format("--payload: '{}' is neither all, none nor a "
                               "number of bytes up to {}",
                               item, PAYLOAD_LIMIT_MAX)};
    policy.limits_[kind->number] = limit;
  }
  return policy;
}

bool PayloadPolicy::is_set() const {
  return std::ranges::any_of(
      limits_, [](const auto& limit) { return limit.has_value(); });
}

bool PayloadPolicy::has_whole_calls() const {
  return std::ranges::any_of(limits_, [](const auto& limit) {
    return limit.value_or(0) > PAYLOAD_LIMIT_MAX;
  });
}

std::array<uint32_t, PAYLOAD_CLASSES> PayloadPolicy::limits(
    uint32_t others) const {
  std::array<uint32_t, PAYLOAD_CLASSES> limits;
  for (size_t i = 0; i < limits.size(); ++i)
    limits[i] =
        limits_[i].value_or(i == PAYLOAD_STDIN ? PAYLOAD_LIMIT_UNSET : others);
  return limits;
}

}  // namespace vestige
