// SPDX-License-Identifier: Apache-2.0
#include "capture/cli.h"

#include <fmt/format.h>

namespace vestige {
namespace {

constexpr uint32_t kPage = 4096;

// A ring is a power of two of at least a page.
std::string check_ring(const std::string& text) {
  const uint64_t bytes = std::strtoull(text.c_str(), nullptr, 10);
  if (bytes < kPage || bytes > (1U << 30) || (bytes & (bytes - 1)) != 0)
    return "must be a power of two from 4KiB to 1GiB";
  return "";
}

}  // namespace

int report(const Error& error) {
  fmt::print(stderr, "vestige-capture: {}\n", error.message);
  return static_cast<int>(error.kind);
}

CLI::AsNumberWithUnit time_unit() {
  return CLI::AsNumberWithUnit(
      std::map<std::string, double>{{"s", 1}, {"m", 60}, {"h", 3600}},
      CLI::AsNumberWithUnit::CASE_INSENSITIVE);
}

void add_wanted_options(CLI::App& app, Wanted& wanted) {
  const auto add = [&app](const char* name, auto& values, const char* doc) {
    app.add_option(name, values, doc)->allow_extra_args(false);
  };
  add("--container,-c", wanted.names,
      "container by name, id, or first characters of its id");
  app.add_flag("--all", wanted.all,
               "all containers, those that start later too");
  add("--image", wanted.images,
      "containers of images like this, later ones too: 'nginx:*'");
  add("--label", wanted.labels,
      "containers with a label, later ones too: app=web, 'app=w*', app");
  add("--pod", wanted.pods, "containers of Kubernetes pods like this");
  add("--namespace", wanted.namespaces,
      "containers of Kubernetes namespaces like this");
  add("--exclude", wanted.excluded,
      "but not: NAME, or name= id= image= label= pod= namespace= cgroup= "
      "runtime= and a pattern");
}

void add_pointed_options(CLI::App& app, Pointed& pointed) {
  app.add_option(
         "--cgroup", pointed.cgroups,
         "cgroup by path below the cgroup v2 mount, nested ones included")
      ->allow_extra_args(false);
  app.add_option("--pid", pointed.pids,
                 "the container that this process is in, or its cgroup")
      ->allow_extra_args(false);
  app.add_flag("--host", pointed.host,
               "everything on this host but the agent, as one trace");
}

void add_root_options(CLI::App& app, RuntimeRoots& roots) {
  app.add_option("--docker-root", roots.docker_root,
                 "dockerd's --data-root, if it cannot be found")
      ->envname("VESTIGE_DOCKER_ROOT");
  app.add_option("--runc-root", roots.runc_root,
                 "runc's --root, if it cannot be found")
      ->envname("VESTIGE_RUNC_ROOT");
}

void add_session_options(CLI::App& app, SessionOptions& session) {
  app.add_option("--snaplen", session.snaplen,
                 "bytes kept of each read, write, send and receive")
      ->check(CLI::Range(0, 16384))
      ->capture_default_str();
  app.add_option_function<std::string>(
         "--payload",
         [&session](const std::string& text) {
           auto policy = PayloadPolicy::parse(text);
           if (!policy) throw CLI::ValidationError(policy.error().message);
           session.payload = *policy;
         },
         "bytes kept by kind: stdin,net=4096,new-files=all")
      ->type_name("KIND[=N],...");
  app.add_option("--string-limit", session.string_limit,
                 "bytes kept of each path or other string")
      ->check(CLI::Range(16, 4096))
      ->capture_default_str();
  app.add_option("--argv-limit", session.argv_limit,
                 "bytes kept of the arguments and of the environment of execs")
      ->check(CLI::Range(256, 16384))
      ->capture_default_str();
  app.add_option("--ring-size", session.ring_bytes,
                 "kernel buffer: 16MiB unless said otherwise")
      ->transform(CLI::AsSizeValue(false))
      ->check(check_ring);
  app.add_flag_callback(
      "--lean", [&session] { session.has_enter = false; },
      "nothing on entry: no durations, no calls in flight; cheaper");
}

void add_key_options(CLI::App& app, std::string& signing_key) {
  signing_key = "/var/lib/vestige/agent.key";
  app.add_option("--key", signing_key,
                 "Ed25519 key (PEM) that signs traces; made when missing")
      ->capture_default_str();
  app.add_flag_callback(
      "--no-sign", [&signing_key] { signing_key.clear(); }, "do not sign");
}

void add_recipient_option(CLI::App& app, std::vector<std::string>& recipients) {
  app.add_option("--encrypt-to", recipients,
                 "only who has the private half of this key (PEM) can read "
                 "what happened; vestige keygen makes one")
      ->type_name("FILE")
      ->allow_extra_args(false);
}

}  // namespace vestige
