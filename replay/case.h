// SPDX-License-Identifier: Apache-2.0
//
// A trace, read from beginning to end and made into facts. What the command
// line and the terminal UI ask their questions of.
//
//   auto opened = TRY(Case::open("x.vtrace"));
//   for (const FileRow& row : opened.facts().files) ...
//
// Everything returned lives as long as the Case. Immutable once open, so
// several threads may read it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "format/header.h"
#include "format/result.h"
#include "format/snapshot.h"
#include "format/trace_columns.h"
#include "replay/facts/facts.h"
#include "replay/facts/loss_times.h"

namespace vestige {

class ProcessTree;

struct TypeCount {
  const Descriptor* descriptor = nullptr;
  uint64_t events = 0;
  uint64_t errors = 0;
};

class CaseReader;

class Case {
 public:
  // Called every now and then while reading; false gives up (kUsage error).
  using Progress = std::function<bool(uint64_t events)>;

  // kBadInput when the file is not a trace; damage inside one becomes losses.
  static Result<Case> open(const std::string& path,
                           const Progress& progress = {});
  Case(Case&&) noexcept;
  Case& operator=(Case&&) noexcept;
  ~Case();

  [[nodiscard]] const std::string& path() const;
  [[nodiscard]] const TraceHeader& header() const;
  [[nodiscard]] const TraceEnd& end() const;
  [[nodiscard]] bool is_complete() const;  // has an end record
  // False: what had been read by some moment; see CaseReader.
  [[nodiscard]] bool is_whole() const;
  [[nodiscard]] const Facts& facts() const;
  // All processes as they were at the end; none of a case that is not whole.
  [[nodiscard]] const ProcessTree& tree() const;
  // Where rows and numbers may lack something.
  [[nodiscard]] const LossTimes& loss_times() const;
  [[nodiscard]] uint64_t events() const;
  // By name; types that occur.
  [[nodiscard]] const std::vector<TypeCount>& types() const;

  // How many snapshots it has from there.
  [[nodiscard]] uint64_t snapshots(SnapshotSource source) const;

  // UTC nanoseconds of an event time, by the header's clock pair.
  [[nodiscard]] int64_t unix_ns(uint64_t boot_ns) const;
  // Whose event it is; kNone for a process the trace does not tell of.
  [[nodiscard]] ProcessId process_of(const Event& event) const;

 private:
  friend class CaseReader;
  struct State;
  explicit Case(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Reads a case step by step, for programs that show it while it is read.
// Not thread-safe, but what so_far() gave belongs to any thread.
class CaseReader {
 public:
  enum class Mode : uint8_t {
    kOnce,
    kFollow,  // the trace is still being written
  };
  // columns (format/trace_columns.h): what of the events to decode; without
  // payload nothing that was said in the clear is known.
  static Result<CaseReader> open(const std::string& path,
                                 Mode mode = Mode::kOnce,
                                 uint32_t columns = kAllColumns);
  CaseReader(CaseReader&&) noexcept;
  CaseReader& operator=(CaseReader&&) noexcept;
  ~CaseReader();

  [[nodiscard]] const TraceHeader& header() const;
  // Reads so many events at most. False: there are no more, or, when
  // following, none for now.
  Result<bool> read(uint64_t events);
  // Nothing will come any more, however long one follows.
  [[nodiscard]] bool is_at_end() const;
  [[nodiscard]] uint64_t events() const;
  [[nodiscard]] double share() const;  // of the file that was read, 0 to 1

  // A copy of what is known by now.
  [[nodiscard]] Case so_far() const;
  Case finish() &&;

 private:
  struct State;
  explicit CaseReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace vestige
