// SPDX-License-Identifier: Apache-2.0
#include "capture/runtimes/oci.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace vestige {
namespace {

constexpr size_t kMaxMounts = 1024;

std::vector<std::string> texts_of(const Json& json) {
  std::vector<std::string> out;
  if (json.is_array())
    for (const Json& one : json) out.push_back(text_of(one));
  return out;
}

bool is_of_host(const Json& mount, const std::vector<std::string>& options) {
  return text_of(member(mount, "type")) == "bind" ||
         std::ranges::any_of(options, [](const std::string& option) {
           return option == "bind" || option == "rbind";
         });
}

}  // namespace

void read_confinement(const Json& oci_config, ContainerInfo& info) {
  const Json& process = member(oci_config, "process");
  if (!process.is_object()) return;
  info.capabilities =
      texts_of(member(member(process, "capabilities"), "bounding"));
  info.mounts.clear();
  const Json& mounts = member(oci_config, "mounts");
  if (mounts.is_array())
    for (const Json& mount : mounts) {
      const auto options = texts_of(member(mount, "options"));
      if (!is_of_host(mount, options) || info.mounts.size() == kMaxMounts)
        continue;
      info.mounts.push_back(
          {.source = text_of(member(mount, "source")),
           .destination = text_of(member(mount, "destination")),
           .options = fmt::format("{}", fmt::join(options, ","))});
    }
  const bool is_admin = std::ranges::find(info.capabilities, "CAP_SYS_ADMIN") !=
                        info.capabilities.end();
  const Json& masked = member(member(oci_config, "linux"), "maskedPaths");
  const bool has_masks = masked.is_array() && !masked.empty();
  info.privileged = is_admin && !has_masks ? Privileged::kYes : Privileged::kNo;
}

}  // namespace vestige
