/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Tasks as the kernel knows them: ids, credentials, program. */
#pragma once

#include "bpf/objects.bpf.h"

static __always_inline __u32 number_of(struct pid *pid, __u32 level)
{
	struct upid *numbers =
		(void *)pid + bpf_core_field_offset(struct pid, numbers);

	return BPF_CORE_READ(&numbers[level & 31], nr);
}

/* In the innermost pid namespace the task is a member of. */
static __always_inline __u32 own_number(struct pid *pid)
{
	return pid ? number_of(pid, BPF_CORE_READ(pid, level)) : 0;
}

static __always_inline __u32 pid_namespace_of(struct pid *pid)
{
	struct upid *numbers =
		(void *)pid + bpf_core_field_offset(struct pid, numbers);
	__u32 level = BPF_CORE_READ(pid, level) & 31;

	return BPF_CORE_READ(&numbers[level], ns, ns.inum);
}

SUBPROGRAM take_task(__u8 arg, __u64 at)
{
	struct task_struct *task = (void *)at, *leader, *parent;
	struct scratch *s = scratch_get();
	struct nsproxy *spaces;
	struct raw_task *to;

	if (!s)
		return 0;
	to = part_data(s, sizeof(*to));
	if (!to)
		return 0;
	__builtin_memset(to, 0, sizeof(*to));
	leader = BPF_CORE_READ(task, group_leader);
	parent = BPF_CORE_READ(task, real_parent);
	spaces = BPF_CORE_READ(task, nsproxy);
	to->pid = BPF_CORE_READ(task, tgid);
	to->tid = BPF_CORE_READ(task, pid);
	to->ns_pid = own_number(BPF_CORE_READ(leader, thread_pid));
	to->ns_tid = own_number(BPF_CORE_READ(task, thread_pid));
	to->parent_pid = BPF_CORE_READ(parent, tgid);
	to->session =
		number_of(BPF_CORE_READ(task, signal, pids[PIDTYPE_SID]), 0);
	to->process_group =
		number_of(BPF_CORE_READ(task, signal, pids[PIDTYPE_PGID]), 0);
	to->pid_namespace = pid_namespace_of(BPF_CORE_READ(task, thread_pid));
	if (spaces) {
		to->mnt_namespace = BPF_CORE_READ(spaces, mnt_ns, ns.inum);
		to->net_namespace = BPF_CORE_READ(spaces, net_ns, ns.inum);
	}
	to->start_ns = BPF_CORE_READ(task, start_boottime);
	to->process_start_ns = BPF_CORE_READ(leader, start_boottime);
	to->parent_start_ns =
		BPF_CORE_READ(parent, group_leader, start_boottime);
	part_end(s, RAW_TASK, arg, 0, sizeof(*to), sizeof(*to));
	return 0;
}

SUBPROGRAM take_credentials(__u8 arg, __u64 at)
{
	const struct cred *c = (void *)at;
	struct scratch *s = scratch_get();
	struct raw_credentials *to;

	if (!s)
		return 0;
	to = part_data(s, sizeof(*to));
	if (!to)
		return 0;
	to->uid = BPF_CORE_READ(c, uid.val);
	to->gid = BPF_CORE_READ(c, gid.val);
	to->euid = BPF_CORE_READ(c, euid.val);
	to->egid = BPF_CORE_READ(c, egid.val);
	to->suid = BPF_CORE_READ(c, suid.val);
	to->sgid = BPF_CORE_READ(c, sgid.val);
	to->fsuid = BPF_CORE_READ(c, fsuid.val);
	to->fsgid = BPF_CORE_READ(c, fsgid.val);
	bpf_probe_read_kernel(&to->cap_inheritable, 8, &c->cap_inheritable);
	bpf_probe_read_kernel(&to->cap_permitted, 8, &c->cap_permitted);
	bpf_probe_read_kernel(&to->cap_effective, 8, &c->cap_effective);
	bpf_probe_read_kernel(&to->cap_bounding, 8, &c->cap_bset);
	bpf_probe_read_kernel(&to->cap_ambient, 8, &c->cap_ambient);
	to->user_namespace = BPF_CORE_READ(c, user_ns, ns.inum);
	to->securebits = BPF_CORE_READ(c, securebits);
	part_end(s, RAW_CREDENTIALS, arg, 0, sizeof(*to), sizeof(*to));
	return 0;
}

SUBPROGRAM take_comm(__u8 arg, __u64 at)
{
	struct task_struct *task = (void *)at;
	struct scratch *s = scratch_get();
	char *to;
	long got;

	if (!s)
		return 0;
	to = part_data(s, sizeof(task->comm));
	if (!to)
		return 0;
	got = bpf_probe_read_kernel_str(to, sizeof(task->comm), task->comm);
	if (got > 0)
		part_end(s, RAW_COMM, arg, 0, got - 1, got - 1);
	return 0;
}

/* A piece of the new program's stack: its arguments or its environment. */
static __always_inline void take_vector(__u8 kind, __u64 start, __u64 end)
{
	__u64 size = end - start;

	if (end < start)
		return;
	take_bytes(kind, RAW_ARG_TASK, start,
		   size > argv_limit ? argv_limit : size, size);
}
