/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Who signalled whom, and what arrived. */
#pragma once

#include "bpf/tasks.bpf.h"

#define SI_USER	 0
#define SI_QUEUE -1
#define SI_TKILL -6

/*
 * Only signals that a task sent: the kernel's own are made in interrupts, too,
 * where the current task is anyone. Small numbers in place of a siginfo stand
 * for those without one.
 */
static __always_inline int is_sent_by_task(struct kernel_siginfo *info,
					   int code)
{
	return (unsigned long)info > 2 &&
	       (code == SI_USER || code == SI_QUEUE || code == SI_TKILL);
}

SEC("tp_btf/signal_generate")
int on_signal_sent(__u64 *ctx)
{
	struct kernel_siginfo *info = (void *)ctx[1];
	int slot = current_slot();
	struct task_struct *target;
	struct raw_record *r;
	struct scratch *s;
	int code = 0;

	if (slot < 0)
		return 0;
	if ((unsigned long)info > 2)
		code = BPF_CORE_READ(info, si_code);
	if (!is_sent_by_task(info, code))
		return 0;
	s = event_begin(bpf_get_current_task_btf(), slot, KERNEL_SIGNAL_SENT);
	if (!s)
		return 0;
	target = (void *)ctx[2];
	r = record_of(s);
	r->args[0] = (int)ctx[0];
	r->args[1] = BPF_CORE_READ(target, tgid);
	r->args[2] = code;
	take_task(RAW_ARG_RETURN, address_of(s, target));
	take_comm(RAW_ARG_RETURN, address_of(s, target));
	record_submit(s);
	return 0;
}

/* The sender is told as its pid in the target's namespace; 0: the kernel. */
SEC("tp_btf/signal_deliver")
int on_signal_delivered(__u64 *ctx)
{
	struct kernel_siginfo *info = (void *)ctx[1];
	int slot = current_slot();
	struct task_struct *task;
	struct raw_record *r;
	struct scratch *s;
	int code = 0;

	if (slot < 0)
		return 0;
	task = bpf_get_current_task_btf();
	s = event_begin(task, slot, KERNEL_SIGNAL_DELIVER);
	if (!s)
		return 0;
	if ((unsigned long)info > 2)
		code = BPF_CORE_READ(info, si_code);
	r = record_of(s);
	if (is_sent_by_task(info, code))
		r->args[0] = BPF_CORE_READ(info, _sifields._kill._pid);
	r->args[1] = task->tgid;
	r->args[2] = (int)ctx[0];
	record_submit(s);
	return 0;
}
