// SPDX-License-Identifier: Apache-2.0
#include "tests/replay/scap/retelling.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cctype>
#include <cstring>

#include "format/trace_reader.h"
#include "replay/scap/event_table.h"

namespace vestige {
namespace {

std::string key_of(std::string_view time, std::string_view thread,
                   std::string_view direction) {
  return fmt::format("{} {} {}", time, thread, direction);
}

// Our names and those of sysdig differ for a few: pread64, pread.
bool is_type(std::string_view ours, std::string_view theirs) {
  // Some captures number calls that sysdig has no name for; we do.
  if (ours == theirs || theirs == "<unknown>") return true;
  for (const ScapEventInfo& info : scap_events())
    if (info.name == theirs && info.target == ours) return true;
  return false;
}

const Part* part_of(const Event& event, PartKind kind) {
  for (const Part& part : event.parts)
    if (part.kind == kind) return &part;
  return nullptr;
}

bool is_result_unknown(const Event& event) {
  const Part* unknown = part_of(event, PartKind::kUnknownArgs);
  return unknown && !unknown->data.empty() &&
         (unknown->data[0] >> kReturnArg & 1);
}

// The descriptor an event is about; -1 for none.
int fd_of(const Event& event, bool is_return) {
  const Descriptor& descriptor = *event.descriptor;
  if (descriptor.effect == Effect::kPipe) {
    const Part* fds = part_of(event, PartKind::kFds);
    int32_t pair[2] = {-1, -1};
    if (fds && is_return) std::memcpy(pair, fds->data.data(), sizeof pair);
    return pair[1];
  }
  if (descriptor.returns == ReturnKind::kFd)
    return is_return ? int(event.ret) : -1;
  const int arg = descriptor.arg_of_kind(ArgKind::kFd);
  const Part* unknown = part_of(event, PartKind::kUnknownArgs);
  const bool is_told = arg >= 0 && !(unknown && unknown->data[0] >> arg & 1);
  return is_told ? int(event.args[arg]) : -1;
}

// As sysdig prints it.
std::string ip_of(const Endpoint& end) {
  std::string text = endpoint_text(end);
  text.resize(text.rfind(':'));
  return text.starts_with('[') ? text.substr(1, text.size() - 2) : text;
}
std::string ip_and_port(const Endpoint& end) {
  return fmt::format("{}:{}", ip_of(end), end.port);
}

std::string printable(std::string_view bytes) {
  std::string text;
  for (const char c : bytes)
    text.push_back(std::isprint(static_cast<unsigned char>(c)) ? c : '.');
  return text;
}

// The tuple of an event: who sends comes first.
std::string tuple_of(const Event& event, TextPool& texts) {
  const Part* local = part_of(event, PartKind::kSocket);
  const Part* address = part_of(event, PartKind::kSockaddr);
  if (address && !local)
    return std::string(parse_endpoint(address->data, texts).name);
  if (!local) return {};
  const auto socket = read_part<SocketPart>(*local);
  Endpoint near{.family = socket.family, .port = socket.local_port};
  std::memcpy(near.address.data(), socket.local_address, 16);
  Endpoint far{.family = socket.family, .port = socket.peer_port};
  std::memcpy(far.address.data(), socket.peer_address, 16);
  if (address) far = parse_endpoint(address->data, texts);
  if (near.family == AF_UNIX) return std::string(far.name);
  const Effect effect = event.descriptor->effect;
  if (effect == Effect::kAccept || effect == Effect::kReceive)
    std::swap(near, far);
  return fmt::format("{}->{}", ip_and_port(near), ip_and_port(far));
}

}  // namespace

bool Retelling::read(const std::string& trace) {
  auto reader = TraceReader::open(trace);
  EXPECT_TRUE(reader) << reader.error().message;
  while (reader) {
    auto item = reader->next();
    EXPECT_TRUE(item) << item.error().message;
    if (!item) return false;
    if (!*item) return true;
    if (item->snapshot) reconstructor_.apply(*item->snapshot, item->position);
    if (item->event) tell(*item->event, item->position);
  }
  return false;
}

const Statement* Retelling::find(const Statement& theirs) const {
  const auto [first, last] = statements_.equal_range(key_of(
      theirs[Field::kTime], theirs[Field::kThread], theirs[Field::kDirection]));
  for (auto at = first; at != last; ++at)
    if (is_type(at->second[Field::kType], theirs[Field::kType]))
      return &at->second;
  return nullptr;
}

void Retelling::put(Statement said, uint64_t time_ns, const Event& event,
                    const char* direction) {
  statements_.emplace(
      key_of(std::to_string(time_ns), std::to_string(event.tid), direction),
      std::move(said));
}

void Retelling::tell(const Event& event, Position at) {
  const Effect effect = event.descriptor->effect;
  const bool is_call = event.type.abi != Abi::kKernel;
  // Derived ones say again what a call says.
  if (effect == Effect::kTaskFork || effect == Effect::kTaskExec)
    return reconstructor_.apply(event, at);
  Statement before = state_of(event, at, false);
  if (is_call && (event.flags & kHasEnter))
    put(before, event.enter_ns(), event, ">");
  if (!is_call) put(before, event.time_ns, event, ">");
  reconstructor_.apply(event, at);
  if (!is_call || (event.flags & kInFlight)) return;
  Statement after = state_of(event, at, true);
  // What was closed has its name until the event is over.
  if (effect == Effect::kClose)
    for (const Field field :
         {Field::kFdName, Field::kClientAddress, Field::kClientPort,
          Field::kServerAddress, Field::kServerPort})
      after[field] = before[field];
  put(std::move(after), event.time_ns, event, "<");
}

Statement Retelling::state_of(const Event& event, Position at, bool is_return) {
  Statement said;
  said[Field::kType] = event.descriptor->name;
  said[Field::kCpu] = std::to_string(event.cpu);
  Task& task = reconstructor_.tree().task(event, at);
  said[Field::kProcess] = task.process->row.comm;
  if (is_return && !is_result_unknown(event))
    said[Field::kResult] = std::to_string(event.ret);
  if (const Part* text = part_of(event, PartKind::kString))
    said[Field::kName] = said[Field::kPath] = text->data;
  if (const Part* data = part_of(event, PartKind::kPayload); data && is_return)
    said[Field::kData] = printable(data->data);
  said[Field::kTuple] = tuple_of(event, texts_);
  for (const ArgKind kind : {ArgKind::kOpenFlags, ArgKind::kMmapFlags,
                             ArgKind::kCloneFlags, ArgKind::kUnlinkFlags})
    if (const int arg = event.descriptor->arg_of_kind(kind); arg >= 0)
      said[Field::kFlags] = fmt::format("{:#x}", event.args[arg]);
  describe_fd(task, fd_of(event, is_return), said);
  return said;
}

void Retelling::describe_fd(Task& task, int fd, Statement& said) {
  if (fd < 0) return;
  said[Field::kFdNumber] = std::to_string(fd);
  FdTable::Entry* entry = task.fds ? task.fds->find(fd) : nullptr;
  if (!entry) return;
  if (entry->file->kind != OpenFileKind::kSocket) {
    said[Field::kFdName] = entry->file->path;
    return;
  }
  Sockets& sockets = reconstructor_.sockets();
  describe_socket(sockets.row(sockets.get(entry->file->socket).own), said);
}

void Retelling::describe_socket(const ConnectionRow& row, Statement& said) {
  if (row.family == AF_UNIX) {
    said[Field::kFdName] = row.remote ? row.remote.name : row.local.name;
    return;
  }
  const bool is_server = row.direction == Direction::kIncoming ||
                         row.direction == Direction::kListening || !row.remote;
  const Endpoint& server = is_server ? row.local : row.remote;
  const Endpoint& client = is_server ? row.remote : row.local;
  if (server) {
    said[Field::kServerAddress] = ip_of(server);
    said[Field::kServerPort] = std::to_string(server.port);
    said[Field::kFdName] = ip_and_port(server);
  }
  if (client) {
    said[Field::kClientAddress] = ip_of(client);
    said[Field::kClientPort] = std::to_string(client.port);
    said[Field::kFdName].insert(0, ip_and_port(client) + "->");
  }
}

}  // namespace vestige
