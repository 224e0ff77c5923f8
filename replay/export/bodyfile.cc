// SPDX-License-Identifier: Apache-2.0
//
// Body file of The Sleuth Kit 3 and later, for mactime:
//   MD5|name|inode|mode_as_string|UID|GID|size|atime|mtime|ctime|crtime
// A line for the first and one for the last time of each row of files that
// succeeded; which time it is follows from what was done.
#include <fmt/format.h>

#include <algorithm>

#include "format/escape.h"
#include "replay/export/formats.h"
#include "replay/export/line_exporter.h"
#include "replay/state/process_tree.h"

namespace vestige {
namespace {

enum Times : uint8_t { kAccess = 1, kModify = 2, kChange = 4, kBirth = 8 };

uint8_t times_of(FileOp op) {
  switch (op) {
    case FileOp::kCreate:
    case FileOp::kMkdir:
    case FileOp::kMknod:
    case FileOp::kSymlink:
    case FileOp::kMemfd: return kAccess | kModify | kChange | kBirth;
    case FileOp::kWrite:
    case FileOp::kTruncate:
    case FileOp::kMapWrite:
    case FileOp::kAllocate: return kModify | kChange;
    case FileOp::kDelete:
    case FileOp::kRmdir:
    case FileOp::kRename:
    case FileOp::kExchange:
    case FileOp::kLink:
    case FileOp::kChmod:
    case FileOp::kChown:
    case FileOp::kUtimes:
    case FileOp::kXattr:
    case FileOp::kInodeAttributes: return kChange;
    case FileOp::kRead:
    case FileOp::kMap:
    case FileOp::kList:
    case FileOp::kExec: return kAccess;
    case FileOp::kOpen:
    case FileOp::kLookup:
    case FileOp::kReady:
    case FileOp::kChdir:
    case FileOp::kChroot:
    case FileOp::kMount:
    case FileOp::kUmount: return 0;
  }
  return 0;
}

std::string mode_text(const FileRow& row) {
  const char type = row.op == FileOp::kMkdir || row.op == FileOp::kRmdir ? 'd'
                    : row.op == FileOp::kSymlink                         ? 'l'
                                                                         : 'r';
  std::string out = fmt::format("{0}/{0}", type);
  if (!row.has_mode) return out + "---------";
  constexpr std::string_view kBits = "rwxrwxrwx";
  for (size_t i = 0; i < kBits.size(); ++i)
    out += row.mode >> (8 - i) & 1 ? kBits[i] : '-';
  return out;
}

// The bar ends a column and cannot be quoted.
std::string name_text(std::string_view path) {
  std::string out = escaped(path);
  for (size_t at = 0; (at = out.find('|', at)) != out.npos; at += 4)
    out.replace(at, 1, "\\x7c");
  return out;
}

class Bodyfile : public LineExporter {
 public:
  using LineExporter::LineExporter;

 private:
  void append(std::string& out, const EventView& row,
              const filter::FieldList&) override {
    const FileRow* const file = row.file_row;
    if (!file || file->error != 0 || times_of(file->op) == 0) return;
    if (!file->path.starts_with('/')) return;  // a pipe, a file in memory
    append_line(out, row, file->seen.first_ns);
    if (file->seen.last_ns != file->seen.first_ns)
      append_line(out, row, file->seen.last_ns);
  }

  void append_line(std::string& out, const EventView& row, uint64_t time_ns) {
    const FileRow& file = *row.file_row;
    const bool is_gone =
        file.op == FileOp::kDelete || file.op == FileOp::kRmdir;
    const uint8_t times = times_of(file.op);
    // 0 stands for unknown in a body file.
    const auto when = [&](Times which) {
      return times & which ? row.unix_ns(time_ns) / 1'000'000'000 : 0;
    };
    const bool knows_user = row.process && row.process->row.credentials_known;
    const uint32_t uid = knows_user ? row.process->row.credentials.euid : 0;
    const uint32_t gid = knows_user ? row.process->row.credentials.egid : 0;
    out += fmt::format(
        "0|{}{}{}|{}|{}|{}|{}|{}|{}|{}|{}|{}\n", name_text(file.path),
        file.to.empty() ? "" : " -> " + name_text(file.to),
        is_gone ? " (deleted)" : "", file.inode, mode_text(file), uid, gid,
        file.bytes, when(kAccess), when(kModify), when(kChange), when(kBirth));
  }
};

}  // namespace

Result<std::unique_ptr<Exporter>> make_bodyfile(const std::string& path) {
  return make_lines<Bodyfile>(path);
}

}  // namespace vestige
