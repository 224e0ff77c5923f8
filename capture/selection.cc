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

ContainerInfo describe(const Cgroup& cgroup,
                       const std::vector<ContainerInfo>& known) {
  const auto found =
      std::ranges::find(known, cgroup.path(), &ContainerInfo::cgroup_path);
  return found == known.end() ? plain_cgroup(cgroup) : *found;
}

// Of the container that a process is in; of none, its own. The host's root
// cgroup is asked for as the host, not by one of its processes.
Result<std::string> container_cgroup_of(
    pid_t pid, const std::vector<ContainerInfo>& known) {
  std::string path = TRY(cgroup_of(pid));
  for (const ContainerInfo& one : known)
    if (is_below(path, one.cgroup_path)) return one.cgroup_path;
  if (path == "/")
    return Error{ErrorKind::kSystem,
                 fmt::format("process {} is in no container and in no cgroup "
                             "of its own; --host records everything",
                             pid)};
  return path;
}

bool is_directory(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace

ContainerInfo plain_cgroup(const Cgroup& cgroup) {
  ContainerInfo info;
  info.id = info.name = last_component(cgroup.path());
  info.runtime = "none";
  info.cgroup_path = cgroup.path();
  info.cgroup_id = cgroup.id();
  return info;
}

std::string file_stem(const ContainerInfo& container) {
  constexpr size_t kMaxName = 128;
  std::string name = container.name.empty() ? container.id : container.name;
  name.resize(std::min(name.size(), kMaxName));
  for (char& c : name)
    if (!isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_' &&
        c != '.')
      c = '_';
  if (name.empty() || name.starts_with('.')) name.insert(0, "_");
  return name;
}

static Result<Selection> select_cgroup(
    const std::string& path, std::string words,
    const std::vector<ContainerInfo>& known) {
  Cgroup cgroup = TRY(Cgroup::open(path));
  ContainerInfo info = describe(cgroup, known);
  return Selection{std::move(cgroup), std::move(info), std::move(words), ""};
}

static Result<Selection> select_host() {
  Cgroup cgroup = TRY(Cgroup::open("/"));
  ContainerInfo info = plain_cgroup(cgroup);
  info.id = info.name = "host";
  return Selection{std::move(cgroup), std::move(info), "host", ""};
}

Result<std::vector<Selection>> select(const std::vector<std::string>& names,
                                      const Pointed& pointed,
                                      const RuntimeRoots& roots) {
  const std::vector<ContainerInfo> known = list_containers(roots);
  std::vector<Selection> out;
  for (const std::string& name : names) {
    ContainerInfo info = TRY(choose_container(name, known));
    Cgroup cgroup = TRY(Cgroup::open(info.cgroup_path));
    out.push_back(
        {std::move(cgroup), std::move(info), "container " + name, ""});
  }
  for (const std::string& path : pointed.cgroups)
    out.push_back(TRY(select_cgroup(path, "cgroup " + path, known)));
  for (const pid_t pid : pointed.pids) {
    const std::string path = TRY(container_cgroup_of(pid, known));
    out.push_back(
        TRY(select_cgroup(path, fmt::format("process {}", pid), known)));
  }
  if (pointed.host) out.push_back(TRY(select_host()));
  return out;
}

bool contains_agent(const std::vector<Selection>& selections) {
  const auto own = cgroup_of(getpid());
  return own && std::ranges::any_of(selections, [&own](const Selection& one) {
           return is_below(*own, one.cgroup.path());
         });
}

Result<Selection> select_command(const std::vector<std::string>& argv) {
  Cgroup cgroup = TRY(Cgroup::create(fmt::format("vestige-{}", getpid())));
  ContainerInfo info = plain_cgroup(cgroup);
  info.name = last_component(argv.front());
  return Selection{std::move(cgroup), std::move(info),
                   fmt::format("command {}", fmt::join(argv, " ")), ""};
}

Result<void> assign_outputs(std::vector<Selection>& selections,
                            const std::string& output, bool will_grow) {
  if (!will_grow && selections.size() == 1 && !output.empty() &&
      !is_directory(output)) {
    selections[0].output = output;
    return {};
  }
  if (!output.empty() && mkdir(output.c_str(), 0700) != 0 && errno != EEXIST)
    return Error{ErrorKind::kSystem,
                 fmt::format("{}: {}", output, std::strerror(errno))};
  for (Selection& one : selections) {
    one.output = (output.empty() ? "" : output + "/") +
                 file_stem(one.container) + ".vtrace";
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

std::string free_output(const ContainerInfo& container,
                        const std::string& directory,
                        const std::set<std::string>& taken) {
  const std::string stem =
      (directory.empty() ? "" : directory + "/") + file_stem(container);
  std::string path = stem + ".vtrace";
  struct stat there;
  for (int i = 2; taken.contains(path) || lstat(path.c_str(), &there) == 0; ++i)
    path = fmt::format("{}-{}.vtrace", stem, i);
  return path;
}

}  // namespace vestige
