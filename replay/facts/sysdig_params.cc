// SPDX-License-Identifier: Apache-2.0
#include "replay/facts/sysdig_params.h"

#include <algorithm>
#include <unordered_map>

namespace vestige {
namespace {

// The newest entry and return of an event; nullptr: it has none.
struct Newest {
  const ScapEventInfo* entry = nullptr;
  const ScapEventInfo* result = nullptr;
};
using ByTarget = std::unordered_map<std::string_view, Newest>;

const ByTarget& by_target() {
  static const ByTarget table = [] {
    ByTarget out;
    for (const ScapEventInfo& info : scap_events()) {
      Newest& newest = out[info.target];
      (is_return(info.code) ? newest.result : newest.entry) = &info;
    }
    return out;
  }();
  return table;
}

}  // namespace

const ScapParam* sysdig_param(const Descriptor& event, std::string_view name) {
  const auto newest = by_target().find(event.name);
  if (newest == by_target().end()) return nullptr;
  for (const ScapEventInfo* info :
       {newest->second.result, newest->second.entry}) {
    if (!info) continue;
    const auto param = std::ranges::find(info->params, name, &ScapParam::name);
    if (param != info->params.end() && param->role != ScapRole::kSkip)
      return &*param;
  }
  return nullptr;
}

std::string_view sysdig_name(const Descriptor& event) {
  // Those of other names are calls of today's kernels under one of old ones.
  const bool is_ours = event.type.abi == Abi::kKernel;
  constexpr std::pair<std::string_view, std::string_view> kCalls[] = {
      {"pread64", "pread"},
      {"pwrite64", "pwrite"},
      {"prlimit64", "prlimit"},
      {"_llseek", "llseek"}};
  for (const auto& [ours, theirs] : kCalls)
    if (event.name == ours) return theirs;
  if (!is_ours) return event.name;
  const auto newest = by_target().find(event.name);
  if (newest == by_target().end()) return event.name;
  const Newest& pair = newest->second;
  return pair.entry ? pair.entry->name : pair.result->name;
}

}  // namespace vestige
