/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Layouts of the parts that are structs, as the kernel program writes them.
 * capture/decode_record.cc checks that they equal those of format/parts.h.
 */
#pragma once

#include "bpf/raw_record.h"

/* The object behind a descriptor or a path: PartKind kFile. */
struct raw_file {
	raw_u64 inode;
	raw_u32 dev_major; /* of the superblock */
	raw_u32 dev_minor;
	raw_u32 generation;
	raw_u32 mode; /* S_IFMT and permission bits */
	raw_u64 size; /* bytes, when taken */
	raw_u64 offset; /* of the open file, after the call */
	raw_u32 open_flags; /* f_flags */
	raw_u32 nlink; /* 0: deleted */
	raw_u32 uid;
	raw_u32 gid;
	raw_u32 fs_magic;
	raw_u32 layer; /* RAW_LAYER_* */
};
#define RAW_LAYER_UNKNOWN 0
#define RAW_LAYER_NONE	  1 /* not on overlayfs */
#define RAW_LAYER_UPPER	  2 /* made or changed in this container */
#define RAW_LAYER_LOWER	  3 /* as in the image */
RAW_ASSERT(sizeof(struct raw_file) == 64, "raw_file layout");

/* Endpoints of a socket: PartKind kSocket. Ports in host order. */
struct raw_socket {
	raw_u16 family; /* AF_* */
	raw_u16 type; /* SOCK_* */
	raw_u16 protocol; /* IPPROTO_* */
	raw_u16 state; /* TCP_* or SS_* */
	raw_u16 local_port;
	raw_u16 peer_port;
	raw_u32 net_namespace; /* inode */
	raw_u8 local_address[16]; /* IPv4: the first four bytes */
	raw_u8 peer_address[16];
	raw_u64 inode; /* as in /proc/PID/fd: socket:[inode] */
	raw_u64 peer_inode; /* AF_UNIX, else 0 */
};
RAW_ASSERT(sizeof(struct raw_socket) == 64, "raw_socket layout");

/* A task in relation to the event's task: PartKind kTask. */
struct raw_task {
	raw_u32 pid; /* thread group id, initial namespace */
	raw_u32 tid;
	raw_u32 ns_pid; /* in the task's own pid namespace */
	raw_u32 ns_tid;
	raw_u32 parent_pid; /* real parent's thread group id, initial namespace */
	raw_u32 session; /* initial namespace */
	raw_u32 process_group; /* initial namespace */
	raw_u32 pid_namespace; /* inode */
	raw_u32 mnt_namespace; /* inode */
	raw_u32 net_namespace; /* inode */
	raw_u64 start_ns; /* of the thread, CLOCK_BOOTTIME */
	raw_u64 process_start_ns;
	raw_u64 parent_start_ns;
};
RAW_ASSERT(sizeof(struct raw_task) == 64, "raw_task layout");

/* PartKind kCredentials. Ids in the initial user namespace. */
struct raw_credentials {
	raw_u32 uid, gid;
	raw_u32 euid, egid;
	raw_u32 suid, sgid;
	raw_u32 fsuid, fsgid;
	raw_u64 cap_inheritable;
	raw_u64 cap_permitted;
	raw_u64 cap_effective;
	raw_u64 cap_bounding;
	raw_u64 cap_ambient;
	raw_u32 user_namespace; /* inode */
	raw_u32 securebits;
};
RAW_ASSERT(sizeof(struct raw_credentials) == 80, "raw_credentials layout");

/* enum PartKind of format/event.h, as far as the kernel makes them. */
enum raw_part_kind {
	RAW_STRING = 1,
	RAW_STRING_ARRAY = 2,
	RAW_BYTES = 3,
	RAW_PAYLOAD = 4,
	RAW_SOCKADDR = 5,
	RAW_PATH = 6,
	RAW_FILE = 7,
	RAW_SOCKET = 8,
	RAW_CONTROL = 9,
	RAW_TASK = 10,
	RAW_CREDENTIALS = 11,
	RAW_COMM = 12,
	RAW_ARGV = 13,
	RAW_ENV = 14,
	RAW_CWD = 15,
	RAW_FDS = 16,
	RAW_STRING_AFTER = 18,
};
