// SPDX-License-Identifier: Apache-2.0
#include "capture/discovery.h"

#include <algorithm>

#include "capture/clocks.h"
#include "capture/container_finder.h"

namespace vestige {
namespace {

// A runtime makes the cgroup, then puts processes into it, then writes down
// what it is.
constexpr uint64_t kPatienceNs = 3'000'000'000;
constexpr size_t kMaxMissed = 256;

// Some runtimes name a container after it has begun.
bool is_named(const ContainerInfo& container) {
  return !container.name.empty();
}

// The cgroup if it is still the one that was made under that name.
std::optional<Cgroup> still_there(const CgroupMade& made) {
  auto cgroup = Cgroup::open(made.path);
  if (!cgroup || cgroup->id() != made.cgroup_id) return std::nullopt;
  return std::move(*cgroup);
}

}  // namespace

Result<Discovery> Discovery::open(Wanted wanted, RuntimeRoots roots,
                                  Capture& capture) {
  TRY(wanted.check());
  return Discovery(std::move(wanted), std::move(roots), capture);
}

void Discovery::offer(ContainerInfo container, const CgroupMade* made,
                      std::vector<Selection>& found) {
  auto there = Cgroup::open(container.cgroup_path);
  const auto twin = [&](const Young& one) {
    return one.made.path == container.cgroup_path;
  };
  // The container may be above what was looked at.
  if (const auto above = std::ranges::find_if(young_, twin);
      above != young_.end())
    made = &above->made;
  const bool is_gone = made && made->path == container.cgroup_path &&
                       (!there || there->id() != made->cgroup_id);
  if (is_gone)
    there = Cgroup::gone(made->path, made->cgroup_id);
  else if (!there)
    return;  // gone again
  if (!given_.insert(there->id()).second) return;
  container.cgroup_id = there->id();
  found.push_back({.cgroup = std::move(*there),
                   .container = std::move(container),
                   .words = wanted_.words(),
                   .output = "",
                   .made_ns = made ? made->made_ns : 0});
}

void Discovery::look_at_all(std::vector<Selection>& found) {
  for (ContainerInfo& container : list_containers(roots_))
    if (wanted_.matches(container)) offer(std::move(container), nullptr, found);
}

void Discovery::drop(const Young& young) {
  // Cgroups that a container makes for itself belong to it.
  if (capture_.adopt(young.made.path)) return;
  capture_.newcomers().drop(young.made.cgroup_id);
}

bool Discovery::look_at(Young& young, const HostView& host, uint64_t now_ns,
                        std::vector<Selection>& found) {
  const CgroupMade& made = young.made;
  const auto cgroup = still_there(made);
  const auto pids = cgroup ? cgroup->processes() : std::vector<pid_t>();
  auto now =
      pids.empty() ? std::nullopt : identify_container(made.path, pids, host);
  if (!now && made.is_recorded)
    now = identify_by_maker(made.path, made.maker, made.maker_parent, host);
  if (now) young.known = young.known ? know_better(*young.known, *now) : *now;
  young.was_populated |= !pids.empty();
  if (young.known && wanted_.matches(*young.known)) {
    // Not before it runs or is over: what is empty is not a container yet.
    if (cgroup && !young.was_populated && now_ns <= young.until_ns)
      return false;
    offer(*young.known, &made, found);
    return true;
  }
  const bool is_foreign = young.known && is_named(*young.known);
  if (cgroup && !is_foreign && now_ns <= young.until_ns) return false;
  if (!cgroup && !is_foreign && missed_.size() < kMaxMissed)
    missed_.push_back(made.path);
  drop(young);
  return true;
}

std::vector<Selection> Discovery::take_found() {
  std::vector<Selection> found;
  const uint64_t now_ns = boot_ns();
  Newcomers& newcomers = capture_.newcomers();
  for (CgroupMade& made : newcomers.take_made())
    young_.push_back(
        {.made = std::move(made), .until_ns = now_ns + kPatienceNs});
  if (!std::exchange(has_looked_, true) || newcomers.take_overflow())
    look_at_all(found);
  if (young_.empty()) return found;
  const HostView host = view_host(roots_);
  for (auto young = young_.begin(); young != young_.end();)
    young = look_at(*young, host, now_ns, found) ? young_.erase(young)
                                                 : std::next(young);
  return found;
}

}  // namespace vestige
