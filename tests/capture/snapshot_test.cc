// SPDX-License-Identifier: Apache-2.0
// Both sources of snapshots, asked of the same processes at the same time.
#include "capture/snapshot.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <linux/magic.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <optional>
#include <set>
#include <thread>

#include "capture/cgroup.h"
#include "capture/kernel_processes.h"
#include "capture/proc_process.h"
#include "tests/capture/agent.h"
#include "tests/support/privileged.h"

namespace vestige::testing {
namespace {

using ::testing::IsEmpty;

// In a child there is nobody to report to but the exit code.
void must(bool is_done) {
  if (!is_done) _exit(1);
}

void write_text(const std::string& path, std::string_view text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
  must(fd >= 0 && write(fd, text.data(), text.size()) == ssize_t(text.size()));
  close(fd);
}

// A layered root as containers have it, files of both layers, open.
void open_layered_files(const std::string& directory) {
  const auto at = [&](const char* name) { return directory + "/" + name; };
  for (const char* name : {"lower", "upper", "work", "merged"})
    must(mkdir(at(name).c_str(), 0755) == 0);
  write_text(at("lower/of_image"), "image");
  const std::string layers = fmt::format("lowerdir={},upperdir={},workdir={}",
                                         at("lower"), at("upper"), at("work"));
  must(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
       mount("overlay", at("merged").c_str(), "overlay", 0, layers.c_str()) ==
           0);
  write_text(at("merged/of_container"), "container");
  must(open(at("merged/of_image").c_str(), O_RDONLY) >= 0);
  must(open(at("merged/of_container").c_str(), O_RDWR | O_APPEND) >= 0);
}

void open_files(const std::string& directory) {
  const std::string kept = directory + "/kept\nof two lines";
  const std::string gone = directory + "/gone";
  write_text(kept, "0123456789");
  write_text(gone, "gone");
  const int fd = open(kept.c_str(), O_RDWR | O_CLOEXEC);
  must(fd >= 0 && lseek(fd, 7, SEEK_SET) == 7 && dup(fd) >= 0);
  must(open(gone.c_str(), O_RDONLY) >= 0 && unlink(gone.c_str()) == 0);
  must(open(directory.c_str(), O_RDONLY | O_DIRECTORY) >= 0);
  must(open(kept.c_str(), O_PATH) >= 0);
  must(open("/dev/null", O_WRONLY | O_NONBLOCK) >= 0);
  must(memfd_create("hidden", MFD_CLOEXEC) >= 0);
  must(eventfd(0, 0) >= 0 && epoll_create1(0) >= 0);
  int ends[2];
  must(pipe2(ends, O_NONBLOCK) == 0 && fcntl(ends[0], F_DUPFD, 200) == 200);
}

template <typename Address>
void bind_to(int fd, const Address& address) {
  must(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
       0);
}

void bring_loopback_up() {
  ifreq lo = {.ifr_ifrn = {"lo"}, .ifr_ifru = {}};
  lo.ifr_flags = IFF_UP;
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  must(ioctl(fd, SIOCSIFFLAGS, &lo) == 0);
  close(fd);
}

void open_sockets() {
  bring_loopback_up();
  int ends[2];
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  sockaddr_in here = {};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof here;
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bind_to(listener, here);
  must(listen(listener, 1) == 0 &&
       getsockname(listener, reinterpret_cast<sockaddr*>(&here), &size) == 0);
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  must(connect(client, reinterpret_cast<sockaddr*>(&here), sizeof here) == 0 &&
       accept(listener, nullptr, nullptr) >= 0);
  must(connect(socket(AF_INET, SOCK_DGRAM, 0),
               reinterpret_cast<sockaddr*>(&here), sizeof here) == 0);
  sockaddr_in6 any = {};
  any.sin6_family = AF_INET6;
  const int six = socket(AF_INET6, SOCK_STREAM, 0);
  if (six < 0) return;  // not every kernel has it
  bind_to(six, any);
  must(listen(six, 1) == 0);
}

void* sleep_for_ever(void* name) {
  prctl(PR_SET_NAME, name);
  while (true) pause();
}

// What the first process of the container does.
[[noreturn]] void live(const std::string& directory, int ready) {
  must(mkdir(directory.c_str(), 0755) == 0);
  open_files(directory);
  open_sockets();
  open_layered_files(directory);
  must(chdir(directory.c_str()) == 0);
  pthread_t thread;
  static char name[] = "a) thread";
  must(pthread_create(&thread, nullptr, sleep_for_ever, name) == 0);
  const pid_t child = fork();
  if (child == 0) {
    must(setsid() > 0 && setregid(12, 13) == 0 && setreuid(10, 11) == 0);
    must(write(ready, "x", 1) == 1);
    while (true) pause();
  }
  while (true) pause();
}

// A container: a cgroup, namespaces and processes of its own.
class Container {
 public:
  Container()
      : cgroup_(*Cgroup::create(fmt::format("snapshot-test-{}", getpid()))) {
    int ready[2];
    EXPECT_EQ(pipe(ready), 0);
    keeper_ = fork();
    if (keeper_ == 0) {
      must(bool(cgroup_.move_here(getpid())));
      must(unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS) ==
           0);
      if (fork() == 0) live(directory_ / "of_container", ready[1]);
      while (true) pause();
    }
    close(ready[1]);
    char byte;
    is_ready_ = read(ready[0], &byte, 1) == 1;
    close(ready[0]);
  }
  ~Container() {
    for (const pid_t pid : cgroup_.processes()) kill(pid, SIGKILL);
    waitpid(keeper_, nullptr, 0);
    while (cgroup_.is_populated())
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    cgroup_.remove();
  }

