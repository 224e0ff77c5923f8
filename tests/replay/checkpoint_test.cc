// SPDX-License-Identifier: Apache-2.0
//
// A machine that is simulated writes down its events and takes snapshots of
// itself in mid-stream. The state reached from a snapshot, the state from
// reading everything and the machine itself must agree.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <random>

#include "replay/instant.h"
#include "tests/replay/rows.h"
#include "tests/replay/trace_builder.h"

namespace vestige {
namespace {

using Lines = std::vector<std::string>;

constexpr uint64_t kCgroup = 77;

struct OpenModel {
  std::string path;
  uint64_t inode = 0;
  uint64_t offset = 0;
  bool is_deleted = false;
};

struct DescriptorModel {
  std::shared_ptr<OpenModel> file;
  bool close_on_exec = false;
};

struct ProcessModel {
  uint32_t parent = 0;
  std::string exe = "/bin/init";
  std::string cwd = "/";
  std::map<int, DescriptorModel> fds;
};

class Machine {
 public:
  // lost: how many of 100 events are not recorded.
  Machine(uint32_t seed, uint32_t lost) : random_(seed), lost_(lost) {
    processes_[1] = {};
    ProcessState first;
    first.cgroup_id = kCgroup;
    first.exe = processes_[1].exe;
    first.comm = "init";
    trace.process(1, first);
  }

  TraceBuilder trace;

  enum class May { kFork, kNotFork };
  void step(May may = May::kFork);
  void lose(uint32_t lost) { lost_ = lost; }

  // Reads one process after the other while things go on.
  void take_snapshot(uint32_t steps_between) {
    Snapshot snapshot{.time_ns = trace.now_ns() + 1};
    std::vector<uint32_t> pids;
    for (const auto& [pid, process] : processes_) pids.push_back(pid);
    for (const uint32_t pid : pids) {
      for (uint32_t i = 0; i < steps_between; ++i) step(May::kNotFork);
      if (processes_.contains(pid)) snapshot.processes.push_back(state(pid));
    }
    snapshot.end_ns = trace.now_ns() + 1;
    trace.checkpoint(std::move(snapshot));
  }

  // "1 /bin/init cwd=/", "1 3 /a", ...
  [[nodiscard]] Lines lines() const {
    Lines out;
    for (const auto& [pid, process] : processes_) {
      out.push_back(fmt::format("{} {} cwd={}", pid, process.exe, process.cwd));
      for (const auto& [fd, entry] : process.fds)
        out.push_back(line(pid, fd, entry.file->path, entry.file->is_deleted,
                           entry.close_on_exec));
    }
    std::ranges::sort(out);
    return out;
  }
  static std::string line(uint32_t pid, int fd, std::string_view path,
                          bool is_deleted, bool close_on_exec) {
    return fmt::format("{} {} {}{}{}", pid, fd, path,
                       is_deleted ? " deleted" : "",
                       close_on_exec ? " cloexec" : "");
  }
  // Of the open file behind a descriptor.
  [[nodiscard]] uint64_t offset(uint32_t pid, int fd) const {
    return processes_.at(pid).fds.at(fd).file->offset;
  }

 private:
  uint32_t number(size_t limit) { return uint32_t(random_() % limit); }
  void record() {
    trace.events().back().event.cgroup_id = kCgroup;
    if (number(100) < lost_) trace.lose_last();
  }
  int free_fd(const ProcessModel& process) {
    int fd = 3;
    while (process.fds.contains(fd)) ++fd;
    return fd;
  }
  [[nodiscard]] ProcessState state(uint32_t pid) const;
  void open(uint32_t pid, ProcessModel& process);
  void change_names(uint32_t pid);
  void work(uint32_t pid, ProcessModel& process);

