// SPDX-License-Identifier: Apache-2.0
#include "capture/discovery.h"

#include "capture/clocks.h"
#include "capture/container_finder.h"
#include "capture/proc_file.h"

namespace vestige {
namespace {

// A runtime makes the cgroup, then puts processes into it, then writes down
// what it is.
constexpr uint64_t kPatienceNs = 3'000'000'000;
constexpr size_t kMaxMissed = 256;

}  // namespace

Result<Discovery> Discovery::open(Wanted wanted, RuntimeRoots roots) {
  TRY(wanted.check());
  return Discovery(std::move(wanted), std::move(roots),
                   TRY(CgroupJournal::open()));
}

void Discovery::offer(ContainerInfo container, uint64_t made_ns,
                      std::vector<Selection>& found) {
  if (given_.contains(container.cgroup_id) || !wanted_.matches(container))
    return;
  auto cgroup = Cgroup::open(container.cgroup_path);
  if (!cgroup) return;  // gone again
  given_.insert(cgroup->id());
  found.push_back({.cgroup = std::move(*cgroup),
                   .container = std::move(container),
                   .words = wanted_.words(),
                   .output = "",
                   .made_ns = made_ns});
}

void Discovery::look_at_all(std::vector<Selection>& found) {
  for (ContainerInfo& container : list_containers(roots_))
    offer(std::move(container), 0, found);
}

bool Discovery::look_at(const std::string& path,
                        std::vector<Selection>& found) {
  auto cgroup = Cgroup::open(path);
  if (!cgroup) {
    if (missed_.size() < kMaxMissed) missed_.push_back(path);
    return true;
  }
  const auto pids = cgroup->processes();
  if (pids.empty()) return false;
  auto container = identify_container(path, pids, roots_);
  if (!container) return false;
  offer(std::move(*container), cgroup->made_ns(), found);
  return true;
}

std::vector<Selection> Discovery::take_found() {
  std::vector<Selection> found;
  const uint64_t now_ns = boot_ns();
  for (std::string& path : journal_.take_made())
    young_[std::move(path)] = now_ns + kPatienceNs;
  if (!std::exchange(has_looked_, true) || journal_.take_overflow())
    look_at_all(found);
  std::erase_if(young_, [&](const auto& one) {
    return look_at(one.first, found) || now_ns > one.second;
  });
  return found;
}

}  // namespace vestige
