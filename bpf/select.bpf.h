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
 * Answers are kept by CPU and cgroup; ids of cgroups are never used again. What
 * interrupts a program is for the same task, so nearly always for the same
 * cgroup.
 */
#define ANSWERS 64 /* power of two */

struct slot_answer {
	__u64 cgroup;
	__u32 generation;
	__s32 slot;
};

struct slot_answers {
	struct slot_answer of[ANSWERS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* CPUs, set by the loader */
	__type(key, __u32);
	__type(value, struct slot_answers);
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

/* Asks anew, and keeps the answer. */
__attribute__((noinline)) int answer_for_cgroup(void)
{
	__u32 cpu = bpf_get_smp_processor_id();
	__u64 cgroup = bpf_get_current_cgroup_id();
	struct slot_answers *known = bpf_map_lookup_elem(&slot_answers, &cpu);
	__u32 generation = slot_generation;
	struct slot_answer *answer;
	__s32 slot = ask_slots(cgroup);

	if (!known)
		return slot;
	answer = &known->of[cgroup % ANSWERS];
	answer->slot = slot;
	barrier();
	answer->generation = generation;
	barrier();
	answer->cgroup = cgroup;
	barrier();
	if (answer->slot != slot) /* an interrupt came in between */
		answer->cgroup = 0;
	return slot;
}

/* Every task on the host pays for this, so it comes before anything else. */
static __always_inline int current_slot(void)
{
	struct slot_answers *known;
	struct slot_answer *answer;
	__u64 cgroup;
	__u32 cpu;

	if (skipped_pid && bpf_get_current_pid_tgid() >> 32 == skipped_pid)
		return SLOT_NONE;
	cpu = bpf_get_smp_processor_id();
	known = bpf_map_lookup_elem(&slot_answers, &cpu);
	if (!known)
		return SLOT_NONE;
	cgroup = bpf_get_current_cgroup_id();
	answer = &known->of[cgroup % ANSWERS];
	if (answer->cgroup != cgroup || answer->generation != slot_generation)
		return answer_for_cgroup();
	return answer->slot;
}