  [[nodiscard]] bool is_ready() const { return is_ready_; }
  [[nodiscard]] const Cgroup& cgroup() const { return cgroup_; }

 private:
  ScratchDirectory directory_;
  Cgroup cgroup_;
  pid_t keeper_ = -1;
  bool is_ready_ = false;
};

// Lists what is not the same, with a word on what it is of.
class Differences {
 public:
  template <typename T>
  void look(std::string_view what, const T& proc, const T& kernel) {
    if (proc == kernel) return;
    if constexpr (fmt::is_formattable<T>())
      all_.push_back(fmt::format("{} {}: /proc says {}, the kernel {}", of_,
                                 what, proc, kernel));
    else
      all_.push_back(fmt::format("{} {}", of_, what));
  }
  void set_of(std::string of) { of_ = std::move(of); }
  [[nodiscard]] const std::vector<std::string>& all() const { return all_; }

 private:
  std::string of_;
  std::vector<std::string> all_;
};

void compare(const TaskPart& proc, const TaskPart& kernel, Differences& found) {
  found.look("tid", proc.tid, kernel.tid);
  found.look("ns_pid", proc.ns_pid, kernel.ns_pid);
  found.look("ns_tid", proc.ns_tid, kernel.ns_tid);
  found.look("parent", proc.parent_pid, kernel.parent_pid);
  found.look("session", proc.session, kernel.session);
  found.look("group", proc.process_group, kernel.process_group);
  found.look("pid namespace", proc.pid_namespace, kernel.pid_namespace);
  found.look("mnt namespace", proc.mnt_namespace, kernel.mnt_namespace);
  found.look("net namespace", proc.net_namespace, kernel.net_namespace);
  // /proc rounds to clock ticks.
  const uint64_t tick = 1'000'000'000 / uint64_t(sysconf(_SC_CLK_TCK));
  found.look("start", proc.start_ns / tick, kernel.start_ns / tick);
  found.look("process start", proc.process_start_ns / tick,
             kernel.process_start_ns / tick);
  found.look("parent's start", proc.parent_start_ns / tick,
             kernel.parent_start_ns / tick);
}

// Secure bits are not in /proc.
void compare(const CredentialsPart& proc, const CredentialsPart& kernel,
             Differences& found) {
  CredentialsPart known = kernel;
  known.securebits = proc.securebits;
  found.look("credentials", std::memcmp(&proc, &known, sizeof proc), 0);
}

// Generation and layer are not in /proc. Of a layered file stat() tells
// whatever number the layers make up, events and iterators the inode's own.
void compare(const FilePart& proc, const FilePart& kernel, Differences& found) {
  found.look("mode", proc.mode, kernel.mode);
  found.look("size", proc.size, kernel.size);
  found.look("nlink", proc.nlink, kernel.nlink);
  found.look("uid", proc.uid, kernel.uid);
  found.look("gid", proc.gid, kernel.gid);
  found.look("file system", proc.fs_magic, kernel.fs_magic);
  if (proc.fs_magic == OVERLAYFS_SUPER_MAGIC) return;
  found.look("inode", proc.inode, kernel.inode);
  found.look("major", proc.dev_major, kernel.dev_major);
  found.look("minor", proc.dev_minor, kernel.dev_minor);
}

void compare(const SocketPart& proc, const SocketPart& kernel,
             Differences& found) {
  found.look("family", proc.family, kernel.family);
  found.look("type", proc.type, kernel.type);
  found.look("local port", proc.local_port, kernel.local_port);
  found.look("peer port", proc.peer_port, kernel.peer_port);
  found.look("namespace", proc.net_namespace, kernel.net_namespace);
  found.look("socket inode", proc.inode, kernel.inode);
  found.look("local address",
             std::memcmp(proc.local_address, kernel.local_address, 16), 0);
  found.look("peer address",
             std::memcmp(proc.peer_address, kernel.peer_address, 16), 0);
  // /proc/net/unix has other states, and no peers.
  if (proc.family == AF_UNIX) return;
  found.look("protocol", proc.protocol, kernel.protocol);
  found.look("state", proc.state, kernel.state);
}

void compare(const FdState& proc, const FdState& kernel, Differences& found) {
  found.look("close-on-exec", proc.close_on_exec, kernel.close_on_exec);
  found.look("target", proc.target, kernel.target);
  found.look("offset", proc.file.offset, kernel.file.offset);
  found.look("flags", proc.file.open_flags, kernel.file.open_flags);
  compare(proc.file, kernel.file, found);
  found.look("is a socket", proc.socket.has_value(), kernel.socket.has_value());
  if (proc.socket && kernel.socket)
    compare(*proc.socket, *kernel.socket, found);
}

void compare(const ProcessState& proc, const ProcessState& kernel,
             Differences& found) {
  found.set_of(fmt::format("process {}", proc.task.pid));
  compare(proc.task, kernel.task, found);
  compare(proc.credentials, kernel.credentials, found);
  found.look("cgroup", proc.cgroup_id, kernel.cgroup_id);
  found.look("comm", proc.comm, kernel.comm);
  found.look("exe", proc.exe, kernel.exe);
  compare(proc.exe_file, kernel.exe_file, found);
  found.look("cwd", proc.cwd, kernel.cwd);
  found.look("root", proc.root, kernel.root);
  found.look("argv", proc.argv, kernel.argv);
  found.look("env", proc.env, kernel.env);
  found.look("threads", proc.threads.size(), kernel.threads.size());
  for (size_t i = 0; i < std::min(proc.threads.size(), kernel.threads.size());
       ++i) {
    found.look("thread", proc.threads[i].tid, kernel.threads[i].tid);
    found.look("thread's ns_tid", proc.threads[i].ns_tid,
               kernel.threads[i].ns_tid);
    found.look("thread's comm", proc.threads[i].comm, kernel.threads[i].comm);
  }
  found.look("descriptors", proc.fds.size(), kernel.fds.size());
  for (size_t i = 0; i < std::min(proc.fds.size(), kernel.fds.size()); ++i) {
    found.set_of(fmt::format("process {} fd {} {}", proc.task.pid,
                             proc.fds[i].fd, proc.fds[i].target));
    found.look("number", proc.fds[i].fd, kernel.fds[i].fd);
    compare(proc.fds[i], kernel.fds[i], found);
  }
}

class SnapshotSources : public ::testing::Test {
 protected:
  void SetUp() override {
    if (auto why = support::why_unprivileged()) VESTIGE_SKIP(*why);
    container_.emplace();
  }
  Snapshot take(ProcessSource& source) {
    ProcessSource* const sources[] = {&source};
    SnapshotResult taken =
        take_snapshot(container_->cgroup(), sources, [this] { ++breaths_; });
    // An ancestor outside may well deny to be looked at.
    for (const Loss& loss : taken.losses)
      EXPECT_NE(loss.reason, LossReason::kSnapshotRace);
    std::ranges::sort(taken.snapshot.processes, {},
                      [](const ProcessState& one) { return one.task.pid; });
    return std::move(taken.snapshot);
  }

