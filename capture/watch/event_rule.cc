// SPDX-License-Identifier: Apache-2.0
#include "capture/watch/event_rule.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>

#include "capture/proc_file.h"
#include "format/escape.h"
#include "format/sockaddr.h"

namespace vestige {
namespace {

constexpr Abi kAbis[] = {Abi::kX86_64, Abi::kArm64, Abi::kI386,
                         Abi::kX32,    Abi::kArm32, Abi::kKernel};

uint32_t key_of(EventType type) {
  return uint32_t(type.abi) << 16 | type.number;
}

bool is_like(std::string_view text, const std::string& glob) {
  // What is behind a NUL is no part of a C string in the kernel either.
  return fnmatch(glob.c_str(), std::string(text).c_str(), 0) == 0;
}

bool is_any_like(std::string_view list, const std::string& glob) {
  return std::ranges::any_of(split(list, '\0'), [&](std::string_view one) {
    return is_like(one, glob);
  });
}

std::string address_of(const Part& part) {
  const auto address = decode_sockaddr(part.data);
  return address ? address_text(*address) : "";
}

}  // namespace

Result<EventRule> EventRule::parse(const std::string& text) {
  EventRule rule;
  rule.text_ = text;
  bool has_names = false;
  for (std::string_view word : split(text, ' ')) {
    if (word.empty()) continue;
    if (!has_names)
      TRY(rule.add_names(word));
    else
      TRY(rule.add_condition(word));
    has_names = true;
  }
  if (!has_names)
    return Error{ErrorKind::kUsage, "an empty rule would ask for everything"};
  return rule;
}

Result<void> EventRule::add_names(std::string_view names) {
  for (std::string_view name : split(names, ',')) {
    if (name == "*") {
      is_any_ = true;
      continue;
    }
    const size_t known = types_.size();
    for (const Abi abi : kAbis)
      if (const Descriptor* found = find_descriptor(abi, name))
        types_.insert(key_of(found->type));
    if (types_.size() == known)
      return Error{ErrorKind::kUsage,
                   fmt::format("rule '{}': there is no event '{}'",
                               escaped(text_), escaped(name))};
  }
  return {};
}

Result<void> EventRule::add_condition(std::string_view word) {
  const size_t equals = std::min(word.find('='), word.size());
  const std::string_view key = word.substr(0, equals);
  const std::string value(word.substr(std::min(equals + 1, word.size())));
  if (key == "path" && !value.empty())
    conditions_.push_back({Key::kPath, value});
  else if (key == "arg" && !value.empty())
    conditions_.push_back({Key::kArg, value});
  else if (key == "to" && !value.empty())
    conditions_.push_back({Key::kTo, value});
  else if (word == "result=ok")
    outcome_ = Outcome::kOk;
  else if (word == "result=failed")
    outcome_ = Outcome::kFailed;
  else
    return Error{ErrorKind::kUsage,
                 fmt::format("rule '{}': '{}' is none of path=, arg=, to=, "
                             "result=ok, result=failed",
                             escaped(text_), escaped(word))};
  return {};
}

bool EventRule::holds(const Condition& one, const Event& event) {
  return std::ranges::any_of(event.parts, [&](const Part& part) {
    switch (one.key) {
      case Key::kPath:
        return (part.kind == PartKind::kString ||
                part.kind == PartKind::kPath) &&
               is_like(part.data, one.glob);
      case Key::kArg:
        return (part.kind == PartKind::kArgv ||
                part.kind == PartKind::kStringArray) &&
               is_any_like(part.data, one.glob);
      case Key::kTo:
        return part.kind == PartKind::kSockaddr &&
               is_like(address_of(part), one.glob);
    }
    return false;
  });
}

bool EventRule::matches(const Event& event) const {
  if (!is_any_ && !types_.contains(key_of(event.type))) return false;
  if (outcome_ == Outcome::kOk && event.ret < 0) return false;
  if (outcome_ == Outcome::kFailed && event.ret >= 0) return false;
  return std::ranges::all_of(conditions_, [&event](const Condition& one) {
    return holds(one, event);
  });
}

std::string event_words(const Event& event) {
  constexpr size_t kMaxShown = 256;
  const Descriptor* descriptor = find_descriptor(event.type);
  std::string words = descriptor ? std::string(descriptor->name) : "an event";
  words += fmt::format(" by process {}", event.pid);
  for (const Part& part : event.parts) {
    std::string_view data = part.data.substr(0, kMaxShown);
    if (part.kind == PartKind::kSockaddr)
      return words + " to " + address_of(part);
    if (part.kind == PartKind::kString || part.kind == PartKind::kPath)
      return words + ": " + escaped(data);
  }
  return words;
}

}  // namespace vestige
