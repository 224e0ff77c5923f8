// SPDX-License-Identifier: Apache-2.0
#include "tui/drill.h"

#include "tui/views/views.h"

namespace vestige::tui {
namespace {

// A path is nobody's doing in particular: who made it, else who was first.
ProcessId process_behind(const Session& session, const Subject& subject) {
  if (const auto* file = std::get_if<FilePath>(&subject)) {
    const FileSummary* summary = session.insights().file(file->path);
    if (!summary) return ProcessId::kNone;
    return summary->maker != ProcessId::kNone ? summary->maker
                                              : summary->first_process;
  }
  return bearings(session.data().facts(), subject).process;
}

std::unique_ptr<View> who_touched(Session& session, const Subject& subject) {
  const Bearings known = bearings(session.data().facts(), subject);
  if (known.connection != ConnectionId::kNone) {
    return make_timeline(session, {.connection = known.connection}, subject);
  }
  if (known.path.empty()) return nullptr;
  return make_timeline(session, {.path = known.path}, subject);
}

}  // namespace

std::unique_ptr<View> follow(Session& session, const Subject& subject) {
  if (const auto* id = std::get_if<ProcessId>(&subject)) {
    return make_timeline(session, {.process = *id});
  }
  if (const auto* file = std::get_if<FilePath>(&subject)) {
    return make_timeline(session, {.path = file->path});
  }
  if (const auto* id = std::get_if<ConnectionId>(&subject)) {
    return make_timeline(session, {.connection = *id});
  }
  if (const auto* event = std::get_if<EventRef>(&subject)) {
    return make_events(session, {}, event->at);
  }
  if (subject.index() == 0) return nullptr;
  return make_details(session, subject);
}

std::unique_ptr<View> related(Session& session, Action action,
                              const Subject& subject) {
  if (subject.index() == 0) return nullptr;
  if (action == Action::kDetails) return make_details(session, subject);
  if (action == Action::kStream) {
    const Bearings known = bearings(session.data().facts(), subject);
    if (std::holds_alternative<ProcessId>(subject)) {
      return make_stream(session, {.process = known.process});
    }
    if (known.connection != ConnectionId::kNone) {
      return make_stream(session, {.connection = known.connection});
    }
    if (known.path.empty()) return nullptr;
    return make_stream(session, {.path = known.path});
  }
  if (action == Action::kWho) return who_touched(session, subject);
  const ProcessId process = process_behind(session, subject);
  if (process == ProcessId::kNone) return nullptr;
  switch (action) {
    case Action::kItsProcess: return make_processes(session, process);
    case Action::kItsActivity:
      return make_timeline(session, {.process = process}, subject);
    case Action::kItsFiles: return make_files(session, {.process = process});
    case Action::kItsNetwork:
      return make_network(session, {.process = process});
    case Action::kItsEvents:
      return make_events(session, {.process = process},
                         bearings(session.data().facts(), subject).at);
    default: return nullptr;
  }
}

}  // namespace vestige::tui
