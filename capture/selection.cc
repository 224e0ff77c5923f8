// SPDX-License-Identifier: Apache-2.0
#include "capture/selection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "capture/container_finder.h"

namespace vestige {
namespace {

std::string last_component(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// A container that no runtime we know of tells anything about.
ContainerInfo plain_cgroup(const Cgroup& cgroup) {
  ContainerInfo info;
  info.id = info.name = last_component(cgroup.path());
  info.runtime = "none";
  info.cgroup_path = cgroup.path();
  info.cgroup_id = cgroup.id();
  return info;
}

ContainerInfo describe(const Cgroup& cgroup,
                       const std::vector<ContainerInfo>& known) {
  const auto found =
      std::ranges::find(known, cgroup.path(), &ContainerInfo::cgroup_path);
  return found == known.end() ? plain_cgroup(cgroup) : *found;
}

// Names come from outside; a file name keeps what is harmless.
std::string file_name(const ContainerInfo& container) {
  std::string name = container.name.empty() ? container.id : container.name;
  for (char& c : name)
    if (!isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_' &&
        c != '.')
      c = '_';
  if (name.empty() || name.starts_with('.')) name.insert(0, "_");
  return name + ".vtrace";
}

bool is_directory(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace

Result<std::vector<Selection>> select(const std::vector<std::string>& names,
                                      const std::vector<std::string>& cgroups,
                                      const RuntimeRoots& roots) {
  const std::vector<ContainerInfo> known = list_containers(roots);
  std::vector<Selection> out;
  for (const std::string& name : names) {
    ContainerInfo info = TRY(choose_container(name, known));
    Cgroup cgroup = TRY(Cgroup::open(info.cgroup_path));
    out.push_back(
        {std::move(cgroup), std::move(info), "container " + name, ""});
  }
  for (const std::string& path : cgroups) {
    Cgroup cgroup = TRY(Cgroup::open(path));
    ContainerInfo info = describe(cgroup, known);
    out.push_back({std::move(cgroup), std::move(info), "cgroup " + path, ""});
  }
  return out;
}

Result<Selection> select_command(const std::vector<std::string>& argv) {
  Cgroup cgroup = TRY(Cgroup::create(fmt::format("vestige-{}", getpid())));
  ContainerInfo info = plain_cgroup(cgroup);
  info.name = last_component(argv.front());
  return Selection{std::move(cgroup), std::move(info),
                   fmt::format("command {}", fmt::join(argv, " ")), ""};
}

Result<void> assign_outputs(std::vector<Selection>& selections,
                            const std::string& output) {
  if (selections.size() == 1 && !output.empty() && !is_directory(output)) {
    selections[0].output = output;
    return {};
  }
  if (!output.empty() && mkdir(output.c_str(), 0700) != 0 && errno != EEXIST)
    return Error{ErrorKind::kSystem,
                 fmt::format("{}: {}", output, std::strerror(errno))};
  for (Selection& one : selections) {
    one.output =
        (output.empty() ? "" : output + "/") + file_name(one.container);
    const auto same =
        std::ranges::count(selections, one.output, &Selection::output);
    if (same > 1)
      return Error{ErrorKind::kUsage,
                   fmt::format("{} would be written twice: select each "
                               "container once, or with -o each by itself",
                               one.output)};
  }
  return {};
}

}  // namespace vestige
