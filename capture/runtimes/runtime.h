// SPDX-License-Identifier: Apache-2.0
//
// What container runtimes tell about a container, read from their state on
// disk and from the processes that watch over it. Nothing is asked of a
// daemon: the files are there when it hangs or is gone, too.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/header.h"

namespace vestige {

// Where state is kept when it is not in the usual place. Empty: only the
// usual places and those that running daemons and shims name.
struct RuntimeRoots {
  std::string docker_root;  // dockerd --data-root
  std::string runc_root;    // runc --root
};

struct ProcessLine {
  pid_t pid = 0;
  std::vector<std::string> argv;
  std::string cwd;
};

// A cgroup with processes that may be a container's, or a part of one.
struct Candidate {
  std::string cgroup_path;             // below the cgroup v2 mount
  std::vector<pid_t> pids;             // in it, ascending
  std::vector<ProcessLine> ancestors;  // of the first one, nearest first
};

// What the finder has seen of the host, shared by all runtimes.
struct HostView {
  RuntimeRoots roots;
  std::vector<ProcessLine> dockerds;
};

// Each tells whether the candidate is one of its containers. cgroup_path of
// the result is that of the container, which may be above the candidate's.
std::optional<ContainerInfo> recognize_docker(const Candidate&,
                                              const HostView&);
std::optional<ContainerInfo> recognize_podman(const Candidate&,
                                              const HostView&);
std::optional<ContainerInfo> recognize_crio(const Candidate&, const HostView&);
std::optional<ContainerInfo> recognize_containerd(const Candidate&,
                                                  const HostView&);
std::optional<ContainerInfo> recognize_runc(const Candidate&, const HostView&);

// The component of a cgroup path that holds a 64-digit id behind one of the
// prefixes ("docker-", "" for a bare one), with ".scope" or not.
struct IdComponent {
  std::string id;
  std::string path;  // up to and with the component
};
std::optional<IdComponent> find_id(
    std::string_view cgroup_path,
    std::initializer_list<std::string_view> prefixes);
// Cuts the path behind the component that contains `part`.
std::string path_through(std::string_view cgroup_path, std::string_view part);
// The value behind `-name VALUE`, `--name VALUE` or `--name=VALUE`.
std::string option_value(const std::vector<std::string>& argv,
                         std::string_view name);
// The nearest ancestor whose program's name starts like this; or nullptr.
const ProcessLine* find_ancestor(const Candidate& candidate,
                                 std::string_view program);
// The path as it is seen from the agent, when the process has another root.
std::string seen_from_here(pid_t pid, const std::string& path);

}  // namespace vestige
