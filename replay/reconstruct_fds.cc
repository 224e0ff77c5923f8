// SPDX-License-Identifier: Apache-2.0
//
// Reconstructor: descriptors that come, go and are shared.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>

#include <cstring>

#include "replay/reconstructor.h"

namespace vestige {
namespace {

// Close-on-exec has the same bit in O_, SOCK_, EFD_, SFD_, TFD_, IN_ and
// EPOLL_ flags, but not in MFD_ ones.
constexpr uint64_t kMfdCloexec = 1;

bool is_cloexec(const Call& call) {
  for (const ArgKind kind :
       {ArgKind::kDupFlags, ArgKind::kPipeFlags, ArgKind::kAcceptFlags,
        ArgKind::kEventfdFlags, ArgKind::kSignalfdFlags, ArgKind::kTimerfdFlags,
        ArgKind::kEpollCreateFlags, ArgKind::kInotifyFlags,
        ArgKind::kUserfaultfdFlags})
    if (const auto flags = call.value(kind)) return *flags & O_CLOEXEC;
  if (const auto flags = call.value(ArgKind::kMemfdFlags))
    return *flags & kMfdCloexec;
  // pidfds are always so.
  return call.value(ArgKind::kPidfdFlags).has_value();
}

}  // namespace

void Reconstructor::on_close(const Now& now) {
  // The kernel frees the number even when close() reports an error.
  if (now.call.error() == EBADF) return;
  // Another thread was given the number before this call had returned.
  if ((now.event.flags & kHasEnter) &&
      now.task.fds->changed_ns(now.call.fd()) > now.event.enter_ns())
    return;
  close(now, now.call.fd());
}

void Reconstructor::close(const Now& now, int fd) {
  const FdTable::Entry* entry = now.task.fds->find(fd);
  const OpenFileRef file =
      entry && entry->file->socket != 0 ? entry->file : OpenFileRef();
  now.task.fds->close(fd, now.event.time_ns);
  disown(now.process, now.task.fds, file, moment(now));
}

void Reconstructor::on_dup(const Now& now) {
  if (now.call.failed()) return;
  const int from = now.call.fd();
  const int to = int(now.event.ret);
  if (from == to) return;
  file_at(now, from, 0);
  if (FdTable::Entry* entry = now.task.fds->find(from))
    install(now, to, entry->file, is_cloexec(now.call));
}

void Reconstructor::on_fcntl(const Now& now) {
  if (now.call.failed()) return;
  const int fd = now.call.fd();
  const auto command = now.call.value(ArgKind::kFcntlCommand);
  const auto argument = now.call.value(ArgKind::kVariant);
  if (!command || !argument) return;
  OpenFile& file = file_at(now, fd, 0);
  FdTable::Entry* entry = now.task.fds->find(fd);
  if (!entry) return;
  switch (*command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      return install(now, int(now.event.ret), entry->file,
                     *command == F_DUPFD_CLOEXEC);
    case F_SETFD:
      entry->close_on_exec = *argument & FD_CLOEXEC;
      entry->changed_ns = now.event.time_ns;
      return;
    case F_SETFL: {
      // Only these can be changed on an open file: see fcntl(2).
      constexpr uint32_t kSettable =
          O_APPEND | O_ASYNC | O_DIRECT | O_NOATIME | O_NONBLOCK;
      file.flags =
          (file.flags & ~kSettable) | (uint32_t(*argument) & kSettable);
      return;
    }
    default: return;
  }
}

std::optional<std::array<int, 2>> Reconstructor::fd_pair(const Now& now) {
  const Part* part = now.call.part(PartKind::kFds);
  if (!part) part = now.call.part(PartKind::kBytes);
  std::array<int, 2> fds = {};
  if (!part || part->data.size() < sizeof fds) return std::nullopt;
  std::memcpy(fds.data(), part->data.data(), sizeof fds);
  return fds;
}

void Reconstructor::on_pipe(const Now& now) {
  if (now.call.failed()) return;
  const auto fds = fd_pair(now);
  if (!fds) return;
  // Nobody told its inode yet; both ends have one name.
  const std::string name =
      fmt::format("pipe:#{}.{}", now.at.chunk, now.at.index);
  for (const int end : {0, 1}) {
    OpenFileRef file = make_anonymous(OpenFileKind::kPipe, name);
    file->flags = end == 0 ? O_RDONLY : O_WRONLY;
    install(now, (*fds)[end], std::move(file), is_cloexec(now.call));
  }
}

void Reconstructor::on_new_fd(const Now& now) {
  const auto memfd = now.call.value(ArgKind::kMemfdFlags);
  const auto label = now.call.string();
  const bool is_memfd = memfd && label;
  const std::string_view name =
      keep(is_memfd ? fmt::format("memfd:{}", *label)
                    : fmt::format("anon:{}", now.call.name()));
  Target target{
      .path = name,
      .certainty = Certainty::kObserved,
      .kind = is_memfd ? OpenFileKind::kMemfd : OpenFileKind::kAnonymous};
  if (const Part* file = now.call.returned(PartKind::kFile))
    observe(now, target, nullptr, file);
  target.is_deleted = false;  // it never had a name
  if (is_memfd) add(now, FileOp::kMemfd, target);
  if (now.call.failed()) return;
  OpenFileRef file = make_file(target, O_RDWR);
  if (const auto pid = now.call.value(ArgKind::kPid))
    if (const Process* of = tree_.find_from(now.process, int32_t(*pid)))
      file->refers_to = of->row.id;
  install(now, int(now.event.ret), std::move(file), is_cloexec(now.call));
}

void Reconstructor::on_close_range(const Now& now) {
  if (now.call.failed()) return;
  const auto first = now.call.value(ArgKind::kFdNumber, 0);
  const auto last = now.call.value(ArgKind::kFdNumber, 1);
  const auto flags = now.call.value(ArgKind::kCloseRangeFlags);
  if (!first || !last || !flags) return;
  if (*flags & CLOSE_RANGE_UNSHARE) unshare_fds(now.task);
  FdTable& fds = *now.task.fds;
  if (*flags & CLOSE_RANGE_CLOEXEC)
    return fds.set_close_on_exec(uint32_t(*first), uint32_t(*last),
                                 now.event.time_ns);
  std::vector<OpenFileRef> sockets = sockets_in(fds);
  fds.close_range(uint32_t(*first), uint32_t(*last), now.event.time_ns);
  disown(now, sockets);
}

void Reconstructor::unshare_fds(Task& task) {
  const bool is_leaders = task.fds == task.process->fds;
  task.fds = std::make_shared<FdTable>(*task.fds);
  if (is_leaders && task.tid == task.process->row.pid)
    task.process->fds = task.fds;
}

void Reconstructor::on_pidfd_getfd(const Now& now) {
  if (now.call.failed()) return;
  const OpenFile& pidfd = file_at(now, now.call.fd(), 0);
  const auto wanted = now.call.value(ArgKind::kFdNumber);
  Process* const owner = tree_.get(pidfd.refers_to);
  OpenFileRef file;
  if (owner && owner->fds && wanted)
    if (FdTable::Entry* entry = owner->fds->find(int32_t(*wanted)))
      file = entry->file;
  if (!file) file = open_files_.create();
  install(now, int(now.event.ret), std::move(file), true);
}

void Reconstructor::on_seek(const Now& now) {
  if (now.call.failed()) return;
  OpenFile& file = file_at(now, now.call.fd(), 0);
  file.offset = uint64_t(now.event.ret);
  file.is_offset_known = true;
}

}  // namespace vestige
