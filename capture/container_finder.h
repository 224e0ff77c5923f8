// SPDX-License-Identifier: Apache-2.0
//
// From what a person calls a container to its cgroup, and to what its runtime
// knows about it. Works from the cgroups of running processes: a container
// without processes is not found.
#pragma once

#include <string>
#include <vector>

#include "capture/runtimes/runtime.h"
#include "format/header.h"
#include "format/result.h"

namespace vestige {

// All containers with processes, ordered by cgroup path.
std::vector<ContainerInfo> list_containers(const RuntimeRoots& roots);

HostView view_host(const RuntimeRoots& roots);

// What runtimes tell about a cgroup and some of its processes; nullopt: it is
// none of their containers, or they do not know it yet. Without processes,
// only what its path and state on disk tell. Containers in cgroups below it are
// not what it is.
std::optional<ContainerInfo> identify_container(const std::string& cgroup_path,
                                                const std::vector<pid_t>& pids,
                                                const HostView& host);
// The same, where it has no process any more, or none yet: by who made it.
std::optional<ContainerInfo> identify_by_maker(const std::string& cgroup_path,
                                               const ProcessLine& maker,
                                               pid_t maker_parent,
                                               const HostView& host);

// The same container, with what has become known since.
ContainerInfo know_better(const ContainerInfo& known,
                          const std::vector<pid_t>& pids,
                          const RuntimeRoots& roots);
ContainerInfo know_better(const ContainerInfo& known,
                          const ContainerInfo& later);

// The one with this name, this id, or an id that begins like this. kSystem
// when there is none (near names are told) or more than one.
Result<ContainerInfo> choose_container(
    const std::string& wanted, const std::vector<ContainerInfo>& containers);

}  // namespace vestige
