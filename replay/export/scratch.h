// SPDX-License-Identifier: Apache-2.0
//
// Formats that are written here and there, not from front to back, are made in
// a scratch folder when they go to stdout.
#pragma once

#include <string>

#include "format/result.h"
#include "replay/scratch_folder.h"

namespace vestige {

Result<void> copy_to_stdout(const std::string& path);

}  // namespace vestige
