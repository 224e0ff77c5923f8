// SPDX-License-Identifier: Apache-2.0
//
// Reconstructor: processes, what they run, and what they do to each other.
#include <linux/sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <cstring>

#include "replay/reconstructor.h"

namespace vestige {

void Reconstructor::on_task_fork(const Now& now) {
  const Part* part = now.call.returned(PartKind::kTask);
  if (!part) return;
  const uint64_t flags = now.call.value(ArgKind::kCloneFlags).value_or(0);
  const auto forked =
      tree_.fork(now.task, read_part<TaskPart>(*part), flags, moment(now));
  if (!forked.child) return;
  ProcessRow& child = forked.child->row;
  if (!forked.is_late)
    forked.child->changed = {time_ns_, time_ns_, time_ns_, time_ns_, time_ns_};
  const ProcessRow& maker = now.process.row;
  if (child.comm.empty()) child.comm = maker.comm;
  if (child.exe.empty()) child.exe = maker.exe;
  if (child.argv.empty()) child.argv = maker.argv;
  if (!child.credentials_known) {
    child.credentials = maker.credentials;
    child.credentials_known = maker.credentials_known;
  }
  if (!forked.child->fds || forked.is_late) return;
  forked.child->fds->for_each([&](int, const FdTable::Entry& entry) {
    if (entry.file->socket != 0)
      own(now, child.id, *entry.file, OwnHow::kInherited);
  });
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
    tree_.update(now.process, read_part<TaskPart>(*task), moment(now));
  if (const Part* credentials = part(PartKind::kCredentials)) {
    const auto told = read_part<CredentialsPart>(*credentials);
    const bool is_new = !row.credentials_known ||
                        std::memcmp(&told, &row.credentials, sizeof told) != 0;
    row.credentials = told;
    row.credentials_known = true;
    now.process.changed.credentials_ns = time_ns_;
    if (is_new) note_credentials(now, now.process, Certainty::kObserved);
  }
  Directories& directories = *now.task.directories;
  if (const Part* cwd = part(PartKind::kCwd);
      cwd && !(cwd->flags & kPartTruncated)) {
    directories.cwd = keep(below_root(directories.root, cwd->data));
    directories.cwd_certainty = Certainty::kObserved;
    directories.changed_ns = time_ns_;
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
  now.process.changed.program_ns = now.process.changed.comm_ns = time_ns_;

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
  run_program(now);
}

void Reconstructor::run_program(const Now& now) {
  std::vector<OpenFileRef> sockets = sockets_in(*now.task.fds);
  tree_.exec(now.task, moment(now));
  disown(now, sockets);
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
    now.process.changed.program_ns = 0;
    return run_program(now);
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
      comm && now.event.tid == now.event.pid) {
    now.process.row.comm = keep(comm->data);
    now.process.changed.comm_ns = time_ns_;
  }
  const bool is_end = now.call.named("group_dead").value_or(0) != 0;
  if (is_end && now.process.is_live)
    for (const OpenFileRef& file : sockets_in(*now.task.fds))
      owners_.end(now.process.row.id, sockets_.get(file->socket).own, time_ns_,
                  now.at);
  tree_.exit(now.task,
             {.code = int(now.call.named("code").value_or(0)),
              .signal = int(now.call.named("signal").value_or(0)),
              .core_dumped = now.call.named("core_dumped").value_or(0) != 0,
              .group_dead = is_end},
             moment(now));
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

// The call that sends it may return after the target has died of it.
void Reconstructor::on_signal_sent(const Now& now) {
  const auto pid = uint32_t(now.call.named("target").value_or(0));
  const auto signal = uint8_t(now.call.named("signal").value_or(0));
  if (Process* target = tree_.find(pid, 0); target && signal != 0)
    target->add_signal(signal, now.process.row.id);
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
    if (!now.call.failed()) {
      row.session = row.process_group = row.pid;
      now.process.changed.session_ns = time_ns_;
    }
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
    if (!now.call.failed() && leader) {
      member->row.process_group = leader->row.pid;
      member->changed.session_ns = time_ns_;
    }
  }
  add(now, action);
}

void Reconstructor::on_prctl(const Now& now) {
  ActionRow row = action_of(now, ActionOp::kPrctl);
  row.value = now.call.value(ArgKind::kPrctlOption).value_or(0);
  if (const Part* text = now.call.part(PartKind::kString))
    row.detail = keep(text->data);
  add(now, row);
  if (now.call.failed()) return;
  if (row.value == PR_SET_CHILD_SUBREAPER)
    now.process.is_subreaper = now.event.args[1] != 0;
  if (row.value == PR_SET_KEEPCAPS) keep_capabilities(now);
  if (row.value != PR_SET_NAME) return;
  if (now.event.tid != now.event.pid || row.detail.empty()) return;
  now.process.row.comm = keep(row.detail.substr(0, 15));
  now.process.changed.comm_ns = time_ns_;
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
