// SPDX-License-Identifier: Apache-2.0
//
// Which containers are asked for, by what is known about them.
#pragma once

#include <string>
#include <vector>

#include "format/header.h"
#include "format/result.h"

namespace vestige {

// A container is wanted if it is named, or if it fits: of each kind that is
// given, one value. What is excluded is never wanted. Values are globs.
struct Wanted {
  bool all = false;                     // everything fits
  std::vector<std::string> names;       // names, ids, beginnings of ids
  std::vector<std::string> images;      // "nginx:*"
  std::vector<std::string> labels;      // "app=web", "app" (any value)
  std::vector<std::string> pods;        // Kubernetes
  std::vector<std::string> namespaces;  // Kubernetes
  // KIND=GLOB: name, id, image, label, pod, namespace, cgroup, runtime.
  std::vector<std::string> excluded;

  // Whether containers fit by what they are, not only by their name.
  [[nodiscard]] bool has_kinds() const;
  [[nodiscard]] bool is_named(const ContainerInfo& container) const;
  [[nodiscard]] bool is_excluded(const ContainerInfo& container) const;
  [[nodiscard]] bool matches(const ContainerInfo& container) const;
  // kUsage: a term of `excluded` that is none.
  [[nodiscard]] Result<void> check() const;
  [[nodiscard]] std::string words() const;  // as asked for
};

// From labels and annotations; empty: not of Kubernetes.
std::string pod_of(const ContainerInfo& container);
std::string namespace_of(const ContainerInfo& container);

}  // namespace vestige
