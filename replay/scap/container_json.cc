// SPDX-License-Identifier: Apache-2.0
#include "replay/scap/container_json.h"

#include <nlohmann/json.hpp>

namespace vestige {
namespace {

using nlohmann::json;

// Before there was JSON: id, type, name and image as parameters.
constexpr uint16_t kOldContainerEvent = 228;

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>()
                                                     : std::string();
}

// Numbers of sinsp_container_type.
std::string runtime_of(int type) {
  switch (type) {
    case 0: return "docker";
    case 1: return "lxc";
    case 2: return "libvirt-lxc";
    case 3: return "mesos";
    case 4: return "rkt";
    case 6: return "cri";
    case 7: return "containerd";
    case 8: return "cri-o";
    case 9: return "bpm";
    case 11: return "podman";
    default: return "";
  }
}

std::string text_of(const ScapEvent& event, size_t param) {
  if (param >= event.params.size()) return {};
  const std::string_view text = event.params[param];
  return std::string(text.substr(0, text.find('\0')));
}

}  // namespace

std::optional<ContainerInfo> container_of(const ScapEvent& event) {
  ContainerInfo info;
  if (event.code == kOldContainerEvent) {
    info.id = text_of(event, 0);
    info.name = text_of(event, 2);
    info.image = text_of(event, 3);
    return info;
  }
  const json told = json::parse(text_of(event, 0), nullptr, false);
  if (!told.is_object()) return std::nullopt;
  const auto found = told.find("container");
  if (found == told.end() || !found->is_object()) return std::nullopt;
  const json& container = *found;
  info.id = text_of(container, "full_id");
  if (info.id.empty()) info.id = text_of(container, "id");
  if (info.id.empty() || info.id == "host") return std::nullopt;
  info.name = text_of(container, "name");
  info.image = text_of(container, "image");
  if (const auto type = container.find("type");
      type != container.end() && type->is_number_integer())
    info.runtime = runtime_of(type->get<int>());
  if (const auto labels = container.find("labels");
      labels != container.end() && labels->is_object())
    for (const auto& [key, value] : labels->items())
      if (value.is_string())
        info.labels.emplace_back(key, value.get<std::string>());
  return info;
}

}  // namespace vestige
