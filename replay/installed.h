// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace vestige {

// PREFIX/share/vestige/NAME, where PREFIX/bin/vestige is this program.
std::string installed_folder(std::string_view name);

}  // namespace vestige
