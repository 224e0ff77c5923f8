// SPDX-License-Identifier: Apache-2.0
//
// What one process did to one path in one way with one outcome, all times
// together. Views live as long as the Case.
#pragma once

#include <cstdint>
#include <string_view>

#include "format/parts.h"
#include "replay/facts/occurrence.h"
#include "replay/ids.h"

namespace vestige {

// FILE_OP(name, text): text is what rows, fields and JSON call it.
enum class FileOp : uint8_t {
#define FILE_OP(name, text, doc) name,
#include "replay/facts/file_ops.def"
#undef FILE_OP
};
std::string_view file_op_text(FileOp op);

// By what means, for FileOp::kTruncate; kNone for everything else.
enum class FileHow : uint8_t { kNone, kOpenTruncate, kTruncate, kFtruncate };
std::string_view file_how_text(FileHow how);

struct FileRow {
  ProcessId process = ProcessId::kNone;
  FileOp op = FileOp{};
  FileHow how = FileHow::kNone;
  Certainty path_certainty = Certainty::kUnknown;
  Layer layer = Layer::kUnknown;
  bool is_deleted = false;  // the file had no name left when acted upon
  bool has_mode = false;
  bool has_mtime = false;   // utimes: a time of the caller's choice
  int32_t error = 0;        // errno, 0: it worked
  uint32_t mode = 0;        // create, mkdir, mknod, chmod; see has_mode
  uint32_t generation = 0;  // of the inode number; 0 not told
  // Absolute, normalised, symlinks resolved as far as known, as the
  // container sees it. "pipe:[1]", "memfd:name" for what has no path.
  std::string_view path;
  // The path as asked for, made absolute, when it differs from path.
  std::string_view requested;
  // rename, link: the new path; symlink: what the link says.
  std::string_view to;
  Occurrence seen;
  uint64_t bytes = 0;
  uint64_t inode = 0;  // 0 unknown
  uint32_t dev_major = 0, dev_minor = 0;
  uint32_t uid = 0, gid = 0;  // chown: the new ones
  int64_t mtime_ns = 0;       // CLOCK_REALTIME, with has_mtime
};

}  // namespace vestige
