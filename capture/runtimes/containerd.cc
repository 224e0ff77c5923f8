// SPDX-License-Identifier: Apache-2.0
//
// containerd, by ctr, nerdctl or the Kubernetes CRI: the parent of a
// container is a shim whose arguments name namespace and id and whose working
// directory is a bundle: STATE/io.containerd.runtime.v2.task/NAMESPACE/ID. A
// pod's containers share one shim, so the id comes from the cgroup if it can.
#include "capture/runtimes/oci.h"
#include "capture/runtimes/runtime.h"

namespace vestige {
namespace {

// Names under which a container's creators keep what they call it.
constexpr std::string_view kNameKeys[] = {"nerdctl/name",
                                          "io.kubernetes.cri.container-name"};
constexpr std::string_view kImageKey = "io.kubernetes.cri.image-name";

void read_bundle(const std::string& bundle, ContainerInfo& info) {
  const Json config = read_json(bundle + "/config.json");
  info.labels = pairs_of(member(config, "annotations"));
  read_confinement(config, info);
  info.rootfs = text_of(member(member(config, "root"), "path"));
  if (!info.rootfs.empty() && !info.rootfs.starts_with('/'))
    info.rootfs = bundle + "/" + info.rootfs;
  for (const auto& [key, value] : info.labels) {
    for (std::string_view name_key : kNameKeys)
      if (key == name_key) info.name = value;
    if (key == kImageKey) info.image = value;
  }
}

}  // namespace

std::optional<ContainerInfo> recognize_containerd(const Candidate& candidate,
                                                  const HostView&) {
  const ProcessLine* shim = find_ancestor(candidate, "containerd-shim");
  const auto id = find_id(candidate.cgroup_path, {"cri-containerd-", ""});
  if (shim == nullptr) return std::nullopt;
  ContainerInfo info;
  info.runtime = "containerd";
  info.id = id ? id->id : option_value(shim->argv, "id");
  if (info.id.empty()) return std::nullopt;
  info.cgroup_path =
      id ? id->path : path_through(candidate.cgroup_path, info.id);
  info.name = info.id;
  const std::string bundles = shim->cwd.substr(0, shim->cwd.rfind('/'));
  read_bundle(seen_from_here(shim->pid, bundles + "/" + info.id), info);
  info.labels.emplace_back("containerd/namespace",
                           option_value(shim->argv, "namespace"));
  return info;
}

}  // namespace vestige
