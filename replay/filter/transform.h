// SPDX-License-Identifier: Apache-2.0
//
// What the functions of the filter language do.
#pragma once

#include <string>
#include <vector>

#include "replay/facts/field.h"
#include "replay/filter/ast.h"

namespace vestige::filter {

// given: for each argument its values. A missing value gives none. option:
// which one is wanted of getopt(...)[t]; empty: all.
void apply_transformer(Transformer transformer,
                       const std::vector<std::vector<std::string>>& given,
                       bool is_list, std::string_view option, FieldValues& out);

// nullopt when it is not Base64 (with or without padding).
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace vestige::filter
