/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Building one record in per-CPU memory and giving it to the ring.
 *
 *   | data: raw_record | part | part | ... RECORD_MAX | slack |
 *
 * Parts are written at .used; the slack behind RECORD_MAX lets the verifier
 * see that a piece of at most PIECE_MAX bytes always stays inside. Programs
 * on raw tracepoints run with preemption disabled, so one buffer per CPU is
 * enough for those that do not run in interrupts.
 */
#pragma once

#include "bpf/capture_plan.h"
#include "bpf/raw_parts.h"
#include "bpf/kernel_types.bpf.h"

/* A function that is verified by itself; returns 0. */
#define SUBPROGRAM __attribute__((noinline)) int

#define RECORD_MAX 61440
#define PIECE_MAX  16384
#define PATH_SIZE  4096

struct scratch {
	__u32 used; /* bytes of data */
	__u32 parts;
	__u32 slot;
	__u32 payload_left; /* of this record's payload limit */
	/* The call being recorded, for the argument readers. */
	struct syscall_plan plan;
	__u64 args[8]; /* RAW_ARGS and two zeros */
	__s64 ret;
	__u16 late; /* RAW_PART_LATE when arguments may have been changed */
	__u16 record_flags;
	__u32 has_early; /* strings were looked at when the call was entered */
	__u32 reserved;
	__u32 word; /* bytes of a pointer of the caller: 8 or 4 */
	/*
	 * State of the loops below. The verifier does not track values that
	 * live in maps, so it sees every round as the same one.
	 */
	__u32 path_at;
	__u32 array_used;
	__u32 part_flags;
	__u32 is_in_pieces;
	__u64 address; /* see address_of */
	__u64 piece_from; /* see payload.bpf.h */
	__u64 piece_left;
	__u64 pieces_end; /* bytes of payload sent ahead */
	__u64 moved_left;
	/* A path is built from its end to its start. */
	char path[PATH_SIZE + 256];
	__u8 data[RECORD_MAX + PIECE_MAX + 64];
};

/* By CPU. A per-CPU map would hold no value of more than 32 KiB. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* CPUs, set by the loader */
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SLOTS_ALL);
	__type(key, __u32);
	__type(value, struct slot_counters);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024 * 1024); /* set by the loader */
} ring SEC(".maps");

/*
 * bpf_probe_read_user_str: bytes with the NUL, or an error. Kernels before
 * 6.12 say 0 for an empty string.
 */
static __always_inline long read_user_string(void *to, __u32 size, __u64 from)
{
	long got = bpf_probe_read_user_str(to, size, (void *)from);

	return got ? got : 1;
}

/* Set by the loader before the programs are loaded. */
const volatile __u32 string_limit = STRING_LIMIT_MAX;
const volatile __u32 payload_limit = 128;
const volatile __u32 argv_limit = ARGV_LIMIT_MAX;
/* A thread group that is not recorded: the agent itself. 0: none. */
const volatile __u32 skipped_pid = 0;
const volatile __u64 wake_bytes = 4 * 1024 * 1024;

/* Set by the consumer when it goes to sleep, cleared by whoever wakes it. */
__u32 consumer_sleeps = 0;

static __always_inline struct scratch *scratch_get(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&scratches, &cpu);
}

/*
 * The verifier knows what is in registers, but not what was put into a map:
 * a way to make it see any number in place of a certain one.
 */
static __always_inline __u64 forgotten(__u64 *place, __u64 value)
{
	*(volatile __u64 *)place = value;
	return *(volatile __u64 *)place;
}

/* A kernel pointer as the number that a subprogram takes. */
static __always_inline __u64 address_of(struct scratch *s, const void *pointer)
{
	return forgotten(&s->address, (__u64)pointer);
}

static __always_inline struct slot_counters *counters_of(__u32 slot)
{
	return bpf_map_lookup_elem(&counters, &slot);
}

/* Nobody is woken per record: that costs more than all the rest. */
static __always_inline __u64 wake_flags(void)
{
	if (!consumer_sleeps ||
	    bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) < wake_bytes)
		return BPF_RB_NO_WAKEUP;
	consumer_sleeps = 0;
	return BPF_RB_FORCE_WAKEUP;
}

