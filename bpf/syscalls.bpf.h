/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* One record per syscall: registers, what they point to, what came back. */
#pragma once

#include "bpf/arguments.bpf.h"

/* What a call changed about the task itself. */
static __always_inline void take_changes(struct scratch *s,
					 struct task_struct *task)
{
	if (s->ret < 0)
		return;
	if (s->plan.flags & PLAN_CREDENTIALS)
		take_credentials(RAW_ARG_TASK, address_of(s, task->cred));
	if (s->plan.flags & PLAN_NAMESPACES)
		take_task(RAW_ARG_TASK, address_of(s, task));
}

/*
 * Memory is read when a call returns. Until then only someone who shares the
 * memory can have changed it.
 */
static __always_inline __u16 late_mark(struct task_struct *task)
{
	struct mm_struct *mm = task->mm;

	return mm && mm->mm_users.counter > 1 ? RAW_PART_LATE : 0;
}

/*
 * The arguments of an exec are gone when it succeeds, so they are taken at
 * entry and kept for the exit: a record as far as it is built, by task. The
 * task outlives the exec, even when it takes over the leader's pid.
 */
#define EXEC_RECORD_MAX 40960
struct saved_exec {
	__u8 data[EXEC_RECORD_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u64);
	__type(value, struct saved_exec);
} saved_execs SEC(".maps");

static __always_inline void save_exec(struct task_struct *task,
				      struct in_flight_call *call, __u32 slot,
				      const volatile struct syscall_plan *plan)
{
	struct scratch *s = scratch_get();
	__u64 key = (__u64)task;
	__u32 i;

	if (!s)
		return;
	record_begin(s, task, slot, 0);
	s->plan = *plan;
	s->ret = 0;
	__builtin_memcpy(s->args, call->args, sizeof(call->args));
	s->word = is_32bit(call->abi) ? sizeof(__u32) : sizeof(__u64);
	for (i = 0; i < RAW_ARGS; i++)
		if (i < s->plan.args && s->plan.take[i] >= TAKE_STRING)
			take_argument(i);
	if (s->used > EXEC_RECORD_MAX)
		return;
	record_of(s)->size = s->used;
	record_of(s)->parts = s->parts;
	bpf_map_update_elem(&saved_execs, &key, s->data, BPF_ANY);
}

/* What cannot wait until the call returns. */
static __always_inline void take_early(struct task_struct *task,
				       struct in_flight_call *call, __u32 slot)
{
	__u32 plan = plan_index(call->abi, call->number);

	call->early_count = 0;
	if (plan >= PLAN_TABLES * PLAN_NUMBERS)
		return;
	if (plans[plan].early[0])
		read_early_strings(call, &plans[plan]);
	if (plans[plan].flags & PLAN_EXEC)
		save_exec(task, call, slot, &plans[plan]);
}

/* Puts the parts taken at entry behind the header. 0 if there are none. */
static __always_inline int take_saved_exec(struct scratch *s,
					   struct task_struct *task)
{
	const __u32 head = sizeof(struct raw_record);
	__u64 key = (__u64)task;
	struct saved_exec *saved = bpf_map_lookup_elem(&saved_execs, &key);
	struct raw_record *r = (struct raw_record *)saved;
	__u32 size;

	if (!saved)
		return 0;
	size = r->size - head;
	if (size <= EXEC_RECORD_MAX - head) {
		bpf_probe_read_kernel(s->data + head, size, saved->data + head);
		s->used = head + size;
		s->parts = r->parts;
	}
	bpf_map_delete_elem(&saved_execs, &key);
	return 1;
}

/* A task that dies in exec never comes to its exit. */
static __always_inline void forget_exec(struct task_struct *task)
{
	__u64 key = (__u64)task;

	bpf_map_delete_elem(&saved_execs, &key);
}

/* Nothing to attach: the record goes straight into the ring. */
static __always_inline void submit_plain(struct raw_record *from,
					 struct slot_counters *count)
{
	from->size = sizeof(*from);
	from->parts = 0;
	if (bpf_ringbuf_output(&ring, from, sizeof(*from), wake_flags()))
		count->ring_full++;
}

static __always_inline void record_syscall(struct pt_regs *regs, long ret,
					   __u32 slot)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct slot_counters *count = counters_of(slot);
	struct scratch *s = scratch_get();
	struct in_flight_call *call;
	struct raw_record *r;
	__u32 abi, plan;

	if (!s || !count)
		return;
	record_begin(s, task, slot, count->wanted++);
	r = record_of(s);
	call = bpf_task_storage_get(&in_flight, task, NULL, 0);
	if (call && call->enter_ns) {
		r->duration_ns = r->time_ns - call->enter_ns;
		r->flags = RAW_FLAG_HAS_ENTER;
		r->number = call->number;
		abi = call->abi;
		__builtin_memcpy(r->args, call->args, sizeof(r->args));
		call->enter_ns = 0;
		s->has_early = call->early_count;
	} else {
		abi = abi_of(task, regs);
		r->number = number_in(regs);
		read_args(r->args, regs, abi);
	}
	r->abi = abi;
	r->ret = ret;
	plan = plan_index(abi, r->number);
	if (plan < PLAN_TABLES * PLAN_NUMBERS) {
		if (plans[plan].args | plans[plan].flags) {
			s->plan = plans[plan];
			__builtin_memcpy(s->args, r->args, sizeof(r->args));
			s->word = is_32bit(abi) ? sizeof(__u32) : sizeof(__u64);
			s->ret = ret;
			s->late = late_mark(task);
			if (!(s->plan.flags & PLAN_EXEC))
				take_arguments(s);
			else if (!take_saved_exec(s, task) && ret)
				take_arguments(s);
			take_changes(s, task);
			record_submit(s);
			return;
		}
	}
	submit_plain(r, count);
}

/* The call a task dies in never returns. */
static __always_inline void record_in_flight(struct task_struct *task,
					     __u32 slot)
{
	struct in_flight_call *call =
		bpf_task_storage_get(&in_flight, task, NULL, 0);
	struct slot_counters *count = counters_of(slot);
	struct scratch *s = scratch_get();
	struct raw_record *r;

	if (!call || !call->enter_ns || !count || !s)
		return;
	record_begin(s, task, slot, count->wanted++);
	r = record_of(s);
	r->abi = call->abi;
	r->number = call->number;
	r->flags = RAW_FLAG_HAS_ENTER | RAW_FLAG_IN_FLIGHT;
	r->duration_ns = r->time_ns - call->enter_ns;
	r->ret = 0;
	__builtin_memcpy(r->args, call->args, sizeof(r->args));
	call->enter_ns = 0;
	submit_plain(r, count);
}
