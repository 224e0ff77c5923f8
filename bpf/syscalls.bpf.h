/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* One record per syscall: registers, what they point to, what came back. */
#pragma once

#include "bpf/tasks.bpf.h"

/* A call that was entered and has not returned. */
struct in_flight {
	__u64 enter_ns;	/* 0: no call */
	__u64 args[RAW_ARGS];
	__s32 number;
	__u32 abi;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct in_flight);
} in_flight SEC(".maps");

/* Computed by the loader from the syscall table. */
const volatile struct syscall_plan plans[PLAN_TABLES * PLAN_NUMBERS] = {};

const volatile struct variant_plan variants[VARIANTS_MAX] = {};

/* enum Abi of format/descriptor.h */
#define ABI_X86_64 1
#define ABI_ARM64 2
#define ABI_I386 3
#define ABI_X32 4
#define ABI_ARM32 5
#define NUMBER_RT_SIGRETURN_X86_64 15
#define X32_BIT 0x40000000

#if defined(__TARGET_ARCH_x86)
#define TS_COMPAT 0x0002

static __always_inline __u32 abi_of(struct task_struct *task,
				    struct pt_regs *regs)
{
	if (task->thread_info.status & TS_COMPAT)
		return ABI_I386;
	return (__s64)regs->orig_ax > 0 && (regs->orig_ax & X32_BIT) ?
		       ABI_X32 : ABI_X86_64;
}

/* After sigreturn the registers are those of the interrupted code. */
static __always_inline __s32 number_in(struct pt_regs *regs)
{
	__s32 number = regs->orig_ax;

	return number < 0 ? NUMBER_RT_SIGRETURN_X86_64 : number & ~X32_BIT;
}

static __always_inline void read_args(__u64 *args, struct pt_regs *regs,
				      __u32 abi)
{
	if (abi == ABI_I386) {
		args[0] = (__u32)regs->bx;
		args[1] = (__u32)regs->cx;
		args[2] = (__u32)regs->dx;
		args[3] = (__u32)regs->si;
		args[4] = (__u32)regs->di;
		args[5] = (__u32)regs->bp;
		return;
	}
	args[0] = regs->di;
	args[1] = regs->si;
	args[2] = regs->dx;
	args[3] = regs->r10;
	args[4] = regs->r8;
	args[5] = regs->r9;
}
#elif defined(__TARGET_ARCH_arm64)
#define TIF_32BIT (1UL << 22)

static __always_inline __u32 abi_of(struct task_struct *task,
				    struct pt_regs *regs)
{
	return task->thread_info.flags & TIF_32BIT ? ABI_ARM32 : ABI_ARM64;
}

static __always_inline __s32 number_in(struct pt_regs *regs)
{
	return regs->syscallno;
}

static __always_inline void read_args(__u64 *args, struct pt_regs *regs,
				      __u32 abi)
{
	args[0] = regs->orig_x0;
	args[1] = regs->regs[1];
	args[2] = regs->regs[2];
	args[3] = regs->regs[3];
	args[4] = regs->regs[4];
	args[5] = regs->regs[5];
}
#endif

/* Whether the caller's pointers and longs have four bytes. */
static __always_inline int is_32bit(__u32 abi)
{
	return abi == ABI_I386 || abi == ABI_ARM32 || abi == ABI_X32;
}

/* Into plans, or beyond its end for a number no table has. */
static __always_inline __u32 plan_index(__u32 abi, __u32 number)
{
	__u32 table = PLAN_TABLE_NATIVE;
	__u32 index;

	if (number >= PLAN_NUMBERS)
		return PLAN_TABLES * PLAN_NUMBERS;
	if (abi == ABI_I386 || abi == ABI_ARM32)
		table = PLAN_TABLE_COMPAT;
	else if (abi == ABI_X32)
		table = PLAN_TABLE_X32;
	else if (abi == KERNEL_EVENT_ABI)
		table = PLAN_TABLE_KERNEL;
	index = table * PLAN_NUMBERS + number;
	barrier_var(index);	/* so that the verifier sees one bound */
	return index;
}

static __always_inline void take_kernel_string(struct scratch *s, __u8 arg,
					       const char *from)
{
	void *to = part_data(s, STRING_LIMIT_MAX);
	long got;

	if (!to)
		return;
	got = bpf_probe_read_kernel_str(to, STRING_LIMIT_MAX, from);
	if (got > 0)
		part_end(s, RAW_STRING, arg, 0, got - 1, got - 1);
}

/* How many bytes a call moved; what it was asked to when it failed. */
static __always_inline __u64 moved_bytes(struct scratch *s, __u64 asked)
{
	if (s->ret < 0)
		return asked;
	return s->plan.flags & PLAN_RETURNS_SIZE ? s->ret : asked;
}

