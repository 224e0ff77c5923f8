/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Which selected container, if any, the current task is in. */
#pragma once

#include "bpf/record.bpf.h"

/* The cgroups of the selected containers, by slot. Nested ones are inside. */
struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, SLOTS_MAX);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} slots SEC(".maps");

/* Slots below this one may be in use. Written by user space. */
__u32 slot_count = 0;

/*
 * The cheapest check the kernel has, so it comes before anything else:
 * every task on the host pays for it.
 */
static __always_inline int current_slot(void)
{
	struct scratch *s;
	__u32 i;

	for (i = 0; i < SLOTS_MAX; i++) {
		if (i >= slot_count)
			break;
		if (bpf_current_task_under_cgroup(&slots, i) == 1)
			break;
	}
	if (i >= slot_count || i >= SLOTS_MAX)
		return SLOT_NONE;
	s = scratch_get();
	return s ? (int)forgotten(&s->slot_found, i) : SLOT_NONE;
}
