// SPDX-License-Identifier: Apache-2.0
#include "format/trace_codec.h"
#include "format/trace_codec_message.h"

namespace vestige {
namespace {

void to_proto(const FdState& from, pb::Fd& to) {
  to.set_fd(from.fd);
  to.set_close_on_exec(from.close_on_exec);
  to.set_target(from.target);
  to.set_file(struct_bytes(from.file));
  if (from.socket) to.set_socket(struct_bytes(*from.socket));
}

FdState from_proto(const pb::Fd& from) {
  FdState to;
  to.fd = from.fd();
  to.close_on_exec = from.close_on_exec();
  to.target = from.target();
  to.file = struct_from<FilePart>(from.file());
  if (!from.socket().empty())
    to.socket = struct_from<SocketPart>(from.socket());
  return to;
}

void to_proto(const ProcessState& from, pb::Process& to) {
  to.set_task(struct_bytes(from.task));
  to.set_start_is_exact(from.start_is_exact);
  to.set_is_context(!from.is_selected);
  to.set_cgroup_id(from.cgroup_id);
  to.set_credentials(struct_bytes(from.credentials));
  to.set_comm(from.comm);
  to.set_exe(from.exe);
  to.set_exe_file(struct_bytes(from.exe_file));
  to.set_cwd(from.cwd);
  to.set_root(from.root);
  for (const std::string& arg : from.argv) to.add_argv(arg);
  for (const std::string& variable : from.env) to.add_env(variable);
  for (const ThreadState& thread : from.threads) {
    pb::Thread* out = to.add_thread();
    out->set_tid(thread.tid);
    out->set_ns_tid(thread.ns_tid);
    out->set_start_ns(thread.start_ns);
    out->set_comm(thread.comm);
  }
  for (const FdState& fd : from.fds) to_proto(fd, *to.add_fd());
}

ProcessState from_proto(const pb::Process& from) {
  ProcessState to;
  to.task = struct_from<TaskPart>(from.task());
  to.start_is_exact = from.start_is_exact();
  to.is_selected = !from.is_context();
  to.cgroup_id = from.cgroup_id();
  to.credentials = struct_from<CredentialsPart>(from.credentials());
  to.comm = from.comm();
  to.exe = from.exe();
  to.exe_file = struct_from<FilePart>(from.exe_file());
  to.cwd = from.cwd();
  to.root = from.root();
  to.argv.assign(from.argv().begin(), from.argv().end());
  to.env.assign(from.env().begin(), from.env().end());
  for (const pb::Thread& thread : from.thread())
    to.threads.push_back(
        {thread.tid(), thread.ns_tid(), thread.start_ns(), thread.comm()});
  for (const pb::Fd& fd : from.fd()) to.fds.push_back(from_proto(fd));
  return to;
}

void to_proto(const MountState& from, pb::Mount& to) {
  to.set_mount_id(from.mount_id);
  to.set_parent_id(from.parent_id);
  to.set_dev_major(from.dev_major);
  to.set_dev_minor(from.dev_minor);
  to.set_mnt_namespace(from.mnt_namespace);
  to.set_root(from.root);
  to.set_mount_point(from.mount_point);
  to.set_options(from.options);
  to.set_fs_type(from.fs_type);
  to.set_source(from.source);
}

MountState from_proto(const pb::Mount& from) {
  MountState to;
  to.mount_id = from.mount_id();
  to.parent_id = from.parent_id();
  to.dev_major = from.dev_major();
  to.dev_minor = from.dev_minor();
  to.mnt_namespace = from.mnt_namespace();
  to.root = from.root();
  to.mount_point = from.mount_point();
  to.options = from.options();
  to.fs_type = from.fs_type();
  to.source = from.source();
  return to;
}

// Hands out the snapshot message to add to; begins another when it is full.
class SnapshotPieces {
 public:
  SnapshotPieces(const Snapshot& snapshot, size_t piece_bytes)
      : snapshot_(snapshot), piece_bytes_(piece_bytes) {
    begin();
  }
  template <typename State, typename Message>
  void add(const State& state, Message* (pb::Snapshot::*make)()) {
    Message* message = (section_.mutable_snapshot()->*make)();
    to_proto(state, *message);
    bytes_ += message->ByteSizeLong();
    if (bytes_ >= piece_bytes_) finish();
  }
  std::vector<ByteBuffer> take() && {
    finish();
    return std::move(pieces_);
  }

 private:
  void begin() {
    bytes_ = 0;
    section_.Clear();
    section_.mutable_snapshot()->set_time_ns(snapshot_.time_ns);
    section_.mutable_snapshot()->set_end_ns(snapshot_.end_ns);
    section_.mutable_snapshot()->set_origin(snapshot_.origin);
    section_.mutable_snapshot()->set_source(uint32_t(snapshot_.source));
  }
  void finish() {
    append_message(section_, pieces_.emplace_back());
    begin();
  }

  const Snapshot& snapshot_;
  size_t piece_bytes_;
  size_t bytes_ = 0;
  pb::Section section_;
  std::vector<ByteBuffer> pieces_;
};

}  // namespace

std::vector<ByteBuffer> encode_snapshot(const Snapshot& snapshot,
                                        size_t piece_bytes) {
  SnapshotPieces pieces(snapshot, piece_bytes);
  for (const ProcessState& process : snapshot.processes)
    pieces.add(process, &pb::Snapshot::add_process);
  for (const MountState& mount : snapshot.mounts)
    pieces.add(mount, &pb::Snapshot::add_mount);
  return std::move(pieces).take();
}

bool decode_snapshot(ByteSpan content, Snapshot& out, size_t& budget) {
  size_t own_budget = kMaxFields;
  for (WireCursor cursor(content); !cursor.at_end();) {
    const auto field = cursor.field();
    if (field.number == pb::Snapshot::kProcessFieldNumber && field.is_bytes &&
        !spend_fields(field.bytes, own_budget))
      return false;
  }
  if (kMaxFields - own_budget > budget) return false;
  budget -= kMaxFields - own_budget;
  pb::Snapshot message;
  if (!parse(content, message) ||
      out.processes.size() + size_t(message.process_size()) > kMaxFields ||
      out.mounts.size() + size_t(message.mount_size()) > kMaxFields)
    return false;
  out.time_ns = message.time_ns();
  out.end_ns = message.end_ns();
  out.origin = uint16_t(std::min<uint32_t>(message.origin(), UINT16_MAX));
  out.source = message.source() <= uint32_t(SnapshotSource::kKernel)
                   ? SnapshotSource(message.source())
                   : SnapshotSource::kUnknown;
  for (const pb::Process& process : message.process())
    out.processes.push_back(from_proto(process));
  for (const pb::Mount& mount : message.mount())
    out.mounts.push_back(from_proto(mount));
  return true;
}

}  // namespace vestige
