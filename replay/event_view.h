// SPDX-License-Identifier: Apache-2.0
//
// One event together with the state of the world around it: what fields are
// extracted from. A viewer makes one view after the other:
//
//   EventViewer viewer(reader.header());
//   ... if (item.event) {
//     const EventView& view = viewer.apply(*item.event, item.position);
//
// A view and all it points to live until the next event.
//
// Rows of facts are viewed in the same way, so that the same filters and
// columns serve them: see replay/export/row_views.h.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "format/event.h"
#include "format/header.h"
#include "replay/facts/exe_facts.h"
#include "replay/facts/file_row.h"
#include "replay/facts/finding_row.h"
#include "replay/facts/row_kind.h"
#include "replay/reconstructor.h"
#include "replay/text_pool.h"

namespace vestige {

struct EventView {
  const Event* event = nullptr;
  Position at;
  uint64_t number = 0;  // counts events from 1
  const Process* process = nullptr;
  const ProcessTree* tree = nullptr;
  const TraceHeader* header = nullptr;
  uint64_t first_ns = 0;     // of the first event of the trace
  uint64_t previous_ns = 0;  // of the event before; first_ns for the first
  // The descriptor the event is about: the one it made, else the first it
  // names; -1 none. Its file is that after the event, or before it when the
  // event ended it.
  int32_t fd = -1;
  uint8_t fd_arg = 0xff;  // argument or kReturnArg, 0xff for none
  const OpenFile* file = nullptr;
  const ConnectionRow* connection = nullptr;
  // The event gave the socket other endpoints, or another peer to talk to.
  bool is_name_changed = false;
  const ExeFacts* exe = nullptr;         // nullptr: its exec was not seen
  const Reconstructor* state = nullptr;  // after the event; nullptr for rows

  // A row instead of an event. Its event never was: it has the time of the
  // row, its process and no descriptor; number is 0.
  RowKind kind = RowKind::kEvent;
  const Occurrence* seen = nullptr;     // files: all times together
  const FileRow* file_row = nullptr;    // kFile
  const MessageRow* message = nullptr;  // kMessage
  const FindingRow* finding = nullptr;  // kFinding

  [[nodiscard]] int64_t unix_ns() const { return unix_ns(event->time_ns); }
  [[nodiscard]] int64_t unix_ns(uint64_t boot_ns) const {
    return header->start.unix_at(boot_ns);
  }
  // Of the nth ancestor: 0 is the process itself; nullptr beyond the known.
  [[nodiscard]] const Process* ancestor(int generation) const;
};

class EventViewer {
 public:
  // The header must outlive the viewer.
  explicit EventViewer(const TraceHeader& header) : header_(header) {}
  // For who wants views and no facts; before the first event.
  void want_state_only() { state_.want_state_only(); }

  // The event as it stands after it happened.
  const EventView& apply(const Event& event, Position at);
  // The event alone: no process, no descriptor.
  const EventView& look(const Event& event, Position at);
  // The event and its process, as it was after what was applied; nothing
  // happens.
  const EventView& look_at_process(const Event& event, Position at);
  // The event, and a process that somebody else knows; nullptr: nobody does.
  const EventView& look(const Event& event, Position at,
                        const Process* process);
  // Of the next event, when events were left out.
  void set_next_number(uint64_t number) { view_.number = number - 1; }
  // Of the first event of the trace, when it is left out.
  void set_first_time(uint64_t time_ns) {
    view_.first_ns = time_ns;
    has_first_time_ = true;
  }
  void apply(const Snapshot& snapshot, Position at) {
    state_.apply(snapshot, at);
  }
  void apply(const Loss& loss) { state_.apply(loss); }
  // See Reconstructor.
  void watch(TransferWatcher* watcher) { state_.watch(watcher); }
  [[nodiscard]] const Reconstructor& state() const { return state_; }
  void watch(TouchedRows* touched) { state_.watch(touched); }

 private:
  void find_descriptor_before(const Event& event);
  void find_descriptor_after();
  ConnectionRow* connection_of(const OpenFile* file);
  void remember_exe(const Event& event);
  const ExeFacts* exe_of(const Process* process);
  OpenFileRef file_of(const Process* process, int32_t fd);

  const TraceHeader& header_;
  TextPool texts_;
  Reconstructor state_{texts_};
  EventView view_;
  std::unordered_map<uint32_t, ExeFacts> exes_;  // by ProcessId
  const Process* exe_process_ = nullptr;         // whose exe_ is
  const ExeFacts* exe_ = nullptr;
  OpenFileRef before_, after_;
  // What the socket's name was made of before the event.
  struct Ends {
    ConnectionId id = ConnectionId::kNone;
    Endpoint local, remote;
    bool operator==(const Ends&) const = default;
  };
  static Ends ends_of(const ConnectionRow* row);
  Ends ends_;
  uint64_t time_ns_ = 0;
  bool has_first_time_ = false;
  bool has_event_ = false;
};

}  // namespace vestige
