// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Takes raw records in the kernel: one per syscall, when it returns, and one
 * per fork, exec and exit. Needs 5.11 (task storage, ring buffer, BTF).
 */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "bpf/kernel_types.bpf.h"
#include "bpf/record.bpf.h"
#include "bpf/select.bpf.h"
#include "bpf/user_memory.bpf.h"
#include "bpf/objects.bpf.h"
#include "bpf/tasks.bpf.h"
#include "bpf/syscalls.bpf.h"
#include "bpf/signals.bpf.h"
#include "bpf/moves.bpf.h"
#include "bpf/modules.bpf.h"
#include "bpf/newcomers.bpf.h"
#include "bpf/io_uring.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* Only attached when durations and in-flight calls are wanted. */
SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *regs, long id)
{
	int slot = current_slot();
	struct task_struct *task;
	struct in_flight_call *call;
	struct slot_counters *count;

	if (slot < 0)
		return 0;
	task = bpf_get_current_task_btf();
	call = bpf_task_storage_get(&in_flight, task, NULL,
				    BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!call) {
		count = counters_of(slot);
		if (count)
			count->no_storage++;
		return 0;
	}
	call->slot = slot;
	call->generation = slot_generation;
	call->number = (__u32)id & ~X32_BIT;
	call->process_start_ns = task->group_leader->start_boottime;
	call->abi = abi_of(task, regs);
	read_args(call->args, regs, call->abi);
	call->enter_ns = bpf_ktime_get_boot_ns();
	take_early(task, call, slot);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long ret)
{
	int slot = current_slot();

	if (slot < 0)
		return 0;
	record_syscall(regs, ret, slot);
	return 0;
}

/* The child is complete but has not run yet; current is its maker. */
SEC("tp_btf/task_newtask")
int BPF_PROG(on_fork, struct task_struct *child, __u64 clone_flags)
{
	int slot = current_slot();
	struct raw_record *r;
	struct scratch *s;

	if (slot < 0)
		return 0;
	s = event_begin(bpf_get_current_task_btf(), slot, KERNEL_TASK_FORK);
	if (!s)
		return 0;
	r = record_of(s);
	r->args[0] = child->tgid;
	r->args[1] = child->pid;
	r->args[2] = clone_flags;
	take_task(RAW_ARG_RETURN, address_of(s, child));
	record_submit(s);
	return 0;
}

static __always_inline void take_program(struct scratch *s,
					 struct mm_struct *mm)
{
	struct file *exe = mm->exe_file;

	take_file_path(RAW_PATH, RAW_ARG_TASK, exe);
	take_file(RAW_ARG_TASK, address_of(s, exe));
	take_vector(RAW_ARGV, mm->arg_start, mm->arg_end);
	take_vector(RAW_ENV, mm->env_start, mm->env_end);
}

/* The new program is in place and has not run yet. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_tid,
	     struct linux_binprm *program)
{
	int slot = current_slot();
	struct scratch *s;
	struct fs_struct *fs;
	struct mm_struct *mm;

	if (slot < 0)
		return 0;
	s = event_begin(task, slot, KERNEL_TASK_EXEC);
	if (!s)
		return 0;
	record_of(s)->args[0] = old_tid;
	take_kernel_string(RAW_ARG_TASK, address_of(s, program->filename));
	take_task(RAW_ARG_TASK, address_of(s, task));
	take_credentials(RAW_ARG_TASK, address_of(s, task->cred));
	take_comm(RAW_ARG_TASK, address_of(s, task));
	mm = task->mm;
	if (mm)
		take_program(s, mm);
	fs = task->fs;
	if (fs)
		take_path(RAW_CWD, RAW_ARG_TASK,
			  (__u64)BPF_CORE_READ(fs, pwd.mnt),
			  (__u64)BPF_CORE_READ(fs, pwd.dentry));
	record_submit(s);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	int slot = current_slot();
	struct signal_struct *group;
	struct raw_record *r;
	struct scratch *s;
	int code;

	if (slot < 0)
		return 0;
	record_in_flight(task, slot);
	forget_exec(task);
	s = event_begin(task, slot, KERNEL_TASK_EXIT);
	if (!s)
		return 0;
	r = record_of(s);
	group = task->signal;
	code = task->exit_code;
	r->args[0] = (code >> 8) & 0xff;
	r->args[1] = code & 0x7f;
	r->args[2] = !!(code & 0x80);
	r->args[3] = !group || group->live.counter == 0;
	take_comm(RAW_ARG_TASK, address_of(s, task));
	record_submit(s);
	return 0;
}
