// SPDX-License-Identifier: Apache-2.0
#include "replay/call.h"

#include <fcntl.h>

#include <cstring>

namespace vestige {
namespace {

// Results from here up are errors: include/linux/err.h, MAX_ERRNO.
constexpr int64_t kMaxErrno = 4095;
// struct open_how of openat2
constexpr size_t kHowFlags = 0;
constexpr size_t kHowMode = 8;

}  // namespace

std::string_view Call::name() const {
  return event_->descriptor ? event_->descriptor->name : "";
}

int Call::error() const {
  if (event_->flags & kInFlight) return 0;
  return event_->ret < 0 && event_->ret >= -kMaxErrno ? int(-event_->ret) : 0;
}

uint64_t Call::size() const {
  return event_->ret > 0 ? uint64_t(event_->ret) : 0;
}

int Call::index_of(ArgKind kind, int nth) const {
  return event_->descriptor ? event_->descriptor->arg_of_kind(kind, nth) : -1;
}

std::optional<uint64_t> Call::value(ArgKind kind, int nth) const {
  const int index = index_of(kind, nth);
  if (index < 0) return std::nullopt;
  return event_->args[index];
}

std::optional<uint64_t> Call::named(std::string_view name) const {
  const int index =
      event_->descriptor ? event_->descriptor->arg_named(name) : -1;
  if (index < 0) return std::nullopt;
  return event_->args[index];
}

int Call::fd(int nth) const {
  const int index = index_of(ArgKind::kFd, nth);
  return index < 0 ? -1 : int32_t(event_->args[index]);
}

int Call::fd_named(std::string_view name) const {
  const auto found = named(name);
  return found ? int32_t(*found) : -1;
}

std::optional<Call::Path> Call::path(int nth) const {
  const int index = index_of(ArgKind::kPath, nth);
  if (index < 0) return std::nullopt;
  Path path{.arg = uint8_t(index)};
  if (index > 0 &&
      event_->descriptor->args[index - 1].kind == ArgKind::kDirFd) {
    path.has_dirfd = true;
    path.dirfd = int32_t(event_->args[index - 1]);
  }
  if (const Part* text = event_->part(path.arg, PartKind::kString)) {
    path.text = text->data;
    path.is_truncated = text->flags & kPartTruncated;
    path.is_known = !(text->flags & kPartFault);
  }
  return path;
}

std::optional<std::string_view> Call::string(int nth) const {
  const int index = index_of(ArgKind::kString, nth);
  if (index < 0) return std::nullopt;
  const Part* text = event_->part(uint8_t(index), PartKind::kString);
  if (!text) return std::nullopt;
  return text->data;
}

const Part* Call::part(PartKind kind) const {
  for (const Part& part : event_->parts)
    if (part.kind == kind) return &part;
  return nullptr;
}

const Part* Call::returned(PartKind kind) const {
  return event_->part(kReturnArg, kind);
}

std::optional<uint64_t> Call::struct_u64(ArgKind kind, size_t offset) const {
  const int index = index_of(kind, 0);
  if (index < 0) return std::nullopt;
  const Part* bytes = event_->part(uint8_t(index), PartKind::kBytes);
  if (!bytes || bytes->data.size() < offset + sizeof(uint64_t))
    return std::nullopt;
  uint64_t value = 0;
  std::memcpy(&value, bytes->data.data() + offset, sizeof value);
  return value;
}

uint64_t Call::at_flags() const {
  for (const ArgKind kind :
       {ArgKind::kAtFlags, ArgKind::kUnlinkFlags, ArgKind::kAccessAtFlags,
        ArgKind::kExecFlags, ArgKind::kOpenTreeFlags})
    if (const auto flags = value(kind)) return *flags;
  return 0;
}

uint64_t Call::open_flags() const {
  if (const auto flags = value(ArgKind::kOpenFlags)) return *flags;
  if (const auto flags = struct_u64(ArgKind::kOpenHow, kHowFlags))
    return *flags;
  if (value(ArgKind::kMode)) return O_CREAT | O_WRONLY | O_TRUNC;
  return O_PATH;
}

std::optional<uint32_t> Call::mode() const {
  if (const auto mode = value(ArgKind::kMode)) return uint32_t(*mode);
  if (const auto mode = struct_u64(ArgKind::kOpenHow, kHowMode))
    return uint32_t(*mode);
  return std::nullopt;
}

}  // namespace vestige
