// SPDX-License-Identifier: Apache-2.0
//
// Fields of the container and its pod.
// {name, type, flags, width, title, doc, getter}: one line per field; without
// a getter a trace cannot answer it, and it never matches.
#include "replay/facts/getter.h"

namespace vestige {
namespace {

bool is_host(const EventView& v) {
  const std::string& runtime = v.header->container.runtime;
  return runtime.empty() || runtime == "none";
}

void add_if(FieldValues& out, std::string_view text) {
  if (!text.empty()) out.add_text(text);
}

std::string container_id(const EventView& v) {
  constexpr size_t kShort = 12;
  return is_host(v) ? "host" : v.header->container.id.substr(0, kShort);
}

struct ImageParts {
  std::string_view repository, tag, digest;
};
// registry:5000/name:tag@sha256:...; a colon before the last slash is a port.
ImageParts image_parts(const EventView& v) {
  std::string_view image = v.header->container.image;
  ImageParts parts;
  if (const size_t at = image.find('@'); at != image.npos) {
    parts.digest = image.substr(at + 1);
    image = image.substr(0, at);
  }
  const size_t slash = image.rfind('/');
  const size_t colon = image.rfind(':');
  const bool has_tag =
      colon != image.npos && (slash == image.npos || colon > slash);
  parts.repository = has_tag ? image.substr(0, colon) : image;
  if (has_tag) parts.tag = image.substr(colon + 1);
  return parts;
}

void add_label(const EventView& v, std::string_view name, FieldValues& out) {
  for (const auto& [key, value] : v.header->container.labels)
    if (key == name) return out.add_text(value);
}
std::string all_labels(const EventView& v) {
  std::string out;
  for (const auto& [key, value] : v.header->container.labels) {
    if (!out.empty()) out += ", ";
    out.append(key).append(":").append(value);
  }
  return out;
}

constexpr FieldInfo kFields[] = {
    {"container.id", FieldType::kText, kPlain, 12, "Container",
     "first 12 characters of the id; \"host\" outside of containers",
     GET(out.add_kept(container_id(v)))},
    {"container.full_id", FieldType::kText, kPlain, 64, "Container",
     "the whole id",
     GET(out.add_text(is_host(v) ? std::string_view("host")
                                 : std::string_view(v.header->container.id)))},
    {"container.name", FieldType::kText, kPlain, 16, "Container",
     "name of the container; \"host\" outside of containers",
     GET(add_if(out, is_host(v) ? std::string_view("host")
                                : std::string_view(v.header->container.name)))},
    {"container.image", FieldType::kText, kPlain, 24, "Image",
     "image with its tag",
     GET_IF(!is_host(v), add_if(out, v.header->container.image))},
    {"container.image.id", FieldType::kText, kPlain, 10, "id",
     "never answered: not told by the runtime", nullptr},
    {"container.type", FieldType::kText, kPlain, 10, "Runtime",
     "docker, podman, containerd, cri-o, runc; \"host\" outside",
     GET(out.add_text(is_host(v)
                          ? std::string_view("host")
                          : std::string_view(v.header->container.runtime)))},
    {"container.privileged", FieldType::kBool, kPlain, 10, "privileged",
     "never answered: not told by the runtime", nullptr},
    {"container.mounts", FieldType::kText, kPlain, 10, "mounts",
     "never answered: not told by the runtime", nullptr},
    {"container.mount", FieldType::kText, kArgRequired, 10, "mount",
     "never answered: not told by the runtime", nullptr},
    {"container.mount.source", FieldType::kText, kArgRequired, 10, "source",
     "never answered: not told by the runtime", nullptr},
    {"container.mount.dest", FieldType::kText, kArgRequired, 10, "dest",
     "never answered: not told by the runtime", nullptr},
    {"container.mount.mode", FieldType::kText, kArgRequired, 10, "mode",
     "never answered: not told by the runtime", nullptr},
    {"container.mount.rdwr", FieldType::kText, kArgRequired, 10, "rdwr",
     "never answered: not told by the runtime", nullptr},
    {"container.mount.propagation", FieldType::kText, kArgRequired, 10,
     "propagation", "never answered: not told by the runtime", nullptr},
    {"container.image.repository", FieldType::kText, kPlain, 24, "Image",
     "image without tag and digest",
     GET_IF(!is_host(v), add_if(out, image_parts(v).repository))},
    {"container.image.tag", FieldType::kText, kPlain, 10, "Tag",
     "tag of the image", GET_IF(!is_host(v), add_if(out, image_parts(v).tag))},
    {"container.image.digest", FieldType::kText, kPlain, 20, "Digest",
     "digest of the image, when its name has one",
     GET_IF(!is_host(v), add_if(out, image_parts(v).digest))},
    {"container.healthcheck", FieldType::kText, kPlain, 10, "healthcheck",
     "never answered: not told by the runtime", nullptr},
    {"container.liveness_probe", FieldType::kText, kPlain, 10, "liveness_probe",
     "never answered: not told by the runtime", nullptr},
    {"container.readiness_probe", FieldType::kText, kPlain, 10,
     "readiness_probe", "never answered: not told by the runtime", nullptr},
    {"container.start_ts", FieldType::kAbsTime, kPlain, 10, "start_ts",
     "never answered: not told by the runtime", nullptr},
    {"container.duration", FieldType::kRelTime, kPlain, 10, "duration",
     "never answered: not told by the runtime", nullptr},
    {"container.ip", FieldType::kText, kPlain, 10, "ip",
     "never answered: not told by the runtime", nullptr},
    {"container.cni.json", FieldType::kText, kPlain, 10, "json",
     "never answered: not told by the runtime", nullptr},
    {"container.host_pid", FieldType::kBool, kPlain, 10, "host_pid",
     "never answered: not told by the runtime", nullptr},
    {"container.host_network", FieldType::kBool, kPlain, 10, "host_network",
     "never answered: not told by the runtime", nullptr},
    {"container.host_ipc", FieldType::kBool, kPlain, 10, "host_ipc",
     "never answered: not told by the runtime", nullptr},
    {"container.label", FieldType::kText, kArgRequired, 20, "Label",
     "value of a label: container.label[app]",
     GET(add_label(v, arg.text, out))},
    {"container.labels", FieldType::kText, kPlain, 40, "Labels",
     "all labels as name:value",
     GET_IF(!v.header->container.labels.empty(), out.add_kept(all_labels(v)))},
    {"proc.is_container_healthcheck", FieldType::kBool, kPlain, 10,
     "is_container_healthcheck", "never answered: not recorded", nullptr},
    {"proc.is_container_liveness_probe", FieldType::kBool, kPlain, 10,
     "is_container_liveness_probe", "never answered: not recorded", nullptr},
    {"proc.is_container_readiness_probe", FieldType::kBool, kPlain, 10,
     "is_container_readiness_probe", "never answered: not recorded", nullptr},
    {"k8s.pod.name", FieldType::kText, kPlain, 24, "K8s",
     "name of the pod, from the labels of the container",
     GET(add_label(v, "io.kubernetes.pod.name", out))},
    {"k8s.ns.name", FieldType::kText, kPlain, 24, "K8s",
     "namespace of the pod, from the labels of the container",
     GET(add_label(v, "io.kubernetes.pod.namespace", out))},
    {"k8s.pod.id", FieldType::kText, kPlain, 24, "K8s",
     "uid of the pod, from the labels of the container",
     GET(add_label(v, "io.kubernetes.pod.uid", out))},
    {"k8s.pod.uid", FieldType::kText, kPlain, 24, "K8s",
     "uid of the pod, from the labels of the container",
     GET(add_label(v, "io.kubernetes.pod.uid", out))},
    {"k8s.pod.sandbox_id", FieldType::kText, kPlain, 10, "sandbox_id",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.pod.full_sandbox_id", FieldType::kText, kPlain, 10, "full_sandbox_id",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.pod.label", FieldType::kText, kArgRequired, 10, "label",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.pod.labels", FieldType::kText, kPlain, 10, "labels",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.pod.ip", FieldType::kText, kPlain, 10, "ip",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.pod.cni.json", FieldType::kText, kPlain, 10, "json",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.rc.name", FieldType::kText, kPlain, 10, "name",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.rc.id", FieldType::kText, kPlain, 10, "id",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.rc.label", FieldType::kText, kArgRequired, 10, "label",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.rc.labels", FieldType::kText, kPlain, 10, "labels",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.svc.name", FieldType::kText, kPlain, 10, "name",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.svc.id", FieldType::kText, kPlain, 10, "id",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.svc.label", FieldType::kText, kArgRequired, 10, "label",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.svc.labels", FieldType::kText, kPlain, 10, "labels",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.ns.id", FieldType::kText, kPlain, 10, "id",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.ns.label", FieldType::kText, kArgRequired, 10, "label",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.ns.labels", FieldType::kText, kPlain, 10, "labels",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.rs.name", FieldType::kText, kPlain, 10, "name",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.rs.id", FieldType::kText, kPlain, 10, "id",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.rs.label", FieldType::kText, kArgRequired, 10, "label",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.rs.labels", FieldType::kText, kPlain, 10, "labels",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.deployment.name", FieldType::kText, kPlain, 10, "name",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.deployment.id", FieldType::kText, kPlain, 10, "id",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.deployment.label", FieldType::kText, kArgRequired, 10, "label",
     "never answered: the orchestrator is not asked", nullptr},
    {"k8s.deployment.labels", FieldType::kText, kPlain, 10, "labels",
     "never answered: the orchestrator is not asked", nullptr},
};

}  // namespace

std::span<const FieldInfo> container_fields() {
  return kFields;
}

}  // namespace vestige
