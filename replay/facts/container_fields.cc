// SPDX-License-Identifier: Apache-2.0
//
// Fields of the container and its pod.
// {name, type, flags, width, title, doc, getter}: one line per field; without
// a getter a trace cannot answer it, and it never matches.
#include <algorithm>
#include <iterator>
#include <optional>

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

// What --privileged gives and hardly anything else gives together, to the
// process at the top of the container's.
std::optional<bool> is_privileged(const EventView& v) {
  constexpr int kSysModule = 16, kSysRawio = 17, kSysAdmin = 21, kSysBoot = 22,
                kMacAdmin = 33;
  constexpr uint64_t kTelling = 1ull << kSysModule | 1ull << kSysRawio |
                                1ull << kSysAdmin | 1ull << kSysBoot |
                                1ull << kMacAdmin;
  constexpr int kMaxGenerations = 128;
  std::optional<bool> out;
  for (int i = 0; i < kMaxGenerations && !is_host(v); ++i) {
    const Process* const process = v.ancestor(i);
    if (!process || !process->row.is_selected) break;
    if (process->row.credentials_known)
      out = (process->row.credentials.cap_permitted & kTelling) == kTelling;
  }
  return out;
}

// Where a mount of the host's files comes from; empty for what runtimes mount
// by themselves. Of a tmpfs only /run is mounted into containers.
std::string host_path(const Mount& mount) {
  constexpr std::string_view kOwn[] = {
      "/",    "/proc",         "/sys",        "/etc/hosts",
      "/dev", "/etc/hostname", "/dev/mqueue", "/etc/resolv.conf"};
  if (std::ranges::find(kOwn, mount.mount_point) != std::end(kOwn)) return {};
  const std::string root(mount.root);
  if (mount.fs_type == "proc" || mount.fs_type == "sysfs")
    return root != "/" || mount.mount_point.starts_with("/proc/") ||
                   mount.mount_point.starts_with("/sys/")
               ? std::string()
               : std::string(mount.fs_type == "proc" ? "/proc" : "/sys");
  if (mount.fs_type == "tmpfs") return root == "/" ? "" : "/run" + root;
  constexpr std::string_view kOnDisk[] = {"ext4",  "ext3",    "ext2", "xfs",
                                          "btrfs", "overlay", "zfs",  "f2fs"};
  const bool is_on_disk =
      std::ranges::find(kOnDisk, mount.fs_type) != std::end(kOnDisk);
  return is_on_disk ? root : std::string();
}

// `*` is anything, `?` any byte; bounded by their product, whatever the glob.
bool matches_glob(std::string_view glob, std::string_view text) {
  size_t g = 0, t = 0, star = glob.npos, from = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      from = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      ++g;
      ++t;
    } else if (star != glob.npos) {
      g = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', g) == glob.npos;
}

enum class MountSide : uint8_t { kSource, kDest };

// The other side of the mount one side of which the argument names.
void add_mount(const EventView& v, const std::string& glob, MountSide named,
               FieldValues& out) {
  if (!v.state || is_host(v)) return;
  const auto fits = [&](const std::string& path) {
    return matches_glob(glob, path);
  };
  for (const Mount& mount : v.state->mounts().all()) {
    std::string source = host_path(mount);
    if (source.empty()) continue;
    std::string dest(mount.mount_point);
    const bool is_it = named == MountSide::kDest
                           ? fits(dest)
                           : fits(source) || fits("/var" + source);
    if (is_it)
      return out.add_kept(std::move(named == MountSide::kDest ? source : dest));
  }
  out.add_text("N/A");
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
    {"container.privileged", FieldType::kBool, kPlain, 5, "Privileged",
     "the container's first process holds the capabilities that --privileged "
     "gives, SYS_MODULE, SYS_RAWIO and SYS_BOOT among them: inferred",
     GET_IF(is_privileged(v), out.add_bool(*is_privileged(v)))},
    {"container.mounts", FieldType::kText, kPlain, 10, "mounts",
     "never answered: not told by the runtime", nullptr},
    {"container.mount", FieldType::kText, kArgRequired, 10, "mount",
     "never answered: not told by the runtime", nullptr},
    {"container.mount.source", FieldType::kText, kArgRequired, 30, "Source",
     "what of the host is mounted at a path or glob; N/A for nothing: "
     "inferred from the mounts",
     GET(add_mount(v, arg.text, MountSide::kDest, out))},
    {"container.mount.dest", FieldType::kText, kArgRequired, 30, "Mounted at",
     "where a path or glob of the host is mounted; N/A for nowhere: "
     "inferred from the mounts",
     GET(add_mount(v, arg.text, MountSide::kSource, out))},
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
