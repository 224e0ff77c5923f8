// SPDX-License-Identifier: Apache-2.0
//
// Reconstructor: processes, what they run, and what they do to each other.
#include <linux/sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "replay/reconstructor.h"

namespace vestige {
namespace {

// Ids told in the initial user namespace are those that programs pass there.
constexpr uint32_t kInitialUserNamespace = 0xEFFFFFFD;

void set_id(uint32_t& id, std::optional<uint64_t> value) {
  if (value && uint32_t(*value) != ~0u) id = uint32_t(*value);
}

}  // namespace

void Reconstructor::on_task_fork(const Now& now) {
  const Part* part = now.call.returned(PartKind::kTask);
  if (!part) return;
  const uint64_t flags = now.call.value(ArgKind::kCloneFlags).value_or(0);
  const auto forked = tree_.fork(now.task, read_part<TaskPart>(*part), flags,
                                 {now.event.time_ns, now.at});
  if (!forked.child) return;
  ProcessRow& child = forked.child->row;
  const ProcessRow& maker = now.process.row;
  if (child.comm.empty()) child.comm = maker.comm;
  if (child.exe.empty()) child.exe = maker.exe;
  if (child.argv.empty()) child.argv = maker.argv;
  if (!child.credentials_known) {
    child.credentials = maker.credentials;
    child.credentials_known = maker.credentials_known;
  }
}

void Reconstructor::on_task_exec(const Now& now) {
  const auto part = [&](PartKind kind) {
    return now.event.part(kTaskArg, kind);
  };
  const auto text = [&](PartKind kind) {
    const Part* found = part(kind);
    return found ? keep(found->data) : std::string_view{};
  };
  ProcessRow& row = now.process.row;
  if (const Part* task = part(PartKind::kTask))
    tree_.update(now.process, read_part<TaskPart>(*task),
                 {now.event.time_ns, now.at});
  if (const Part* credentials = part(PartKind::kCredentials)) {
    row.credentials = read_part<CredentialsPart>(*credentials);
    row.credentials_known = true;
  }
  Directories& directories = *now.task.directories;
  if (const Part* cwd = part(PartKind::kCwd);
      cwd && !(cwd->flags & kPartTruncated)) {
    directories.cwd = keep(below_root(directories.root, cwd->data));
    directories.cwd_certainty = Certainty::kObserved;
  }
  const std::string_view filename = text(PartKind::kString);
  // The program may be a descriptor that this very call closes.
  Target script{.kind = OpenFileKind::kFile};
  if (!filename.empty() &&
      (directories.cwd.starts_with('/') || filename.starts_with('/')))
    resolve(now, directories.cwd, filename, LastLink::kFollow, script);
  script.certainty = Certainty::kInferred;
  Target program = script;
  observe(now, program, part(PartKind::kPath), part(PartKind::kFile));
  row.exe = program.path;
  row.argv = text(PartKind::kArgv);
  row.comm = text(PartKind::kComm);
  now.process.exec_was_told = true;

  ExecRow exec = exec_of(now, filename);
  exec.tid = uint32_t(now.call.value(ArgKind::kTid).value_or(now.event.tid));
  exec.exe = program.path;
  exec.argv = row.argv;
  exec.env = text(PartKind::kEnv);
  exec.comm = row.comm;
  exec.layer = program.layer;
  exec.is_deleted = program.is_deleted;
  exec.dev_major = program.identity.dev_major;
  exec.dev_minor = program.identity.dev_minor;
  exec.inode = program.identity.inode;
  execs_.push_back(exec);
  add(now, FileOp::kExec, program);
  // A script was named, its interpreter runs.
  if (program.requested.data() == script.path.data() &&
      program.requested.data() && program.path.data() != script.path.data())
    add(now, FileOp::kExec, script);
  tree_.exec(now.task);
}

ExecRow Reconstructor::exec_of(const Now& now, std::string_view filename) {
  ExecRow exec{.process = now.process.row.id, .error = now.call.error()};
  exec.tid = now.event.tid;
  exec.filename = filename;
  exec.cwd = now.task.directories->cwd;
  exec.uid = now.process.row.credentials.uid;
  exec.euid = now.process.row.credentials.euid;
  exec.time_ns = now.event.time_ns;
  exec.at = now.at;
  return exec;
}

void Reconstructor::on_exec(const Now& now) {
  if (!now.call.failed()) {
    if (std::exchange(now.process.exec_was_told, false)) return;
    // task_exec is missing: something else runs now, not known what.
    ExecRow exec = exec_of(now, {});
    exec.certainty = Certainty::kUnknown;
    execs_.push_back(exec);
    now.process.row.exe = now.process.row.argv = {};
    return tree_.exec(now.task);
  }
  const auto path = now.call.path();
  ExecRow exec = exec_of(now, path ? keep(path->text) : std::string_view{});
  const int argv = now.event.descriptor->arg_of_kind(ArgKind::kStringArray);
  if (argv >= 0)
    if (const Part* part =
            now.event.part(uint8_t(argv), PartKind::kStringArray))
      exec.argv = keep(part->data);
  execs_.push_back(exec);
  add(now, FileOp::kExec, target_of(now, 0, LastLink::kFollow));
}

void Reconstructor::on_task_exit(const Now& now) {
  if (const Part* comm = now.event.part(kTaskArg, PartKind::kComm);
      comm && now.event.tid == now.event.pid)
    now.process.row.comm = keep(comm->data);
  tree_.exit(now.task,
             {.code = int(now.call.named("code").value_or(0)),
              .signal = int(now.call.named("signal").value_or(0)),
              .core_dumped = now.call.named("core_dumped").value_or(0) != 0,
              .group_dead = now.call.named("group_dead").value_or(0) != 0},
             {now.event.time_ns, now.at});
}

void Reconstructor::on_signal(const Now& now) {
  ActionRow row = action_of(now, ActionOp::kSignal);
  row.signal = uint8_t(now.call.value(ArgKind::kSignal).value_or(0));
  const auto pid = now.call.value(ArgKind::kPid);
  const auto tid = now.call.value(ArgKind::kTid);
  row.target_pid = int32_t(pid ? *pid : tid.value_or(0));
  const auto hit = [&](Process& target) {
    if (!row.error && row.signal != 0)
      target.add_signal(row.signal, row.process);
  };
  Process* target = nullptr;
  if (!pid && !tid)  // by pidfd
    target = tree_.get(file_at(now, now.call.fd(), 0).refers_to);
  else if (row.target_pid > 0)
    target = tree_.find_from(now.process, row.target_pid);
  if (target) {
    row.target = target->row.id;
    hit(*target);
  } else if (row.target_pid <= 0 && (pid || tid)) {
    uint32_t group = now.process.row.process_group;
    if (row.target_pid < -1) {
      const Process* leader = tree_.find_from(now.process, -row.target_pid);
      group = leader ? leader->row.process_group : 0;
    }
    tree_.for_each_live([&](Process& process) {
      if (row.target_pid == -1 ? process.row.is_selected
                               : group && process.row.process_group == group)
        hit(process);
    });
  }
  add(now, row);
}

void Reconstructor::on_set_credentials(const Now& now) {
  ActionRow row = action_of(now, ActionOp::kCredentials);
  row.value = now.event.args[0];
  add(now, row);
  CredentialsPart& ids = now.process.row.credentials;
  if (now.call.failed() || ids.user_namespace != kInitialUserNamespace) return;
  const bool has_uid = now.call.value(ArgKind::kUid).has_value();
  const ArgKind kind = has_uid ? ArgKind::kUid : ArgKind::kGid;
  if (now.event.descriptor->returns != ReturnKind::kError) return;
  uint32_t* const real[] = {has_uid ? &ids.uid : &ids.gid,
                            has_uid ? &ids.euid : &ids.egid,
                            has_uid ? &ids.suid : &ids.sgid};
  const auto first = now.call.value(kind, 0);
  const auto second = now.call.value(kind, 1);
  if (!first) return;
  if (second) {
    set_id(*real[0], first);
    set_id(*real[1], second);
    set_id(*real[2], now.call.value(kind, 2));
    return;
  }
  // setuid() of the privileged sets all three, of others the effective one.
  const bool is_privileged = ids.euid == 0;
  set_id(*real[1], first);
  if (!is_privileged) return;
  set_id(*real[0], first);
  set_id(*real[2], first);
}

void Reconstructor::on_namespace(const Now& now) {
  ActionRow row = action_of(now, ActionOp::kNamespace);
  const uint64_t flags = now.call.value(ArgKind::kNamespaceFlags).value_or(0);
  row.value = flags;
  if (const int fd = now.call.fd(); fd >= 0)
    row.detail = file_at(now, fd, 0).path;
  add(now, row);
  if (now.call.failed() || now.call.fd() >= 0) return;
  if (flags & CLONE_FILES) unshare_fds(now.task);
  if (flags & (CLONE_FS | CLONE_NEWNS)) unshare_directories(now.task);
  // The new mount namespace has a number that nobody told; nobody else may
  // be taken for being in it.
  if (flags & CLONE_NEWNS) now.process.row.mnt_namespace = 0;
}

void Reconstructor::unshare_directories(Task& task) {
  const bool is_leaders = task.directories == task.process->directories;
  task.directories = std::make_shared<Directories>(*task.directories);
  if (is_leaders && task.tid == task.process->row.pid)
    task.process->directories = task.directories;
}

void Reconstructor::on_session(const Now& now) {
  ActionRow action = action_of(now, ActionOp::kSession);
  ProcessRow& row = now.process.row;
  const auto pid = now.call.value(ArgKind::kPid, 0);
  if (!pid) {
    if (!now.call.failed()) row.session = row.process_group = row.pid;
    return add(now, action);
  }
  const auto group = now.call.value(ArgKind::kPid, 1);
  action.target_pid = int32_t(*pid);
  action.value = group.value_or(0);
  Process* member = action.target_pid == 0
                        ? &now.process
                        : tree_.find_from(now.process, action.target_pid);
  if (member) {
    action.target = member->row.id;
    const Process* leader =
        action.value == 0 ? member
                          : tree_.find_from(now.process, int32_t(action.value));
    if (!now.call.failed() && leader)
      member->row.process_group = leader->row.pid;
  }
  add(now, action);
}

void Reconstructor::on_prctl(const Now& now) {
  ActionRow row = action_of(now, ActionOp::kPrctl);
  row.value = now.call.value(ArgKind::kPrctlOption).value_or(0);
  if (const Part* text = now.call.part(PartKind::kString))
    row.detail = keep(text->data);
  add(now, row);
  if (row.value != PR_SET_NAME || now.call.failed()) return;
  if (now.event.tid == now.event.pid && !row.detail.empty())
    now.process.row.comm = keep(row.detail.substr(0, 15));
}

void Reconstructor::on_ptrace(const Now& now) {
  ActionRow row = action_of(now, ActionOp::kPtrace);
  row.value = now.call.value(ArgKind::kPtraceRequest).value_or(0);
  row.target_pid = int32_t(now.call.value(ArgKind::kPid).value_or(0));
  if (const Process* target = tree_.find_from(now.process, row.target_pid))
    row.target = target->row.id;
  add(now, row);
}

void Reconstructor::on_act(const Now& now, ActionOp op) {
  ActionRow row = action_of(now, op);
  row.value = now.event.args[0];
  if (const Part* text = now.call.part(PartKind::kString))
    row.detail = keep(text->data);
  add(now, row);
}

}  // namespace vestige
