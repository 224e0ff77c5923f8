// SPDX-License-Identifier: Apache-2.0
#include "format/trace_codec.h"

#include <algorithm>
#include <utility>

#include "format/trace_codec_message.h"

namespace vestige {
namespace {

constexpr size_t kMaxLosses = 1u << 16;  // of a chunk
constexpr int kMaxOrigins = 512;
constexpr int kMaxParents = 4096;  // and recipients

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
  to.set_privileged(uint32_t(from.privileged));
  for (const std::string& name : from.capabilities) to.add_capability(name);
  for (const ContainerMount& mount : from.mounts) {
    pb::ContainerMount* made = to.add_mount();
    made->set_source(mount.source);
    made->set_destination(mount.destination);
    made->set_options(mount.options);
  }
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
  to.privileged = Privileged(std::min<uint32_t>(from.privileged(), 2));
  to.capabilities.assign(from.capability().begin(), from.capability().end());
  for (const pb::ContainerMount& mount : from.mount())
    to.mounts.push_back({mount.source(), mount.destination(), mount.options()});
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

void to_proto(const Flight& from, pb::Flight& to) {
  to.set_before_ns(from.before_ns);
  to.set_after_ns(from.after_ns);
  to.set_held_from_ns(from.held_from_ns);
  to.set_released_events(from.released_events);
  to.set_muted_triggers(from.muted_triggers);
  for (const Trigger& trigger : from.triggers) {
    pb::Trigger* made = to.add_trigger();
    made->set_source(trigger.source);
    made->set_reason(trigger.reason);
    made->set_detail(trigger.detail);
    to_proto(trigger.time, *made->mutable_time());
  }
}

Flight from_proto(const pb::Flight& from) {
  Flight to{.before_ns = from.before_ns(),
            .after_ns = from.after_ns(),
            .held_from_ns = from.held_from_ns(),
            .released_events = from.released_events(),
            .muted_triggers = from.muted_triggers(),
            .triggers = {}};
  for (const pb::Trigger& trigger : from.trigger())
    to.triggers.push_back({.source = trigger.source(),
                           .reason = trigger.reason(),
                           .detail = trigger.detail(),
                           .time = from_proto(trigger.time())});
  return to;
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
  if (!from.flight.triggers.empty())
    to_proto(from.flight, *to.mutable_flight());
  if (from.previous.number != 0) {
    pb::Predecessor& previous = *to.mutable_previous();
    previous.set_trace_id(from.previous.trace_id);
    previous.set_head(from.previous.head);
    previous.set_file_name(from.previous.file_name);
    previous.set_number(from.previous.number);
  }
  for (const WrappedKey& key : from.recipients) {
    pb::Recipient* recipient = to.add_recipient();
    recipient->set_public_key(struct_bytes(key.recipient));
    recipient->set_ephemeral(struct_bytes(key.ephemeral));
    recipient->set_sealed(struct_bytes(key.sealed));
  }
  for (const TraceHeader& origin : from.origins)
    to_proto(origin, *to.add_origin());
  to.set_shift_ns(from.shift_ns);
}

// Without origins, which hostile bytes could nest.
TraceHeader flat_from_proto(const pb::Header& from) {
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
  to.flight = from_proto(from.flight());
  const pb::Predecessor& previous = from.previous();
  to.previous = {previous.trace_id(), previous.head(), previous.file_name(),
                 previous.number()};
  for (const pb::Recipient& recipient : from.recipient())
    to.recipients.push_back(
        {struct_from<Recipient>(recipient.public_key()),
         struct_from<Recipient>(recipient.ephemeral()),
         struct_from<decltype(WrappedKey::sealed)>(recipient.sealed())});
  to.shift_ns = from.shift_ns();
  return to;
}

TraceHeader from_proto(const pb::Header& from) {
  TraceHeader to = flat_from_proto(from);
  for (const pb::Header& origin : from.origin())
    to.origins.push_back(flat_from_proto(origin));
  return to;
}

void to_proto(const Loss& from, pb::Loss& to) {
  to.set_reason(uint32_t(from.reason));
  to.set_reason_text(std::string(info(from.reason).text));
  to.set_count(from.count);
  to.set_from_ns(from.from_ns);
  to.set_to_ns(from.to_ns);
  to.set_where(from.where);
  to.set_origin(from.origin);
}

uint16_t origin_from(uint32_t number) {
  return uint16_t(std::min<uint32_t>(number, UINT16_MAX));
}

Loss from_proto(const pb::Loss& from) {
  return {.reason = LossReason(std::min(from.reason(), 255u)),
          .count = from.count(),
          .from_ns = from.from_ns(),
          .to_ns = from.to_ns(),
          .where = from.where(),
          .origin = origin_from(from.origin())};
}

void to_proto(const TraceEnd& from, pb::End& to) {
  to.set_reason(uint32_t(from.reason));
  to.set_detail(from.detail);
  to_proto(from.end, *to.mutable_end());
  to.set_events(from.events);
  to.set_seen(from.seen);
  to.set_bytes(from.bytes);
  to_proto(from.container, *to.mutable_container());
  for (const Loss& loss : from.losses) to_proto(loss, *to.add_loss());
  if (!from.flight.triggers.empty())
    to_proto(from.flight, *to.mutable_flight());
  for (const TraceEnd& origin : from.origins)
    to_proto(origin, *to.add_origin());
}

TraceEnd flat_from_proto(const pb::End& from) {
  TraceEnd to;
  to.reason = EndReason(std::min<uint32_t>(from.reason(), UINT8_MAX));
  to.detail = from.detail();
  to.end = from_proto(from.end());
  to.events = from.events();
  to.seen = from.seen();
  to.bytes = from.bytes();
  to.container = from_proto(from.container());
  for (const pb::Loss& loss : from.loss())
    to.losses.push_back(from_proto(loss));
  to.flight = from_proto(from.flight());
  return to;
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
  to_proto(end, to);
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
    made.set_has_names(filter.has_names);
    last = 0;
    for (const uint32_t index : filter.name_indexes)
      made.add_name_index(index - std::exchange(last, index));
    made.set_names(filter.names);
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
    made.set_origin(uint32_t(task.origin));
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

namespace {

// Each takes much more memory than bytes.
bool is_modest(const pb::Header& header) {
  return header.origin_size() <= kMaxOrigins &&
         header.parent_size() <= kMaxParents &&
         header.recipient_size() <= kMaxParents;
}

}  // namespace

bool decode_header(ByteSpan content, TraceHeader& out) {
  pb::Header message;
  if (content.size() > kMaxSmallMessage || !parse(content, message) ||
      !is_modest(message))
    return false;
  out = from_proto(message);
  return true;
}

bool decode_end(ByteSpan content, TraceEnd& out, TraceHeader& header) {
  pb::End message;
  if (content.size() > 2 * kMaxSmallMessage || !parse(content, message) ||
      message.origin_size() > kMaxOrigins || !is_modest(message.header()))
    return false;
  out = flat_from_proto(message);
  for (const pb::End& origin : message.origin())
    out.origins.push_back(flat_from_proto(origin));
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

bool decode_filters(ByteSpan content, std::vector<ChunkFilter>& out,
                    size_t& budget) {
  pb::Filters message;
  if (!parse(content, message)) return false;
  for (const pb::ChunkFilter& chunk : message.chunk()) {
    const auto items = size_t(chunk.type_size()) + size_t(chunk.pid_size()) +
                       size_t(chunk.name_index_size());
    if (items > budget) return false;
    budget -= items;
    ChunkFilter& filter = out.emplace_back();
    for (const uint32_t type : chunk.type())
      filter.types.push_back({Abi(type >> 16 & 0xff), uint16_t(type)});
    uint32_t pid = 0;
    for (const uint32_t gap : chunk.pid()) filter.pids.push_back(pid += gap);
    filter.bloom = chunk.bloom();
    filter.has_names = chunk.has_names();
    uint32_t index = 0;
    for (const uint32_t gap : chunk.name_index())
      filter.name_indexes.push_back(index += gap);
    filter.names = chunk.names();
  }
  return true;
}

bool decode_losses(ByteSpan content, std::vector<Loss>& out) {
  pb::Losses message;
  if (content.size() > kMaxSmallMessage || !parse(content, message) ||
      out.size() + size_t(message.loss_size()) > kMaxLosses)
    return false;
  for (const pb::Loss& loss : message.loss()) out.push_back(from_proto(loss));
  return true;
}

bool decode_descriptor(ByteSpan content, OwnedDescriptor& out) {
  pb::EventType message;
  if (!parse(content, message) || !from_proto(message, out)) return false;
  point_into_text(message, out);
  return true;
}

}  // namespace vestige
