// SPDX-License-Identifier: Apache-2.0
//
// What is to be recorded and where to: one cgroup, one trace each.
#pragma once

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
};

// Containers by name or id first, then cgroups by path, in order.
Result<std::vector<Selection>> select(const std::vector<std::string>& names,
                                      const std::vector<std::string>& cgroups,
                                      const RuntimeRoots& roots);
// A fresh cgroup for a command. The caller removes it.
Result<Selection> select_command(const std::vector<std::string>& argv);

// Decides where each trace goes. One selection: `output` is its file, unless
// it is a directory. Several: `output` is a directory, made when missing.
// Empty: files in the working directory. kUsage when two would be the same.
Result<void> assign_outputs(std::vector<Selection>& selections,
                            const std::string& output);

}  // namespace vestige
