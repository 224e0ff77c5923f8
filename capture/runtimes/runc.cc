// SPDX-License-Identifier: Apache-2.0
//
// runc by itself (or crun): ROOT/ID/state.json tells everything. ROOT is
// /run/runc, or wherever a container that waits for "runc start" has its
// exec.fifo open. Of one that is gone, the arguments of the runc that made its
// cgroup tell the bundle.
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

void read_bundle(const std::string& bundle, ContainerInfo& info) {
  const Json config = read_json(bundle + "/config.json");
  read_confinement(config, info);
  if (!info.labels.empty()) return;
  info.labels.emplace_back(kBundle.substr(0, kBundle.size() - 1), bundle);
  for (auto& label : pairs_of(member(config, "annotations")))
    info.labels.push_back(std::move(label));
  info.rootfs = text_of(member(member(config, "root"), "path"));
  if (!info.rootfs.empty() && !info.rootfs.starts_with('/'))
    info.rootfs = bundle + "/" + info.rootfs;
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
        read_bundle(text.substr(kBundle.size()), info);
    }
  return info;
}

// runc [--root ROOT] create|run [--bundle BUNDLE] ... ID
std::optional<ContainerInfo> read_maker(const ProcessLine& maker,
                                        const Candidate& candidate) {
  const auto& argv = maker.argv;
  const bool is_creating = std::ranges::any_of(
      argv, [](const auto& arg) { return arg == "create" || arg == "run"; });
  if (!is_creating || argv.back().starts_with('-') ||
      candidate.cgroup_path.find(argv.back()) == std::string::npos)
    return std::nullopt;
  const std::string& id = argv.back();
  const std::string root = option_value(argv, "root");
  if (auto info =
          read_state((root.empty() ? "/run/runc" : root) + "/" + id, candidate))
    return info;
  ContainerInfo info;
  info.id = info.name = id;
  info.runtime = "runc";
  info.cgroup_path = path_through(candidate.cgroup_path, id);
  std::string bundle = option_value(argv, "bundle");
  if (bundle.empty()) bundle = option_value(argv, "b");
  if (!bundle.starts_with('/'))
    bundle = maker.cwd + (bundle.empty() ? "" : "/" + bundle);
  read_bundle(seen_from_here(maker.pid, bundle), info);
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
  for (const char* program : {"runc", "crun"})
    if (const ProcessLine* maker = find_ancestor(candidate, program))
      return read_maker(*maker, candidate);
  return std::nullopt;
}

}  // namespace vestige
