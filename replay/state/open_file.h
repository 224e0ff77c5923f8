// SPDX-License-Identifier: Apache-2.0
//
// What a descriptor stands for: an open file description, shared by dup,
// fork and descriptor passing. Lives as long as someone refers to it.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "format/parts.h"
#include "replay/ids.h"

namespace vestige {

enum class OpenFileKind : uint8_t {
  kUnknown,
  kFile,  // has a path: file, directory, device, fifo
  kPipe,
  kSocket,
  kMemfd,
  kAnonymous,  // epoll, eventfd, pidfd, ...
};

struct FileIdentity {
  uint32_t dev_major = 0;
  uint32_t dev_minor = 0;
  uint64_t inode = 0;       // 0 unknown
  uint32_t generation = 0;  // 0 not told: then it does not tell apart

  friend bool operator==(const FileIdentity& a, const FileIdentity& b) {
    return a.dev_major == b.dev_major && a.dev_minor == b.dev_minor &&
           a.inode == b.inode &&
           (a.generation == b.generation || !a.generation || !b.generation);
  }
};

class OpenFiles;

struct OpenFile {
  // Where the facts about this file stand, so that the next read or write by
  // the same process need not look for them. 0: nowhere yet.
  struct RowHint {
    ProcessId process = ProcessId::kNone;
    uint32_t row = 0;  // index + 1
  };

  OpenFileKind kind = OpenFileKind::kUnknown;
  Certainty certainty = Certainty::kUnknown;  // of path
  Layer layer = Layer::kUnknown;
  bool is_deleted = false;                 // the name in path is gone
  uint32_t flags = 0;                      // O_*, as opened and by F_SETFL
  uint32_t socket = 0;                     // Sockets: number; 0 none
  ProcessId refers_to = ProcessId::kNone;  // of a pidfd
  FileIdentity identity;
  std::string_view path;       // absolute, as the container sees it
  std::string_view requested;  // as asked for, when it differs
  uint64_t named_ns = 0;       // when its name last changed or went
  uint64_t offset = 0;
  // Until then the offset of a snapshot may or may not hold what events tell.
  uint64_t settled_ns = 0;
  bool has_twins = false;  // in that snapshot: it may be one with others
  bool is_offset_known = false;
  RowHint read, written;

 private:
  friend class OpenFiles;
  friend class OpenFileRef;
  OpenFiles* owner_ = nullptr;
  OpenFile* previous_ = nullptr;
  OpenFile* next_ = nullptr;
  uint32_t references_ = 0;
};

// Counts one reference. May be empty.
class OpenFileRef {
 public:
  OpenFileRef() = default;
  OpenFileRef(const OpenFileRef& other) : OpenFileRef(other.file_) {}
  OpenFileRef(OpenFileRef&& other) noexcept
      : file_(std::exchange(other.file_, nullptr)) {}
  OpenFileRef& operator=(OpenFileRef other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }
  ~OpenFileRef();

  explicit operator bool() const { return file_ != nullptr; }
  OpenFile* get() const { return file_; }
  OpenFile& operator*() const { return *file_; }
  OpenFile* operator->() const { return file_; }
  // Nobody else refers to it.
  [[nodiscard]] bool is_last() const { return file_->references_ == 1; }

 private:
  friend class OpenFiles;
  explicit OpenFileRef(OpenFile* file) : file_(file) {
    if (file_) ++file_->references_;
  }
  OpenFile* file_ = nullptr;
};

// All open files. Must outlive every OpenFileRef made by it.
class OpenFiles {
 public:
  OpenFiles() = default;
  OpenFiles(const OpenFiles&) = delete;
  OpenFiles& operator=(const OpenFiles&) = delete;
  ~OpenFiles();

  OpenFileRef create();
  // One more reference to a file that somebody has open.
  static OpenFileRef share(OpenFile& file) { return OpenFileRef(&file); }
  // Called with each file that nobody refers to any more.
  void on_release(std::function<void(const OpenFile&)> released) {
    released_ = std::move(released);
  }

  template <typename Visit>
  void for_each(Visit visit) {
    for (OpenFile* file = first_; file; file = file->next_) visit(*file);
  }

 private:
  friend class OpenFileRef;
  void release(OpenFile* file);

  std::function<void(const OpenFile&)> released_;
  OpenFile* first_ = nullptr;  // the open ones
  OpenFile* spare_ = nullptr;  // for reuse, linked by next_
};

inline OpenFileRef::~OpenFileRef() {
  if (file_ && --file_->references_ == 0) file_->owner_->release(file_);
}

}  // namespace vestige
