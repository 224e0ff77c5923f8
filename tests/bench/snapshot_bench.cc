// SPDX-License-Identifier: Apache-2.0
// What a snapshot takes from either source, in turns, of processes with open
// files in a cgroup of their own. Prints JSON lines. Needs root.
// usage: bench_snapshot [PROCESSES [DESCRIPTORS_OF_EACH]]
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "capture/cgroup.h"
#include "capture/clocks.h"
#include "capture/kernel_processes.h"
#include "capture/proc_process.h"
#include "capture/snapshot.h"

namespace vestige {
namespace {

constexpr int kRounds = 5;

// Files, pipes and sockets would be alike: what is asked of each is the same.
[[noreturn]] void hold_files(int descriptors, int ready) {
  for (int i = 0; i < descriptors; ++i)
    if (open(i % 2 ? "/etc/passwd" : "/usr/bin/env", O_RDONLY) < 0) _exit(1);
  if (write(ready, "x", 1) != 1) _exit(1);
  while (true) pause();
}

double cpu_ms() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return double(now.tv_sec) * 1e3 + double(now.tv_nsec) / 1e6;
}

void measure(const char* name, ProcessSource& source, const Cgroup& cgroup) {
  ProcessSource* const sources[] = {&source};
  std::vector<double> wall, cpu;
  size_t fds = 0, processes = 0;
  for (int i = 0; i < kRounds; ++i) {
    const double cpu_before = cpu_ms();
    const uint64_t before_ns = boot_ns();
    const SnapshotResult taken = take_snapshot(cgroup, sources, [] {});
    wall.push_back(double(boot_ns() - before_ns) / 1e6);
    cpu.push_back(cpu_ms() - cpu_before);
    fds = 0;
    processes = taken.snapshot.processes.size();
    for (const ProcessState& one : taken.snapshot.processes)
      fds += one.fds.size();
  }
  std::ranges::sort(wall);
  std::ranges::sort(cpu);
  fmt::print(
      "{{\"bench\":\"snapshot\",\"source\":\"{}\",\"processes\":{},"
      "\"descriptors\":{},\"ms\":{:.1f},\"cpu_ms\":{:.1f}}}\n",
      name, processes, fds, wall[kRounds / 2], cpu[kRounds / 2]);
}

int run(int processes, int descriptors) {
  auto kernel = KernelProcesses::open();
  auto cgroup = Cgroup::create(fmt::format("snapshot-bench-{}", getpid()));
  int ready[2];
  if (!kernel || !cgroup || pipe(ready) != 0) {
    fmt::print(stderr, "bench_snapshot: {}\n",
               !kernel   ? kernel.error().message
               : !cgroup ? cgroup.error().message
                         : "no pipe");
    return 4;
  }
  std::vector<pid_t> children;
  for (int i = 0; i < processes; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      if (!cgroup->move_here(getpid())) _exit(1);
      hold_files(descriptors, ready[1]);
    }
    children.push_back(child);
  }
  char byte;
  for (int i = 0; i < processes; ++i)
    if (read(ready[0], &byte, 1) != 1) break;
  ProcProcesses proc;
  measure("/proc", proc, *cgroup);
  measure("iterators", *kernel, *cgroup);
  for (const pid_t child : children) kill(child, SIGKILL);
  cgroup->remove();
  return 0;
}

}  // namespace
}  // namespace vestige

int main(int argc, char** argv) {
  return vestige::run(argc > 1 ? std::atoi(argv[1]) : 200,
                      argc > 2 ? std::atoi(argv[2]) : 100);
}
