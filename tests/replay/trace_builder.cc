// SPDX-License-Identifier: Apache-2.0
#include "tests/replay/trace_builder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <memory>

namespace vestige {
namespace {

const Descriptor* kernel_event(std::string_view name) {
  return find_descriptor(Abi::kKernel, name);
}

std::string joined(const std::vector<std::string>& strings) {
  std::string out;
  for (const std::string& text : strings) out.append(text).push_back('\0');
  return out;
}

}  // namespace

TraceBuilder::Stored& TraceBuilder::add(uint32_t pid, uint32_t tid,
                                        const Descriptor* descriptor) {
  EXPECT_NE(descriptor, nullptr);
  if (pid >= lives_.size()) lives_.resize(pid + 1);
  Stored& stored = events_.emplace_back();
  stored.event.type = descriptor->type;
  stored.event.descriptor = descriptor;
  stored.event.pid = pid;
  stored.event.tid = tid ? tid : pid;
  stored.event.process_start_ns = start_of(pid, lives_[pid]);
  stored.event.time_ns = time_ns_ += 1000;
  return stored;
}

TaskPart TraceBuilder::task_part(uint32_t pid, uint32_t tid, uint32_t parent) {
  TaskPart task{};
  task.pid = task.ns_pid = pid;
  task.tid = task.ns_tid = tid;
  task.parent_pid = parent;
  task.process_start_ns = start_of(pid, lives_[pid]);
  task.start_ns = task.process_start_ns;
  task.parent_start_ns =
      parent < lives_.size() ? start_of(parent, lives_[parent]) : 0;
  task.pid_namespace = 1;
  task.mnt_namespace = 1;
  task.process_group = task.session = pid;
  return task;
}

TraceBuilder& TraceBuilder::process(uint32_t pid, ProcessState state) {
  if (pid >= lives_.size()) lives_.resize(pid + 1);
  const uint32_t parent = state.task.parent_pid;
  state.task = task_part(pid, pid, parent);
  state.start_is_exact = true;
  if (state.cwd.empty()) state.cwd = "/";
  if (state.root.empty()) state.root = "/";
  if (snapshots_.empty()) snapshots_.emplace_back();
  snapshots_.back().processes.push_back(state);
  return *this;
}

TraceBuilder& TraceBuilder::fork(uint32_t parent, uint32_t child,
                                 uint64_t flags) {
  Stored& stored = add(parent, parent, kernel_event("task_fork"));
  if (child >= lives_.size()) lives_.resize(child + 1);
  ++lives_[child];
  stored.event.args = {child, child, flags};
  return part(kReturnArg, PartKind::kTask, task_part(child, child, parent));
}

TraceBuilder& TraceBuilder::thread(uint32_t pid, uint32_t tid) {
  add(pid, pid, kernel_event("task_fork")).event.args = {pid, tid, 0};
  return part(kReturnArg, PartKind::kTask, task_part(pid, tid, 0));
}

TraceBuilder& TraceBuilder::exec(uint32_t pid,
                                 const std::vector<std::string>& argv,
                                 std::string_view exe, uint32_t old_tid) {
  add(pid, pid, kernel_event("task_exec")).event.args[0] =
      old_tid ? old_tid : pid;
  if (exe.empty()) exe = argv[0];
  part(kTaskArg, PartKind::kString, argv[0]);
  part(kTaskArg, PartKind::kPath, exe);
  part(kTaskArg, PartKind::kFile, FilePart{.mode = S_IFREG | 0755, .nlink = 1});
  part(kTaskArg, PartKind::kArgv, joined(argv));
  return part(kTaskArg, PartKind::kComm,
              argv[0].substr(argv[0].rfind('/') + 1));
}

TraceBuilder& TraceBuilder::exit(uint32_t pid, int code, int signal) {
  add(pid, pid, kernel_event("task_exit")).event.args = {
      uint64_t(code), uint64_t(signal), 0, 1};
  return *this;
}

TraceBuilder& TraceBuilder::exit_thread(uint32_t pid, uint32_t tid) {
  add(pid, tid, kernel_event("task_exit"));
  return *this;
}

TraceBuilder& TraceBuilder::signal_sent(uint32_t pid, uint32_t target,
                                        int signal) {
  add(pid, pid, kernel_event("signal_sent")).event.args = {uint64_t(signal),
                                                           target, 0};
  return *this;
}

TraceBuilder& TraceBuilder::cgroup_move(uint32_t pid, uint32_t moved) {
  add(pid, pid, kernel_event("cgroup_move")).event.args = {moved, moved, 1, 0};
  return *this;
}

TraceBuilder& TraceBuilder::call(uint32_t pid, std::string_view name,
                                 const Args& args, int64_t ret, uint32_t tid) {
  Stored& stored = add(pid, tid, find_descriptor(Abi::kX86_64, name));
  std::ranges::copy(args, stored.event.args.begin());
  stored.event.ret = ret;
  return *this;
}

TraceBuilder& TraceBuilder::part(uint8_t arg, PartKind kind,
                                 std::string_view data, uint8_t flags) {
  Stored& stored = events_.back();
  stored.data.emplace_back(data);
  stored.parts.push_back({kind, arg, flags, data.size(), stored.data.back()});
  return *this;
}

TraceBuilder& TraceBuilder::open(uint32_t pid, std::string_view path,
                                 int64_t fd, uint64_t flags,
                                 std::string_view actual) {
  call(pid, "openat", {uint64_t(AT_FDCWD), 0x1000, flags, 0}, fd);
  text(1, path);
  if (fd >= 0 && !actual.empty()) part(kReturnArg, PartKind::kPath, actual);
  return *this;
}

TraceBuilder& TraceBuilder::create(uint32_t pid, std::string_view path,
                                   int64_t fd) {
  open(pid, path, fd, O_WRONLY | O_CREAT | O_TRUNC, path);
  FilePart file{};
  file.mode = S_IFREG | 0644;
  file.inode = inode_of(path);
  file.nlink = 1;
  return part(kReturnArg, PartKind::kFile, file, kPartCreated);
}

TraceBuilder& TraceBuilder::read(uint32_t pid, int fd, int64_t size) {
  return call(pid, "read", {uint64_t(fd), 0x1000, 4096}, size);
}

TraceBuilder& TraceBuilder::write(uint32_t pid, int fd, int64_t size) {
  return call(pid, "write", {uint64_t(fd), 0x1000, uint64_t(size)}, size);
}

TraceBuilder& TraceBuilder::close(uint32_t pid, int fd) {
  return call(pid, "close", {uint64_t(fd)}, 0);
}

TraceBuilder& TraceBuilder::rename(uint32_t pid, std::string_view from,
                                   std::string_view to) {
  return call(pid, "rename", {1, 2}, 0).text(0, from).text(1, to);
}

TraceBuilder& TraceBuilder::unlink(uint32_t pid, std::string_view path) {
  return call(pid, "unlink", {1}, 0).text(0, path);
}

TraceBuilder& TraceBuilder::chdir(uint32_t pid, std::string_view path) {
  return call(pid, "chdir", {1}, 0).text(0, path);
}

TraceBuilder& TraceBuilder::swap_last() {
  std::swap(events_[events_.size() - 1], events_[events_.size() - 2]);
  return *this;
}

TraceBuilder& TraceBuilder::lose_last() {
  events_.pop_back();
  return *this;
}

uint64_t TraceBuilder::inode_of(std::string_view path) {
  return uint64_t(std::hash<std::string_view>{}(path) | 1);
}

TraceBuilder& TraceBuilder::payload(uint8_t arg, std::string_view data,
                                    uint64_t full_size) {
  part(arg, PartKind::kPayload, data);
  events_.back().parts.back().full_size = full_size;
  return *this;
}

TraceBuilder& TraceBuilder::checkpoint(Snapshot snapshot) {
  checkpoints_.emplace_back(events_.size(), std::move(snapshot));
  return *this;
}

template <typename Give>
void TraceBuilder::for_each(Give give) {
  for (const Snapshot& snapshot : snapshots_) give(snapshot);
  auto next = checkpoints_.begin();
  const auto give_checkpoints = [&](size_t events_before) {
    for (; next != checkpoints_.end() && next->first <= events_before; ++next)
      give(next->second);
  };
  for (size_t i = 0; i < events_.size(); ++i) {
    give_checkpoints(i);
    events_[i].event.parts = events_[i].parts;
    give(events_[i]);
  }
  give_checkpoints(events_.size());
}

void TraceBuilder::save(const std::string& path, const TraceHeader& header,
                        const WriterOptions& options) {
  auto writer = TraceWriter::create(path, header, options);
  ASSERT_TRUE(writer) << writer.error().message;
  struct Append {
    TraceWriter& to;
    void operator()(const Snapshot& snapshot) const {
      EXPECT_TRUE(to.append(snapshot));
    }
    void operator()(const Stored& stored) const {
      EXPECT_TRUE(to.append(stored.event));
    }
  };
  for_each(Append{*writer});
  TraceEnd end;
  end.reason = EndReason::kCommandExited;
  end.end = {time_ns_, header.start.unix_ns};
  ASSERT_TRUE(writer->close(end));
}

const Facts& TraceBuilder::facts(TransferWatcher* watcher, FileWatcher* files) {
  reconstructor_ = std::make_unique<Reconstructor>(texts_);
  reconstructor_->watch(watcher);
  reconstructor_->watch_files(files);
  struct Apply {
    Reconstructor& to;
    uint32_t index = 0;
    void operator()(const Snapshot& snapshot) { to.apply(snapshot, {}); }
    void operator()(const Stored& stored) {
      to.apply(stored.event, {1, index++});
    }
  };
  for_each(Apply{*reconstructor_});
  facts_ = reconstructor_->finish();
  return facts_;
}

}  // namespace vestige
