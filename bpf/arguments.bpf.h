/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What the arguments of a call point to, each by the class in its plan. */
#pragma once

#include "bpf/abi.bpf.h"
#include "bpf/tasks.bpf.h"

SUBPROGRAM take_kernel_string(__u8 arg, __u64 from)
{
	struct scratch *s = scratch_get();
	void *to;
	long got;

	if (!s)
		return 0;
	to = part_data(s, STRING_LIMIT_MAX);
	if (!to)
		return 0;
	got = bpf_probe_read_kernel_str(to, STRING_LIMIT_MAX, (void *)from);
	if (got > 0)
		part_end(s, RAW_STRING, arg, 0, got - 1, got - 1);
	return 0;
}

/* How many bytes a call moved; what it was asked to when it failed. */
static __always_inline __u64 moved_bytes(struct scratch *s, __u64 asked)
{
	if (s->ret < 0)
		return asked;
	return s->plan.flags & PLAN_RETURNS_SIZE ? s->ret : asked;
}

static __always_inline void take_message(struct scratch *s, __u32 i, __u64 from,
					 __u8 incoming)
{
	struct user_msghdr m;

	if (incoming && s->ret < 0)
		return;
	if (read_words(s, (__u64 *)&m, MSGHDR_WORDS, from)) {
		part_end(s, RAW_PAYLOAD, i, RAW_PART_FAULT, 0, 0);
		return;
	}
	s->moved_left = moved_bytes(s, ~0ULL);
	take_msghdr(i, &m);
}

/* Structs of size bytes that the program passed or the kernel filled. */
static __always_inline void take_struct(__u32 i, __u64 from, __u64 size)
{
	if (size)
		take_bytes(RAW_BYTES, i, from, size > PAGE ? PAGE : size, size);
}

static __always_inline void take_struct_by_length(__u32 i, __u64 from,
						  __u64 length_at)
{
	__u32 length = 0;

	if (!bpf_probe_read_user(&length, sizeof(length), (void *)length_at))
		take_struct(i, from, length);
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
	case TAKE_STRUCT: take_struct(i, value, size); break;
	case TAKE_STRUCT_SIZED_OUT:
		if (s->ret < 0)
			break;
		/* fall through */
	case TAKE_STRUCT_SIZED: take_struct(i, value, size * next); break;
	case TAKE_STRUCT_SIZED_PREV:
		take_struct(i, value, size * s->args[(i - 1) & 7]);
		break;
	case TAKE_STRUCT_COUNT_OUT:
		if (s->ret > 0)
			take_struct(i, value, size * s->ret);
		break;
	case TAKE_STRUCT_LENGTH_OUT:
		if (s->ret >= 0)
			take_struct_by_length(i, value, next);
		break;
	case TAKE_FD_PAIR_OUT:
		if (s->ret >= 0)
			take_bytes(RAW_FDS, i, value, 8, 8);
		break;
	}
}

/* One argument by its class. */
SUBPROGRAM take_argument(__u32 i)
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
	case TAKE_STRING: take_string(i, value); break;
	case TAKE_STRING_ARRAY: take_string_array(i, value); break;
	case TAKE_SOCKADDR_IN: take_sockaddr(i, value, (__u32)next); break;
	case TAKE_SOCKADDR_OUT: take_sockaddr_out(s, i, value, next); break;
	case TAKE_BUFFER_IN:
		take_payload(s, i, value, moved_bytes(s, next));
		break;
	case TAKE_BUFFER_OUT:
		if (s->ret > 0)
			take_payload(s, i, value, s->ret);
		break;
	default: take_structs(s, i, value, next);
	}
	return 0;
}

/* The plan of an argument that depends on another one. */
__attribute__((noinline)) int take_variant_if(__u32 arg, __u32 index)
{
	const volatile struct variant_plan *v =
		&variants[index & (VARIANTS_MAX - 1)];
	struct scratch *s = scratch_get();

	if (!s || arg >= RAW_ARGS || v->arg != arg ||
	    v->option != (__u32)s->args[v->option_arg & 7])
		return 0;
	s->plan.take[arg] = v->take;
	s->plan.struct_size[arg] = v->struct_size;
	return 1;
}

SUBPROGRAM resolve_variant(__u32 arg)
{
	struct scratch *s = scratch_get();
	__u32 i;

	if (!s || arg >= RAW_ARGS)
		return 0;
	s->plan.take[arg] = TAKE_VALUE;
	for (i = 0; i < VARIANTS_PER_CALL_MAX; i++) {
		if (i >= s->plan.variant_count)
			break;
		if (take_variant_if(arg, s->plan.variant_first + i))
			break;
	}
	return 0;
}

SUBPROGRAM take_scattered(__u32 i)
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
		take_iovec(i, value, next);
		break;
	case TAKE_MSGHDR_IN:
	case TAKE_MSGHDR_OUT:
		take_message(s, i, value, s->plan.take[i] == TAKE_MSGHDR_OUT);
		break;
	case TAKE_MMSGHDR_IN:
	case TAKE_MMSGHDR_OUT:
		if (s->ret > 0)
			take_mmsghdr(i, value, s->ret);
		break;
	}
	return 0;
}

/* What a descriptor stands for: a new one, or the one a socket call names. */
SUBPROGRAM take_descriptor(__u32 arg)
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
		take_socket(arg, address_of(s, file));
		return 0;
	}
	take_file(arg, address_of(s, file));
	if (s->plan.flags & PLAN_PATH_OPENED)
		take_file_path(RAW_PATH, arg, file);
	if (type == S_IFREG)
		note_new_file(file, inode);
	return 0;
}

static __always_inline void take_arguments(struct scratch *s)
{
	__u32 i;

	if (payload_by_class && s->plan.flags & PLAN_PAYLOAD)
		limit_payload(s->args[0]);
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
