// SPDX-License-Identifier: Apache-2.0
#include "capture/runtimes/runtime.h"

#include <fmt/format.h>

#include <algorithm>

#include "capture/proc_file.h"

namespace vestige {

static bool is_id(std::string_view text) {
  return text.size() == 64 &&
         text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::optional<IdComponent> find_id(
    std::string_view cgroup_path,
    std::initializer_list<std::string_view> prefixes) {
  for (std::string_view component : split(cgroup_path, '/')) {
    std::string_view name = component;
    if (name.ends_with(".scope")) name.remove_suffix(6);
    for (std::string_view prefix : prefixes)
      if (name.starts_with(prefix) && is_id(name.substr(prefix.size())))
        return IdComponent{std::string(name.substr(prefix.size())),
                           path_through(cgroup_path, component)};
  }
  return std::nullopt;
}

std::string path_through(std::string_view cgroup_path, std::string_view part) {
  const size_t at = cgroup_path.find(part);
  if (part.empty() || at == cgroup_path.npos) return std::string(cgroup_path);
  return std::string(cgroup_path.substr(0, cgroup_path.find('/', at)));
}

std::string option_value(const std::vector<std::string>& argv,
                         std::string_view name) {
  for (size_t i = 1; i < argv.size(); ++i) {
    std::string_view arg = argv[i];
    if (!arg.starts_with('-')) continue;
    arg.remove_prefix(arg.starts_with("--") ? 2 : 1);
    if (arg == name && i + 1 < argv.size()) return argv[i + 1];
    if (arg.starts_with(name) && arg.substr(name.size()).starts_with('='))
      return std::string(arg.substr(name.size() + 1));
  }
  return "";
}

const ProcessLine* find_ancestor(const Candidate& candidate,
                                 std::string_view program) {
  for (const ProcessLine& ancestor : candidate.ancestors) {
    if (ancestor.argv.empty()) continue;
    std::string_view name = ancestor.argv[0];
    name.remove_prefix(name.rfind('/') == name.npos ? 0 : name.rfind('/') + 1);
    if (name.starts_with(program)) return &ancestor;
  }
  return nullptr;
}

std::string seen_from_here(pid_t pid, const std::string& path) {
  const auto root = read_link(fmt::format("/proc/{}/root", pid));
  if (!root || *root == "/") return path;
  return fmt::format("/proc/{}/root{}", pid, path);
}

}  // namespace vestige
