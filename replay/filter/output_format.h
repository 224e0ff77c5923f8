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

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "format/result.h"
#include "replay/facts/field.h"
#include "replay/facts/needs.h"
#include "replay/filter/bytes_text.h"
#include "replay/filter/operand.h"

namespace vestige::filter {

enum class Missing { kSkipsLine, kIsMarked };

class OutputFormat {
 public:
  // kUsage errors point into the text.
  static Result<OutputFormat> compile(std::string_view text,
                                      Missing missing = Missing::kSkipsLine);

  // How fields that are data are written.
  void write_bytes(BytesText how) { bytes_ = how; }

  // What must be known before append().
  [[nodiscard]] Needs needs() const;

  // Appends the line, printable, without a line break. False, and nothing
  // appended, when it is to be left out.
  bool append(std::string& out, const EventView& view) const;

  // What it is made of, for who renders values in another way.
  struct Piece {
    std::string text;  // literal; of an operand: as written
    std::optional<BoundOperand> operand;
    size_t width = 0;  // 0: as wide as the value
  };
  [[nodiscard]] std::span<const Piece> pieces() const { return pieces_; }
  // A text cut or filled up with blanks to that width.
  static std::string fitted(std::string text, size_t width);

 private:
  std::vector<Piece> pieces_;
  Missing missing_ = Missing::kSkipsLine;
  BytesText bytes_ = BytesText::kEscaped;
};

}  // namespace vestige::filter
