// SPDX-License-Identifier: Apache-2.0
#include "format/trace_codec.h"

#include <algorithm>
#include <utility>

#include "format/trace.pb.h"

namespace vestige {
namespace {

template <typename T>
std::string struct_bytes(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

template <typename T>
T struct_from(const std::string& bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), std::min(sizeof value, bytes.size()));
  return value;
}

void append_message(const pb::Section& section, ByteBuffer& out) {
  const std::string bytes = section.SerializeAsString();
  out.length_delimited(kTraceSection, bytes.size());
  out.append(bytes);
}

template <typename Message>
bool parse(ByteSpan content, Message& message) {
  return message.ParseFromArray(content.data(), int(content.size()));
}

// ---- Once per trace

void to_proto(const ClockPair& from, pb::ClockPair& to) {
  to.set_boot_ns(from.boot_ns);
  to.set_unix_ns(from.unix_ns);
}

ClockPair from_proto(const pb::ClockPair& from) {
  return {from.boot_ns(), from.unix_ns()};
}

void to_proto(const ContainerInfo& from, pb::Container& to) {
  to.set_id(from.id);
  to.set_name(from.name);
  to.set_image(from.image);
  to.set_runtime(from.runtime);
  for (const auto& [key, value] : from.labels) {
    pb::Label* label = to.add_label();
    label->set_key(key);
    label->set_value(value);
  }
  to.set_cgroup_path(from.cgroup_path);
  to.set_cgroup_id(from.cgroup_id);
  to.set_init_pid(from.init_pid);
  to.set_rootfs(from.rootfs);
}

ContainerInfo from_proto(const pb::Container& from) {
  ContainerInfo to;
  to.id = from.id();
  to.name = from.name();
  to.image = from.image();
  to.runtime = from.runtime();
  for (const pb::Label& label : from.label())
    to.labels.emplace_back(label.key(), label.value());
  to.cgroup_path = from.cgroup_path();
  to.cgroup_id = from.cgroup_id();
  to.init_pid = from.init_pid();
  to.rootfs = from.rootfs();
  return to;
}

void to_proto(const Parent& from, pb::Parent& to) {
  to.set_operation(from.operation);
  to.set_trace_id(from.trace_id);
  to.set_root(from.root);
  to.set_file_name(from.file_name);
  to.set_verdict(from.verdict);
  to.set_detail(from.detail);
  to_proto(from.container, *to.mutable_container());
}

Parent from_proto(const pb::Parent& from) {
  return {.operation = from.operation(),
          .trace_id = from.trace_id(),
          .root = from.root(),
          .file_name = from.file_name(),
          .verdict = from.verdict(),
          .detail = from.detail(),
          .container = from_proto(from.container())};
}

void to_proto(const TraceHeader& from, pb::Header& to) {
  to.set_tool(from.tool);
  to.set_host_name(from.host_name);
  to.set_kernel_release(from.kernel_release);
  to.set_machine(from.machine);
  to.set_boot_id(from.boot_id);
  to.set_machine_id(from.machine_id);
  for (const std::string& arg : from.command) to.add_command(arg);
  to.set_selection(from.selection);
  to_proto(from.container, *to.mutable_container());
  to_proto(from.start, *to.mutable_start());
  to.set_cpu_count(from.cpu_count);
  to.set_snaplen(from.snaplen);
  to.set_string_limit(from.string_limit);
  to.set_has_enter(from.has_enter);
  for (const Parent& parent : from.parents) to_proto(parent, *to.add_parent());
}

TraceHeader from_proto(const pb::Header& from) {
  TraceHeader to;
  to.tool = from.tool();
  to.host_name = from.host_name();
  to.kernel_release = from.kernel_release();
  to.machine = from.machine();
  to.boot_id = from.boot_id();
  to.machine_id = from.machine_id();
  to.command.assign(from.command().begin(), from.command().end());
  to.selection = from.selection();
  to.container = from_proto(from.container());
  to.start = from_proto(from.start());
  to.cpu_count = from.cpu_count();
  to.snaplen = from.snaplen();
  to.string_limit = from.string_limit();
  to.has_enter = from.has_enter();
  for (const pb::Parent& parent : from.parent())
    to.parents.push_back(from_proto(parent));
  return to;
}

void to_proto(const Loss& from, pb::Loss& to) {
  to.set_reason(uint32_t(from.reason));
  to.set_reason_text(std::string(info(from.reason).text));
  to.set_count(from.count);
  to.set_from_ns(from.from_ns);
  to.set_to_ns(from.to_ns);
  to.set_where(from.where);
}

Loss from_proto(const pb::Loss& from) {
  return {.reason = LossReason(std::min(from.reason(), 255u)),
          .count = from.count(),
          .from_ns = from.from_ns(),
          .to_ns = from.to_ns(),
          .where = from.where()};
}

// ---- Dictionary

void to_proto(const Descriptor& from, pb::EventType& to) {
  to.set_abi(uint32_t(from.type.abi));
  to.set_number(from.type.number);
  to.set_name(std::string(from.name));
  to.set_effect(uint32_t(from.effect));
  to.set_effect_name(std::string(effect_name(from.effect)));
  to.set_returns(uint32_t(from.returns));
  for (int i = 0; i < from.arg_count; ++i) {
    pb::Argument* argument = to.add_argument();
    argument->set_name(std::string(from.args[i].name));
    argument->set_kind(uint32_t(from.args[i].kind));
    argument->set_kind_name(std::string(info(from.args[i].kind).name));
  }
}

bool from_proto(const pb::EventType& from, OwnedDescriptor& to) {
  if (from.abi() > UINT8_MAX || from.number() > UINT16_MAX ||
      from.effect() > UINT8_MAX || from.returns() > UINT8_MAX ||
      from.argument_size() > kMaxArgs)
    return false;
  to.text = from.name();
  for (const pb::Argument& argument : from.argument())
    to.text += argument.name();
  Descriptor& made = to.descriptor;
  made.type = {Abi(from.abi()), uint16_t(from.number())};
  made.effect = Effect(from.effect());
  made.returns = ReturnKind(from.returns());
  made.arg_count = uint8_t(from.argument_size());
  for (int i = 0; i < from.argument_size(); ++i)
    made.args[i].kind =
        ArgKind(std::min<uint32_t>(from.argument(i).kind(), UINT8_MAX));
  return true;
}

// Names are laid end to end in the text; the views follow it where it lives.
void point_into_text(const pb::EventType& from, OwnedDescriptor& to) {
  std::string_view rest = to.text;
  const auto take = [&rest](size_t size) {
    const std::string_view taken = rest.substr(0, size);
    rest.remove_prefix(size);
    return taken;
  };
  to.descriptor.name = take(from.name().size());
  for (int i = 0; i < from.argument_size(); ++i)
    to.descriptor.args[i].name = take(from.argument(i).name().size());
}

bool from_proto(const pb::PartShape& from, PartShape& to) {
  if (from.kind() > UINT8_MAX || from.argument() > UINT8_MAX ||
      from.flags() > UINT8_MAX || from.store() < pb::STORE_STRING ||
      from.store() > pb::STORE_FILE)
    return false;
  to = {PartKind(from.kind()), uint8_t(from.argument()), uint8_t(from.flags()),
        Store(from.store()), from.has_full_size()};
  return true;
}

// ---- Snapshot

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
    to.threads.push_back({thread.tid(), thread.ns_tid(), thread.start_ns(),
                          thread.comm()});
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

void encode_header(const TraceHeader& header, ByteBuffer& out) {
  pb::Section section;
  to_proto(header, *section.mutable_header());
  append_message(section, out);
}

void encode_end(const TraceEnd& end, const TraceHeader& header,
                ByteBuffer& out) {
  pb::Section section;
  pb::End& to = *section.mutable_end();
  to.set_reason(uint32_t(end.reason));
  to.set_detail(end.detail);
  to_proto(end.end, *to.mutable_end());
  to.set_events(end.events);
  to.set_bytes(end.bytes);
  to_proto(end.container, *to.mutable_container());
  for (const Loss& loss : end.losses) to_proto(loss, *to.add_loss());
  to_proto(header, *to.mutable_header());
  append_message(section, out);
}

void encode_seal(const Seal& seal, ByteBuffer& out) {
  pb::Section section;
  pb::Seal& to = *section.mutable_seal();
  to.set_statement(seal.statement);
  if (seal.signature) {
    to.set_public_key(struct_bytes(seal.signature->key));
    to.set_signature(struct_bytes(seal.signature->signature));
  }
  append_message(section, out);
}

void encode_index(std::span<const IndexEntry> chunks, ByteBuffer& out) {
  pb::Section section;
  for (const IndexEntry& chunk : chunks) {
    pb::ChunkEntry& to = *section.mutable_index()->add_chunk();
    to.set_number(chunk.chunk);
    to.set_kind(uint32_t(chunk.kind));
    to.set_offset(chunk.offset);
    to.set_events(chunk.events);
    to.set_min_time_ns(chunk.min_time_ns);
    to.set_max_time_ns(chunk.max_time_ns);
  }
  append_message(section, out);
}

void encode_filters(std::span<const ChunkFilter> filters, ByteBuffer& out) {
  pb::Section section;
  pb::Filters& to = *section.mutable_filters();
  for (const ChunkFilter& filter : filters) {
    pb::ChunkFilter& made = *to.add_chunk();
    for (const EventType& type : filter.types)
      made.add_type(uint32_t(type.abi) << 16 | type.number);
    uint32_t last = 0;
    for (const uint32_t pid : filter.pids)
      made.add_pid(pid - std::exchange(last, pid));
    made.set_bloom(filter.bloom);
  }
  append_message(section, out);
}

void encode_losses(std::span<const Loss> losses, ByteBuffer& out) {
  pb::Section section;
  for (const Loss& loss : losses)
    to_proto(loss, *section.mutable_losses()->add_loss());
  append_message(section, out);
}

void encode_dictionary(const DictionaryView& dictionary, ByteBuffer& out) {
  pb::Section section;
  pb::Dictionary& to = *section.mutable_dictionary();
  for (const DictionaryView::Type& type : dictionary.types) {
    pb::EventType& made = *to.add_type();
    to_proto(*type.descriptor, made);
    made.set_abi(uint32_t(type.type.abi));
    made.set_number(type.type.number);
  }
  for (const TaskKey& task : dictionary.tasks) {
    pb::Task& made = *to.add_task();
    made.set_pid(task.pid);
    made.set_tid(task.tid);
    made.set_process_start_ns(task.process_start_ns);
    made.set_cgroup_id(task.cgroup_id);
  }
  for (const std::vector<PartShape>& shape : dictionary.shapes) {
    pb::Shape& made = *to.add_shape();
    for (const PartShape& part : shape) {
      pb::PartShape& made_part = *made.add_part();
      made_part.set_kind(uint32_t(part.kind));
      made_part.set_argument(part.arg);
      made_part.set_flags(part.flags);
      made_part.set_store(pb::Store(part.store));
      made_part.set_has_full_size(part.has_full_size);
    }
  }
  append_message(section, out);
}

std::vector<ByteBuffer> encode_snapshot(const Snapshot& snapshot,
                                        size_t piece_bytes) {
  SnapshotPieces pieces(snapshot, piece_bytes);
  for (const ProcessState& process : snapshot.processes)
    pieces.add(process, &pb::Snapshot::add_process);
  for (const MountState& mount : snapshot.mounts)
    pieces.add(mount, &pb::Snapshot::add_mount);
  return std::move(pieces).take();
}

bool decode_header(ByteSpan content, TraceHeader& out) {
  pb::Header message;
  if (!parse(content, message)) return false;
  out = from_proto(message);
  return true;
}

bool decode_end(ByteSpan content, TraceEnd& out, TraceHeader& header) {
  pb::End message;
  if (!parse(content, message)) return false;
  out.reason = EndReason(std::min<uint32_t>(message.reason(), UINT8_MAX));
  out.detail = message.detail();
  out.end = from_proto(message.end());
  out.events = message.events();
  out.bytes = message.bytes();
  out.container = from_proto(message.container());
  for (const pb::Loss& loss : message.loss())
    out.losses.push_back(from_proto(loss));
  header = from_proto(message.header());
  return true;
}

bool decode_seal(ByteSpan content, Seal& out) {
  pb::Seal message;
  if (!parse(content, message)) return false;
  out = {.statement = message.statement()};
  if (message.public_key().empty() && message.signature().empty()) return true;
  if (message.public_key().size() != sizeof(PublicKey) ||
      message.signature().size() != sizeof(Signature))
    return false;
  out.signature = {struct_from<PublicKey>(message.public_key()),
                   struct_from<Signature>(message.signature())};
  return true;
}

bool decode_index(ByteSpan content, std::vector<IndexEntry>& out) {
  pb::Index message;
  if (!parse(content, message)) return false;
  for (const pb::ChunkEntry& chunk : message.chunk())
    out.push_back({.chunk = chunk.number(),
                   .kind = ChunkKind(std::min(chunk.kind(), 255u)),
                   .offset = chunk.offset(),
                   .events = chunk.events(),
                   .min_time_ns = chunk.min_time_ns(),
                   .max_time_ns = chunk.max_time_ns()});
  return true;
}

bool decode_filters(ByteSpan content, std::vector<ChunkFilter>& out) {
  pb::Filters message;
  if (!parse(content, message)) return false;
  for (const pb::ChunkFilter& chunk : message.chunk()) {
    ChunkFilter& filter = out.emplace_back();
    for (const uint32_t type : chunk.type())
      filter.types.push_back({Abi(type >> 16 & 0xff), uint16_t(type)});
    uint32_t pid = 0;
    for (const uint32_t gap : chunk.pid()) filter.pids.push_back(pid += gap);
    filter.bloom = chunk.bloom();
  }
  return true;
}

bool decode_losses(ByteSpan content, std::vector<Loss>& out) {
  pb::Losses message;
  if (!parse(content, message)) return false;
  for (const pb::Loss& loss : message.loss()) out.push_back(from_proto(loss));
  return true;
}

bool decode_dictionary(ByteSpan content, Dictionary& out) {
  pb::Dictionary message;
  if (!parse(content, message)) return false;
  out.types.clear();
  out.types.resize(size_t(message.type_size()));
  for (int i = 0; i < message.type_size(); ++i) {
    auto& type = out.types[size_t(i)];
    type = std::make_unique<OwnedDescriptor>();
    if (!from_proto(message.type(i), *type)) return false;
    point_into_text(message.type(i), *type);
  }
  out.tasks.clear();
  for (const pb::Task& task : message.task())
    out.tasks.push_back({task.pid(), task.tid(), task.process_start_ns(),
                         task.cgroup_id()});
  out.shapes.clear();
  for (const pb::Shape& shape : message.shape()) {
    auto& made = out.shapes.emplace_back(size_t(shape.part_size()));
    for (int i = 0; i < shape.part_size(); ++i)
      if (!from_proto(shape.part(i), made[size_t(i)])) return false;
  }
  return true;
}

bool decode_snapshot(ByteSpan content, Snapshot& out) {
  pb::Snapshot message;
  if (!parse(content, message)) return false;
  out.time_ns = message.time_ns();
  out.end_ns = message.end_ns();
  for (const pb::Process& process : message.process())
    out.processes.push_back(from_proto(process));
  for (const pb::Mount& mount : message.mount())
    out.mounts.push_back(from_proto(mount));
  return true;
}

}  // namespace vestige
