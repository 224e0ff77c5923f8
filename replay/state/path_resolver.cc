// SPDX-License-Identifier: Apache-2.0
#include "replay/state/path_resolver.h"

#include <utility>

namespace vestige {
namespace {

constexpr int kMaxLinks = 40;  // as in the kernel
// A chain of hostile links must not grow the path without end.
constexpr size_t kMaxPath = 64 * 1024;
// Names learnt are hostile, too: beyond this many, new ones are not kept.
constexpr size_t kMaxKnownLinks = 1 << 20;
constexpr size_t kNames = 1 << 15;

std::string_view next_name(std::string_view& rest) {
  while (rest.starts_with('/')) rest.remove_prefix(1);
  const size_t end = std::min(rest.find('/'), rest.size());
  const std::string_view name = rest.substr(0, end);
  rest.remove_prefix(end);
  return name;
}

// Nothing in it that join_path() would change: the common case.
bool is_plain(std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  for (bool begins = true; const char c : path) {
    if (begins && (c == '/' || c == '.')) return false;
    begins = c == '/';
  }
  return !path.ends_with('/');
}

bool is_done(std::string_view rest) {
  return rest.find_first_not_of('/') == std::string_view::npos;
}

// Takes the last name off; never above floor bytes.
void go_up(std::string& path, size_t floor) {
  if (path.size() <= floor) return;
  path.resize(std::max(floor, path.rfind('/')));
}

// Appends a name to a path whose root is written as "".
void append(std::string& path, std::string_view name, size_t floor) {
  if (name.empty() || name == ".") return;
  if (name == "..") return go_up(path, floor);
  path.push_back('/');
  path.append(name);
}

void start_at(std::string& out, std::string_view base) {
  out.clear();
  while (!is_done(base)) append(out, next_name(base), 0);
}

}  // namespace

std::string join_path(std::string_view root, std::string_view base,
                      std::string_view path) {
  if (root == "/") root = {};
  std::string out;
  out.reserve(base.size() + path.size() + 1);
  start_at(out, path.starts_with('/') ? root : base);
  // ".." stops at the root, unless the base lies outside of it.
  const size_t floor = is_within(out, root) ? root.size() : 0;
  while (!is_done(path)) append(out, next_name(path), floor);
  if (out.empty()) out = "/";
  return out;
}

std::string below_root(std::string_view root, std::string_view path) {
  if (root.empty() || root == "/") return std::string(path);
  if (path == "/") return std::string(root);
  return std::string(root).append(path);
}

bool is_within(std::string_view path, std::string_view directory) {
  if (directory == "/") return path.starts_with('/');
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

std::string PathResolver::resolve(std::string_view root, std::string_view base,
                                  std::string_view path, LastLink last) const {
  if (root == "/") root = {};
  std::string out;
  out.reserve(base.size() + path.size() + 1);
  start_at(out, path.starts_with('/') ? root : base);
  const size_t floor = is_within(out, root) ? root.size() : 0;
  std::string expanded;  // what is left to walk, once a link was met
  int links = 0;
  std::string_view rest = path;
  while (!is_done(rest)) {
    append(out, next_name(rest), floor);
    if (links_.empty() || (is_done(rest) && last == LastLink::kKeep)) continue;
    const auto link = links_.find(out);
    if (link == links_.end() || ++links > kMaxLinks) continue;
    const std::string_view target = link->second;
    if (target.size() + rest.size() > kMaxPath) break;
    expanded = std::string(target).append(rest);
    rest = expanded;
    if (target.starts_with('/'))
      start_at(out, root);
    else
      go_up(out, floor);
  }
  if (out.empty()) out = "/";
  return out;
}

PathResolver::Name& PathResolver::name(std::string_view root,
                                       std::string_view base,
                                       std::string_view text) {
  if (names_.empty()) names_.resize(kNames);
  const auto place = uint64_t(reinterpret_cast<uintptr_t>(base.data()));
  const uint64_t hash = hash_text(text) ^ (place * 0x9E3779B97F4A7C15ull >> 20);
  Name& name = names_[hash % kNames];
  if (name.hash_ == uint32_t(hash) && name.base_ == base.data() &&
      name.root_ == root.data() && name.text_ == text && name.text_.data())
    return name;
  name.root_ = root.data();
  name.base_ = base.data();
  name.hash_ = uint32_t(hash);
  name.version_ = 0;
  name.is_one_name_ = false;
  const bool is_absolute = text.starts_with('/');
  if (!is_plain(text) || text == "/" || (is_absolute && root != "/") ||
      !(is_absolute || is_plain_base(base))) {
    name.text_ = texts_->intern(text);
    name.joined_ = texts_->intern(join_path(root, base, text));
  } else if (is_absolute) {
    name.text_ = name.joined_ = texts_->intern(text);
  } else {
    scratch_.assign(base == "/" ? "" : base).append("/").append(text);
    name.joined_ = texts_->intern(scratch_);
    name.text_ = name.joined_.substr(scratch_.size() - text.size());
    name.is_one_name_ = text.find('/') == std::string_view::npos;
  }
  return name;
}

// Who has a working directory asks for one name after the other.
bool PathResolver::is_plain_base(std::string_view base) {
  if (base.data() == plain_base_) return true;
  if (!base.starts_with('/') || !is_plain(base)) return false;
  plain_base_ = base.data();
  return true;
}

std::string_view PathResolver::actual(Name& name, std::string_view root,
                                      std::string_view base, LastLink last) {
  if (links_.empty()) return name.joined_;
  if (name.version_ == version_ && name.last_ == last) return name.actual_;
  // What the base goes through is known already.
  const bool has_no_link =
      name.is_one_name_ &&
      (last == LastLink::kKeep || !links_.contains(name.joined_));
  name.actual_ = has_no_link
                     ? name.joined_
                     : texts_->intern(resolve(root, base, name.text_, last));
  name.version_ = version_;
  name.last_ = last;
  return name.actual_;
}

void PathResolver::learn_link(std::string_view path, std::string_view target) {
  if (target.empty() || path == target || links_.size() >= kMaxKnownLinks)
    return;
  const std::string_view to = texts_->intern(target);
  std::string_view& known = links_[texts_->intern(path)];
  if (std::exchange(known, to).data() != to.data()) ++version_;
}

void PathResolver::learn_directory(std::string_view asked,
                                   std::string_view actual) {
  const size_t asked_slash = asked.rfind('/');
  const size_t actual_slash = actual.rfind('/');
  if (asked_slash == 0 || asked_slash == std::string_view::npos) return;
  if (actual_slash == std::string_view::npos) return;
  // The last name may be a link itself; only equal names tell of the rest.
  if (asked.substr(asked_slash) != actual.substr(actual_slash)) return;
  const std::string_view from = asked.substr(0, asked_slash);
  const std::string_view to = actual.substr(0, actual_slash);
  if (from != to) learn_link(from, to.empty() ? "/" : to);
}

void PathResolver::forget(std::string_view path) {
  if (!links_.empty() && links_.erase(path) != 0) ++version_;
}

void PathResolver::rename(std::string_view from, std::string_view to) {
  forget(to);
  if (auto node = links_.extract(from)) {
    node.key() = texts_->intern(to);
    links_.insert(std::move(node));
    ++version_;
  }
}

}  // namespace vestige
