// SPDX-License-Identifier: Apache-2.0
// Filters, output formats and field lists are whatever a user types or a rule
// file holds: each is compiled or refused, never more.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "replay/filter/field_list.h"
#include "replay/filter/filter.h"
#include "replay/filter/output_format.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  vestige::filter::Definitions definitions;
  definitions.macros["m"] = "proc.name in (l) or m2";
  definitions.macros["m2"] = "m";
  definitions.lists["l"] = {"a", "b"};
  (void)vestige::filter::Filter::compile(text, definitions);
  (void)vestige::filter::OutputFormat::compile(text);
  (void)vestige::filter::FieldList::compile(text);
  return 0;
}
