// SPDX-License-Identifier: Apache-2.0
//
// Reconstructor: what happens to files and names.
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "replay/reconstructor.h"

namespace vestige {
namespace {

constexpr uint32_t kModeBits = 07777;

// Calls that are about a symlink itself although their flags do not say so.
constexpr std::string_view kAboutLinks[] = {
    "lstat",        "lstat64",   "lchown",     "lchown32", "lsetxattr",
    "lremovexattr", "lgetxattr", "llistxattr", "readlink", "readlinkat",
};

LastLink last_link(const Call& call) {
  const bool is_about_link =
      (call.at_flags() & AT_SYMLINK_NOFOLLOW) ||
      std::ranges::find(kAboutLinks, call.name()) != std::end(kAboutLinks);
  return is_about_link ? LastLink::kKeep : LastLink::kFollow;
}

// The modification time that a call sets, CLOCK_REALTIME; nothing when that is
// the present, or left alone.
std::optional<int64_t> modification_time(const Call& call) {
  constexpr uint64_t kSecond_ns = 1'000'000'000;
  const auto whole = [&](ArgKind kind, size_t at) {
    return call.struct_u64(kind, at);
  };
  if (const auto seconds = whole(ArgKind::kTimespecPair, 16)) {
    const auto rest_ns = whole(ArgKind::kTimespecPair, 24);
    if (!rest_ns || *rest_ns == UTIME_NOW || *rest_ns == UTIME_OMIT)
      return std::nullopt;
    return int64_t(*seconds * kSecond_ns + *rest_ns);
  }
  if (const auto seconds = whole(ArgKind::kTimevalPair, 16)) {
    const auto rest_us = whole(ArgKind::kTimevalPair, 24);
    return int64_t(*seconds * kSecond_ns + rest_us.value_or(0) * 1000);
  }
  if (const auto seconds = whole(ArgKind::kUtimbuf, 8))
    return int64_t(*seconds * kSecond_ns);
  return std::nullopt;
}

}  // namespace

// Whether O_CREAT made the file or found it: the kernel's word when there is
// one.
bool Reconstructor::was_created(const Now& now, uint64_t flags) const {
  if (!(flags & O_CREAT) && (flags & O_TMPFILE) != O_TMPFILE) return false;
  const Part* file = now.call.returned(PartKind::kFile);
  return !file || (flags & O_EXCL) || (flags & O_TMPFILE) == O_TMPFILE ||
         (file->flags & kPartCreated);
}

void Reconstructor::on_open(const Now& now) {
  const uint64_t flags = now.call.open_flags();
  Target target = target_of(
      now, 0, flags & O_NOFOLLOW ? LastLink::kKeep : LastLink::kFollow);
  const bool failed = now.call.failed();
  if (!failed)
    observe(now, target, now.call.returned(PartKind::kPath),
            now.call.returned(PartKind::kFile));
  const bool is_created = !failed && was_created(now, flags);
  add(now, FileOp::kOpen, target);
  if (failed) return;
  if (is_created) {
    FileRow made = row_of(now, FileOp::kCreate, target);
    const Part* file = now.call.returned(PartKind::kFile);
    made.has_mode = file || now.call.mode();
    made.mode = kModeBits & (file ? read_part<FilePart>(*file).mode
                                  : now.call.mode().value_or(0));
    add(now, made);
  }
  if ((flags & O_TRUNC) && !is_created) {
    FileRow cut = row_of(now, FileOp::kTruncate, target);
    cut.how = FileHow::kOpenTruncate;
    add(now, cut);
  }
  OpenFileRef file = make_file(target, uint32_t(flags));
  if (watcher_) {
    const Part* seen = now.call.returned(PartKind::kFile);
    const bool is_empty = is_created || (flags & O_TRUNC);
    watcher_->on_open(
        *file, is_empty,
        seen ? std::optional(read_part<FilePart>(*seen).size) : std::nullopt,
        now.at);
  }
  install(now, int(now.event.ret), std::move(file), flags & O_CLOEXEC);
}

void Reconstructor::on_read(const Now& now) {
  move_bytes(now, file_at(now, now.call.fd(), 0), Flow::kIn,
             now.call.value(ArgKind::kOffset));
}

void Reconstructor::on_write(const Now& now) {
  move_bytes(now, file_at(now, now.call.fd(), 0), Flow::kOut,
             now.call.value(ArgKind::kOffset));
}

void Reconstructor::move_bytes(const Now& now, OpenFile& file, Flow flow,
                               std::optional<uint64_t> offset) {
  const bool is_out = flow == Flow::kOut;
  const uint64_t bytes = now.call.size();
  if (file.kind == OpenFileKind::kSocket)
    return transfer(now, file, is_out ? NetOp::kSend : NetOp::kReceive,
                    {bytes, now.call.failed() ? 0u : 1u}, {});
  add_bytes(now, file, is_out ? FileOp::kWrite : FileOp::kRead, bytes,
            is_out ? file.written : file.read);
  if (watcher_) show(now, file, flow, bytes, offset, ConnectionId::kNone);
  if (offset) return;
  file.offset += bytes;
  if (now.event.time_ns <= file.settled_ns) doubt_offset(file);
}

// A snapshot may have seen the file, or what may be the same open file
// elsewhere, before or after it moved.
void Reconstructor::doubt_offset(OpenFile& file) {
  file.is_offset_known = false;
  if (!file.has_twins) return;
  open_files_.for_each([&](OpenFile& other) {
    if (other.settled_ns != 0 && other.identity == file.identity)
      other.is_offset_known = false;
  });
}

void Reconstructor::show(const Now& now, const OpenFile& file, Flow flow,
                         uint64_t bytes, std::optional<uint64_t> offset,
                         ConnectionId connection) {
  // What tee() copies stays where it is.
  const bool is_tee = flow == Flow::kIn && now.call.name() == "tee";
  if (now.call.failed() || is_tee) return;
  watcher_->on_transfer({.event = now.event,
                         .at = now.at,
                         .process = now.process.row.id,
                         .file = file,
                         .flow = flow,
                         .size = bytes,
                         .offset = offset.value_or(file.offset),
                         .is_offset_known = offset || file.is_offset_known,
                         .is_append = !offset && (file.flags & O_APPEND) != 0,
                         .connection = connection});
}

// Where a copy began, when the call had offsets of its own: they are told as
// they were afterwards.
std::optional<uint64_t> Reconstructor::copy_offset(const Now& now, int index) {
  const Part* part =
      index < 0 ? nullptr : now.event.part(uint8_t(index), PartKind::kBytes);
  uint64_t after = 0;
  if (!part || part->data.size() < sizeof after) return std::nullopt;
  std::memcpy(&after, part->data.data(), sizeof after);
  return after - now.call.size();
}

Copy::End Reconstructor::copy_end(OpenFile& file,
                                  std::optional<uint64_t> offset) {
  Copy::End end{.file = file};
  end.offset = offset.value_or(file.offset);
  end.is_offset_known = offset || file.is_offset_known;
  if (file.socket != 0) end.connection = sockets_.get(file.socket).own;
  return end;
}

void Reconstructor::on_copy(const Now& now) {
  const Descriptor& what = *now.event.descriptor;
  const bool is_sendfile = what.arg_named("in_fd") >= 0;
  const int in_fd = now.call.fd(is_sendfile ? 1 : 0);
  const int out_fd = now.call.fd(is_sendfile ? 0 : 1);
  const auto in_offset =
      copy_offset(now, what.arg_named(is_sendfile ? "offset" : "off_in"));
  const auto out_offset = copy_offset(now, what.arg_named("off_out"));
  // References: one may take the place of the other.
  (void)file_at(now, in_fd, kNoArg);
  (void)file_at(now, out_fd, kNoArg);
  const FdTable::Entry* in = now.task.fds->find(in_fd);
  const FdTable::Entry* out = now.task.fds->find(out_fd);
  if (!in || !out) return;
  const OpenFileRef from = in->file, to = out->file;
  const Copy copy{.from = copy_end(*from, in_offset),
                  .to = copy_end(*to, out_offset),
                  .is_taken = now.call.name() != "tee",
                  .size = now.call.size(),
                  .at = now.at};
  move_bytes(now, *from, Flow::kIn, in_offset);
  move_bytes(now, *to, Flow::kOut, out_offset);
  if (watcher_ && !now.call.failed()) watcher_->on_copy(copy);
}

void Reconstructor::on_list(const Now& now) {
  OpenFile& file = file_at(now, now.call.fd(), 0);
  // A socket is no directory, whatever a trace says; and the rows it has in
  // mind are those of conversations.
  if (file.kind == OpenFileKind::kSocket) return;
  add_bytes(now, file, FileOp::kList, now.call.size(), file.read);
}

void Reconstructor::on_map(const Now& now) {
  const auto flags = now.call.value(ArgKind::kMmapFlags);
  const int fd = now.call.fd();
  if (fd < 0 || !flags || (*flags & MAP_ANONYMOUS) || now.call.failed()) return;
  OpenFile& file = file_at(now, fd, kNoArg);
  const uint64_t prot = now.call.value(ArgKind::kMmapProt).value_or(0);
  const bool is_shared = (*flags & MAP_TYPE) != MAP_PRIVATE;
  const bool is_writable = (prot & PROT_WRITE) && is_shared;
  FileRow row = row_of(now, is_writable ? FileOp::kMapWrite : FileOp::kMap,
                       target_of(file));
  add(now, row).bytes += now.call.value(ArgKind::kSize).value_or(0);
  // mprotect() may make it writable at any time, if the file is open so.
  const bool may_become_writable =
      is_shared && (file.flags & O_ACCMODE) != O_RDONLY;
  if (watcher_ && (is_writable || may_become_writable))
    watcher_->on_map(file, now.at, is_writable);
}

void Reconstructor::on_rename(const Now& now) {
  const Target from = target_of(now, 0, LastLink::kKeep);
  const Target to = target_of(now, 1, LastLink::kKeep);
  const uint64_t flags = now.call.value(ArgKind::kRenameFlags).value_or(0);
  const bool is_exchange = flags & RENAME_EXCHANGE;
  FileRow row =
      row_of(now, is_exchange ? FileOp::kExchange : FileOp::kRename, from);
  row.to = to.path;
  row.path_certainty = std::max(from.certainty, to.certainty);
  add(now, row);
  if (now.call.failed() || from.path.data() == to.path.data()) return;
  if (!is_exchange) {
    unlinked(to.path);
    return renamed(from.path, to.path);
  }
  // No path can have this name.
  const std::string_view aside = keep(std::string_view("\0", 1));
  renamed(from.path, aside);
  renamed(to.path, from.path);
  renamed(aside, to.path);
}

void Reconstructor::on_link(const Now& now) {
  const LastLink last = now.call.at_flags() & AT_SYMLINK_FOLLOW
                            ? LastLink::kFollow
                            : LastLink::kKeep;
  const Target from = target_of(now, 0, last);
  const Target to = target_of(now, 1, LastLink::kKeep);
  FileRow row = row_of(now, FileOp::kLink, from);
  row.to = to.path;
  row.path_certainty = std::max(from.certainty, to.certainty);
  add(now, row);
  if (now.call.failed() || !from.is_deleted) return;
  // O_TMPFILE: now it has a name.
  open_files_.for_each([&](OpenFile& file) {
    if (file.path.data() != from.path.data() || !file.is_deleted) return;
    file.path = to.path;
    file.requested = {};
    file.is_deleted = false;
    file.named_ns = time_ns_;
    file.read = file.written = {};
  });
}

void Reconstructor::on_symlink(const Now& now) {
  const Target link = target_of(now, 0, LastLink::kKeep);
  FileRow row = row_of(now, FileOp::kSymlink, link);
  const auto target = now.call.string();
  if (target) row.to = keep(*target);
  add(now, row);
  if (!now.call.failed() && target) paths_.learn_link(link.path, *target);
}

void Reconstructor::on_unlink(const Now& now, FileOp op) {
  if (now.call.at_flags() & AT_REMOVEDIR) op = FileOp::kRmdir;
  const Target target = target_of(now, 0, LastLink::kKeep);
  add(now, op, target);
  if (!now.call.failed()) unlinked(target.path);
}

void Reconstructor::on_make(const Now& now, FileOp op) {
  const Target target = target_of(now, 0, LastLink::kKeep);
  FileRow row = row_of(now, op, target);
  row.has_mode = now.call.mode().has_value();
  row.mode = now.call.mode().value_or(0) & (S_IFMT | kModeBits);
  add(now, row);
  if (!now.call.failed()) paths_.forget(target.path);
}

void Reconstructor::on_change(const Now& now, FileOp op) {
  FileRow row = row_of(now, op, target_of(now, 0, last_link(now.call)));
  if (op == FileOp::kChmod) {
    row.has_mode = now.call.mode().has_value();
    row.mode = now.call.mode().value_or(0) & kModeBits;
  }
  if (op == FileOp::kChown) {
    row.uid = uint32_t(now.call.value(ArgKind::kUid).value_or(~0u));
    row.gid = uint32_t(now.call.value(ArgKind::kGid).value_or(~0u));
  }
  if (op == FileOp::kUtimes)
    if (const auto mtime_ns = modification_time(now.call)) {
      row.has_mtime = true;
      row.mtime_ns = *mtime_ns;
    }
  if (op == FileOp::kXattr)
    if (const auto name = now.call.string()) row.to = keep(*name);
  add(now, row);
}

void Reconstructor::on_truncate(const Now& now) {
  const Target target = target_of(now, 0, LastLink::kFollow);
  FileRow row = row_of(now, FileOp::kTruncate, target);
  row.how = now.call.path() ? FileHow::kTruncate : FileHow::kFtruncate;
  add(now, row);
  const auto size = now.call.value(ArgKind::kOffset);
  if (watcher_ && size && !now.call.failed())
    watcher_->on_truncate(target.file ? *target.file : *make_file(target, 0),
                          *size, now.at);
}

void Reconstructor::on_lookup(const Now& now) {
  const auto path = now.call.path();
  if (!path || (path->is_known && path->text.empty())) return;
  // Only readlink() gives a buffer whose length is the length of a path.
  const bool tells_link =
      !now.call.failed() && now.call.name().starts_with("readlink");
  // Others are facts that change nothing, but for what the kernel told of the
  // directory they begin at.
  const bool is_base_told =
      path->has_dirfd && now.event.part(path->arg - 1, PartKind::kFile);
  const bool is_news = tells_link || is_base_told || file_watcher_;
  if (!is_news && tables_.keeps_latest_only()) return;
  const Target target = target_of(now, 0, last_link(now.call));
  add(now, FileOp::kLookup, target);
  if (!tells_link) return;
  const Part* text = now.call.part(PartKind::kPayload);
  if (text && !(text->flags & (kPartTruncated | kPartFault)) &&
      !target.path.starts_with("/proc/"))
    paths_.learn_link(target.path, text->data);
}

void Reconstructor::on_chdir(const Now& now) {
  const Target target = target_of(now, 0, LastLink::kFollow);
  add(now, FileOp::kChdir, target);
  if (now.call.failed()) return;
  now.task.directories->cwd = target.path;
  now.task.directories->cwd_certainty = target.certainty;
  now.task.directories->changed_ns = now.event.time_ns;
}

void Reconstructor::on_chroot(const Now& now) {
  const Target target = target_of(now, 0, LastLink::kFollow);
  add(now, FileOp::kChroot, target);
  if (now.call.failed()) return;
  const bool is_pivot = now.call.path(1).has_value();
  now.task.directories->changed_ns = now.event.time_ns;
  if (!is_pivot) {
    now.task.directories->root = target.path;
    return;
  }
  // Everybody who stood at the old root stands at the new one, and paths
  // begin there from now on.
  const uint32_t mnt_namespace = now.process.row.mnt_namespace;
  const std::string_view slash = keep("/");
  tree_.for_each_live([&](Process& process) {
    if (&process != &now.process && process.row.mnt_namespace != mnt_namespace)
      return;
    process.directories->root = slash;
    process.directories->cwd = slash;
    process.directories->cwd_certainty = Certainty::kInferred;
    process.directories->changed_ns = now.event.time_ns;
  });
}

void Reconstructor::on_mount(const Now& now) {
  if (!now.call.path()) return;  // fsconfig: nothing is mounted yet
  const bool has_two = now.call.path(1).has_value();
  const Target target = target_of(now, has_two ? 1 : 0, LastLink::kFollow);
  FileRow row = row_of(now, FileOp::kMount, target);
  Mount mount{.mnt_namespace = now.process.row.mnt_namespace,
              .mount_point = target.path};
  if (has_two)
    if (const auto source = now.call.path(0); source && source->is_known)
      mount.source = keep(source->text);
  row.to = mount.source;
  if (const auto type = now.call.string(0)) mount.fs_type = keep(*type);
  if (const auto data = now.call.string(1)) mount.options = keep(*data);
  add(now, row);
  if (!now.call.failed() && has_two) mounts_.add(mount, now.event.time_ns);
}

void Reconstructor::on_umount(const Now& now) {
  const Target target = target_of(now, 0, LastLink::kFollow);
  add(now, FileOp::kUmount, target);
  if (!now.call.failed())
    mounts_.remove(now.process.row.mnt_namespace, target.path,
                   now.event.time_ns);
}

}  // namespace vestige
