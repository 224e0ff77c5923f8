/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * What the kernel program hands to user space, byte for byte.
 *
 * One ring-buffer record is
 *
 *   | raw_record (120 bytes) | part | part | ...            total: .size
 *
 * and a part is
 *
 *   | raw_part (16 bytes) | .size bytes of data | pad to 8 |
 *
 * Little endian or big endian as the machine is; the record never leaves it.
 * Both sides compile this file, so both check the layout.
 */
#pragma once

#ifndef __bpf__
#include <stdint.h>
typedef uint8_t raw_u8;
typedef uint16_t raw_u16;
typedef uint32_t raw_u32;
typedef uint64_t raw_u64;
typedef int64_t raw_s64;
#else
typedef __u8 raw_u8;
typedef __u16 raw_u16;
typedef __u32 raw_u32;
typedef __u64 raw_u64;
typedef __s64 raw_s64;
#endif

#ifdef __cplusplus
#define RAW_ASSERT static_assert
#else
#define RAW_ASSERT _Static_assert
#endif

#define RAW_ARGS 6
/* .arg of a part that belongs to the return value, not to an argument. */
#define RAW_ARG_RETURN 6
/* .arg of a part that belongs to the task itself (exe, comm, creds). */
#define RAW_ARG_TASK 7

struct raw_record {
	raw_u32 size; /* of the whole record, parts included */
	raw_u16 parts; /* how many parts follow */
	raw_u16 slot; /* which selected container: index given by user space */
	raw_u16 abi; /* enum Abi of format/descriptor.h */
	raw_u16 number; /* syscall number in that ABI, or kernel event number */
	raw_u16 flags; /* RAW_FLAG_* */
	raw_u16 cpu;
	raw_u64 time_ns; /* CLOCK_BOOTTIME when the record was made (exit) */
	raw_u64 duration_ns; /* since enter; valid with RAW_FLAG_HAS_ENTER */
	raw_u32 pid; /* thread group id, initial pid namespace */
	raw_u32 tid; /* thread id, initial pid namespace */
	raw_u64 process_start_ns; /* start_boottime of the group leader */
	raw_u64 cgroup_id; /* cgroup v2 id of the task */
	raw_s64 ret; /* return value, -errno included */
	raw_u64 args[RAW_ARGS];
	raw_u64 sequence; /* per CPU, counts every record wanted, lost ones too */
};

RAW_ASSERT(sizeof(struct raw_record) == 120, "raw_record layout");

/* duration_ns is known. */
#define RAW_FLAG_HAS_ENTER 0x0001
/* The call had not returned when the record was made; ret is unknown. */
#define RAW_FLAG_IN_FLIGHT 0x0002
/* A part did not fit into the record and was left out. */
#define RAW_FLAG_PART_LOST 0x0004

/*
 * Payload that is too long for its record goes ahead of it, on the same CPU:
 *
 *   | raw_piece (24 bytes) | .bytes of data | unused |
 *
 * The part that it belongs to has RAW_PART_PIECES and no data of its own.
 */
struct raw_piece {
	raw_u32 size; /* of the whole, what is unused included */
	raw_u16 parts; /* 0 */
	raw_u16 slot;
	raw_u16 abi; /* RAW_PIECE, where a record has its ABI */
	raw_u16 cpu;
	raw_u32 bytes;
	raw_u64 offset; /* in the data of the part */
};

RAW_ASSERT(sizeof(struct raw_piece) == 24, "raw_piece layout");

#define RAW_PIECE	0xffff
#define RAW_PIECE_BYTES 65536

struct raw_part {
	raw_u8 kind; /* enum PartKind of format/event.h */
	raw_u8 arg; /* argument index, RAW_ARG_RETURN or RAW_ARG_TASK */
	raw_u16 flags; /* RAW_PART_* */
	raw_u32 size; /* bytes of data that follow, without padding */
	raw_u64 full_size; /* what there was to take, if known; else size */
};

RAW_ASSERT(sizeof(struct raw_part) == 16, "raw_part layout");

/* There was more than was taken. */
#define RAW_PART_TRUNCATED 0x0001
/* User memory was not readable; data is what could be read, maybe nothing. */
#define RAW_PART_FAULT 0x0002
/* Read at exit, when another thread may have changed it since enter. */
#define RAW_PART_LATE 0x0004
/* RAW_FILE: its opening made the file, it did not exist before. */
#define RAW_PART_CREATED 0x0008
/* RAW_STRING: it was another one when the call returned, RAW_STRING_AFTER. */
#define RAW_PART_CHANGED 0x0010
/* RAW_PAYLOAD: its data is in the pieces before. Not in traces. */
#define RAW_PART_PIECES 0x0100
