// SPDX-License-Identifier: Apache-2.0
//
// Writes down what a container did, one verb per event, as the agent would
// have recorded it:
//
//   TraceBuilder trace;
//   trace.process(1).fork(1, 2).exec(2, {"/bin/sh"}).open(2, "/etc/passwd", 3);
//
// Pids are those of the initial namespace and equal those in the container,
// unless told otherwise. Time advances by 1 us per event.
#pragma once

#include <fcntl.h>

#include <concepts>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "format/event.h"
#include "format/header.h"
#include "format/parts.h"
#include "format/snapshot.h"
#include "format/trace_writer.h"
#include "replay/reconstructor.h"

namespace vestige {

class TraceBuilder {
 public:
  using Args = std::vector<uint64_t>;

  // A process that was there before: a snapshot of its own.
  TraceBuilder& process(uint32_t pid, ProcessState state = {});
  // Start times are pid times 1,000,000 plus the number of lives before.
  TraceBuilder& fork(uint32_t parent, uint32_t child, uint64_t flags = 0);
  TraceBuilder& thread(uint32_t pid, uint32_t tid);
  TraceBuilder& exec(uint32_t pid, const std::vector<std::string>& argv,
                     std::string_view exe = {}, uint32_t old_tid = 0);
  TraceBuilder& exit(uint32_t pid, int code = 0, int signal = 0);
  TraceBuilder& signal_sent(uint32_t pid, uint32_t target, int signal);
  TraceBuilder& exit_thread(uint32_t pid, uint32_t tid);
  TraceBuilder& cgroup_move(uint32_t pid, uint32_t moved);

  // One more snapshot, between the events before and those to come.
  TraceBuilder& checkpoint(Snapshot snapshot);
  [[nodiscard]] uint64_t now_ns() const { return time_ns_; }

  // Any syscall by its name. Parts added afterwards belong to it.
  TraceBuilder& call(uint32_t pid, std::string_view name, const Args& args,
                     int64_t ret, uint32_t tid = 0);
  TraceBuilder& part(uint8_t arg, PartKind kind, std::string_view data,
                     uint8_t flags = 0);
  template <typename T>
  requires(!std::convertible_to<T, std::string_view>) TraceBuilder& part(
      uint8_t arg, PartKind kind, const T& value, uint8_t flags = 0) {
    return part(
        arg, kind,
        std::string_view(reinterpret_cast<const char*>(&value), sizeof value),
        flags);
  }
  TraceBuilder& text(uint8_t arg, std::string_view path) {
    return part(arg, PartKind::kString, path);
  }

  // Data that moved; full_size tells how much there was.
  TraceBuilder& payload(uint8_t arg, std::string_view data, uint64_t full_size);

  // openat(AT_FDCWD, path, flags) = fd, with what the kernel opened.
  TraceBuilder& open(uint32_t pid, std::string_view path, int64_t fd,
                     uint64_t flags = O_RDONLY, std::string_view actual = {});
  TraceBuilder& create(uint32_t pid, std::string_view path, int64_t fd);
  TraceBuilder& read(uint32_t pid, int fd, int64_t size);
  TraceBuilder& write(uint32_t pid, int fd, int64_t size);
  TraceBuilder& close(uint32_t pid, int fd);
  TraceBuilder& rename(uint32_t pid, std::string_view from,
                       std::string_view to);
  TraceBuilder& unlink(uint32_t pid, std::string_view path);
  TraceBuilder& chdir(uint32_t pid, std::string_view path);

  // Swaps the last two events: rings do not keep strict order.
  TraceBuilder& swap_last();
  // Forgets the last event, as a full ring does.
  TraceBuilder& lose_last();

  // The facts of all this. Valid as long as the builder.
  const Facts& facts(TransferWatcher* watcher = nullptr,
                     FileWatcher* files = nullptr);
  TextPool& texts() { return texts_; }

  // Writes all this to a new trace file.
  void save(const std::string& path, const TraceHeader& header,
            const WriterOptions& options = {});

  struct Stored {
    Event event;
    std::deque<std::string> data;
    std::vector<Part> parts;
  };
  std::deque<Stored>& events() { return events_; }
  std::vector<Snapshot>& snapshots() { return snapshots_; }
  // What create() gives a file of that name.
  static uint64_t inode_of(std::string_view path);
  static uint64_t start_of(uint32_t pid, uint32_t life = 0) {
    return pid * 1'000'000ull + life;
  }

 private:
  // Calls give(Snapshot) and give(Stored&) in file order.
  template <typename Give>
  void for_each(Give give);
  Stored& add(uint32_t pid, uint32_t tid, const Descriptor* descriptor);
  TaskPart task_part(uint32_t pid, uint32_t tid, uint32_t parent);

  std::deque<Stored> events_;
  std::vector<Snapshot> snapshots_;                       // at the beginning
  std::vector<std::pair<size_t, Snapshot>> checkpoints_;  // by events before
  std::vector<uint32_t> lives_;                           // by pid
  uint64_t time_ns_ = 1'000'000'000;
  TextPool texts_;
  Facts facts_;
  std::unique_ptr<Reconstructor> reconstructor_;
};

}  // namespace vestige
