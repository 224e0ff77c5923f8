// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace vestige {

// Bytes that are free on the file system of a file that may not exist yet;
// UINT64_MAX when nobody can tell.
uint64_t free_bytes_at(const std::string& path);

}  // namespace vestige
