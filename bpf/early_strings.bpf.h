/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * String arguments as they were when the call was entered. The kernel makes
 * its own copy soon after; who shares the memory may put another string there
 * before the call returns, so that what is read then is not what was acted on.
 */
#pragma once

#include "bpf/abi.bpf.h"
#include "bpf/record.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct in_flight_call);
} in_flight SEC(".maps");

enum early_verdict { EARLY_SAME, EARLY_OTHER, EARLY_UNKNOWN };

static __always_inline int read_early_string(struct in_flight_call *call,
					     struct early_string *e, __u8 early)
{
	__u32 arg = early - 1;
	long got;

	if (arg >= RAW_ARGS)
		return 0;
	got = read_user_string(e->text, sizeof(e->text), call->args[arg]);
	e->arg = arg;
	e->size = got > 0 ? got : 0;
	return 1;
}

/* At entry, for the first string arguments of a call; there is one. */
static __always_inline void
read_early_strings(struct in_flight_call *call,
		   const volatile struct syscall_plan *p)
{
	call->early_count =
		read_early_string(call, &call->early[0], p->early[0]) +
		read_early_string(call, &call->early[1], p->early[1]);
}

static __always_inline struct early_string *early_string_of(__u8 arg)
{
	struct in_flight_call *call = bpf_task_storage_get(
		&in_flight, bpf_get_current_task_btf(), NULL, 0);

	if (!call)
		return NULL;
	if (call->early_count > 0 && call->early[0].arg == arg)
		return &call->early[0];
	if (call->early_count > 1 && call->early[1].arg == arg)
		return &call->early[1];
	return NULL;
}

/*
 * The string that lies where the next part's data goes, its NUL included in
 * `size`, against that at entry.
 */
__attribute__((noinline)) int compare_early_string(__u8 arg, __u32 size)
{
	struct early_string *e = early_string_of(arg);
	struct scratch *s = scratch_get();
	__u32 i, at, common;
	__u64 differs = 0;

	if (!e || !s || !e->size)
		return EARLY_UNKNOWN;
	common = e->size == EARLY_STRING_MAX ? EARLY_STRING_MAX - 1 : e->size;
	if (common == e->size && common != size)
		return EARLY_OTHER;
	if (common > size)
		return EARLY_OTHER;
	at = s->used + sizeof(struct raw_part);
	if (at > RECORD_MAX)
		return EARLY_UNKNOWN;
	for (i = 0; i < EARLY_STRING_MAX / 8; i++) {
		differs = *(__u64 *)&s->data[at + i * 8] ^
			  *(__u64 *)&e->text[i * 8];
		if (i == common / 8)
			break;
		if (differs)
			return EARLY_OTHER;
	}
	if (common % 8 && differs & ((1ULL << (common % 8 * 8)) - 1))
		return EARLY_OTHER;
	/* Of a longer one the rest was not compared. */
	return common == e->size ? EARLY_SAME : EARLY_UNKNOWN;
}

/* The part that it is. 0 when there is none. */
__attribute__((noinline)) int take_early_string(__u8 arg, __u16 flags)
{
	struct early_string *e = early_string_of(arg);
	struct scratch *s = scratch_get();
	__u32 size;
	void *to;

	if (!e || !s || !e->size)
		return 0;
	to = part_data(s, EARLY_STRING_MAX);
	if (!to)
		return 0;
	size = e->size - 1;
	if (size > EARLY_STRING_MAX)
		return 0;
	bpf_probe_read_kernel(to, size, e->text);
	if (e->size == EARLY_STRING_MAX)
		flags |= RAW_PART_TRUNCATED;
	part_end(s, RAW_STRING, arg, flags, size, size);
	return 1;
}
