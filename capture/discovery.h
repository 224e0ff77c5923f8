// SPDX-License-Identifier: Apache-2.0
//
// Finds the wanted containers: those there are, then each as it comes.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "capture/cgroup_journal.h"
#include "capture/selection.h"
#include "capture/wanted.h"

namespace vestige {

class Discovery {
 public:
  static Result<Discovery> open(Wanted wanted, RuntimeRoots roots);

  // Containers that match and were not given before. Cheap when no cgroup was
  // made.
  std::vector<Selection> take_found();
  // Cgroups that were gone before anybody could tell what they were; some of
  // them may have been wanted. At most a few hundred.
  std::vector<std::string> take_missed() { return std::exchange(missed_, {}); }

 private:
  Discovery(Wanted wanted, RuntimeRoots roots, CgroupJournal journal)
      : wanted_(std::move(wanted)),
        roots_(std::move(roots)),
        journal_(std::move(journal)) {}
  void look_at_all(std::vector<Selection>& found);
  // False: nobody knows it yet, ask again.
  bool look_at(const std::string& path, std::vector<Selection>& found);
  void offer(ContainerInfo container, uint64_t made_ns,
             std::vector<Selection>& found);

  Wanted wanted_;
  RuntimeRoots roots_;
  CgroupJournal journal_;
  bool has_looked_ = false;
  std::map<std::string, uint64_t> young_;  // cgroups, and when to give up
  std::set<uint64_t> given_;               // by id
  std::vector<std::string> missed_;
};

}  // namespace vestige