static __always_inline void take_message(struct scratch *s, __u32 i,
					 __u64 from, __u8 incoming)
{
	struct user_msghdr m;

	if (incoming && s->ret < 0)
		return;
	if (read_words(s, (__u64 *)&m, MSGHDR_WORDS, from)) {
		part_end(s, RAW_PAYLOAD, i, RAW_PART_FAULT, 0, 0);
		return;
	}
	s->moved_left = moved_bytes(s, ~0ULL);
	take_msghdr(s, i, &m);
}

/* Structs of size bytes that the program passed or the kernel filled. */
static __always_inline void take_struct(struct scratch *s, __u32 i,
					__u64 from, __u64 size)
{
	if (size)
		take_bytes(s, RAW_BYTES, i, from, size > PAGE ? PAGE : size,
			   size);
}

static __always_inline void take_struct_by_length(struct scratch *s, __u32 i,
						  __u64 from, __u64 length_at)
{
	__u32 length = 0;

	if (!bpf_probe_read_user(&length, sizeof(length), (void *)length_at))
		take_struct(s, i, from, length);
}

/* Structs. What the kernel fills is only there when the call succeeded. */
static __always_inline void take_structs(struct scratch *s, __u32 i,
					 __u64 value, __u64 next)
{
	__u32 size = s->plan.struct_size[i];

	switch (s->plan.take[i]) {
	case TAKE_STRUCT_OUT:
		if (s->ret < 0)
			break;
		/* fall through */
	case TAKE_STRUCT:
		take_struct(s, i, value, size);
		break;
	case TAKE_STRUCT_SIZED_OUT:
		if (s->ret < 0)
			break;
		/* fall through */
	case TAKE_STRUCT_SIZED:
		take_struct(s, i, value, size * next);
		break;
	case TAKE_STRUCT_SIZED_PREV:
		take_struct(s, i, value, size * s->args[(i - 1) & 7]);
		break;
	case TAKE_STRUCT_COUNT_OUT:
		if (s->ret > 0)
			take_struct(s, i, value, size * s->ret);
		break;
	case TAKE_STRUCT_LENGTH_OUT:
		if (s->ret >= 0)
			take_struct_by_length(s, i, value, next);
		break;
	case TAKE_FD_PAIR_OUT:
		if (s->ret >= 0)
			take_bytes(s, RAW_FDS, i, value, 8, 8);
		break;
	}
}

/*
 * One argument by its class. A function of its own, verified once; it finds
 * its state in per-CPU memory because only numbers can be handed to it.
 */
__attribute__((noinline)) int take_argument(__u32 i)
{
	struct scratch *s = scratch_get();
	__u64 value, next;

	if (!s || i >= RAW_ARGS)
		return 0;
	value = s->args[i];
	next = s->args[i + 1];
	if (!value)
		return 0;
	switch (s->plan.take[i]) {
	case TAKE_STRING:
		take_string(s, i, value);
		break;
	case TAKE_STRING_ARRAY:
		take_string_array(s, i, value);
		break;
	case TAKE_SOCKADDR_IN:
		take_sockaddr(s, i, value, (__u32)next);
		break;
	case TAKE_SOCKADDR_OUT:
		take_sockaddr_out(s, i, value, next);
		break;
	case TAKE_BUFFER_IN:
		take_payload(s, i, value, moved_bytes(s, next));
		break;
	case TAKE_BUFFER_OUT:
		if (s->ret > 0)
			take_payload(s, i, value, s->ret);
		break;
	default:
		take_structs(s, i, value, next);
	}
	return 0;
}

/* The plan of an argument that depends on another one. */
static __always_inline int take_variant_if(struct scratch *s, __u32 arg,
					   __u32 index)
{
	const volatile struct variant_plan *v =
		&variants[index & (VARIANTS_MAX - 1)];

	if (v->arg != arg ||
	    v->option != (__u32)s->args[v->option_arg & 7])
		return 0;
	s->plan.take[arg] = v->take;
	s->plan.struct_size[arg] = v->struct_size;
	return 1;
}

__attribute__((noinline)) int resolve_variant(__u32 arg)
{
	struct scratch *s = scratch_get();
	__u32 i;

	if (!s || arg >= RAW_ARGS)
		return 0;
	s->plan.take[arg] = TAKE_VALUE;
	for (i = 0; i < VARIANTS_PER_CALL_MAX; i++) {
		if (i >= s->plan.variant_count)
			break;
		if (take_variant_if(s, arg, s->plan.variant_first + i))
			break;
	}
	return 0;
}

