// SPDX-License-Identifier: Apache-2.0
#include "replay/state/file_lives.h"

#include <algorithm>
#include <string>

namespace vestige {
namespace {

FileLife::Name* current_name(FileLife& life, std::string_view path) {
  const auto found =
      std::ranges::find_if(life.names, [&](const FileLife::Name& name) {
        return name.to_ns == 0 && name.path == path;
      });
  return found == life.names.end() ? nullptr : &*found;
}

bool has_name(const FileLife& life) {
  return std::ranges::any_of(
      life.names, [](const FileLife::Name& name) { return name.to_ns == 0; });
}

}  // namespace

std::string_view file_fate_text(FileFate fate) {
  switch (fate) {
    case FileFate::kThere: return "there";
    case FileFate::kDeleted: return "deleted";
    case FileFate::kReplaced: return "replaced";
    case FileFate::kUnnamed: return "unnamed";
  }
  return "";
}

FileLives::Identity FileLives::identity_of(const FileRow& row) {
  return {row.dev_major, row.dev_minor, row.inode, row.generation};
}

FileLife* FileLives::named(std::string_view path) {
  const auto found = by_name_.find(path);
  return found == by_name_.end() ? nullptr : found->second;
}

FileLife& FileLives::begin(const FileRow& what, const Moment& when) {
  FileLife& life = lives_.emplace_back();
  life.id = FileId(lives_.size());
  life.dev_major = what.dev_major;
  life.dev_minor = what.dev_minor;
  life.inode = what.inode;
  life.generation = what.generation;
  life.layer = what.layer;
  if (what.inode != 0) by_identity_[identity_of(what)] = &life;
  if (what.is_deleted || !what.path.starts_with('/'))
    life.fate = FileFate::kUnnamed;
  else
    give_name(life, what.path, what, when);
  return life;
}

void FileLives::give_name(FileLife& life, std::string_view path,
                          const FileRow& what, const Moment& when) {
  if (path.empty()) return;
  FileLife* other = named(path);
  if (other == &life) return;
  if (other) take_name(path, FileFate::kReplaced, what, when);
  life.names.push_back({.path = path,
                        .how = what.op,
                        .by = what.process,
                        .from_ns = when.time_ns,
                        .from_at = when.at});
  life.fate = FileFate::kThere;
  life.ended_by = ProcessId::kNone;
  life.ended_ns = 0;
  by_name_[path] = &life;
}

void FileLives::take_name(std::string_view path, FileFate fate,
                          const FileRow& what, const Moment& when) {
  const auto found = by_name_.find(path);
  if (found == by_name_.end()) return;
  FileLife& life = *found->second;
  by_name_.erase(found);
  if (FileLife::Name* name = current_name(life, path))
    name->to_ns = when.time_ns;
  if (has_name(life)) return;
  life.fate = fate;
  life.ended_by = what.process;
  life.ended_ns = when.time_ns;
  life.ended_at = when.at;
}

FileLife& FileLives::find(const FileRow& what, const Moment& when) {
  const bool has_path = what.path.starts_with('/') && !what.is_deleted;
  FileLife* at_path = has_path ? named(what.path) : nullptr;
  if (what.inode == 0) return at_path ? *at_path : begin(what, when);
  const auto known = by_identity_.find(identity_of(what));
  FileLife* life = known == by_identity_.end() ? nullptr : known->second;
  // Its number was given to another when it had gone.
  if (life && has_path && life != at_path && life->fate != FileFate::kThere &&
      life->fate != FileFate::kUnnamed)
    life = nullptr;
  if (!life && at_path && at_path->inode == 0) {
    life = at_path;  // now it is known which one it is
    std::tie(life->dev_major, life->dev_minor, life->inode, life->generation) =
        identity_of(what);
    by_identity_[identity_of(what)] = life;
  }
  if (!life) return begin(what, when);
  if (life->layer == Layer::kUnknown) life->layer = what.layer;
  if (has_path && life != at_path) give_name(*life, what.path, what, when);
  return *life;
}

void FileLives::move_below(std::string_view from, std::string_view to,
                           const FileRow& what, const Moment& when) {
  const std::string prefix = std::string(from) + "/";
  std::vector<std::pair<std::string_view, FileLife*>> moved;
  for (auto at = by_name_.lower_bound(prefix);
       at != by_name_.end() && at->first.starts_with(prefix); ++at)
    moved.emplace_back(*at);
  for (const auto& [path, life] : moved) {
    if (FileLife::Name* name = current_name(*life, path))
      name->to_ns = when.time_ns;
    by_name_.erase(path);
    const std::string_view rest = path.substr(from.size());
    give_name(*life, texts_.intern(std::string(to).append(rest)), what, when);
  }
}

void FileLives::rename(const FileRow& what, const Moment& when) {
  FileLife& life = find(what, when);
  touch(life, what, when);
  if (what.path == what.to) return;
  give_name(life, what.to, what, when);
  take_name(what.path, FileFate::kThere, what, when);
  move_below(what.path, what.to, what, when);
}

void FileLives::exchange(const FileRow& what, const Moment& when) {
  FileLife& left = find(what, when);
  FileRow other = what;
  other.path = what.to;
  other.inode = 0;
  FileLife& right = find(other, when);
  touch(left, what, when);
  touch(right, other, when);
  if (&left == &right) return;
  for (auto& [life, path] : {std::pair{&left, what.path}, {&right, what.to}}) {
    if (FileLife::Name* name = current_name(*life, path))
      name->to_ns = when.time_ns;
    by_name_.erase(path);
  }
  give_name(left, what.to, what, when);
  give_name(right, what.path, what, when);
}

void FileLives::touch(FileLife& life, const FileRow& what, const Moment& when) {
  const auto [index, is_new] = touches_.try_emplace(
      {life.id, what.process, what.op}, uint32_t(life.touches.size()));
  FileLife::Touch& touch =
      is_new ? life.touches.emplace_back() : life.touches[index->second];
  touch.process = what.process;
  touch.op = what.op;
  touch.bytes += when.bytes;
  touch.seen.add(when.time_ns, when.at);
}

void FileLives::on_file(const FileRow& what, const Moment& when) {
  if (what.error != 0 || what.path.empty()) return;
  switch (what.op) {
    case FileOp::kCreate:
    case FileOp::kMkdir:
    case FileOp::kMknod:
    case FileOp::kSymlink:
    case FileOp::kMemfd: {
      // Opening has told of it already: that was this life.
      FileLife* seen = named(what.path);
      const bool is_same = seen && seen->inode == what.inode &&
                           !seen->names.empty() &&
                           seen->names[0].from_at == when.at;
      FileLife& life = is_same ? *seen : begin(what, when);
      life.was_created = true;
      if (!life.names.empty()) life.names.back().how = what.op;
      return touch(life, what, when);
    }
    case FileOp::kLink: {
      FileLife& life = find(what, when);
      touch(life, what, when);
      return give_name(life, what.to, what, when);
    }
    case FileOp::kRename: return rename(what, when);
    case FileOp::kExchange: return exchange(what, when);
    case FileOp::kDelete:
    case FileOp::kRmdir:
      touch(find(what, when), what, when);
      return take_name(what.path, FileFate::kDeleted, what, when);
    default: return touch(find(what, when), what, when);
  }
}

}  // namespace vestige
