// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace vestige {

// A quoted string of Graphviz that shows the bytes as text: nothing in them
// ends the string, nor is taken for one of the escapes of labels.
std::string dot_label(std::string_view bytes);

}  // namespace vestige
