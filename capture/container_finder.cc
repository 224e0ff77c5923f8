// SPDX-License-Identifier: Apache-2.0
#include "capture/container_finder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "capture/cgroup.h"
#include "capture/proc_file.h"

namespace vestige {
namespace {

constexpr int kMaxAncestors = 16;
constexpr size_t kNamesTold = 5;

// Docker and podman know more than the layers below them, so they come first.
constexpr auto kRecognizers = {recognize_docker, recognize_podman,
                               recognize_crio, recognize_containerd,
                               recognize_runc};

ProcessLine read_line(pid_t pid) {
  const std::string folder = fmt::format("/proc/{}", pid);
  ProcessLine line;
  line.pid = pid;
  const std::string argv = read_text(folder + "/cmdline");
  for (std::string_view arg : split(argv, '\0')) line.argv.emplace_back(arg);
  line.cwd = read_link(folder + "/cwd").value_or("");
  return line;
}

pid_t parent_of(pid_t pid) {
  const std::string text = read_text(fmt::format("/proc/{}/status", pid));
  for (std::string_view line : split(text, '\n'))
    if (line.starts_with("PPid:\t"))
      return pid_t(parse_number(line.substr(6)).value_or(0));
  return 0;
}

std::map<std::string, std::vector<pid_t>> processes_by_cgroup() {
  std::map<std::string, std::vector<pid_t>> out;
  for (const std::string& name : list_directory("/proc"))
    if (const auto pid = parse_number(name))
      if (auto path = cgroup_of(pid_t(*pid)); path && *path != "/")
        out[*path].push_back(pid_t(*pid));
  for (auto& [path, pids] : out) std::ranges::sort(pids);
  return out;
}

std::vector<ProcessLine> find_dockerds() {
  std::vector<ProcessLine> out;
  for (const std::string& name : list_directory("/proc"))
    if (const auto pid = parse_number(name))
      if (read_file("/proc/" + name + "/comm") == "dockerd\n")
        out.push_back(read_line(pid_t(*pid)));
  return out;
}

std::vector<ProcessLine> ancestors_of(pid_t pid) {
  std::vector<ProcessLine> out;
  for (int i = 0; i < kMaxAncestors; ++i) {
    pid = parent_of(pid);
    if (pid <= 1) break;
    out.push_back(read_line(pid));
  }
  return out;
}

bool has_container(const std::vector<ContainerInfo>& all,
                   const ContainerInfo& one) {
  return std::ranges::any_of(all, [&](const ContainerInfo& other) {
    return other.cgroup_path == one.cgroup_path;
  });
}

std::vector<const ContainerInfo*> matches(
    const std::string& wanted, const std::vector<ContainerInfo>& containers) {
  std::vector<const ContainerInfo*> exact, prefix;
  for (const ContainerInfo& one : containers) {
    if (one.name == wanted || one.id == wanted) exact.push_back(&one);
    if (one.id.starts_with(wanted)) prefix.push_back(&one);
  }
  return exact.empty() ? prefix : exact;
}

std::string names_of(const std::vector<const ContainerInfo*>& some) {
  std::vector<std::string> names;
  for (const ContainerInfo* one : some)
    names.push_back(one->name.empty() ? one->id.substr(0, 12) : one->name);
  std::ranges::sort(names);
  return fmt::format("{}", fmt::join(names, ", "));
}

// Names that share the most leading characters with the wanted one.
std::string near_names(const std::string& wanted,
                       const std::vector<ContainerInfo>& containers) {
  const auto shared = [&](const ContainerInfo* one) {
    const auto& name = one->name;
    return std::ranges::mismatch(name, wanted).in1 - name.begin();
  };
  std::vector<const ContainerInfo*> nearest;
  for (const ContainerInfo& one : containers) nearest.push_back(&one);
  std::ranges::stable_sort(nearest, std::greater{}, shared);
  nearest.resize(std::min(nearest.size(), kNamesTold));
  return names_of(nearest);
}

}  // namespace

static std::optional<ContainerInfo> identify(const Candidate& candidate,
                                             const HostView& host) {
  for (const auto recognize : kRecognizers) {
    auto info = recognize(candidate, host);
    if (!info) continue;
    if (!candidate.pids.empty())
      info->init_pid = uint32_t(candidate.pids.front());
    if (auto cgroup = Cgroup::open(info->cgroup_path))
      info->cgroup_id = cgroup->id();
    return info;
  }
  return std::nullopt;
}

// A nested cgroup may be another container's: each process speaks for the one
// that it is in itself. The host is no container, whatever runs in it.
HostView view_host(const RuntimeRoots& roots) {
  return {roots, find_dockerds()};
}

std::optional<ContainerInfo> identify_container(const std::string& cgroup_path,
                                                const std::vector<pid_t>& pids,
                                                const HostView& host) {
  if (cgroup_path == "/") return std::nullopt;
  std::map<std::string, std::vector<pid_t>> by_cgroup;
  for (const pid_t pid : pids)
    if (auto own = cgroup_of(pid)) by_cgroup[*own].push_back(pid);
  if (by_cgroup.empty()) by_cgroup[cgroup_path] = {};
  for (auto& [path, own] : by_cgroup) {
    std::ranges::sort(own);
    const auto ancestors =
        own.empty() ? std::vector<ProcessLine>() : ancestors_of(own.front());
    auto info = identify({path, own, ancestors}, host);
    if (info && is_below(cgroup_path, info->cgroup_path)) return info;
  }
  return std::nullopt;
}

std::optional<ContainerInfo> identify_by_maker(const std::string& cgroup_path,
                                               const ProcessLine& maker,
                                               pid_t maker_parent,
                                               const HostView& host) {
  std::vector<ProcessLine> ancestors = {maker};
  if (maker_parent > 1) {
    ancestors.push_back(read_line(maker_parent));
    std::ranges::move(ancestors_of(maker_parent),
                      std::back_inserter(ancestors));
  }
  auto info = identify({cgroup_path, {}, std::move(ancestors)}, host);
  if (info && !is_below(cgroup_path, info->cgroup_path)) info.reset();
  return info;
}

ContainerInfo know_better(const ContainerInfo& known,
                          const std::vector<pid_t>& pids,
                          const RuntimeRoots& roots) {
  const auto now =
      identify_container(known.cgroup_path, pids, view_host(roots));
  return now ? know_better(known, *now) : known;
}

ContainerInfo know_better(const ContainerInfo& known,
                          const ContainerInfo& later) {
  const ContainerInfo* now = &later;
  if (now->cgroup_path != known.cgroup_path) return known;
  ContainerInfo out = known;
  const auto fill = [](auto& field, const auto& found) {
    if (field.empty()) field = found;
  };
  // A name that is only the id says nothing.
  if (out.runtime == "none" || out.name == out.id || out.name.empty())
    if (!now->name.empty()) out.name = now->name;
  if (out.runtime == "none") {
    out.runtime = now->runtime;
    out.id = now->id;
  }
  fill(out.image, now->image);
  fill(out.labels, now->labels);
  fill(out.rootfs, now->rootfs);
  fill(out.capabilities, now->capabilities);
  fill(out.mounts, now->mounts);
  if (out.privileged == Privileged::kUnknown) out.privileged = now->privileged;
  if (out.init_pid == 0) out.init_pid = now->init_pid;
  return out;
}

std::vector<ContainerInfo> list_containers(const RuntimeRoots& roots) {
  const HostView host = view_host(roots);
  std::vector<ContainerInfo> out;
  for (auto& [path, pids] : processes_by_cgroup()) {
    auto info = identify({path, pids, ancestors_of(pids.front())}, host);
    if (info && !has_container(out, *info)) out.push_back(std::move(*info));
  }
  return out;
}

Result<ContainerInfo> choose_container(
    const std::string& wanted, const std::vector<ContainerInfo>& containers) {
  const auto found = matches(wanted, containers);
  if (found.size() == 1) return *found.front();
  if (found.size() > 1)
    return Error{ErrorKind::kSystem,
                 fmt::format("'{}' is not one container but {}: {}", wanted,
                             found.size(), names_of(found))};
  if (containers.empty())
    return Error{ErrorKind::kSystem,
                 fmt::format("no container '{}': none is running", wanted)};
  return Error{ErrorKind::kSystem,
               fmt::format("no container '{}'; running: {}", wanted,
                           near_names(wanted, containers))};
}

}  // namespace vestige