  std::optional<Container> container_;  // needs what a skipped test lacks
  int breaths_ = 0;
};

TEST_F(SnapshotSources, SayTheSameOfALiveContainer) {
  ASSERT_TRUE(container_->is_ready());
  auto kernel_source = KernelProcesses::open();
  ASSERT_TRUE(kernel_source) << kernel_source.error().message;
  ProcProcesses proc_source;
  const Snapshot proc = take(proc_source);
  const Snapshot kernel = take(*kernel_source);
  EXPECT_EQ(proc.source, SnapshotSource::kProc);
  EXPECT_EQ(kernel.source, SnapshotSource::kKernel);
  EXPECT_GE(breaths_, 6);
  ASSERT_EQ(proc.processes.size(), kernel.processes.size());
  Differences found;
  size_t selected = 0, descriptors = 0;
  for (size_t i = 0; i < proc.processes.size(); ++i) {
    compare(proc.processes[i], kernel.processes[i], found);
    selected += proc.processes[i].is_selected;
    descriptors += proc.processes[i].fds.size();
  }
  EXPECT_EQ(selected, 3u);
  EXPECT_GT(descriptors, 60u);
  EXPECT_THAT(found.all(), IsEmpty());
  EXPECT_EQ(proc.mounts.size(), kernel.mounts.size());
}

TEST_F(SnapshotSources, OfTheKernelSayMore) {
  ASSERT_TRUE(container_->is_ready());
  auto source = KernelProcesses::open();
  ASSERT_TRUE(source);
  const Snapshot snapshot = take(*source);
  std::set<Layer> layers;
  uint64_t peers = 0;
  for (const ProcessState& process : snapshot.processes) {
    if (!process.is_selected) continue;
    EXPECT_TRUE(process.start_is_exact);
    for (const FdState& fd : process.fds) {
      layers.insert(fd.file.layer);
      peers += fd.socket && fd.socket->peer_inode != 0;
    }
  }
  EXPECT_TRUE(layers.contains(Layer::kUpper));
  EXPECT_TRUE(layers.contains(Layer::kLower));
  EXPECT_EQ(peers, 4u);  // both ends of a pair, in two processes
}

TEST_F(SnapshotSources, CountWhatTheyHaveNoRoomFor) {
  ASSERT_TRUE(container_->is_ready());
  const ProcessLimits limits = {.fds = 10, .threads = 1};
  auto kernel = KernelProcesses::open(limits);
  ASSERT_TRUE(kernel);
  ProcProcesses proc(limits), unlimited;
  const Snapshot whole = take(unlimited);
  for (ProcessSource* const source : {static_cast<ProcessSource*>(&*kernel),
                                      static_cast<ProcessSource*>(&proc)}) {
    ProcessSource* const sources[] = {source};
    const SnapshotResult taken =
        take_snapshot(container_->cgroup(), sources, [] {});
    uint64_t kept = 0, all = 0, counted = 0;
    for (const ProcessState& process : taken.snapshot.processes)
      kept += process.fds.size() + process.threads.size();
    for (const ProcessState& process : whole.processes)
      all += process.fds.size() + process.threads.size();
    for (const Loss& loss : taken.losses)
      if (loss.reason == LossReason::kSnapshotTooLarge) counted += loss.count;
    EXPECT_GT(counted, 0u);
    EXPECT_EQ(kept + counted, all);
  }
}

class Broken : public ProcessSource {
 public:
  [[nodiscard]] SnapshotSource kind() const override {
    return SnapshotSource::kKernel;
  }
  Result<void> read(const Cgroup&, const Sink&, const std::function<void()>&,
                    ProcessMisses&) override {
    return Error{ErrorKind::kSystem, "refused"};
  }
};

TEST_F(SnapshotSources, FallBackToTheNext) {
  ASSERT_TRUE(container_->is_ready());
  Broken broken;
  ProcProcesses proc;
  ProcessSource* const sources[] = {&broken, &proc};
  const SnapshotResult taken =
      take_snapshot(container_->cgroup(), sources, [] {});
  EXPECT_EQ(taken.snapshot.source, SnapshotSource::kProc);
  EXPECT_EQ(std::ranges::count(taken.snapshot.processes, true,
                               &ProcessState::is_selected),
            3);
}

}  // namespace
}  // namespace vestige::testing
