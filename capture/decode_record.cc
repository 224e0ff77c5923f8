// SPDX-License-Identifier: Apache-2.0
#include "capture/decode_record.h"

#include <cstring>

#include "bpf/raw_parts.h"
#include "bpf/raw_record.h"
#include "format/parts.h"

namespace vestige {
namespace {

static_assert(sizeof(raw_file) == sizeof(FilePart));
static_assert(offsetof(raw_file, size) == offsetof(FilePart, size));
static_assert(offsetof(raw_file, layer) == offsetof(FilePart, layer));
static_assert(RAW_LAYER_LOWER == int(Layer::kLower));
static_assert(sizeof(raw_socket) == sizeof(SocketPart));
static_assert(offsetof(raw_socket, inode) == offsetof(SocketPart, inode));
static_assert(sizeof(raw_task) == sizeof(TaskPart));
static_assert(offsetof(raw_task, start_ns) == offsetof(TaskPart, start_ns));
static_assert(sizeof(raw_credentials) == sizeof(CredentialsPart));
static_assert(offsetof(raw_credentials, securebits) ==
              offsetof(CredentialsPart, securebits));
static_assert(RAW_STRING == int(PartKind::kString));
static_assert(RAW_STRING_ARRAY == int(PartKind::kStringArray));
static_assert(RAW_BYTES == int(PartKind::kBytes));
static_assert(RAW_PAYLOAD == int(PartKind::kPayload));
static_assert(RAW_SOCKADDR == int(PartKind::kSockaddr));
static_assert(RAW_PATH == int(PartKind::kPath));
static_assert(RAW_FILE == int(PartKind::kFile));
static_assert(RAW_SOCKET == int(PartKind::kSocket));
static_assert(RAW_CONTROL == int(PartKind::kControl));
static_assert(RAW_TASK == int(PartKind::kTask));
static_assert(RAW_CREDENTIALS == int(PartKind::kCredentials));
static_assert(RAW_COMM == int(PartKind::kComm));
static_assert(RAW_ARGV == int(PartKind::kArgv));
static_assert(RAW_ENV == int(PartKind::kEnv));
static_assert(RAW_CWD == int(PartKind::kCwd));
static_assert(RAW_FDS == int(PartKind::kFds));
static_assert(RAW_STRING_AFTER == int(PartKind::kStringAfter));
static_assert(RAW_PART_TRUNCATED == kPartTruncated);
static_assert(RAW_PART_FAULT == kPartFault);
static_assert(RAW_PART_LATE == kPartLate);
static_assert(RAW_PART_CREATED == kPartCreated);
static_assert(RAW_PART_CHANGED == kPartChanged);
static_assert(RAW_FLAG_HAS_ENTER == kHasEnter);
static_assert(RAW_FLAG_IN_FLIGHT == kInFlight);
static_assert(RAW_FLAG_PART_LOST == kPartsLost);
static_assert(RAW_ARGS == kMaxArgs);
static_assert(RAW_ARG_RETURN == kReturnArg);
static_assert(RAW_ARG_TASK == kTaskArg);

constexpr size_t padded(size_t size) {
  return (size + 7) & ~size_t{7};
}

// One part off the front of `rest`; false when it does not fit.
bool take_part(std::span<const std::byte>& rest, Part& part, uint16_t& flags) {
  raw_part head;
  if (rest.size() < sizeof head) return false;
  std::memcpy(&head, rest.data(), sizeof head);
  rest = rest.subspan(sizeof head);
  if (padded(head.size) > rest.size() || head.arg > RAW_ARG_TASK) return false;
  part = {.kind = PartKind{head.kind},
          .arg = head.arg,
          .flags = uint8_t(head.flags),
          .full_size = head.full_size,
          .data = {reinterpret_cast<const char*>(rest.data()), head.size}};
  rest = rest.subspan(padded(head.size));
  flags = head.flags;
  return true;
}

void set_event(Event& event, const raw_record& head) {
  event.type = {Abi(head.abi), head.number};
  event.flags = uint8_t(head.flags);
  event.cpu = head.cpu;
  event.pid = head.pid;
  event.tid = head.tid;
  event.process_start_ns = head.process_start_ns;
  event.cgroup_id = head.cgroup_id;
  event.time_ns = head.time_ns;
  event.duration_ns = head.duration_ns;
  event.ret = head.ret;
  std::memcpy(event.args.data(), head.args, sizeof head.args);
}

std::string_view last_component(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path.substr(path.rfind('/') + 1);
}

// Whether what was opened has the name that was asked for. The program and
// whoever shares its memory say one thing, the kernel the other.
void compare_names(const Event& event, std::span<Part> parts) {
  const Part* asked = nullptr;
  Part* opened = nullptr;
  for (Part& part : parts) {
    if (part.kind == PartKind::kString && !asked) asked = &part;
    if (part.kind == PartKind::kPath && part.arg == kReturnArg) opened = &part;
  }
  if (!asked || !opened || event.ret < 0 || asked->data.empty() ||
      asked->flags & (kPartTruncated | kPartFault))
    return;
  const std::string_view name = last_component(asked->data);
  if (name == "." || name == "..") return;
  if (name != last_component(opened->data)) opened->flags |= kPartOtherName;
}

}  // namespace

std::optional<DecodedRecord> decode_record(std::span<const std::byte> record,
                                           std::array<Part, kMaxParts>& parts) {
  // Every return gives this, so it is made where the caller has it. To copy
  // what was just stored field by field takes as long as all the rest.
  std::optional<DecodedRecord> out;
  raw_record head;
  if (record.size() < sizeof head) return out;
  std::memcpy(&head, record.data(), sizeof head);
  if (head.size < sizeof head || head.size > record.size() ||
      head.parts > parts.size() || head.abi < uint16_t(Abi::kX86_64) ||
      head.abi > uint16_t(Abi::kKernel))
    return out;
  auto rest = record.subspan(sizeof head, head.size - sizeof head);
  DecodedRecord& decoded = out.emplace();
  set_event(decoded.event, head);
  decoded.slot = head.slot;
  decoded.sequence = head.sequence;
  for (size_t i = 0; i < head.parts; ++i) {
    uint16_t flags = 0;
    if (!take_part(rest, parts[i], flags)) {
      out.reset();
      return out;
    }
    if (flags & RAW_PART_PIECES) decoded.part_in_pieces = i;
  }
  decoded.event.parts = std::span(parts).first(head.parts);
  decoded.event.descriptor = find_descriptor(decoded.event.type);
  if (decoded.event.descriptor &&
      decoded.event.descriptor->effect == Effect::kOpen)
    compare_names(decoded.event, std::span(parts).first(head.parts));
  return out;
}

}  // namespace vestige
