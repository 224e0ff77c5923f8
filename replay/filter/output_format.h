// SPDX-License-Identifier: Apache-2.0
//
// Output formats as sysdig and Falco have them: text with %field in it.
//
//   *%evt.time %proc.name[%proc.pid] %fd.name
//
// With `*` in front, a line is written even if a field has no value (<NA>
// stands for it); without, such lines are left out. %10proc.name pads to ten
// columns, %proc.aname[2] takes arguments, %% is a percent sign. Functions
// stand in the field's place: %toupper(proc.name).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "format/result.h"
#include "replay/facts/field.h"
#include "replay/facts/needs.h"

namespace vestige::filter {

enum class Missing { kSkipsLine, kIsMarked };

class OutputFormat {
 public:
  // kUsage errors point into the text.
  static Result<OutputFormat> compile(std::string_view text,
                                      Missing missing = Missing::kSkipsLine);
  OutputFormat(OutputFormat&&) noexcept;
  OutputFormat& operator=(OutputFormat&&) noexcept;
  ~OutputFormat();

  // What must be known before append().
  [[nodiscard]] Needs needs() const;

  // Appends the line, printable, without a line break. False, and nothing
  // appended, when it is to be left out.
  bool append(std::string& out, const EventView& view) const;

 private:
  struct Piece;
  OutputFormat();
  std::vector<Piece> pieces_;
  Missing missing_ = Missing::kSkipsLine;
};

}  // namespace vestige::filter
