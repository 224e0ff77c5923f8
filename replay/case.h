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
#include "replay/facts/facts.h"

namespace vestige {

class ProcessTree;

struct TypeCount {
  const Descriptor* descriptor = nullptr;
  uint64_t events = 0;
  uint64_t errors = 0;
};

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
  [[nodiscard]] const Facts& facts() const;
  // All processes as they were at the end.
  [[nodiscard]] const ProcessTree& tree() const;
  [[nodiscard]] uint64_t events() const;
  // By name; types that occur.
  [[nodiscard]] const std::vector<TypeCount>& types() const;

  // UTC nanoseconds of an event time, by the header's clock pair.
  [[nodiscard]] int64_t unix_ns(uint64_t boot_ns) const;
  // Whose event it is; kNone for a process the trace does not tell of.
  [[nodiscard]] ProcessId process_of(const Event& event) const;

 private:
  struct State;
  explicit Case(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace vestige
