// SPDX-License-Identifier: Apache-2.0
//
// Reconstructor: which object a path or a descriptor means.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>

#include "replay/reconstructor.h"

namespace vestige {
namespace {

FileIdentity identity_of(const FilePart& file) {
  return {file.dev_major, file.dev_minor, file.inode, file.generation};
}

// The number a piece of text consists of, or -1.
int number_in(std::string_view text) {
  int number = -1;
  const auto end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && at == end ? number : -1;
}

constexpr std::string_view kOwnProc[] = {"/proc/self/", "/proc/thread-self/"};

// "self/maps" and "7/maps" are one file; the reader's name for it is the
// first.
bool is_own_proc(std::string_view asked, std::string_view actual) {
  if (!actual.starts_with("/proc/")) return false;
  actual.remove_prefix(sizeof "/proc/" - 1);
  for (const std::string_view prefix : kOwnProc) {
    if (!asked.starts_with(prefix)) continue;
    const std::string_view rest = asked.substr(prefix.size() - 1);
    return actual.ends_with(rest) || prefix == kOwnProc[1];
  }
  return false;
}

}  // namespace

Reconstructor::Target Reconstructor::target_of(const OpenFile& file) {
  return {.path = file.path,
          .requested = file.requested,
          .certainty = file.certainty,
          .identity = file.identity,
          .layer = file.layer,
          .is_deleted = file.is_deleted};
}

OpenFile& Reconstructor::file_at(const Now& now, int fd, uint8_t arg) {
  FdTable::Entry* entry = now.task.fds->find(fd);
  if (!entry) {
    // Nobody saw it opened: what a snapshot tells of it is news.
    now.task.fds->set(fd, open_files_.create(), false, 0);
    entry = now.task.fds->find(fd);
    if (!entry) {  // a negative number: nobody's descriptor
      nowhere_ = open_files_.create();
      return *nowhere_;
    }
    ++gaps_.unknown_descriptors;
  }
  if (!now.event.parts.empty()) refresh(now, entry->file, arg);
  return *entry->file;
}

void Reconstructor::refresh(const Now& now, OpenFileRef& file, uint8_t arg) {
  if (const Part* part = now.event.part(arg, PartKind::kSocket)) {
    const auto socket = read_part<SocketPart>(*part);
    const bool is_known = file->kind == OpenFileKind::kSocket;
    const uint64_t inode =
        is_known ? sockets_.row(sockets_.get(file->socket).own).inode : 0;
    const bool is_other =
        inode != 0 && socket.inode != 0 && inode != socket.inode;
    if (!is_known || is_other)
      file = make_socket(now, socket.family, socket.type, socket.protocol);
    sockets_.observe(file->socket, socket);
    return;
  }
  const Part* part = now.event.part(arg, PartKind::kFile);
  if (!part) return;
  const auto seen = read_part<FilePart>(*part);
  const bool is_same = file->identity == identity_of(seen);
  if (is_same || file->identity.inode == 0) {
    file->is_deleted = seen.nlink == 0 && S_ISREG(seen.mode);
    if (file->kind == OpenFileKind::kPipe) file->identity = identity_of(seen);
    if (file->kind != OpenFileKind::kUnknown) return;
  }
  Target target;
  observe(now, target, now.event.part(arg, PartKind::kPath), part);
  file = make_file(target, seen.open_flags);
}

OpenFileRef Reconstructor::make_file(const Target& target, uint32_t flags) {
  OpenFileRef file = open_files_.create();
  // Nobody opens a socket by its name in /proc, whatever a trace says.
  const bool is_socket = target.kind == OpenFileKind::kSocket;
  file->kind = is_socket ? OpenFileKind::kUnknown : target.kind;
  file->path = target.path;
  file->requested = target.requested;
  file->certainty = target.certainty;
  file->identity = target.identity;
  file->layer = target.layer;
  file->is_deleted = target.is_deleted;
  file->flags = flags;
  file->is_offset_known = true;
  return file;
}

OpenFileRef Reconstructor::make_anonymous(OpenFileKind kind,
                                          std::string_view path) {
  OpenFileRef file = open_files_.create();
  file->kind = kind;
  file->path = keep(path);
  file->certainty = Certainty::kObserved;
  return file;
}

// What the kernel says about an object goes over what was concluded.
void Reconstructor::observe(const Now& now, Target& target, const Part* path,
                            const Part* file) {
  uint32_t mode = 0;
  if (file) {
    const auto seen = read_part<FilePart>(*file);
    mode = seen.mode;
    target.identity = identity_of(seen);
    target.layer = seen.layer;
    target.is_deleted = seen.nlink == 0 && !S_ISDIR(mode);
    if (S_ISFIFO(mode) && seen.fs_magic == PIPEFS_MAGIC) {
      target.kind = OpenFileKind::kPipe;
      target.path = keep(fmt::format("pipe:[{}]", seen.inode));
      target.certainty = Certainty::kObserved;
      return;
    }
  }
  if (!path || path->data.empty() || path->flags & kPartTruncated) return;
  // Objects without a place in the tree are reported as "/".
  if (path->data == "/" && file && !S_ISDIR(mode)) return;
  target.kind = OpenFileKind::kFile;
  target.certainty = Certainty::kObserved;
  const std::string_view root = now.task.directories->root;
  if (root == "/" && target.path == path->data) return;
  const std::string_view actual =
      root == "/" ? keep(path->data) : keep(below_root(root, path->data));
  if (target.path.data() == actual.data()) return;
  const std::string_view asked =
      target.requested.empty() ? target.path : target.requested;
  if (is_own_proc(asked, actual)) {
    target.path = asked;
    target.requested = {};
    return;
  }
  if (root == "/" && !asked.empty()) paths_.learn_directory(asked, actual);
  target.requested = asked.data() == actual.data() ? "" : asked;
  target.path = actual;
}

Reconstructor::Target Reconstructor::target_of_fd(const Now& now, int fd,
                                                  uint8_t arg) {
  OpenFile& file = file_at(now, fd, arg);
  Target target = target_of(file);
  target.kind = file.kind;
  target.file = &file;
  return target;
}

Reconstructor::Target Reconstructor::target_of(const Now& now, int nth,
                                               LastLink last) {
  const auto path = now.call.path(nth);
  if (!path) return target_of_fd(now, now.call.fd(0), 0);
  Target target{.kind = OpenFileKind::kFile};
  if (!path->is_known) return target;
  const Directories& at = *now.task.directories;
  const uint8_t dirfd_arg = path->arg == 0 ? 0 : path->arg - 1;
  const bool is_at_cwd = !path->has_dirfd || path->dirfd == AT_FDCWD;
  if (path->text.empty()) {
    if (!is_at_cwd) return target_of_fd(now, path->dirfd, dirfd_arg);
    target.path = at.cwd;
    target.certainty = at.cwd_certainty;
    return target;
  }
  std::string_view base = at.cwd;
  target.certainty = Certainty::kInferred;
  if (path->text.starts_with('/')) {
    base = at.root;
  } else if (!is_at_cwd) {
    base = file_at(now, path->dirfd, dirfd_arg).path;
  }
  if (!base.starts_with('/')) {
    ++gaps_.unknown_paths;
    target.path = keep(path->text);
    target.certainty = Certainty::kUnknown;
    return target;
  }
  if (path->is_truncated) target.certainty = Certainty::kUnknown;
  resolve(now, base, path->text, last, target);
  return target;
}

// The kernel told which object the path led to: no need to follow links.
bool Reconstructor::has_told(const Now& now) {
  const Part* path = now.call.returned(PartKind::kPath);
  return path && path->data.size() > 1;
}

void Reconstructor::resolve(const Now& now, std::string_view base,
                            std::string_view text, LastLink last,
                            Target& target) {
  const std::string_view root = now.task.directories->root;
  PathResolver::Name& name = paths_.name(root, base, text);
  const std::string_view asked = name.joined();
  if (last == LastLink::kFollow && resolve_magic(now, asked, target)) return;
  target.path = asked;
  if (has_told(now)) return;
  const std::string_view actual = paths_.actual(name, root, base, last);
  if (actual.data() == asked.data()) return;
  target.requested = std::exchange(target.path, actual);
}

// /proc/self/fd/3 and its like lead to what the descriptor stands for.
bool Reconstructor::resolve_magic(const Now& now, std::string_view path,
                                  Target& target) {
  std::string_view rest = path;
  Process* process = &now.process;
  if (rest.starts_with("/dev/fd/")) {
    rest.remove_prefix(sizeof "/dev/" - 1);
  } else if (rest == "/dev/stdin" || rest == "/dev/stdout" ||
             rest == "/dev/stderr") {
    rest = rest.ends_with("in")    ? "fd/0"
           : rest.ends_with("out") ? "fd/1"
                                   : "fd/2";
  } else if (rest.starts_with("/proc/")) {
    rest.remove_prefix(sizeof "/proc/" - 1);
    const size_t slash = rest.find('/');
    if (slash == std::string_view::npos) return false;
    const std::string_view owner = rest.substr(0, slash);
    rest.remove_prefix(slash + 1);
    if (owner != "self" && owner != "thread-self")
      process = tree_.find_from(now.process, number_in(owner));
  } else {
    return false;
  }
  if (!process || !process->fds) return false;
  FdTable& fds = process == &now.process ? *now.task.fds : *process->fds;
  if (rest.starts_with("fd/")) {
    FdTable::Entry* entry = fds.find(number_in(rest.substr(3)));
    if (!entry || entry->file->path.empty()) return false;
    target = target_of(*entry->file);
    target.kind = entry->file->kind;
  } else if (rest == "exe" && !process->row.exe.empty()) {
    target.path = process->row.exe;
  } else if (rest == "cwd" && !process->directories->cwd.empty()) {
    target.path = process->directories->cwd;
  } else if (rest == "root") {
    target.path = process->directories->root;
  } else {
    return false;
  }
  target.requested = keep(path);
  if (target.certainty == Certainty::kObserved)
    target.certainty = Certainty::kInferred;
  return true;
}

void Reconstructor::install(const Now& now, int fd, OpenFileRef file,
                            bool close_on_exec) {
  // The snapshot knew the outcome of an event that it overlaps.
  if (now.event.time_ns <= settled_ns_ && file->kind == OpenFileKind::kUnknown)
    if (const FdTable::Entry* entry = now.task.fds->find(fd);
        entry && entry->file->kind != OpenFileKind::kUnknown)
      return;
  // dup2() and the like close what was there.
  if (const FdTable::Entry* entry = now.task.fds->find(fd);
      entry && entry->file->socket != 0 && entry->file.get() != file.get())
    close(now, fd);
  now.task.fds->set(fd, std::move(file), close_on_exec, now.event.time_ns);
}

// While a snapshot is taken names change: it may have been given this one
// afterwards, and another had it before.
void Reconstructor::doubt_name(OpenFile& file) {
  const bool is_of_snapshot = file.settled_ns != 0;
  if (is_of_snapshot && time_ns_ <= settled_ns_)
    file.certainty = std::max(file.certainty, Certainty::kInferred);
}

// Names that stood for a file, or for something below a directory.
void Reconstructor::renamed(std::string_view from, std::string_view to) {
  if (from.empty()) return;  // not known
  const auto moved = [&](std::string_view path) {
    return keep(std::string(to).append(path.substr(from.size())));
  };
  open_files_.for_each([&](OpenFile& file) {
    if (!is_within(file.path, from) || file.is_deleted) return;
    doubt_name(file);
    file.path = moved(file.path);
    file.requested = {};
    file.named_ns = time_ns_;
    file.read = file.written = {};
  });
  tree_.for_each_live([&](Process& process) {
    Directories& directories = *process.directories;
    if (!is_within(directories.cwd, from)) return;
    directories.cwd = moved(directories.cwd);
    directories.changed_ns = time_ns_;
  });
  paths_.rename(from, to);
  if (watcher_) watcher_->on_rename(from, to);
}

void Reconstructor::unlinked(std::string_view path) {
  open_files_.for_each([&](OpenFile& file) {
    if (file.path.data() != path.data() || file.is_deleted) return;
    doubt_name(file);
    file.is_deleted = true;
    file.named_ns = time_ns_;
    file.read = file.written = {};
  });
  paths_.forget(path);
}

}  // namespace vestige
