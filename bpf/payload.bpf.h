/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Bytes that programs read and write: as many as the record holds, or, when
 * every byte is wanted, all of them in pieces ahead of it.
 */
#pragma once

#include "bpf/record.bpf.h"

#define PAGE		  4096
#define PIECE_SMALL_BYTES 4096
#define PIECES_MAX	  (PAYLOAD_ALL_MAX / RAW_PIECE_BYTES)

/* Limits by enum payload_class; all the same unless payload_by_class. */
const volatile __u32 payload_limits[PAYLOAD_CLASSES] = {};
const volatile __u8 payload_by_class = 0;

struct whole_piece {
	struct raw_piece head;
	__u8 data[RAW_PIECE_BYTES];
};
struct small_piece {
	struct raw_piece head;
	__u8 data[PIECE_SMALL_BYTES];
};

/*
 * Bytes at a user address into a part. size <= PIECE_MAX. When the whole is
 * not readable, what comes before the first page border may be.
 */
SUBPROGRAM take_bytes(__u8 kind, __u8 arg, __u64 from, __u32 size,
		      __u64 full_size)
{
	__u16 flags = full_size > size ? RAW_PART_TRUNCATED : 0;
	struct scratch *s = scratch_get();
	void *to;

	if (!s || size > PIECE_MAX)
		return 0;
	to = part_data(s, size);
	if (!to)
		return 0;
	size &= 2 * PIECE_MAX - 1; /* for the verifier */
	if (size > PIECE_MAX)
		return 0;
	if (size && bpf_probe_read_user(to, size, (void *)from)) {
		__u32 first = PAGE - (from & (PAGE - 1));

		flags |= RAW_PART_FAULT;
		first &= PIECE_MAX - 1;
		if (first >= size ||
		    bpf_probe_read_user(to, first, (void *)from))
			first = 0;
		size = first;
	}
	part_end(s, kind, arg, flags | s->late, size, full_size);
	return 0;
}

static __always_inline long fill_piece(struct scratch *s,
				       struct raw_piece *head, __u32 size,
				       __u64 from, __u32 bytes)
{
	head->size = size;
	head->parts = 0;
	head->slot = s->slot;
	head->abi = RAW_PIECE;
	head->cpu = bpf_get_smp_processor_id();
	head->bytes = bytes;
	head->offset = s->pieces_end;
	return bpf_probe_read_user(head + 1, bytes, (void *)from);
}

/* 0 when the bytes were not sent: they cannot be read, or the ring is full. */
static __always_inline int send_piece(struct scratch *s, __u64 from,
				      __u32 bytes)
{
	struct raw_piece *head;
	long error;

	if (bytes <= PIECE_SMALL_BYTES) {
		head = bpf_ringbuf_reserve(&ring, sizeof(struct small_piece),
					   0);
		if (!head)
			return 0;
		error = fill_piece(s, head, sizeof(struct small_piece), from,
				   bytes);
	} else {
		head = bpf_ringbuf_reserve(&ring, sizeof(struct whole_piece),
					   0);
		if (!head)
			return 0;
		error = fill_piece(s, head, sizeof(struct whole_piece), from,
				   bytes);
	}
	if (error) {
		bpf_ringbuf_discard(head, BPF_RB_NO_WAKEUP);
		return 0;
	}
	bpf_ringbuf_submit(head, wake_flags());
	return 1;
}

/* Of s->piece_left bytes at s->piece_from. 0 when there is no more to do. */
__attribute__((noinline)) int send_next_piece(void)
{
	struct scratch *s = scratch_get();
	__u32 bytes = RAW_PIECE_BYTES;

	if (!s)
		return 0;
	if (bytes > s->piece_left)
		bytes = s->piece_left;
	if (bytes > s->payload_left)
		bytes = s->payload_left;
	barrier_var(bytes); /* so that the verifier sees the next check */
	if (!bytes || bytes > RAW_PIECE_BYTES ||
	    !send_piece(s, s->piece_from, bytes))
		return 0;
	s->payload_left -= bytes;
	s->piece_from += bytes;
	s->piece_left -= bytes;
	s->pieces_end += bytes;
	return 1;
}

/* 0 when not all could be sent. Counts against the limit. */
__attribute__((noinline)) int send_pieces(__u64 from, __u64 size)
{
	struct scratch *s = scratch_get();
	__u32 i;

	if (!s)
		return 0;
	s->piece_from = from;
	s->piece_left = size;
	for (i = 0; i < PIECES_MAX; i++)
		if (!send_next_piece())
			break;
	return !s->piece_left;
}

static __always_inline int wants_pieces(struct scratch *s, __u64 length)
{
	return payload_by_class && s->payload_left > PAYLOAD_LIMIT_MAX &&
	       length > PAYLOAD_LIMIT_MAX;
}

/* The part that the pieces sent belong to. */
static __always_inline void end_pieces(struct scratch *s, __u8 arg,
				       __u64 length)
{
	__u16 flags = RAW_PART_PIECES | s->late;

	if (!part_data(s, 0))
		return;
	if (s->pieces_end < length)
		flags |= RAW_PART_TRUNCATED;
	part_end(s, RAW_PAYLOAD, arg, flags, 0, length);
}

/* Payload counts against the limit of the whole record. */
static __always_inline void take_payload(struct scratch *s, __u8 arg,
					 __u64 from, __u64 length)
{
	__u32 size = s->payload_left;

	if (!from || !length)
		return;
	if (wants_pieces(s, length)) {
		s->pieces_end = 0;
		send_pieces(from, length);
		end_pieces(s, arg, length);
		return;
	}
	if (length < size)
		size = length;
	if (size > PAYLOAD_LIMIT_MAX)
		size = PAYLOAD_LIMIT_MAX;
	s->payload_left -= size;
	take_bytes(RAW_PAYLOAD, arg, from, size, length);
}
