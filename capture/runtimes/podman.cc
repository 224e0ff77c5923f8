// SPDX-License-Identifier: Apache-2.0
//
// Podman and CRI-O: cgroups libpod-ID or crio-ID; each container is watched by
// conmon, whose arguments name it; the image is in the storage's list.
#include "capture/runtimes/oci.h"
#include "capture/runtimes/runtime.h"

namespace vestige {
namespace {

std::string parent_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

// .../overlay-containers/ID/userdata -> .../overlay-containers/containers.json
void read_storage(const std::string& bundle, ContainerInfo& info) {
  const Json list =
      read_json(parent_of(parent_of(bundle)) + "/containers.json");
  if (!list.is_array()) return;
  for (const Json& entry : list) {
    if (text_of(member(entry, "id")) != info.id) continue;
    // The metadata is JSON in a string.
    const Json metadata =
        Json::parse(text_of(member(entry, "metadata")), nullptr, false);
    info.image = text_of(member(metadata, "image-name"));
    const Json& names = member(entry, "names");
    if (info.name.empty() && names.is_array() && !names.empty())
      info.name = text_of(names[0]);
  }
}

std::optional<ContainerInfo> recognize_conmon(const Candidate& candidate,
                                              std::string_view prefix,
                                              std::string_view runtime) {
  const auto id = find_id(candidate.cgroup_path, {prefix});
  if (!id) return std::nullopt;
  ContainerInfo info;
  info.id = id->id;
  info.runtime = runtime;
  info.cgroup_path = id->path;
  const ProcessLine* conmon = find_ancestor(candidate, "conmon");
  if (conmon == nullptr) return info;
  info.name = option_value(conmon->argv, "n");
  const std::string bundle =
      seen_from_here(conmon->pid, option_value(conmon->argv, "b"));
  read_storage(bundle, info);
  const Json config = read_json(bundle + "/config.json");
  info.labels = pairs_of(member(config, "annotations"));
  read_confinement(config, info);
  info.rootfs = text_of(member(member(config, "root"), "path"));
  return info;
}

}  // namespace

std::optional<ContainerInfo> recognize_podman(const Candidate& candidate,
                                              const HostView&) {
  return recognize_conmon(candidate, "libpod-", "podman");
}

std::optional<ContainerInfo> recognize_crio(const Candidate& candidate,
                                            const HostView&) {
  auto info = recognize_conmon(candidate, "crio-", "cri-o");
  if (!info) return info;
  for (const auto& [key, value] : info->labels) {
    if (key == "io.kubernetes.container.name") info->name = value;
    if (key == "io.kubernetes.cri-o.ImageName") info->image = value;
  }
  return info;
}

}  // namespace vestige
