// SPDX-License-Identifier: Apache-2.0
//
// One event, asked by the role of its arguments instead of their position:
// the first path, the descriptor it is relative to, the open flags.
//
// Holds views into the event; lives no longer than it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "format/event.h"
#include "format/parts.h"

namespace vestige {

class Call {
 public:
  explicit Call(const Event& event) : event_(&event) {}

  [[nodiscard]] const Event& event() const { return *event_; }
  [[nodiscard]] std::string_view name() const;
  // errno, or 0 when the call succeeded (or was in flight at the end).
  [[nodiscard]] int error() const;
  [[nodiscard]] bool failed() const { return error() != 0; }
  // Bytes that moved; 0 for a failure.
  [[nodiscard]] uint64_t size() const;

  // The nth argument of a kind; nothing when the call has none.
  [[nodiscard]] std::optional<uint64_t> value(ArgKind kind, int nth = 0) const;
  [[nodiscard]] std::optional<uint64_t> named(std::string_view name) const;
  // The nth kFd argument; -1 when the call has none.
  [[nodiscard]] int fd(int nth = 0) const;
  [[nodiscard]] int fd_named(std::string_view name) const;

  struct Path {
    uint8_t arg = 0;
    bool is_known = false;  // false: the string could not be read
    bool is_truncated = false;
    bool has_dirfd = false;
    int dirfd = 0;          // with has_dirfd; AT_FDCWD included
    std::string_view text;  // as passed
  };
  [[nodiscard]] std::optional<Path> path(int nth = 0) const;
  // A string that is no path: a file system type, a comm, a link's target.
  [[nodiscard]] std::optional<std::string_view> string(int nth = 0) const;
  // Data of the first part of a kind, for any argument.
  [[nodiscard]] const Part* part(PartKind kind) const;
  [[nodiscard]] const Part* returned(PartKind kind) const;
  // A number inside the struct an argument of a kind points to.
  [[nodiscard]] std::optional<uint64_t> struct_u64(ArgKind kind,
                                                   size_t offset) const;

  // AT_* flags, whatever kind the call gives them.
  [[nodiscard]] uint64_t at_flags() const;
  // O_* flags; creat() and openat2() included.
  [[nodiscard]] uint64_t open_flags() const;
  [[nodiscard]] std::optional<uint32_t> mode() const;

 private:
  [[nodiscard]] int index_of(ArgKind kind, int nth) const;

  const Event* event_;
};

}  // namespace vestige
