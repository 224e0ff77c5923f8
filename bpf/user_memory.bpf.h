/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Readers of what arguments point to. Reads from raw tracepoints cannot
 * sleep, so a page that is not resident is a fault: marked, never guessed.
 *
 * Those marked SUBPROGRAM are verified once, for whatever numbers they may be
 * given, and not again on each way that leads to them: the programs load in
 * milliseconds. Only numbers can be handed to them, so they find the record
 * that is being built in per-CPU memory.
 */
#pragma once

#include "bpf/early_strings.bpf.h"
#include "bpf/payload.bpf.h"

#define IOVECS_MAX     16
#define IOVECS_ALL_MAX 64 /* when every byte is wanted */
#define STRINGS_MAX    256
#define MESSAGES_MAX   4
#define CONTROL_MAX    256
#define SOCKADDR_MAX   128

SUBPROGRAM take_string(__u8 arg, __u64 from)
{
	struct scratch *s = scratch_get();
	__u32 limit = string_limit;
	__u16 flags;
	long got;
	void *to;

	if (!s || !from)
		return 0;
	flags = s->late;
	if (limit > STRING_LIMIT_MAX)
		limit = STRING_LIMIT_MAX;
	to = part_data(s, limit + 2);
	if (!to)
		return 0;
	got = read_user_string(to, limit + 2, from);
	if (got < 0) {
		if (!s->has_early || !take_early_string(arg, 0))
			part_end(s, RAW_STRING, arg, flags | RAW_PART_FAULT, 0,
				 0);
		return 0;
	}
	got--; /* the NUL */
	if (got > limit) {
		got = limit;
		flags |= RAW_PART_TRUNCATED;
	}
	if (!s->has_early)
		return part_end(s, RAW_STRING, arg, flags, got, got);
	switch (compare_early_string(arg, got + 1)) {
	case EARLY_SAME: flags &= ~RAW_PART_LATE; break;
	case EARLY_UNKNOWN: flags |= RAW_PART_LATE; break;
	case EARLY_OTHER:
		part_end(s, RAW_STRING_AFTER, arg, flags, got, got);
		take_early_string(arg, RAW_PART_CHANGED);
		return 0;
	}
	return part_end(s, RAW_STRING, arg, flags, got, got);
}

/*
 * A pointer or a long of the program into *to: four bytes for 32-bit ones.
 * Returns 0 or an error.
 */
static __always_inline long read_word(struct scratch *s, __u64 *to, __u64 from)
{
	*to = 0;
	if (s->word == sizeof(__u32))
		return bpf_probe_read_user(to, sizeof(__u32), (void *)from);
	return bpf_probe_read_user(to, sizeof(__u64), (void *)from);
}

/* Appends one string of an array. 0 when the array ends here. */
__attribute__((noinline)) int take_element(__u64 pointer_at)
{
	struct scratch *s = scratch_get();
	__u64 string = 0;
	long got;
	__u32 at;

	if (!s)
		return 0;
	at = s->used + sizeof(struct raw_part) + s->array_used;
	if (read_word(s, &string, pointer_at)) {
		s->part_flags |= RAW_PART_FAULT;
		return 0;
	}
	if (!string)
		return 0;
	if (at > RECORD_MAX || s->array_used > argv_limit) {
		s->part_flags |= RAW_PART_TRUNCATED;
		return 0;
	}
	got = read_user_string(&s->data[at], STRING_LIMIT_MAX, string);
	if (got < 0) {
		s->part_flags |= RAW_PART_FAULT;
		return 0;
	}
	if (got == STRING_LIMIT_MAX)
		s->part_flags |= RAW_PART_TRUNCATED;
	s->array_used += got;
	return 1;
}

SUBPROGRAM take_string_array(__u8 arg, __u64 from)
{
	struct scratch *s = scratch_get();
	__u32 i;

	if (!s || !part_data(s, PIECE_MAX))
		return 0;
	s->part_flags = s->late;
	s->array_used = 0;
	for (i = 0; i < STRINGS_MAX; i++)
		if (!take_element(from + i * s->word))
			break;
	if (i == STRINGS_MAX)
		s->part_flags |= RAW_PART_TRUNCATED;
	part_end(s, RAW_STRING_ARRAY, arg, s->part_flags, s->array_used,
		 s->array_used);
	return 0;
}

static __always_inline void take_sockaddr(__u8 arg, __u64 from, __u64 length)
{
	if (from && length)
		take_bytes(RAW_SOCKADDR, arg, from,
			   length > SOCKADDR_MAX ? SOCKADDR_MAX : length,
			   length);
}

