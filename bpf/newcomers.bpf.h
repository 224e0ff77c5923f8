/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Cgroups that are made while recording goes on. A container may be over
 * before anybody could look at it, so each is recorded from its first task on,
 * in a slot that user space gave away beforehand, and user space decides late
 * whether to keep that. The announcement comes through the ring ahead of it.
 */
#pragma once

#include "bpf/select.bpf.h"
#include "bpf/tasks.bpf.h"

/* Who makes it, mostly a runtime, whose arguments tell what is to run. */
static __always_inline void take_maker(struct scratch *s,
				       struct task_struct *task)
{
	struct mm_struct *mm = task->mm;
	struct fs_struct *fs = task->fs;

	take_task(RAW_ARG_TASK, address_of(s, task));
	if (mm)
		take_vector(RAW_ARGV, mm->arg_start, mm->arg_end);
	if (fs)
		take_path(RAW_CWD, RAW_ARG_TASK,
			  (__u64)BPF_CORE_READ(fs, pwd.mnt),
			  (__u64)BPF_CORE_READ(fs, pwd.dentry));
}

/* Nobody else sees the new cgroup yet. */
SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(on_cgroup_made, struct cgroup *made, const char *path)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 id = BPF_CORE_READ(made, kn, id);
	__u32 slot = SLOT_JOURNAL;
	struct raw_record *r;
	struct scratch *s;

	if (BPF_CORE_READ(made, root, hierarchy_id)) /* of cgroup v1 */
		return 0;
	if (!bpf_map_pop_elem(&spare_slots, &slot))
		bpf_map_update_elem(&newcomers, &id, &slot, BPF_ANY);
	s = event_begin(task, SLOT_JOURNAL, KERNEL_CGROUP_MADE);
	if (!s)
		return 0;
	r = record_of(s);
	r->args[0] = id;
	r->args[1] = slot;
	take_kernel_string(RAW_ARG_RETURN, address_of(s, path));
	take_maker(s, task);
	record_submit(s);
	return 0;
}