/* Everything a record says about the task that caused it. */
static __always_inline void fill_header(struct raw_record *r,
					struct task_struct *task, __u32 slot,
					__u64 sequence)
{
	struct task_struct *leader = task->group_leader;

	r->slot = slot;
	r->flags = 0;
	r->cpu = bpf_get_smp_processor_id();
	r->time_ns = bpf_ktime_get_boot_ns();
	r->duration_ns = 0;
	r->pid = task->tgid;
	r->tid = task->pid;
	r->process_start_ns = leader->start_boottime;
	r->cgroup_id = bpf_get_current_cgroup_id();
	r->sequence = sequence;
}

static __always_inline struct raw_record *record_of(struct scratch *s)
{
	return (struct raw_record *)s->data;
}

static __always_inline void record_begin(struct scratch *s,
					 struct task_struct *task, __u32 slot,
					 __u64 sequence)
{
	s->used = sizeof(struct raw_record);
	s->parts = 0;
	s->slot = slot;
	s->payload_left = payload_limit;
	s->late = 0;
	s->has_early = 0;
	s->record_flags = 0;
	s->word = sizeof(__u64);
	fill_header(record_of(s), task, slot, sequence);
}

/*
 * A kernel event begins. The task may be one that syscalls never showed.
 * Returns NULL when there is nothing to write to.
 */
static __always_inline struct scratch *event_begin(struct task_struct *task,
						   __u32 slot, __u16 number)
{
	struct slot_counters *count = counters_of(slot);
	struct scratch *s = scratch_get();
	struct raw_record *r;

	if (!count || !s)
		return NULL;
	record_begin(s, task, slot, count->wanted++);
	r = record_of(s);
	r->abi = KERNEL_EVENT_ABI;
	r->number = number;
	r->ret = 0;
	__builtin_memset(r->args, 0, sizeof(r->args));
	return s;
}

/* Fills in what is known when all parts are there; returns the size. */
static __always_inline __u32 record_finish(struct scratch *s)
{
	struct raw_record *r = record_of(s);
	__u32 size = s->used;

	if (size > RECORD_MAX)
		size = RECORD_MAX;
	r->size = size;
	r->parts = s->parts;
	r->flags |= s->record_flags;
	return size;
}

static __always_inline void record_submit(struct scratch *s)
{
	__u32 size = record_finish(s);
	struct slot_counters *count;

	if (!bpf_ringbuf_output(&ring, s->data, size, wake_flags()))
		return;
	count = counters_of(s->slot);
	if (count)
		count->ring_full++;
}

static __always_inline void part_dropped(struct scratch *s)
{
	struct slot_counters *count = counters_of(s->slot);

	s->record_flags |= RAW_FLAG_PART_LOST;
	if (count)
		count->part_dropped++;
}

/* Where the data of the next part goes, or NULL when it would not fit. */
static __always_inline void *part_data(struct scratch *s, __u32 size)
{
	__u32 at = s->used;

	if (at > RECORD_MAX - sizeof(struct raw_part) ||
	    size > RECORD_MAX - sizeof(struct raw_part) - at) {
		part_dropped(s);
		return NULL;
	}
	return &s->data[at + sizeof(struct raw_part)];
}

/*
 * Writes the part whose data is in place. size <= what part_data was asked.
 * Returns 0.
 */
static __always_inline int part_end(struct scratch *s, __u8 kind, __u8 arg,
				    __u16 flags, __u32 size, __u64 full_size)
{
	__u32 at = s->used;
	struct raw_part *p;
	struct slot_counters *count;

	if (at > RECORD_MAX - sizeof(struct raw_part))
		return 0;
	p = (struct raw_part *)&s->data[at];
	p->kind = kind;
	p->arg = arg;
	p->flags = flags;
	p->size = size;
	p->full_size = full_size;
	s->used = (at + sizeof(*p) + size + 7) & ~7U;
	s->parts++;
	if (!(flags & (RAW_PART_FAULT | RAW_PART_TRUNCATED)))
		return 0;
	count = counters_of(s->slot);
	if (!count)
		return 0;
	if (flags & RAW_PART_FAULT)
		count->part_fault++;
	if (flags & RAW_PART_TRUNCATED)
		count->part_truncated++;
	return 0;
}