__attribute__((noinline)) int take_scattered(__u32 i)
{
	struct scratch *s = scratch_get();
	__u64 value, next;

	if (!s || i >= RAW_ARGS)
		return 0;
	value = s->args[i];
	next = s->args[i + 1];
	if (!value)
		return 0;
	switch (s->plan.take[i]) {
	case TAKE_IOVEC_OUT:
		if (s->ret < 0)
			break;
		/* fall through */
	case TAKE_IOVEC_IN:
		s->moved_left = moved_bytes(s, ~0ULL);
		take_iovec(s, i, value, next);
		break;
	case TAKE_MSGHDR_IN:
	case TAKE_MSGHDR_OUT:
		take_message(s, i, value, s->plan.take[i] == TAKE_MSGHDR_OUT);
		break;
	case TAKE_MMSGHDR_IN:
	case TAKE_MMSGHDR_OUT:
		if (s->ret > 0)
			take_mmsghdr(s, i, value, s->ret);
		break;
	}
	return 0;
}

/* What a descriptor stands for: a new one, or the one a socket call names. */
__attribute__((noinline)) int take_descriptor(__u32 arg)
{
	struct scratch *s = scratch_get();
	struct file *file;
	struct inode *inode;
	__u64 fd;
	__u16 type;

	if (!s || arg > RAW_ARG_RETURN)
		return 0;
	fd = arg == RAW_ARG_RETURN ? s->ret : s->args[arg & 7];
	file = file_of_fd(bpf_get_current_task_btf(), fd);
	if (!file)
		return 0;
	inode = BPF_CORE_READ(file, f_inode);
	type = BPF_CORE_READ(inode, i_mode) & S_IFMT;
	if (type == S_IFSOCK) {
		take_socket(s, arg, file);
		return 0;
	}
	take_file(s, arg, file);
	if (s->plan.flags & PLAN_PATH_OPENED)
		take_file_path(s, RAW_PATH, arg, file);
	return 0;
}

static __always_inline void take_arguments(struct scratch *s)
{
	__u32 i;

	for (i = 0; i < RAW_ARGS; i++) {
		__u8 take;

		if (i >= s->plan.args)
			break;
		if (s->plan.take[i] == TAKE_VARIANT)
			resolve_variant(i);
		take = s->plan.take[i];
		if (take >= TAKE_IOVEC_IN)
			take_scattered(i);
		else if (take >= TAKE_STRING)
			take_argument(i);
	}
	if (s->plan.flags & PLAN_SOCKET)
		take_descriptor(0);
	if ((s->plan.flags & PLAN_NEW_FD) && s->ret >= 0)
		take_descriptor(RAW_ARG_RETURN);
}

/* What a call changed about the task itself. */
static __always_inline void take_changes(struct scratch *s,
					 struct task_struct *task)
{
	if (s->ret < 0)
		return;
	if (s->plan.flags & PLAN_CREDENTIALS)
		take_credentials(s, RAW_ARG_TASK, task->cred);
	if (s->plan.flags & PLAN_NAMESPACES)
		take_task(s, RAW_ARG_TASK, task);
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
				      struct in_flight *call, __u32 slot)
{
	__u32 plan = plan_index(call->abi, call->number);
	struct scratch *s = scratch_get();
	__u64 key = (__u64)task;

	if (plan >= PLAN_TABLES * PLAN_NUMBERS || !s ||
	    !(plans[plan].flags & PLAN_EXEC))
		return;
	record_begin(s, task, slot, 0);
	s->plan = plans[plan];
	s->ret = 0;
	__builtin_memcpy(s->args, call->args, sizeof(call->args));
	s->word = is_32bit(call->abi) ? sizeof(__u32) : sizeof(__u64);
	take_arguments(s);
	if (s->used > EXEC_RECORD_MAX)
		return;
	record_of(s)->size = s->used;
	record_of(s)->parts = s->parts;
	bpf_map_update_elem(&saved_execs, &key, s->data, BPF_ANY);
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
		bpf_probe_read_kernel(s->data + head, size,
				      saved->data + head);
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
	struct in_flight *call;
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
	} else {
		abi = abi_of(task, regs);
		r->number = number_in(regs);
		read_args(r->args, regs, abi);
	}
	r->abi = abi;
	r->ret = ret;
	plan = plan_index(abi, r->number);
	if (plan < PLAN_TABLES * PLAN_NUMBERS) {
		s->plan = plans[plan];
		if (s->plan.args | s->plan.flags) {
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
	struct in_flight *call = bpf_task_storage_get(&in_flight, task, NULL, 0);
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