  std::mt19937 random_;
  uint32_t lost_;
  std::map<uint32_t, ProcessModel> processes_;
  uint32_t lives_[20] = {};
  uint64_t inodes_ = 100;
};

ProcessState Machine::state(uint32_t pid) const {
  const ProcessModel& process = processes_.at(pid);
  ProcessState out;
  out.task = TaskPart{.pid = pid, .tid = pid, .ns_pid = pid, .ns_tid = pid};
  out.task.parent_pid = process.parent;
  out.task.session = out.task.process_group = pid;
  out.task.pid_namespace = out.task.mnt_namespace = 1;
  out.task.process_start_ns = TraceBuilder::start_of(pid, lives_[pid]);
  out.start_is_exact = true;
  out.cgroup_id = kCgroup;
  out.exe = process.exe;
  out.cwd = process.cwd;
  out.root = "/";
  out.comm = process.exe.substr(process.exe.rfind('/') + 1);
  for (const auto& [fd, entry] : process.fds) {
    FdState told{.fd = fd, .close_on_exec = entry.close_on_exec};
    told.target = entry.file->path;
    if (entry.file->is_deleted) told.target += " (deleted)";
    told.file.inode = entry.file->inode;
    told.file.mode = S_IFREG | 0644;
    told.file.offset = entry.file->offset;
    told.file.open_flags = O_RDWR;
    out.fds.push_back(std::move(told));
  }
  return out;
}

void Machine::open(uint32_t pid, ProcessModel& process) {
  const int fd = free_fd(process);
  const bool close_on_exec = number(2) == 0;
  auto file = std::make_shared<OpenModel>();
  file->path = fmt::format("/file{}", number(8));
  file->inode = ++inodes_;
  trace.open(pid, file->path, fd,
             O_RDWR | O_CREAT | (close_on_exec ? O_CLOEXEC : 0), file->path);
  trace.part(kReturnArg, PartKind::kFile,
             FilePart{.inode = file->inode, .mode = S_IFREG, .nlink = 1});
  process.fds[fd] = {file, close_on_exec};
}

void Machine::change_names(uint32_t pid) {
  const std::string from = fmt::format("/file{}", number(8));
  const std::string to = fmt::format("/file{}", number(8));
  const bool is_rename = number(2) == 0 && from != to;
  if (is_rename)
    trace.rename(pid, from, to);
  else
    trace.unlink(pid, from);
  for (auto& [other, process] : processes_)
    for (auto& [fd, entry] : process.fds) {
      OpenModel& file = *entry.file;
      if (file.is_deleted) continue;
      if (file.path == (is_rename ? to : from)) file.is_deleted = true;
    }
  if (!is_rename) return;
  for (auto& [other, process] : processes_)
    for (auto& [fd, entry] : process.fds)
      if (entry.file->path == from && !entry.file->is_deleted)
        entry.file->path = to;
}

// Something with one of its descriptors.
void Machine::work(uint32_t pid, ProcessModel& process) {
  if (process.fds.empty()) return open(pid, process);
  const auto some = std::next(process.fds.begin(), number(process.fds.size()));
  const int fd = some->first;
  const int to = free_fd(process);
  switch (number(4)) {
    case 0:
      trace.close(pid, fd);
      process.fds.erase(fd);
      return;
    case 1:
      trace.call(pid, "dup", {uint64_t(fd)}, to);
      process.fds[to] = {some->second.file, false};
      return;
    case 2:
      trace.call(pid, "fcntl", {uint64_t(fd), F_SETFD, FD_CLOEXEC}, 0);
      some->second.close_on_exec = true;
      return;
    default: {
      const int64_t size = 1 + number(1'000'000);
      trace.write(pid, fd, size);
      some->second.file->offset += uint64_t(size);
    }
  }
}

void Machine::step(May may) {
  const auto some = std::next(processes_.begin(), number(processes_.size()));
  const uint32_t pid = some->first;
  ProcessModel& process = some->second;
  switch (number(12)) {
    case 0: {
      const uint32_t child = 2 + number(12);
      if (processes_.contains(child) || may == May::kNotFork) return step(may);
      trace.fork(pid, child);
      ++lives_[child];
      ProcessModel made = process;
      made.parent = pid;
      processes_[child] = std::move(made);
      break;
    }
    case 1: {
      process.exe = fmt::format("/bin/program{}", number(5));
      trace.exec(pid, {process.exe});
      std::erase_if(process.fds,
                    [](const auto& fd) { return fd.second.close_on_exec; });
      break;
    }
    case 2:
      if (pid == 1) return step(may);
      trace.exit(pid);
      processes_.erase(pid);
      break;
    case 3:
      process.cwd = fmt::format("/dir{}", number(5));
      trace.chdir(pid, process.cwd);
      break;
    case 4: change_names(pid); break;
    case 5:
    case 6:
    case 7: open(pid, process); break;
    default: work(pid, process); break;
  }
  record();
}

Lines lines_of(Reconstructor& state) {
  Lines out;
  state.tree().for_each_live([&](Process& process) {
    if (!process.row.is_selected) return;
    out.push_back(fmt::format("{} {} cwd={}", process.row.pid, process.row.exe,
                              process.directories->cwd));
    process.fds->for_each([&](int fd, const FdTable::Entry& entry) {
      out.push_back(Machine::line(process.row.pid, fd, entry.file->path,
                                  entry.file->is_deleted, entry.close_on_exec));
    });
  });
  std::ranges::sort(out);
  return out;
}

// "1 3 ": descriptors whose file's name is not observed.
Lines unsure_of(Reconstructor& state) {
  Lines out;
  state.tree().for_each_live([&](Process& process) {
    process.fds->for_each([&](int fd, const FdTable::Entry& entry) {
      if (entry.file->certainty != Certainty::kObserved)
        out.push_back(fmt::format("{} {} ", process.row.pid, fd));
    });
  });
  return out;
}

Lines without(Lines lines, const Lines& beginnings) {
  std::erase_if(lines, [&](const std::string& line) {
    return std::ranges::any_of(beginnings, [&](const std::string& beginning) {
      return line.starts_with(beginning);
    });
  });
  return lines;
}

class Checkpoints : public testing::TestWithParam<uint32_t> {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  void save(TraceBuilder& trace) {
    TraceHeader header;
    header.start = {1'000'000'000, 1'700'000'000'000'000'000};
    trace.save(path_, header, {.chunk_events = 50});
  }
  Instant read(uint64_t time_ns, ReadFrom from, Reconstructor& state) {
    auto instant = read_instant(path_, time_ns, from, state);
    EXPECT_TRUE(instant) << instant.error().message;
    return instant ? *instant : Instant{};
  }
  Lines lines_at(uint64_t time_ns, ReadFrom from) {
    TextPool texts;
    Reconstructor state(texts);
    const Instant instant = read(time_ns, from, state);
    EXPECT_EQ(instant.is_from_start, from == ReadFrom::kStart);
    return lines_of(state);
  }

