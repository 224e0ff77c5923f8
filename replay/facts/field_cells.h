// SPDX-License-Identifier: Apache-2.0
//
// How the values of a field stand in formats of other programs. The one place
// where they are made harmless there.
#pragma once

#include <string>
#include <string_view>

#include "replay/facts/field.h"

namespace vestige {

// One JSON value: null for no value, an array for a list or several values.
// Text that is not UTF-8 as append_json() of format/escape.h writes it.
void append_json_cell(std::string& out, FieldType type, bool is_list,
                      const FieldValues& values);

std::string base64(std::string_view bytes);
// Base64 of bytes that are not UTF-8; "" for those that are.
std::string exact_bytes(std::string_view bytes);
// The same of a single text among the values; else "".
std::string exact_cell(FieldType type, const FieldValues& values);

// A CSV cell (RFC 4180): nothing for no value, several joined by commas.
// Control characters are escaped; a text that a spreadsheet would take for a
// formula gets a ' in front.
void append_csv_cell(std::string& out, FieldType type,
                     const FieldValues& values);
// A CSV cell of a text of our own.
void append_csv_text(std::string& out, std::string_view text);

// As a person reads it, on one line, escaped; several joined by commas.
void append_text_cell(std::string& out, FieldType type,
                      const FieldValues& values);

}  // namespace vestige
