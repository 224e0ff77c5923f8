// SPDX-License-Identifier: Apache-2.0
#include "capture/wanted.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>

namespace vestige {
namespace {

bool is_like(const std::string& text, const std::string& glob) {
  return fnmatch(glob.c_str(), text.c_str(), 0) == 0;
}

bool is_like_one(const std::string& text,
                 const std::vector<std::string>& globs) {
  return globs.empty() ||
         std::ranges::any_of(globs, [&](const std::string& glob) {
           return is_like(text, glob);
         });
}

bool has_label(const ContainerInfo& container, const std::string& wanted) {
  const size_t equals = wanted.find('=');
  return std::ranges::any_of(container.labels, [&](const auto& label) {
    if (equals == wanted.npos) return is_like(label.first, wanted);
    return label.first == wanted.substr(0, equals) &&
           is_like(label.second, wanted.substr(equals + 1));
  });
}

std::string first_label(const ContainerInfo& container,
                        std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys)
    for (const auto& [name, value] : container.labels)
      if (name == key) return value;
  return "";
}

struct Term {
  std::string kind, glob;
};

// A word without "=" is a name.
Term split_term(const std::string& term) {
  const size_t equals = term.find('=');
  if (equals == term.npos) return {"name", term};
  return {term.substr(0, equals), term.substr(equals + 1)};
}

using Getter = std::string (*)(const ContainerInfo&);
struct Kind {
  std::string_view name;
  Getter get;
};
constexpr Kind kKinds[] = {
    {"name", [](const ContainerInfo& one) { return one.name; }},
    {"id", [](const ContainerInfo& one) { return one.id; }},
    {"image", [](const ContainerInfo& one) { return one.image; }},
    {"pod", [](const ContainerInfo& one) { return pod_of(one); }},
    {"namespace", [](const ContainerInfo& one) { return namespace_of(one); }},
    {"cgroup", [](const ContainerInfo& one) { return one.cgroup_path; }},
    {"runtime", [](const ContainerInfo& one) { return one.runtime; }},
};

}  // namespace

// kubelet tells Docker and CRI-O by these labels, containerd by annotations.
std::string pod_of(const ContainerInfo& container) {
  return first_label(
      container, {"io.kubernetes.pod.name", "io.kubernetes.cri.sandbox-name"});
}

std::string namespace_of(const ContainerInfo& container) {
  return first_label(container, {"io.kubernetes.pod.namespace",
                                 "io.kubernetes.cri.sandbox-namespace"});
}

bool Wanted::has_kinds() const {
  return all || !images.empty() || !labels.empty() || !pods.empty() ||
         !namespaces.empty();
}

bool Wanted::is_named(const ContainerInfo& container) const {
  return std::ranges::any_of(names, [&](const std::string& name) {
    return !name.empty() &&
           (container.name == name || container.id.starts_with(name));
  });
}

bool Wanted::is_excluded(const ContainerInfo& container) const {
  return std::ranges::any_of(excluded, [&](const std::string& text) {
    const Term term = split_term(text);
    if (term.kind == "label") return has_label(container, term.glob);
    const auto kind = std::ranges::find(kKinds, term.kind, &Kind::name);
    return kind != std::end(kKinds) && is_like(kind->get(container), term.glob);
  });
}

bool Wanted::matches(const ContainerInfo& container) const {
  if (is_excluded(container)) return false;
  if (is_named(container)) return true;
  return has_kinds() && is_like_one(container.image, images) &&
         is_like_one(pod_of(container), pods) &&
         is_like_one(namespace_of(container), namespaces) &&
         (labels.empty() ||
          std::ranges::any_of(labels, [&](const std::string& label) {
            return has_label(container, label);
          }));
}

Result<void> Wanted::check() const {
  for (const std::string& text : excluded) {
    const Term term = split_term(text);
    if (term.kind != "label" &&
        std::ranges::find(kKinds, term.kind, &Kind::name) == std::end(kKinds))
      return Error{ErrorKind::kUsage,
                   fmt::format("--exclude {}: not one of name=, id=, image=, "
                               "label=, pod=, namespace=, cgroup=, runtime=",
                               text)};
  }
  return {};
}

std::string Wanted::words() const {
  std::vector<std::string> words;
  const auto add = [&](std::string_view kind, const auto& values) {
    for (const std::string& value : values)
      words.push_back(fmt::format("{} {}", kind, value));
  };
  if (all) words.emplace_back("all containers");
  add("container", names);
  add("image", images);
  add("label", labels);
  add("pod", pods);
  add("namespace", namespaces);
  add("without", excluded);
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace vestige
