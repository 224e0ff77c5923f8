// SPDX-License-Identifier: Apache-2.0
#include "replay/scap/thread_table.h"

namespace vestige {

KnownThread* ThreadTable::find(uint32_t tid) {
  const auto found = threads_.find(tid);
  return found == threads_.end() ? nullptr : &found->second;
}

KnownThread& ThreadTable::add(uint32_t tid, const KnownThread& thread) {
  remove(tid);
  count(thread.pid, 1);
  return threads_[tid] = thread;
}

void ThreadTable::remove(uint32_t tid) {
  const auto found = threads_.find(tid);
  if (found == threads_.end()) return;
  count(found->second.pid, -1);
  threads_.erase(found);
}

void ThreadTable::clear() {
  threads_.clear();
  per_process_.clear();
}

size_t ThreadTable::threads_of(uint32_t pid) const {
  const auto found = per_process_.find(pid);
  return found == per_process_.end() ? 0 : found->second;
}

void ThreadTable::count(uint32_t pid, int change) {
  size_t& threads = per_process_[pid];
  threads += size_t(change);
  if (threads == 0) per_process_.erase(pid);
}

TaskPart task_part(uint32_t tid, const KnownThread& thread) {
  TaskPart part{};
  part.pid = thread.pid;
  part.tid = tid;
  part.ns_pid = thread.ns_pid;
  part.ns_tid = thread.ns_tid;
  part.parent_pid = thread.parent_pid;
  part.session = thread.session;
  part.process_group = thread.process_group;
  return part;
}

}  // namespace vestige
