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
 * With few slots, asking for each is the cheapest check there is. With more,
 * the answer is kept by cgroup; ids of cgroups are never used again.
 */
#define SLOTS_ASKED 2
#define ANSWERS_MAX 8192

struct slot_answer {
	__s32 slot;
	__u32 generation;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, ANSWERS_MAX);
	__type(key, __u64);
	__type(value, struct slot_answer);
} slot_answers SEC(".maps");

/* Whether cgroups made from now on get slots; see newcomers.bpf.h. */
const volatile __u32 has_newcomers = 0;

/* Slots by cgroup, until user space has decided. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, NEWCOMERS_MAX);
	__type(key, __u64);
	__type(value, __u32);
} newcomers SEC(".maps");

/* Slots that no cgroup has. Filled by user space. */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, NEWCOMERS_MAX);
	__uint(value_size, sizeof(__u32));
} spare_slots SEC(".maps");

/* Counts changes of the slots; older answers are void. By user space. */
__u32 slot_generation = 0;

static __always_inline int ask_slots(__u64 cgroup)
{
	__u32 *newcomer;
	__u32 i;

	for (i = 0; i < SLOTS_MAX; i++) {
		if (i >= slot_count)
			break;
		if (bpf_current_task_under_cgroup(&slots, i) == 1)
			return i;
	}
	newcomer = bpf_map_lookup_elem(&newcomers, &cgroup);
	return newcomer ? *newcomer : SLOT_NONE;
}

__attribute__((noinline)) int answer_for_cgroup(void)
{
	__u64 cgroup = bpf_get_current_cgroup_id();
	struct slot_answer *known, found;

	known = bpf_map_lookup_elem(&slot_answers, &cgroup);
	if (known && known->generation == slot_generation)
		return known->slot;
	found.generation = slot_generation;
	found.slot = ask_slots(cgroup);
	bpf_map_update_elem(&slot_answers, &cgroup, &found, BPF_ANY);
	return found.slot;
}

/* Every task on the host pays for this, so it comes before anything else. */
static __always_inline int current_slot(void)
{
	struct scratch *s;
	__u32 slot;

	if (skipped_pid && bpf_get_current_pid_tgid() >> 32 == skipped_pid)
		return SLOT_NONE;
	if (has_newcomers || slot_count > SLOTS_ASKED)
		return answer_for_cgroup();
	for (slot = 0; slot < SLOTS_ASKED; slot++) {
		if (slot >= slot_count)
			return SLOT_NONE;
		if (bpf_current_task_under_cgroup(&slots, slot) == 1)
			break;
	}
	if (slot == SLOTS_ASKED)
		return SLOT_NONE;
	s = scratch_get();
	return s ? (int)forgotten(&s->slot_found, slot) : SLOT_NONE;
}
