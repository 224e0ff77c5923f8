// SPDX-License-Identifier: Apache-2.0
//
// Turns a path as a program wrote it into the path of the object as the
// container sees it, as far as that can be known without the file system:
// symlinks are followed when the trace told of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "replay/large_pages.h"
#include "replay/text_pool.h"

namespace vestige {

// Joins and normalises: no ".", no "//", ".." taken back by its name but not
// above root. base must be absolute; an absolute path starts at root instead.
std::string join_path(std::string_view root, std::string_view base,
                      std::string_view path);
// path seen from a root directory: "/jail" + "/etc" is "/jail/etc".
std::string below_root(std::string_view root, std::string_view path);
// path is directory itself or something in it.
bool is_within(std::string_view path, std::string_view directory);

enum class LastLink : uint8_t { kFollow, kKeep };

class PathResolver {
 public:
  // texts must outlive the resolver.
  explicit PathResolver(TextPool& texts) : texts_(&texts) {}

  // Absolute and without the symlinks that are known. root bounds "..".
  [[nodiscard]] std::string resolve(std::string_view root,
                                    std::string_view base,
                                    std::string_view path, LastLink last) const;

  // A path as a program wrote it, in its place. The latest are remembered:
  // programs ask for the same ones again and again.
  class Name {
   public:
    // Joined and normalised; links are not followed. Of the texts.
    [[nodiscard]] std::string_view joined() const { return joined_; }

   private:
    friend class PathResolver;
    const char* root_ = nullptr;
    const char* base_ = nullptr;
    std::string_view text_, joined_, actual_;
    uint64_t version_ = 0;  // of the links that actual_ goes by; 0: not asked
    uint32_t hash_ = 0;
    LastLink last_ = LastLink::kFollow;
    bool is_one_name_ = false;  // below a base
  };
  // root and base must be of the texts. Valid until the next name().
  Name& name(std::string_view root, std::string_view base,
             std::string_view text);
  // What resolve() makes of the name, of the texts.
  std::string_view actual(Name& name, std::string_view root,
                          std::string_view base, LastLink last);

  // A name that points elsewhere, as made or read by a program.
  void learn_link(std::string_view path, std::string_view target);
  // The kernel opened `actual` for the name `asked`, both absolute: their
  // directories are the same, whatever links lie between.
  void learn_directory(std::string_view asked, std::string_view actual);
  // The name is something else now, or nothing.
  void forget(std::string_view path);
  void rename(std::string_view from, std::string_view to);

  [[nodiscard]] size_t size() const { return links_.size(); }

 private:
  bool is_plain_base(std::string_view base);

  TextPool* texts_;
  std::unordered_map<std::string_view, std::string_view> links_;
  uint64_t version_ = 1;                       // counts changes of links_
  std::vector<Name, LargePages<Name>> names_;  // by hash; a power of two
  const char* plain_base_ = nullptr;  // the last that was found to be plain
  std::string scratch_;
};

}  // namespace vestige
