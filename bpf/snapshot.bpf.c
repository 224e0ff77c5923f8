// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Tells what there is: a record for each task in a cgroup or below it, and one
 * for each of their open files, laid out as those of capture.bpf.c. Iterators
 * may ask for paths as /proc shows them, other programs may not. They run in
 * whoever reads them, one reader at a time.
 */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "bpf/kernel_types.bpf.h"
#include "bpf/record.bpf.h"
#include "bpf/objects.bpf.h"
#include "bpf/tasks.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define PF_EXITING    0x4
#define CGROUP_DEPTH  64
#define BITS_PER_LONG (8 * sizeof(unsigned long))

/* Set by user space before it reads. */
__u64 wanted_cgroup = 0;

/* The answer for a task holds for all its files; sessions count up. */
struct {
	__u64 session;
	__u64 task;
	__u64 cgroup;
	__u32 is_inside;
} last = {};

static __always_inline struct cgroup *parent_of(struct cgroup *cgroup)
{
	struct cgroup_subsys_state *up = BPF_CORE_READ(cgroup, self.parent);

	if (!up)
		return NULL;
	return (void *)up - bpf_core_field_offset(struct cgroup, self);
}

static __always_inline void look_up(struct task_struct *task)
{
	struct cgroup *cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);
	__u64 id = BPF_CORE_READ(cgroup, kn, id);
	__u32 i;

	last.cgroup = id;
	last.is_inside = 0;
	for (i = 0; i < CGROUP_DEPTH; i++) {
		if (id == wanted_cgroup) {
			last.is_inside = 1;
			return;
		}
		cgroup = parent_of(cgroup);
		if (!cgroup)
			return;
		id = BPF_CORE_READ(cgroup, kn, id);
	}
}

static __always_inline int is_inside(struct bpf_iter_meta *meta,
				     struct task_struct *task)
{
	if (last.session != meta->session_id || last.task != (__u64)task) {
		look_up(task);
		last.session = meta->session_id;
		last.task = (__u64)task;
	}
	return last.is_inside;
}

static __always_inline struct scratch *state_begin(struct task_struct *task,
						   __u16 number)
{
	struct scratch *s = event_begin(task, 0, number);

	if (s)
		record_of(s)->cgroup_id = last.cgroup;
	return s;
}

/* When it does not fit any more it is made again for the next reading. */
static __always_inline void state_submit(struct scratch *s,
					 struct bpf_iter_meta *meta)
{
	bpf_seq_write(meta->seq, s->data, record_finish(s));
}

/* The text of a link in /proc. */
static __always_inline void take_link(struct scratch *s, __u8 kind, __u8 arg,
				      struct path *path)
{
	void *to = part_data(s, PATH_SIZE);
	long got;

	if (!to)
		return;
	got = bpf_d_path(path, to, PATH_SIZE);
	if (got > 0)
		part_end(s, kind, arg, 0, got - 1, got - 1);
	else
		part_end(s, kind, arg, RAW_PART_FAULT, 0, 0);
}

/* What only a whole process has. */
static __always_inline void take_process(struct scratch *s,
					 struct task_struct *task)
{
	struct mm_struct *mm = task->mm;
	struct fs_struct *fs = task->fs;
	struct file *exe;

	take_credentials(RAW_ARG_TASK,
			 address_of(s, BPF_CORE_READ(task, real_cred)));
	if (fs) {
		take_link(s, RAW_CWD, RAW_ARG_TASK, &fs->pwd);
		take_link(s, RAW_PATH, RAW_ARG_RETURN, &fs->root);
	}
	exe = mm ? mm->exe_file : NULL;
	if (!exe)
		return;
	take_link(s, RAW_PATH, RAW_ARG_TASK, &exe->f_path);
	take_file(RAW_ARG_TASK, address_of(s, exe));
}

/*
 * args: whether it is exiting. Parts: task, comm; of the first of a group its
 * credentials, cwd, exe (RAW_ARG_TASK) and root (RAW_ARG_RETURN).
 */
SEC("iter/task")
int tell_task(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	struct scratch *s;

	if (!task || !is_inside(context->meta, task))
		return 0;
	s = state_begin(task, KERNEL_TASK_STATE);
	if (!s)
		return 0;
	record_of(s)->args[0] = !!(task->flags & PF_EXITING);
	take_task(RAW_ARG_TASK, address_of(s, task));
	take_comm(RAW_ARG_TASK, address_of(s, task));
	if (task->pid == task->tgid)
		take_process(s, task);
	state_submit(s, context->meta);
	return 0;
}

static __always_inline __u64 closes_on_exec(struct task_struct *task, __u32 fd)
{
	unsigned long *bits = BPF_CORE_READ(task, files, fdt, close_on_exec);
	unsigned long word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), &bits[fd / BITS_PER_LONG]);
	return word >> fd % BITS_PER_LONG & 1;
}

/* args: descriptor, close-on-exec. Parts: path, file, and socket if it is. */
SEC("iter/task_file")
int tell_file(struct bpf_iter__task_file *context)
{
	struct task_struct *task = context->task;
	struct file *file = context->file;
	struct raw_record *r;
	struct scratch *s;

	if (!task || !file || !is_inside(context->meta, task))
		return 0;
	/* Files of a process are those of its first thread, if it has any. */
	if (task->pid != task->tgid && task->group_leader->files)
		return 0;
	s = state_begin(task, KERNEL_FILE_STATE);
	if (!s)
		return 0;
	r = record_of(s);
	r->args[0] = context->fd;
	r->args[1] = closes_on_exec(task, context->fd);
	take_link(s, RAW_PATH, 0, &file->f_path);
	take_file(0, address_of(s, file));
	take_socket(0, address_of(s, file));
	state_submit(s, context->meta);
	return 0;
}
