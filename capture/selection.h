// SPDX-License-Identifier: Apache-2.0
//
// What is to be recorded and where to: one cgroup, one trace each.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "capture/cgroup.h"
#include "capture/runtimes/runtime.h"
#include "format/header.h"
#include "format/result.h"

namespace vestige {

struct Selection {
  Cgroup cgroup;
  ContainerInfo container;
  std::string words;   // as asked for: "container web", "command ls -l"
  std::string output;  // path of the trace
  // CLOCK_BOOTTIME of the making of its cgroup, if it was found as it came:
  // what it did before it was selected is not recorded. Else 0.
  uint64_t made_ns = 0;
};

// What is selected by pointing at it, whatever it is called.
struct Pointed {
  std::vector<std::string> cgroups;  // by path
  std::vector<pid_t> pids;           // whatever container each is in
  bool host = false;                 // everything but the agent

  [[nodiscard]] bool empty() const {
    return cgroups.empty() && pids.empty() && !host;
  }
};

// Containers by name or id first, then what is pointed at, in the order of its
// members. kSystem: one is not there.
Result<std::vector<Selection>> select(const std::vector<std::string>& names,
                                      const Pointed& pointed,
                                      const RuntimeRoots& roots);
// Whether this process is in one of them, so that it would record itself.
bool contains_agent(const std::vector<Selection>& selections);
// A fresh cgroup for a command. The caller removes it.
Result<Selection> select_command(const std::vector<std::string>& argv);

// A file name for the trace of a container, without ".vtrace": what is
// harmless of its name.
std::string file_stem(const ContainerInfo& container);
// A cgroup that no runtime we know of tells anything about.
ContainerInfo plain_cgroup(const Cgroup& cgroup);

// Decides where each trace goes. One selection: `output` is its file, unless
// it is a directory. Several: `output` is a directory, made when missing.
// Empty: files in the working directory. kUsage when two would be the same.
// `will_grow`: more will be selected, so `output` is a directory at any rate.
Result<void> assign_outputs(std::vector<Selection>& selections,
                            const std::string& output, bool will_grow);
// In that directory, for one that was selected later; containers may have the
// same name one after the other.
std::string free_output(const ContainerInfo& container,
                        const std::string& directory,
                        const std::set<std::string>& taken);

}  // namespace vestige
