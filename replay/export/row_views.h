// SPDX-License-Identifier: Apache-2.0
//
// Rows of facts as views, so that filters and columns made for events can be
// asked of them: of a file row, proc.name is who did it, fd.name the path and
// file.op what was done.
#pragma once

#include <functional>

#include "replay/case.h"
#include "replay/event_view.h"
#include "replay/rules/finding.h"

namespace vestige {

// Views and all they point to live for the call. The case must outlive this.
class RowViews {
 public:
  using Visit = std::function<void(const EventView& row)>;

  explicit RowViews(const Case& opened);

  // In the order of the facts. Nothing for kEvent and kFinding: their rows
  // are made while a trace is read.
  void for_each(RowKind kind, const Visit& visit);
  // One of them, by its number there.
  void visit(RowKind kind, uint32_t row, const Visit& visit);
  void visit_finding(const Finding& finding, const Visit& visit);
  // An event alone with its process, as that came to be known: no descriptor.
  void visit_event(const Event& event, Position at, ProcessId process,
                   const Visit& visit);

 private:
  void visit_process(const ProcessRow& row, const Visit& visit);
  void visit_file(const FileRow& row, const Visit& visit);
  void visit_connection(const ConnectionRow& row, const Visit& visit);
  void visit_message(const MessageRow& row, const Visit& visit);
  // What a row of this process at that time looks like; the rest is added.
  EventView& begin(RowKind kind, ProcessId process, uint64_t time_ns,
                   Position at);
  void set_exe(const ProcessRow& row, uint64_t time_ns);
  void set_connection(const ConnectionRow* connection);

  const Case& case_;
  Event event_;
  ExeFacts exe_;
  OpenFile file_;
  Occurrence seen_;
  EventView view_;
};

}  // namespace vestige
