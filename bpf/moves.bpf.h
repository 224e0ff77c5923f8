/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Tasks that take another name or are moved to another cgroup. */
#pragma once

#include "bpf/syscalls.bpf.h"

/* By prctl or by writing to /proc; that of an exec is told by the exec. */
SEC("tp_btf/task_rename")
int BPF_PROG(on_rename, struct task_struct *task, const char *comm)
{
	int slot = current_slot();
	struct raw_record *r;
	struct scratch *s;
	char *to;
	long got;

	if (slot < 0 || BPF_CORE_READ_BITFIELD_PROBED(task, in_execve))
		return 0;
	s = event_begin(bpf_get_current_task_btf(), slot, KERNEL_TASK_COMM);
	if (!s)
		return 0;
	r = record_of(s);
	r->args[0] = task->tgid;
	r->args[1] = task->pid;
	take_comm(RAW_ARG_TASK, address_of(s, task)); /* still the old one */
	to = part_data(s, sizeof(task->comm));
	if (to) {
		got = bpf_probe_read_kernel_str(to, sizeof(task->comm), comm);
		if (got > 0)
			part_end(s, RAW_COMM, RAW_ARG_RETURN, 0, got - 1,
				 got - 1);
	}
	record_submit(s);
	return 0;
}

/*
 * The task is in its new cgroup already, and who moves it may be anyone: it
 * counts where it last made a call.
 */
SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(on_cgroup_move, struct cgroup *to, const char *path,
	     struct task_struct *task)
{
	struct in_flight_call *call;
	int slot = current_slot();
	struct raw_record *r;
	struct scratch *s;

	if (slot < 0) {
		call = bpf_task_storage_get(&in_flight, task, NULL, 0);
		if (!call || call->slot >= SLOTS_ALL ||
		    call->generation != slot_generation)
			return 0;
		slot = call->slot;
		call->slot = SLOTS_ALL; /* until its next call */
	}
	s = event_begin(bpf_get_current_task_btf(), slot, KERNEL_CGROUP_MOVE);
	if (!s)
		return 0;
	r = record_of(s);
	r->args[0] = task->tgid;
	r->args[1] = task->pid;
	r->args[2] = BPF_CORE_READ(to, kn, id);
	take_kernel_string(3, address_of(s, path));
	record_submit(s);
	return 0;
}
