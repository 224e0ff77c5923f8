/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * What user space tells the kernel program before and while it runs, and
 * what the kernel program counts for it. Both sides compile this file.
 */
#pragma once

#include "bpf/raw_record.h"

/* How an argument is taken: enum CaptureClass of format/descriptor.h. */
enum take_class {
	TAKE_VALUE = 0,
	TAKE_FD,
	TAKE_STRING,
	TAKE_STRING_ARRAY,
	TAKE_STRUCT,
	TAKE_STRUCT_OUT,
	TAKE_STRUCT_SIZED,
	TAKE_STRUCT_SIZED_OUT,
	TAKE_STRUCT_SIZED_PREV,
	TAKE_STRUCT_COUNT_OUT,
	TAKE_STRUCT_LENGTH_OUT,
	TAKE_FD_PAIR_OUT,
	TAKE_SOCKADDR_IN,
	TAKE_SOCKADDR_OUT,
	TAKE_BUFFER_IN,
	TAKE_BUFFER_OUT,
	TAKE_IOVEC_IN,
	TAKE_IOVEC_OUT,
	TAKE_MSGHDR_IN,
	TAKE_MSGHDR_OUT,
	TAKE_MMSGHDR_IN,
	TAKE_MMSGHDR_OUT,
	TAKE_VARIANT,
};

#define EARLY_STRINGS_MAX 2

/*
 * How one syscall is taken. Computed by the loader from the syscall table.
 * Copied for each call, in words, hence the alignment.
 */
struct syscall_plan {
	raw_u8 take[RAW_ARGS]; /* enum take_class */
	raw_u8 args; /* how many are to be looked at */
	raw_u8 flags; /* PLAN_* */
	raw_u16 struct_size[RAW_ARGS]; /* bytes, for TAKE_STRUCT* */
	raw_u16 variant_first; /* into the variants */
	raw_u16 variant_count;
	/* The first string arguments, plus one; 0: none. Read at entry, too. */
	raw_u8 early[EARLY_STRINGS_MAX];
	raw_u8 reserved[6];
} __attribute__((aligned(8)));
RAW_ASSERT(sizeof(struct syscall_plan) == 32, "syscall_plan layout");

/* How an argument is taken when another one has a certain value. */
struct variant_plan {
	raw_u32 option; /* low 32 bits of the deciding argument */
	raw_u8 option_arg;
	raw_u8 arg;
	raw_u8 take;
	raw_u8 reserved;
	raw_u16 struct_size;
	raw_u16 reserved2;
};
RAW_ASSERT(sizeof(struct variant_plan) == 12, "variant_plan layout");
#define VARIANTS_MAX	      1024 /* power of two */
#define VARIANTS_PER_CALL_MAX 128

#define PLAN_NEW_FD	  0x01 /* returns a descriptor: tell what it is */
#define PLAN_SOCKET	  0x02 /* tell the endpoints of the first descriptor */
#define PLAN_EXEC	  0x04 /* a success leaves nothing to read at exit */
#define PLAN_RETURNS_SIZE 0x08 /* the result is how many bytes were moved */
#define PLAN_PATH_OPENED  0x10 /* tell path and identity of the new file */
#define PLAN_CREDENTIALS  0x20 /* changes them: tell what they are now */
#define PLAN_NAMESPACES	  0x40 /* changes them: tell what they are now */
#define PLAN_PAYLOAD	  0x80 /* moves bytes through the first descriptor */

/* Plans by the numbering of the call: native, 32-bit and x32. */
#define PLAN_TABLE_NATIVE 0
#define PLAN_TABLE_COMPAT 1
#define PLAN_TABLE_X32	  2
#define PLAN_TABLE_KERNEL 3
#define PLAN_TABLES	  4
#define PLAN_NUMBERS	  1024 /* power of two */

/* Containers selected at once. */
#define SLOTS_MAX 64
#define SLOT_NONE (-1)
/* Behind them, one for each cgroup of which it is not known yet what it is. */
#define NEWCOMERS_MAX 192
#define SLOT_JOURNAL  (SLOTS_MAX + NEWCOMERS_MAX) /* tells of such cgroups */
#define SLOTS_ALL     (SLOT_JOURNAL + 1)

/* The limits below are ceilings for what the loader may set. */
#define STRING_LIMIT_MAX  4096
#define PAYLOAD_LIMIT_MAX 16384
#define ARGV_LIMIT_MAX	  16384

/* What bytes go through: each may have a limit of its own. */
enum payload_class {
	PAYLOAD_OTHER = 0,
	PAYLOAD_STDIN, /* descriptor 0, whatever it is */
	PAYLOAD_NET,
	PAYLOAD_PIPE,
	PAYLOAD_FILE,
	PAYLOAD_NEW_FILE, /* empty when it was opened, or without a name */
	PAYLOAD_CLASSES,
};
/* A limit above PAYLOAD_LIMIT_MAX: the bytes come in pieces. Of one call. */
#define PAYLOAD_ALL_MAX	    (8 * 1024 * 1024)
#define PAYLOAD_LIMIT_UNSET 0xffffffffU /* of stdin: as what it is */

/* Kernel events: kernel_events.def. */
#define KERNEL_EVENT_ABI 6
enum kernel_event {
	KERNEL_TASK_FORK = 1,
	KERNEL_TASK_EXEC = 2,
	KERNEL_TASK_EXIT = 3,
	KERNEL_SIGNAL_SENT = 4,
	KERNEL_TASK_COMM = 5,
	KERNEL_CGROUP_MOVE = 6,
	/* For user space, not for traces. */
	KERNEL_CGROUP_MADE = 7,
	KERNEL_TASK_STATE = 8,
	KERNEL_FILE_STATE = 9,
	/* Modules of the kernel. */
	KERNEL_MODULE_LOAD = 10,
	KERNEL_MODULE_FREE = 11,
	KERNEL_SIGNAL_DELIVER = 101,
	KERNEL_IO_URING = 300, /* + IORING_OP_* */
};

/*
 * A string argument as it was at entry, the NUL included; the first bytes of a
 * longer one, without.
 */
#define EARLY_STRING_MAX 256
struct early_string {
	raw_u16 arg;
	raw_u16 size; /* 0: it could not be read */
	raw_u32 reserved;
	raw_u8 text[EARLY_STRING_MAX];
};

/* A call that was entered and has not returned: in the task's storage. */
struct in_flight_call {
	raw_u64 enter_ns; /* 0: no call */
	raw_u64 process_start_ns;
	raw_u64 args[RAW_ARGS];
	raw_u32 number;
	raw_u16 abi;
	raw_u16 early_count;
	raw_u16 slot; /* where the call was entered */
	raw_u16 reserved;
	raw_u32 generation; /* of the slots at that time */
	struct early_string early[EARLY_STRINGS_MAX];
};

/*
 * Counted per CPU and slot, exactly: wanted = records given to the ring +
 * ring_full. The rest counts parts, not records.
 */
struct slot_counters {
	raw_u64 wanted;
	raw_u64 ring_full;
	raw_u64 part_fault;
	raw_u64 part_truncated;
	raw_u64 part_dropped;
	raw_u64 no_storage; /* calls whose entry could not be remembered */
};
