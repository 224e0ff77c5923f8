// SPDX-License-Identifier: Apache-2.0
//
// The one interface of all formats that hold rows. An exporter makes one file
// out of rows of one or several traces, in one or several tables.
//
//   exporter.begin_trace(...)
//   RowSink* files = TRY(exporter.table("files", RowKind::kFile, columns));
//   files->add(view);   // rows of several tables may come in turn
//   exporter.end_trace(...)
//   TRY(exporter.close());
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "format/header.h"
#include "format/result.h"
#include "replay/event_view.h"
#include "replay/filter/field_list.h"

namespace vestige {

// Where rows come from.
struct TraceContext {
  uint32_t number = 1;    // among those of the export
  std::string file_name;  // without its folder
  std::string sha256;     // of the file, hex; empty when not asked for
  const TraceHeader* header = nullptr;
};

// What is known of it after all rows were read.
struct TraceOutcome {
  uint64_t events = 0;
  bool is_complete = false;
  const TraceEnd* end = nullptr;  // with the losses
};

class RowSink {
 public:
  virtual ~RowSink() = default;
  // The view lives for the call. What goes wrong is told by close().
  virtual void add(const EventView& row) = 0;
};

class Exporter {
 public:
  virtual ~Exporter() = default;

  virtual void begin_trace(const TraceContext&) {}
  // The sink lives as long as the exporter, the columns must. kUsage when
  // the format cannot hold one more table.
  virtual Result<RowSink*> table(std::string_view name, RowKind kind,
                                 const filter::FieldList& columns) = 0;
  virtual void end_trace(const TraceOutcome&) {}
  // What of the rows the format could not hold, in words; empty: nothing.
  [[nodiscard]] virtual std::string left_out() const { return {}; }
  // Without it, the file is removed again.
  virtual Result<void> close() = 0;
};

}  // namespace vestige
