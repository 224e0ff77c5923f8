// SPDX-License-Identifier: Apache-2.0
//
// Files as things that live: one is made, gets names, is touched, goes. A file
// is told from another by its device, inode and generation, not by its name;
// where the kernel told none of them, by its name.
//
// Told of every operation by whoever watches files: see FileWatcher. Views
// live as long as the texts.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string_view>
#include <tuple>
#include <vector>

#include "replay/facts/file_row.h"
#include "replay/text_pool.h"

namespace vestige {

// One operation as it happens, before it is added up in rows.
class FileWatcher {
 public:
  struct Moment {
    uint64_t time_ns = 0;
    Position at;
    uint64_t bytes = 0;
  };
  virtual ~FileWatcher() = default;
  // seen and bytes of the row are not told: they are in the moment.
  virtual void on_file(const FileRow& what, const Moment& when) = 0;
};

enum class FileFate : uint8_t {
  kThere,     // it has a name at the end of the trace
  kDeleted,   // its last name was removed
  kReplaced,  // another was renamed over its last name
  kUnnamed,   // it never had one
};
std::string_view file_fate_text(FileFate fate);

struct FileLife {
  // A name, from when to when.
  struct Name {
    std::string_view path;
    FileOp how = FileOp::kOpen;  // create, rename, link, ...; else as found
    ProcessId by = ProcessId::kNone;
    uint64_t from_ns = 0;
    Position from_at;
    uint64_t to_ns = 0;  // 0: to the end
  };
  // All that one process did in one way.
  struct Touch {
    ProcessId process = ProcessId::kNone;
    FileOp op = FileOp{};
    uint64_t bytes = 0;
    Occurrence seen;
  };

  FileId id = FileId::kNone;
  uint32_t dev_major = 0, dev_minor = 0;
  uint64_t inode = 0;        // 0 unknown
  uint32_t generation = 0;   // 0 not told
  bool was_created = false;  // false: it was there before
  Layer layer = Layer::kUnknown;
  FileFate fate = FileFate::kThere;
  ProcessId ended_by = ProcessId::kNone;  // who took the last name
  uint64_t ended_ns = 0;
  Position ended_at;
  std::vector<Name> names;     // in the order they were given
  std::vector<Touch> touches;  // ordered by first occurrence
};

class FileLives : public FileWatcher {
 public:
  // texts must outlive the lives.
  explicit FileLives(TextPool& texts) : texts_(texts) {}

  void on_file(const FileRow& what, const Moment& when) override;
  [[nodiscard]] const std::deque<FileLife>& all() const { return lives_; }

 private:
  using Identity = std::tuple<uint32_t, uint32_t, uint64_t, uint32_t>;

  static Identity identity_of(const FileRow& row);
  FileLife& begin(const FileRow& what, const Moment& when);
  FileLife& find(const FileRow& what, const Moment& when);
  FileLife* named(std::string_view path);
  void give_name(FileLife& life, std::string_view path, const FileRow& what,
                 const Moment& when);
  // Nothing has this name any more.
  void take_name(std::string_view path, FileFate fate, const FileRow& what,
                 const Moment& when);
  void rename(const FileRow& what, const Moment& when);
  void exchange(const FileRow& what, const Moment& when);
  // All names below a directory go along.
  void move_below(std::string_view from, std::string_view to,
                  const FileRow& what, const Moment& when);
  void touch(FileLife& life, const FileRow& what, const Moment& when);

  TextPool& texts_;
  std::deque<FileLife> lives_;  // index is id - 1
  std::map<std::string_view, FileLife*> by_name_;
  std::map<Identity, FileLife*> by_identity_;
  // Which touch of a life is whose.
  std::map<std::tuple<FileId, ProcessId, FileOp>, uint32_t> touches_;
};

}  // namespace vestige
