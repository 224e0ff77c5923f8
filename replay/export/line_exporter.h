// SPDX-License-Identifier: Apache-2.0
//
// What formats of one line per row have in common. A format derives from it
// and says what the line of a row is.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "replay/export/exporter.h"
#include "replay/export/out_file.h"

namespace vestige {

class LineExporter : public Exporter {
 public:
  explicit LineExporter(OutFile out) : out_(std::move(out)) {}

  void begin_trace(const TraceContext& trace) override { trace_ = trace; }
  Result<RowSink*> table(std::string_view, RowKind,
                         const filter::FieldList& columns) override {
    sinks_.emplace_back(*this, columns);
    return &sinks_.back();
  }
  Result<void> close() override { return out_.close(); }

 protected:
  // Appends what the row is; nothing to leave it out.
  virtual void append(std::string& out, const EventView& row,
                      const filter::FieldList& columns) = 0;

  [[nodiscard]] const TraceContext& trace() const { return trace_; }
  OutFile& out() { return out_; }
  [[nodiscard]] size_t tables() const { return sinks_.size(); }

 private:
  class Sink : public RowSink {
   public:
    Sink(LineExporter& owner, const filter::FieldList& columns)
        : owner_(owner), columns_(columns) {}
    void add(const EventView& row) override {
      owner_.append(owner_.out_.buffer(), row, columns_);
      owner_.out_.flush_if_full();
    }

   private:
    LineExporter& owner_;
    const filter::FieldList& columns_;
  };

  OutFile out_;
  TraceContext trace_;
  std::deque<Sink> sinks_;
};

// What make() of a format is.
template <typename Format>
Result<std::unique_ptr<Exporter>> make_lines(const std::string& path) {
  OutFile out = TRY(OutFile::create(path));
  return std::unique_ptr<Exporter>(std::make_unique<Format>(std::move(out)));
}

}  // namespace vestige
