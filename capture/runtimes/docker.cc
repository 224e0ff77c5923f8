// SPDX-License-Identifier: Apache-2.0
//
// Docker: cgroups /docker/ID or .../docker-ID.scope; state in
// DATA-ROOT/containers/ID/config.v2.json. dockerd runs containers through
// containerd's shim, in the namespace "moby".
#include "capture/runtimes/oci.h"
#include "capture/runtimes/runtime.h"

namespace vestige {
namespace {

std::vector<std::string> data_roots(const HostView& host) {
  std::vector<std::string> roots;
  if (!host.roots.docker_root.empty()) roots.push_back(host.roots.docker_root);
  for (const ProcessLine& daemon : host.dockerds) {
    std::string root = option_value(daemon.argv, "data-root");
    if (root.empty()) root = option_value(daemon.argv, "g");
    if (root.empty()) root = "/var/lib/docker";
    roots.push_back(seen_from_here(daemon.pid, root));
  }
  roots.push_back("/var/lib/docker");
  return roots;
}

void read_config(const Json& config, ContainerInfo& info) {
  info.name = text_of(member(config, "Name"));
  if (info.name.starts_with('/')) info.name.erase(0, 1);
  const Json& inner = member(config, "Config");
  info.image = text_of(member(inner, "Image"));
  info.labels = pairs_of(member(inner, "Labels"));
}

}  // namespace

std::optional<ContainerInfo> recognize_docker(const Candidate& candidate,
                                              const HostView& host) {
  const ProcessLine* shim = find_ancestor(candidate, "containerd-shim");
  const bool is_moby =
      shim != nullptr && option_value(shim->argv, "namespace") == "moby";
  auto id = find_id(candidate.cgroup_path, {"docker-"});
  const bool is_docker_path =
      candidate.cgroup_path.find("/docker/") != candidate.cgroup_path.npos;
  if (!id && (is_docker_path || is_moby))
    id = find_id(candidate.cgroup_path, {""});
  if (!id) return std::nullopt;
  ContainerInfo info;
  info.id = id->id;
  info.runtime = "docker";
  info.cgroup_path = id->path;
  // Docker's containers are containerd's: the shim stands in the bundle.
  if (shim != nullptr && !shim->cwd.empty())
    read_confinement(
        read_json(seen_from_here(shim->pid, shim->cwd + "/config.json")), info);
  for (const std::string& root : data_roots(host)) {
    const Json config =
        read_json(root + "/containers/" + id->id + "/config.v2.json");
    if (!config.is_object()) continue;
    read_config(config, info);
    const Json host_config =
        read_json(root + "/containers/" + id->id + "/hostconfig.json");
    const Json& privileged = member(host_config, "Privileged");
    if (privileged.is_boolean())
      info.privileged =
          privileged.get<bool>() ? Privileged::kYes : Privileged::kNo;
    break;
  }
  return info;
}

}  // namespace vestige