  std::string path_ =
      std::filesystem::temp_directory_path() /
      fmt::format("vestige-checkpoint-{}-{}.vtrace", getpid(), GetParam());
};

TEST_P(Checkpoints, LeadToTheSameStateAsEverythingBefore) {
  Machine machine(GetParam(), 0);
  for (int i = 0; i < 300; ++i) machine.step();
  const uint64_t before_ns = machine.trace.now_ns();
  const Lines before = machine.lines();
  machine.take_snapshot(GetParam() % 4);
  std::map<uint64_t, Lines> later;
  for (int i = 0; i < 200; ++i) {
    machine.step();
    if (i % 40 == 39) later[machine.trace.now_ns()] = machine.lines();
  }
  save(machine.trace);
  EXPECT_EQ(lines_at(before_ns, ReadFrom::kStart), before);
  for (const auto& [time_ns, expected] : later) {
    EXPECT_EQ(lines_at(time_ns, ReadFrom::kStart), expected);
    EXPECT_EQ(lines_at(time_ns, ReadFrom::kSnapshot), expected);
  }
}

// As in a recording of several files, or a long one: any of them will do, and
// what all of them say together is what each says.
TEST_P(Checkpoints, InARowAgreeWithEachOtherAndWithEverything) {
  Machine machine(GetParam(), 0);
  std::map<uint64_t, Lines> moments;
  for (int part = 0; part < 4; ++part) {
    for (int i = 0; i < 90; ++i) {
      machine.step();
      if (part > 0 && i % 30 == 29)
        moments[machine.trace.now_ns()] = machine.lines();
    }
    machine.take_snapshot((GetParam() + uint32_t(part)) % 4);
    // Two at once, nothing between.
    if (part == 1) machine.take_snapshot(0);
  }
  for (int i = 0; i < 30; ++i) machine.step();
  moments[machine.trace.now_ns()] = machine.lines();
  save(machine.trace);
  size_t unsure = 0;
  for (const auto& [time_ns, expected] : moments) {
    EXPECT_EQ(lines_at(time_ns, ReadFrom::kStart), expected);
    TextPool texts;
    Reconstructor state(texts);
    read(time_ns, ReadFrom::kSnapshot, state);
    unsure += unsure_of(state).size();
    EXPECT_EQ(without(lines_of(state), unsure_of(state)),
              without(expected, unsure_of(state)));
  }
  EXPECT_LE(unsure, 5 * moments.size());
  EXPECT_EQ(machine.trace.facts().gaps.corrections, 0u);
}

TEST_P(Checkpoints, PutRightWhatLossesHadMadeWrong) {
  Machine machine(GetParam(), 25);
  for (int i = 0; i < 300; ++i) machine.step();
  machine.lose(0);
  machine.take_snapshot(GetParam() % 3);
  for (int i = 0; i < 100; ++i) machine.step();
  const uint64_t end_ns = machine.trace.now_ns();
  save(machine.trace);
  EXPECT_EQ(lines_at(end_ns, ReadFrom::kStart), machine.lines());
  EXPECT_EQ(lines_at(end_ns, ReadFrom::kSnapshot), machine.lines());
  EXPECT_GT(machine.trace.facts().gaps.corrections, 0u);
}

TEST_P(Checkpoints, NeverMakeTwoOfAProcess) {
  Machine machine(GetParam(), 0);
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 60; ++i) machine.step();
    machine.take_snapshot(1);
  }
  const Facts& facts = machine.trace.facts();
  std::map<std::pair<uint32_t, uint64_t>, int> count;
  for (const ProcessRow& row : facts.processes)
    EXPECT_EQ(++count[std::pair(row.pid, row.start_ns)], 1) << row.pid;
  EXPECT_EQ(facts.gaps.inferred_processes, 0u);
}

// What it says it knows must be right; it may say that it does not know.
TEST_P(Checkpoints, OffsetsThatAreKnownAreRight) {
  Machine machine(GetParam(), 0);
  for (int i = 0; i < 300; ++i) machine.step();
  machine.take_snapshot(GetParam() % 3);
  for (int i = 0; i < 100; ++i) machine.step();
  save(machine.trace);
  uint64_t known = 0;
  for (const ReadFrom from : {ReadFrom::kStart, ReadFrom::kSnapshot}) {
    TextPool texts;
    Reconstructor state(texts);
    read(machine.trace.now_ns(), from, state);
    state.tree().for_each_live([&](Process& process) {
      process.fds->for_each([&](int fd, const FdTable::Entry& entry) {
        if (!entry.file->is_offset_known) return;
        ++known;
        EXPECT_EQ(entry.file->offset, machine.offset(process.row.pid, fd))
            << process.row.pid << " " << fd << " " << int(from);
      });
    });
  }
  EXPECT_GT(known, 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Checkpoints, testing::Range(1u, 13u));

}  // namespace
}  // namespace vestige
