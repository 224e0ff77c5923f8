// SPDX-License-Identifier: Apache-2.0
//
// ScapConverter: what calls tell of tasks, said as a live capture says it.
#include <linux/sched.h>

#include <utility>

#include "replay/scap/codings.h"
#include "replay/scap/converter.h"

namespace vestige {
namespace {

uint32_t id_of(std::optional<uint64_t> value) {
  return value && *value <= UINT32_MAX ? uint32_t(*value) : 0;
}

CredentialsPart credentials_of(const EventBuilder& told) {
  CredentialsPart part{};
  part.uid = part.euid = part.suid = part.fsuid =
      uint32_t(told.number(ScapField::kUid).value_or(0));
  part.gid = part.egid = part.sgid = part.fsgid =
      uint32_t(told.number(ScapField::kGid).value_or(0));
  part.cap_inheritable = told.number(ScapField::kCapInheritable).value_or(0);
  part.cap_permitted = told.number(ScapField::kCapPermitted).value_or(0);
  part.cap_effective = told.number(ScapField::kCapEffective).value_or(0);
  return part;
}

}  // namespace

// Parent and child both return from a fork, in either order; the first tells.
Result<void> ScapConverter::derive_fork(const ScapEvent& event,
                                        const Event& made) {
  const uint64_t scap_flags =
      builder_.number(ScapField::kCloneFlags).value_or(0);
  const uint64_t flags = from_scap(ScapCoding::kClone, scap_flags).value_or(0);
  const Who self{made.tid, made.pid};
  const bool is_child = made.ret == 0;
  KnownThread known{.ns_tid = id_of(builder_.number(ScapField::kVtid)),
                    .ns_pid = id_of(builder_.number(ScapField::kVpid)),
                    .has_ids = builder_.number(ScapField::kUid).has_value(),
                    .uid = id_of(builder_.number(ScapField::kUid)),
                    .gid = id_of(builder_.number(ScapField::kGid))};
  Who creator = self;
  uint32_t child = self.tid;
  if (is_child) {
    known.pid = id_of(builder_.number(ScapField::kPid));
    if (known.pid == 0) return {};
    creator.tid = known.pid != child
                      ? known.pid  // a thread: of the process itself
                      : id_of(builder_.number(ScapField::kPtid));
    const KnownThread* parent = threads_.find(creator.tid);
    creator.pid = parent ? parent->pid : creator.tid;
  } else {
    // In another pid namespace the number is not the kernel's: the child
    // itself will tell.
    const bool is_elsewhere = (known.ns_tid != 0 && known.ns_tid != self.tid) ||
                              (scap_flags & kScapChildInPidNamespace) ||
                              (flags & CLONE_NEWPID);
    if (is_elsewhere || made.ret > INT32_MAX) return {};
    child = uint32_t(made.ret);
    known.pid = flags & CLONE_THREAD ? self.pid : child;
    known.ns_tid = child;
    known.ns_pid = known.pid;
  }
  const Told told = is_child ? Told::kByChild : Told::kByParent;
  if (const auto other = forks_.find(child);
      other != forks_.end() && other->second != told) {
    forks_.erase(other);
    if (is_child) threads_.add(child, known);
    return {};
  }
  forks_[child] = told;
  return tell_fork(event, creator, child, known, flags);
}

Result<void> ScapConverter::tell_fork(const ScapEvent& event, Who creator,
                                      uint32_t child, KnownThread known,
                                      uint64_t clone_flags) {
  if (const KnownThread* parent = threads_.find(creator.tid)) {
    known.session = parent->session;
    known.process_group = parent->process_group;
    known.parent_pid =
        clone_flags & CLONE_PARENT ? parent->parent_pid : parent->pid;
  } else {
    known.parent_pid = creator.pid;
  }
  if (known.pid != child) known.parent_pid = 0;
  threads_.add(child, known);
  derived_.start(*find_descriptor(Abi::kKernel, "task_fork"));
  derived_.set_arg(0, known.pid);
  derived_.set_arg(1, child);
  derived_.set_arg(2, clone_flags);
  derived_.add_struct(PartKind::kTask, kReturnArg, task_part(child, known));
  if (known.has_ids) {
    CredentialsPart ids{};
    ids.uid = ids.euid = ids.suid = ids.fsuid = known.uid;
    ids.gid = ids.egid = ids.sgid = ids.fsgid = known.gid;
    derived_.add_struct(PartKind::kCredentials, kReturnArg, ids);
  }
  Event& fork = derived_.finish();
  fork.time_ns = event.time_ns;
  fork.cpu = event.cpu;
  fork.tid = creator.tid;
  fork.pid = creator.pid;
  return emit(fork);
}

Result<void> ScapConverter::derive_exec(const ScapEvent& event) {
  const Who self = who(event);
  KnownThread* known = threads_.find(self.tid);
  KnownThread task = known ? *known : KnownThread{.pid = self.pid};
  if (const auto parent = builder_.number(ScapField::kPtid)) {
    const KnownThread* thread = threads_.find(id_of(parent));
    task.parent_pid = thread ? thread->pid : id_of(parent);
  }
  if (const auto group = builder_.number(ScapField::kPgid))
    task.process_group = id_of(group);
  derived_.start(*find_descriptor(Abi::kKernel, "task_exec"));
  derived_.set_arg(0, self.tid);
  const auto add = [&](PartKind kind, std::string_view data) {
    if (!data.empty()) derived_.add_part(kind, kTaskArg, data);
  };
  add(PartKind::kString, builder_.path_asked());
  add(PartKind::kPath, builder_.text(ScapField::kExePath));
  std::string argv(builder_.text(ScapField::kExe));
  argv.push_back('\0');
  argv += builder_.bytes(ScapField::kArgs).value_or("");
  add(PartKind::kArgv, derived_.keep(std::move(argv)));
  add(PartKind::kEnv, builder_.bytes(ScapField::kEnv).value_or(""));
  add(PartKind::kComm, builder_.text(ScapField::kComm));
  add(PartKind::kCwd, builder_.text(ScapField::kCwd));
  derived_.add_struct(PartKind::kTask, kTaskArg, task_part(self.tid, task));
  if (builder_.number(ScapField::kUid))
    derived_.add_struct(PartKind::kCredentials, kTaskArg,
                        credentials_of(builder_));
  if (const auto inode = builder_.number(ScapField::kExeInode)) {
    const uint64_t bits = builder_.number(ScapField::kExeFlags).value_or(0);
    FilePart file{};
    file.inode = *inode;
    file.nlink = 1;  // not told
    if (bits & kScapExeUpperLayer) file.layer = Layer::kUpper;
    if (bits & kScapExeLowerLayer) file.layer = Layer::kLower;
    derived_.add_struct(PartKind::kFile, kTaskArg, file);
  }
  threads_.add(self.tid, task);
  Event& exec = derived_.finish();
  exec.time_ns = event.time_ns;
  exec.cpu = event.cpu;
  exec.tid = self.tid;
  exec.pid = self.pid;
  return emit(exec);
}

// Sessions and groups, so that children inherit the right ones.
void ScapConverter::follow(const Event& made) {
  KnownThread* known = threads_.find(made.tid);
  if (!known || made.ret < 0 || made.descriptor->effect != Effect::kSession)
    return;
  if (made.descriptor->name == "setsid")
    known->session = known->process_group = known->pid;
  else if (made.args[0] == 0 || made.args[0] == known->pid)
    known->process_group =
        made.args[1] == 0 ? known->pid : uint32_t(made.args[1]);
}

}  // namespace vestige
