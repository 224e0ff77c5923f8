// SPDX-License-Identifier: Apache-2.0
#include "tui/file_ops.h"

namespace vestige::tui {
namespace {

constexpr uint64_t bits() {
  return 0;
}
template <typename... Ops>
constexpr uint64_t bits(FileOp op, Ops... ops) {
  return uint64_t{1} << static_cast<uint32_t>(op) | bits(ops...);
}

struct Letter {
  char letter;
  uint64_t ops;
};
constexpr Letter kLetters[] = {
    {'C', bits(FileOp::kCreate, FileOp::kMkdir, FileOp::kMknod,
               FileOp::kSymlink, FileOp::kMemfd)},
    {'W', bits(FileOp::kWrite, FileOp::kTruncate, FileOp::kAllocate,
               FileOp::kMapWrite)},
    {'R', bits(FileOp::kRead, FileOp::kMap, FileOp::kList)},
    {'X', bits(FileOp::kExec)},
    {'A', bits(FileOp::kChmod, FileOp::kChown, FileOp::kUtimes, FileOp::kXattr,
               FileOp::kInodeAttributes)},
    {'N', bits(FileOp::kRename, FileOp::kExchange, FileOp::kLink)},
    {'D', bits(FileOp::kDelete, FileOp::kRmdir)},
};

}  // namespace

std::string op_letters(const FileSummary& file) {
  std::string text;
  for (const Letter& one : kLetters) {
    text += (file.ops & one.ops) != 0 ? one.letter : '-';
  }
  text += file.failures > 0 ? 'F' : '-';
  return text;
}

std::string_view op_letters_legend() {
  return "C created  W written  R read  X executed  A attributes changed  "
         "N renamed or linked  D deleted  F failed attempts";
}

Style file_style(const FileSummary& file) {
  if (file.is_dropped()) return Style::kDropped;
  if (file.ops == 0) return Style::kDim;
  constexpr uint64_t kChanges = kLetters[0].ops | kLetters[1].ops |
                                kLetters[4].ops | kLetters[5].ops |
                                kLetters[6].ops;
  if ((file.ops & kChanges) != 0) return Style::kWriteFile;
  return Style::kPlain;
}

}  // namespace vestige::tui
