// SPDX-License-Identifier: Apache-2.0
#include "replay/facts/host_path.h"

#include <algorithm>
#include <iterator>

#include "replay/state/path_resolver.h"

namespace vestige {
namespace {

// Not kept on any disk of the host.
constexpr std::string_view kVirtual[] = {
    "tmpfs",   "proc",      "sysfs",   "devpts",  "mqueue",  "cgroup",
    "cgroup2", "devtmpfs",  "debugfs", "tracefs", "bpf",     "securityfs",
    "pstore",  "hugetlbfs", "ramfs",   "autofs",  "fusectl", "configfs"};

// The last of the mounts at or above the path that is nearest to it.
const Mount* mount_of(std::span<const Mount> mounts, uint32_t mnt_namespace,
                      std::string_view path) {
  const Mount* best = nullptr;
  for (const Mount& mount : mounts) {
    if (mount.mnt_namespace != mnt_namespace ||
        !is_within(path, mount.mount_point))
      continue;
    if (!best || mount.mount_point.size() >= best->mount_point.size())
      best = &mount;
  }
  return best;
}

// The value of "name=" among "a,name=value,b".
std::string_view option(std::string_view options, std::string_view name) {
  while (!options.empty()) {
    const size_t end = std::min(options.find(','), options.size());
    const std::string_view one = options.substr(0, end);
    options.remove_prefix(std::min(end + 1, options.size()));
    if (one.size() > name.size() && one.starts_with(name) &&
        one[name.size()] == '=')
      return one.substr(name.size() + 1);
  }
  return {};
}

std::string below(std::string_view folder, std::string_view rest) {
  while (folder.ends_with('/')) folder.remove_suffix(1);
  if (rest.empty() || rest == "/")
    return folder.empty() ? "/" : std::string(folder);
  std::string out(folder);
  if (!rest.starts_with('/')) out.push_back('/');
  return out.append(rest);
}

}  // namespace

std::optional<std::string> host_path(std::span<const Mount> mounts,
                                     uint32_t mnt_namespace,
                                     std::string_view path, Layer layer) {
  if (mnt_namespace == 0 || !path.starts_with('/')) return std::nullopt;
  const Mount* mount = mount_of(mounts, mnt_namespace, path);
  if (!mount) return std::nullopt;
  std::string_view rest = path;
  if (mount->mount_point != "/") rest.remove_prefix(mount->mount_point.size());
  const std::string inside = below(mount->root, rest);
  if (mount->fs_type == "overlay") {
    const std::string_view upper = option(mount->options, "upperdir");
    const std::string_view lower = option(mount->options, "lowerdir");
    if (layer == Layer::kUpper && !upper.empty()) return below(upper, inside);
    // Which of several lower layers has it, the mount does not tell.
    if (layer == Layer::kLower && !lower.empty() &&
        lower.find(':') == std::string_view::npos)
      return below(lower, inside);
    return std::nullopt;
  }
  if (std::ranges::find(kVirtual, mount->fs_type) != std::end(kVirtual))
    return std::nullopt;
  if (mount->root.empty()) return std::nullopt;  // by mount(): not told
  return inside;
}

}  // namespace vestige
