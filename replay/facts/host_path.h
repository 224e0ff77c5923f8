// SPDX-License-Identifier: Apache-2.0
//
// Where on the host a file of the container lies, by the mounts of its
// namespace: below an overlay's upper directory, in a bind-mounted folder.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "format/parts.h"
#include "replay/facts/mount_row.h"

namespace vestige {

// Inferred: the mounts of the host itself are not in the trace, so a path is
// that within the file system it lies on. Nothing for what has no place there
// (tmpfs, proc), or when the layer leaves it open.
std::optional<std::string> host_path(std::span<const Mount> mounts,
                                     uint32_t mnt_namespace,
                                     std::string_view path, Layer layer);

}  // namespace vestige
