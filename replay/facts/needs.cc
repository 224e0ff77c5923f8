// SPDX-License-Identifier: Apache-2.0
#include "replay/facts/needs.h"

#include <iterator>

namespace vestige {
namespace {

constexpr uint32_t kAlways = kColumnMeta | kColumnDictionary | kColumnLosses;
constexpr uint32_t kType = kAlways | kColumnType;
constexpr uint32_t kTime =
    kAlways | kColumnTask | kColumnTime | kColumnTimeHigh | kColumnFlags;
constexpr uint32_t kResult =
    kType | kColumnResult | kColumnFlags | kColumnParts;
constexpr uint32_t kTexts =
    kType | kColumnArguments | kColumnStrings | kColumnParts;
// What a process is made of.
constexpr uint32_t kProcessColumns = kAllColumns & ~kColumnPayload;

// Fields that need less, or more, than others of their group.
struct Exception {
  std::string_view name;
  Needs needs;
};
constexpr Exception kExceptions[] = {
    {"evt.abi", {Scope::kEvent, kType}},
    {"evt.buffer", {Scope::kEvent, kResult | kColumnPayload}},
    {"evt.buflen", {Scope::kEvent, kResult}},
    {"evt.buflen.in", {Scope::kEvent, kResult}},
    {"evt.buflen.out", {Scope::kEvent, kResult}},
    {"evt.count", {Scope::kEvent, kAlways}},
    {"evt.count.exit", {Scope::kEvent, kType | kColumnFlags}},
    {"evt.count.error", {Scope::kEvent, kResult}},
    {"evt.cpu", {Scope::kEvent, kAlways | kColumnFlags | kColumnTask}},
    {"evt.datetime", {Scope::kEvent, kTime}},
    {"evt.datetime.s", {Scope::kEvent, kTime}},
    {"evt.dir", {Scope::kEvent, kType | kColumnFlags}},
    {"evt.duration", {Scope::kEvent, kTime}},
    {"evt.effect", {Scope::kEvent, kType}},
    {"evt.failed", {Scope::kEvent, kResult}},
    {"evt.hostname", {Scope::kEvent, kAlways}},
    {"evt.in_flight", {Scope::kEvent, kType | kColumnFlags}},
    {"evt.io_dir", {Scope::kEvent, kType}},
    {"evt.io_uring", {Scope::kEvent, kType}},
    {"evt.is_io", {Scope::kEvent, kType}},
    {"evt.is_io_read", {Scope::kEvent, kType}},
    {"evt.is_io_write", {Scope::kEvent, kType}},
    {"evt.is_open_create", {Scope::kEvent, kTexts}},
    {"evt.is_open_exec", {Scope::kEvent, kTexts}},
    {"evt.is_open_read", {Scope::kEvent, kTexts}},
    {"evt.is_open_write", {Scope::kEvent, kTexts}},
    {"evt.is_wait", {Scope::kEvent, kType}},
    {"evt.latency", {Scope::kEvent, kTime}},
    {"evt.latency.human", {Scope::kEvent, kTime}},
    {"evt.latency.ns", {Scope::kEvent, kTime}},
    {"evt.latency.s", {Scope::kEvent, kTime}},
    {"evt.num", {Scope::kEvent, kAlways}},
    {"evt.outputtime", {Scope::kEvent, kTime, true}},
    {"evt.position", {Scope::kEvent, kAlways}},
    {"evt.rawarg", {Scope::kEvent, kResult | kTexts}},
    {"evt.rawres", {Scope::kEvent, kResult}},
    {"evt.rawtime", {Scope::kEvent, kTime}},
    {"evt.rawtime.ns", {Scope::kEvent, kTime}},
    {"evt.rawtime.s", {Scope::kEvent, kTime}},
    {"evt.reltime", {Scope::kEvent, kTime, true}},
    {"evt.reltime.ns", {Scope::kEvent, kTime, true}},
    {"evt.reltime.s", {Scope::kEvent, kTime, true}},
    {"evt.res", {Scope::kEvent, kResult}},
    {"evt.source", {Scope::kEvent, kAlways}},
    {"evt.text", {Scope::kEvent, kAllColumns}},
    {"evt.time", {Scope::kEvent, kTime}},
    {"evt.time.iso8601", {Scope::kEvent, kTime}},
    {"evt.time.s", {Scope::kEvent, kTime}},
    {"evt.type", {Scope::kEvent, kType}},
    {"evt.type.is", {Scope::kEvent, kType}},
    {"evt.wait_latency", {Scope::kEvent, kType | kTime}},
    {"fs.path.nameraw", {Scope::kEvent, kTexts}},
    {"proc.cwd", {Scope::kAll, kAllColumns}},
    {"proc.fdopencount", {Scope::kAll, kAllColumns}},
    {"proc.id", {Scope::kAll, kAllColumns}},
    {"proc.killer", {Scope::kAll, kAllColumns}},
    {"proc.killer.name", {Scope::kAll, kAllColumns}},
    {"proc.name", {Scope::kName, kAlways | kColumnTask}},
    {"proc.nthreads", {Scope::kAll, kAllColumns}},
    {"proc.origin", {Scope::kAll, kAllColumns}},
    {"proc.pid", {Scope::kEvent, kAlways | kColumnTask}},
    {"proc.ppid.duration", {Scope::kAll, kAllColumns}},
    {"proc.ppid.ts", {Scope::kAll, kAllColumns}},
    {"proc.stderr.name", {Scope::kAll, kAllColumns}},
    {"proc.stderr.type", {Scope::kAll, kAllColumns}},
    {"proc.stdin.name", {Scope::kAll, kAllColumns}},
    {"proc.stdin.type", {Scope::kAll, kAllColumns}},
    {"proc.stdout.name", {Scope::kAll, kAllColumns}},
    {"proc.stdout.type", {Scope::kAll, kAllColumns}},
    {"syscall.type", {Scope::kEvent, kType}},
    {"thread.ismain", {Scope::kEvent, kAlways | kColumnTask}},
    {"thread.tid", {Scope::kEvent, kAlways | kColumnTask}},
};

// Of evt.arg: those that are never about a descriptor.
constexpr std::string_view kPlainArguments[] = {
    "data",    "filename", "flags",    "mode", "name",  "newpath",
    "oldpath", "path",     "pathname", "size", "count", "length",
};

struct Group {
  std::string_view begin;
  Needs needs;
};
constexpr Group kGroups[] = {
    {"container.", {Scope::kEvent, kAlways}},
    {"k8s.", {Scope::kEvent, kAlways}},
    {"group.", {Scope::kProcess, kProcessColumns}},
    {"proc.", {Scope::kProcess, kProcessColumns}},
    {"thread.", {Scope::kProcess, kProcessColumns}},
    {"user.", {Scope::kProcess, kProcessColumns}},
};

}  // namespace

Needs needs_of(const FieldInfo& field, const FieldArgument& argument) {
  if (!field.get) return {Scope::kEvent, kAlways};
  if (field.name == "evt.outputtime" && argument.text == "D")
    return {Scope::kAll, kAllColumns};  // since the event before
  const auto found =
      std::ranges::find(kExceptions, field.name, &Exception::name);
  if (found != std::end(kExceptions)) return found->needs;
  const bool is_plain = std::ranges::find(kPlainArguments, argument.text) !=
                        std::end(kPlainArguments);
  const bool is_payload = argument.text == "data" || argument.text == "size";
  if (field.name == "evt.arg" && is_plain)
    return {Scope::kEvent,
            is_payload ? kTexts | kResult | kColumnPayload : kTexts};
  for (const Group& group : kGroups)
    if (field.name.starts_with(group.begin)) return group.needs;
  return {Scope::kAll, kAllColumns};
}

bool is_about_names(Effect effect) {
  return effect == Effect::kTaskFork || effect == Effect::kTaskExec ||
         effect == Effect::kTaskExit || effect == Effect::kPrctl;
}

bool is_about_processes(Effect effect) {
  switch (effect) {
    case Effect::kTaskFork:
    case Effect::kTaskExec:
    case Effect::kTaskExit:
    case Effect::kExec:
    case Effect::kPrctl:
    case Effect::kSession:
    case Effect::kSetCredentials:
    case Effect::kNamespace:
    case Effect::kUnshareFiles:
    case Effect::kChdir:
    case Effect::kChroot:
    case Effect::kMount:
    case Effect::kUmount: return true;
    default: return false;
  }
}

}  // namespace vestige
