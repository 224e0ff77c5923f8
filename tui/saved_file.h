// SPDX-License-Identifier: Apache-2.0
//
// Small files of the investigator's own.
#pragma once

#include <string>
#include <string_view>

#include "format/result.h"

namespace vestige::tui {

// Replaces the file, whole or not at all; only its owner may read it. No text:
// removes it.
Result<void> save_file(const std::string& path, std::string_view text);

// Where settings are kept: ~/.config/vestige/NAME, or as XDG_CONFIG_HOME says;
// empty when there is no home.
std::string settings_path(std::string_view name);

}  // namespace vestige::tui