static __always_inline void take_sockaddr_out(struct scratch *s, __u8 arg,
					      __u64 from, __u64 length_at)
{
	__u32 length = 0;

	if (from && length_at && s->ret >= 0 &&
	    !bpf_probe_read_user(&length, sizeof(length), (void *)length_at))
		take_sockaddr(arg, from, length);
}

/* As the programs lay them out, in words; see read_words. */
struct user_iovec {
	__u64 base;
	__u64 length;
};
#define IOVEC_WORDS 2
struct user_msghdr {
	__u64 name;
	__u64 name_length;
	__u64 iov;
	__u64 iov_count;
	__u64 control;
	__u64 control_length;
	__u64 flags;
};
#define MSGHDR_WORDS  7
#define MMSGHDR_WORDS 8 /* a msghdr and the bytes moved */

/* Words in a row, widened. The ints among them are padded to words. */
static __always_inline long read_words(struct scratch *s, __u64 *to,
				       __u32 count, __u64 from)
{
	__u32 i;

	if (s->word == sizeof(__u64))
		return bpf_probe_read_user(to, count * sizeof(__u64),
					   (void *)from);
	for (i = 0; i < count; i++)
		if (read_word(s, &to[i], from + i * sizeof(__u32)))
			return -1;
	return 0;
}

/*
 * Counts s->moved_left down, the bytes the call moved. 0 when nothing more
 * is to be taken.
 */
__attribute__((noinline)) int take_one_iovec(__u8 arg, __u64 from)
{
	struct scratch *s = scratch_get();
	struct user_iovec v = {};

	if (!s || !s->moved_left || !s->payload_left)
		return 0;
	if (read_words(s, (__u64 *)&v, IOVEC_WORDS, from)) {
		part_end(s, RAW_PAYLOAD, arg, RAW_PART_FAULT, 0, 0);
		return 0;
	}
	if (v.length > s->moved_left)
		v.length = s->moved_left;
	s->moved_left -= v.length;
	if (s->is_in_pieces)
		return send_pieces(v.base, v.length);
	take_payload(s, arg, v.base, v.length);
	return 1;
}

SUBPROGRAM take_iovec(__u8 arg, __u64 from, __u64 count)
{
	struct scratch *s = scratch_get();
	__u64 moved;
	__u32 i;

	if (!s)
		return 0;
	moved = s->moved_left;
	s->is_in_pieces = moved != ~0ULL &&
			  wants_pieces(s, count > IOVECS_MAX ? ~0ULL : moved);
	s->pieces_end = 0;
	for (i = 0; i < IOVECS_ALL_MAX; i++) {
		if (i >= count || (i >= IOVECS_MAX && !s->is_in_pieces))
			break;
		if (!take_one_iovec(arg, from + i * IOVEC_WORDS * s->word))
			break;
	}
	if (s->is_in_pieces)
		end_pieces(s, arg, moved);
	else if (i == IOVECS_MAX && i < count && s->moved_left &&
		 s->moved_left != ~0ULL && part_data(s, 0))
		part_end(s, RAW_PAYLOAD, arg, RAW_PART_TRUNCATED, 0,
			 s->moved_left);
	s->is_in_pieces = 0;
	return 0;
}

static __always_inline void take_msghdr(__u8 arg, struct user_msghdr *m)
{
	take_sockaddr(arg, m->name, (__u32)m->name_length);
	take_iovec(arg, m->iov, m->iov_count);
	if (m->control && m->control_length)
		take_bytes(RAW_CONTROL, arg, m->control,
			   m->control_length > CONTROL_MAX ? CONTROL_MAX
							   : m->control_length,
			   m->control_length);
}

__attribute__((noinline)) int take_one_mmsghdr(__u8 arg, __u64 from)
{
	struct scratch *s = scratch_get();
	struct user_msghdr m;
	__u64 length;

	if (!s)
		return 0;
	if (read_words(s, (__u64 *)&m, MSGHDR_WORDS, from) ||
	    read_word(s, &length, from + MSGHDR_WORDS * s->word)) {
		part_end(s, RAW_PAYLOAD, arg, RAW_PART_FAULT, 0, 0);
		return 0;
	}
	s->moved_left = (__u32)length;
	take_msghdr(arg, &m);
	return 1;
}

/* The messages of sendmmsg and recvmmsg that were dealt with. */
SUBPROGRAM take_mmsghdr(__u8 arg, __u64 from, __u64 count)
{
	struct scratch *s = scratch_get();
	__u32 i;

	if (!s)
		return 0;
	for (i = 0; i < MESSAGES_MAX; i++) {
		if (i >= count)
			return 0;
		if (!take_one_mmsghdr(arg, from + i * MMSGHDR_WORDS * s->word))
			return 0;
	}
	if (count > MESSAGES_MAX)
		part_dropped(s);
	return 0;
}
