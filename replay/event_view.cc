// SPDX-License-Identifier: Apache-2.0
#include "replay/event_view.h"

#include "format/errno_text.h"

namespace vestige {
namespace {

constexpr uint8_t kNoArg = 0xff;

// The argument that names the descriptor an event is about.
uint8_t fd_argument(const Event& event) {
  if (!event.descriptor) return kNoArg;
  const bool made_one = event.descriptor->returns == ReturnKind::kFd &&
                        !(event.flags & kInFlight) && event.ret >= 0;
  if (made_one) return kReturnArg;
  for (int i = 0; i < event.descriptor->arg_count; ++i)
    if (event.descriptor->args[size_t(i)].kind == ArgKind::kFd)
      return event.is_told(uint8_t(i)) ? uint8_t(i) : kNoArg;
  return kNoArg;
}

int32_t fd_value(const Event& event, uint8_t arg) {
  if (arg == kNoArg) return -1;
  return arg == kReturnArg ? int32_t(event.ret) : int32_t(event.args[arg]);
}

}  // namespace

const Process* EventView::ancestor(int generation) const {
  const Process* found = process;
  while (found && generation-- > 0) found = tree->get(found->row.parent);
  return found;
}

OpenFileRef EventViewer::file_of(const Process* process, int32_t fd) {
  if (!process || !process->fds || fd < 0) return {};
  const FdTable::Entry* entry = process->fds->find(fd);
  return entry ? entry->file : OpenFileRef();
}

// What is about to be closed is gone afterwards.
void EventViewer::find_descriptor_before(const Event& event) {
  view_.fd_arg = fd_argument(event);
  view_.fd = fd_value(event, view_.fd_arg);
  const Process* process =
      state_.tree().find(event.pid, event.process_start_ns);
  before_ =
      view_.fd_arg == kReturnArg ? OpenFileRef() : file_of(process, view_.fd);
  ends_ = ends_of(connection_of(before_.get()));
}

// The conversation a descriptor is about: the latest, or the socket's own.
ConnectionRow* EventViewer::connection_of(const OpenFile* file) {
  if (!file || file->socket == 0) return nullptr;
  // The numbers of closed sockets are used again: only an open file counts.
  const Socket& socket = state_.sockets().get(file->socket);
  const ConnectionId id =
      socket.latest != ConnectionId::kNone ? socket.latest : socket.own;
  return id == ConnectionId::kNone ? nullptr : &state_.sockets().row(id);
}

EventViewer::Ends EventViewer::ends_of(const ConnectionRow* row) {
  return row ? Ends{row->id, row->local, row->remote} : Ends{};
}

void EventViewer::find_descriptor_after() {
  after_ = file_of(state_.current(), view_.fd);
  view_.file = after_ ? after_.get() : before_.get();
  view_.connection = connection_of(view_.file);
  view_.is_name_changed =
      view_.connection && ends_of(view_.connection) != ends_;
}

void EventViewer::remember_exe(const Event& event) {
  if (!event.descriptor || event.descriptor->effect != Effect::kTaskExec ||
      !view_.process)
    return;
  ExeFacts& exe = exes_[uint32_t(view_.process->row.id)];
  exe = {};
  if (const Part* file = event.part(kTaskArg, PartKind::kFile)) {
    exe.file = read_part<FilePart>(*file);
    exe.has_file = true;
  }
  if (const Part* env = event.part(kTaskArg, PartKind::kEnv))
    exe.env = env->data;
  exe.is_memfd = view_.process->row.exe.starts_with("memfd:") ||
                 view_.process->row.exe.starts_with("/memfd:");
}

// A process that has not called exec runs what its creator ran.
const ExeFacts* EventViewer::exe_of(const Process* process) {
  constexpr int kGenerations = 64;
  for (int i = 0; process && i < kGenerations; ++i) {
    const auto found = exes_.find(uint32_t(process->row.id));
    if (found != exes_.end()) return &found->second;
    process = view_.tree->get(process->row.creator);
  }
  return nullptr;
}

const EventView& EventViewer::look(const Event& event, Position at) {
  if (view_.number == 0 && !has_first_time_) set_first_time(event.time_ns);
  if (!has_event_) time_ns_ = view_.first_ns;
  has_event_ = true;
  view_.previous_ns = time_ns_;
  time_ns_ = event.time_ns;
  view_.event = &event;
  view_.at = at;
  ++view_.number;
  view_.header = &header_;
  view_.process = nullptr;
  view_.fd = -1;
  view_.fd_arg = kNoArg;
  view_.file = nullptr;
  view_.connection = nullptr;
  view_.exe = nullptr;
  return view_;
}

const EventView& EventViewer::look(const Event& event, Position at,
                                   const Process* process) {
  look(event, at);
  view_.process = process;
  view_.tree = &std::as_const(state_).tree();
  return view_;
}

const EventView& EventViewer::look_at_process(const Event& event, Position at) {
  look(event, at);
  view_.process = state_.tree().task(event, at).process;
  view_.tree = &std::as_const(state_).tree();
  view_.exe = exe_of(view_.process);
  return view_;
}

const EventView& EventViewer::apply(const Event& event, Position at) {
  look(event, at);
  find_descriptor_before(event);
  state_.apply(event, at);
  view_.process = state_.current();
  view_.tree = &std::as_const(state_).tree();
  view_.state = &state_;
  find_descriptor_after();
  remember_exe(event);
  // Most events are of the process of the event before.
  const bool is_exec =
      event.descriptor && event.descriptor->effect == Effect::kTaskExec;
  if (view_.process != exe_process_ || is_exec) {
    exe_process_ = view_.process;
    exe_ = exe_of(view_.process);
  }
  view_.exe = exe_;
  return view_;
}

}  // namespace vestige
