// SPDX-License-Identifier: Apache-2.0
//
// Finds the wanted containers: those there are, then each as it comes, those
// that are over before anybody could look, too.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "capture/capture.h"
#include "capture/selection.h"
#include "capture/wanted.h"

namespace vestige {

class Discovery {
 public:
  // `capture` has newcomers and must outlive this.
  static Result<Discovery> open(Wanted wanted, RuntimeRoots roots,
                                Capture& capture);

  // Containers that match and were not given before. Cheap when no cgroup was
  // made.
  std::vector<Selection> take_found();
  // Cgroups that were gone before anybody could tell what they were; some of
  // them may have been wanted. At most a few hundred.
  std::vector<std::string> take_missed() { return std::exchange(missed_, {}); }

 private:
  struct Young {
    CgroupMade made;
    uint64_t until_ns = 0;  // when to give up
    std::optional<ContainerInfo> known;
    bool was_populated = false;
  };
  Discovery(Wanted wanted, RuntimeRoots roots, Capture& capture)
      : wanted_(std::move(wanted)),
        roots_(std::move(roots)),
        capture_(capture) {}
  void look_at_all(std::vector<Selection>& found);
  // False: it may still become known, ask again.
  bool look_at(Young& young, const HostView& host, uint64_t now_ns,
               std::vector<Selection>& found);
  void drop(const Young& young);
  void offer(ContainerInfo container, const CgroupMade* made,
             std::vector<Selection>& found);

  Wanted wanted_;
  RuntimeRoots roots_;
  Capture& capture_;
  bool has_looked_ = false;
  std::list<Young> young_;
  std::set<uint64_t> given_;  // by id
  std::vector<std::string> missed_;
};

}  // namespace vestige
