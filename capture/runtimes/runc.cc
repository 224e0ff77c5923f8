// SPDX-License-Identifier: Apache-2.0
//
// runc by itself (or crun): ROOT/ID/state.json tells everything. ROOT is
// /run/runc, or wherever a container that waits for "runc start" has its
// exec.fifo open.
#include <fmt/format.h>

#include "capture/runtimes/oci.h"
#include "capture/runtimes/runtime.h"

namespace vestige {
namespace {

constexpr std::string_view kFifo = "/exec.fifo";
constexpr std::string_view kBundle = "bundle=";

// ROOT/ID/exec.fifo among the descriptors of a container not yet started.
std::optional<std::string> waiting_state(pid_t pid) {
  const std::string folder = fmt::format("/proc/{}/fd", pid);
  for (const std::string& name : list_directory(folder)) {
    const auto target = read_link(folder + "/" + name);
    if (target && target->ends_with(kFifo))
      return target->substr(0, target->size() - kFifo.size());
  }
  return std::nullopt;
}

// cgroup v2 is the entry with the empty name. With one tree only, it is the
// only one.
std::string cgroup_in(const Json& state, std::string_view mount_free_path) {
  const Json& paths = member(state, "cgroup_paths");
  const std::string path = text_of(member(paths, ""));
  return path.ends_with(mount_free_path) ? path : "";
}

std::optional<ContainerInfo> read_state(const std::string& folder,
                                        const Candidate& candidate) {
  const Json state = read_json(folder + "/state.json");
  if (!state.is_object()) return std::nullopt;
  const auto init = member(state, "init_process_pid");
  const bool is_here = init.is_number() &&
                       std::ranges::find(candidate.pids, init.get<pid_t>()) !=
                           candidate.pids.end();
  if (!is_here && cgroup_in(state, candidate.cgroup_path).empty())
    return std::nullopt;
  ContainerInfo info;
  info.id = info.name = text_of(member(state, "id"));
  info.runtime = "runc";
  info.cgroup_path = path_through(candidate.cgroup_path, info.id);
  const Json& config = member(state, "config");
  info.rootfs = text_of(member(config, "rootfs"));
  // "bundle=/path" and the annotations.
  if (const Json& labels = member(config, "labels"); labels.is_array())
    for (const Json& label : labels) {
      const std::string text = text_of(label);
      const size_t equals = std::min(text.find('='), text.size());
      info.labels.emplace_back(text.substr(0, equals),
                               text.substr(std::min(equals + 1, text.size())));
      if (text.starts_with(kBundle))
        read_confinement(
            read_json(text.substr(kBundle.size()) + "/config.json"), info);
    }
  return info;
}

}  // namespace

std::optional<ContainerInfo> recognize_runc(const Candidate& candidate,
                                            const HostView& host) {
  for (const pid_t pid : candidate.pids)
    if (const auto folder = waiting_state(pid))
      if (auto info = read_state(*folder, candidate)) return info;
  std::vector<std::string> roots = {"/run/runc", "/run/crun"};
  if (!host.roots.runc_root.empty())
    roots.insert(roots.begin(), host.roots.runc_root);
  for (const std::string& root : roots)
    for (const std::string& id : list_directory(root))
      if (candidate.cgroup_path.find(id) != candidate.cgroup_path.npos)
        if (auto info = read_state(root + "/" + id, candidate)) return info;
  return std::nullopt;
}

}  // namespace vestige
