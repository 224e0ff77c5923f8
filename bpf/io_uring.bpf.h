/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Requests to io_uring, which no syscall shows. Names and arguments are taken
 * at submission, from the kernel's copies, and kept by request; results,
 * buffers and new descriptors when it completes, which happens in a task that
 * shares memory and descriptors with the submitter.
 *
 * Of the programs for one tracepoint the loader takes the one that fits the
 * kernel; see choose_io_uring of capture/bpf_session.cc.
 */
#pragma once

#include "bpf/syscalls.bpf.h"

#define IO_RECORD_MAX	9216
#define IO_REQUESTS_MAX 512

/* A record as far as it is built at submission. */
struct saved_io {
	__u8 data[IO_RECORD_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, IO_REQUESTS_MAX);
	__type(key, __u64);
	__type(value, struct saved_io);
} saved_ios SEC(".maps");

enum io_op {
	IO_READV = 1,
	IO_WRITEV = 2,
	IO_READ_FIXED = 4,
	IO_WRITE_FIXED = 5,
	IO_SENDMSG = 9,
	IO_RECVMSG = 10,
	IO_ACCEPT = 13,
	IO_CONNECT = 16,
	IO_OPENAT = 18,
	IO_CLOSE = 19,
	IO_STATX = 21,
	IO_READ = 22,
	IO_WRITE = 23,
	IO_SEND = 26,
	IO_RECV = 27,
	IO_OPENAT2 = 28,
	IO_SHUTDOWN = 34,
	IO_RENAMEAT = 35,
	IO_UNLINKAT = 36,
	IO_MKDIRAT = 37,
	IO_SYMLINKAT = 38,
	IO_LINKAT = 39,
	IO_SOCKET = 45,
	IO_SEND_ZC = 47,
	IO_SENDMSG_ZC = 48,
};
#define IO_CQE_SKIP_SUCCESS (1ULL << 6) /* no completion if it succeeds */
#define IO_CQE_MORE	    (1U << 1) /* the request goes on */

static __always_inline void io_path(struct scratch *s, __u32 arg,
				    struct filename *from)
{
	record_of(s)->args[arg] = (__u64)BPF_CORE_READ(from, uptr);
	take_kernel_string(arg, (__u64)BPF_CORE_READ(from, name));
}

/* Paths and what goes with them, in the order of io_uring.def. */
SUBPROGRAM io_take_names(__u8 op, __u64 req)
{
	struct io_open *open = (void *)req;
	struct io_unlink *unlink = (void *)req;
	struct io_mkdir *mkdir = (void *)req;
	struct io_statx *statx = (void *)req;
	struct io_rename *rename = (void *)req;
	struct io_link *link = (void *)req;
	struct scratch *s = scratch_get();
	__u64 *args;

	if (!s)
		return 0;
	args = record_of(s)->args;
	switch (op) {
	case IO_OPENAT:
	case IO_OPENAT2:
		args[0] = BPF_CORE_READ(open, dfd);
		args[2] = BPF_CORE_READ(open, how.flags);
		args[3] = BPF_CORE_READ(open, how.mode);
		io_path(s, 1, BPF_CORE_READ(open, filename));
		break;
	case IO_STATX:
		args[0] = BPF_CORE_READ(statx, dfd);
		args[2] = BPF_CORE_READ(statx, flags);
		args[3] = BPF_CORE_READ(statx, mask);
		io_path(s, 1, BPF_CORE_READ(statx, filename));
		break;
	case IO_UNLINKAT:
		args[0] = BPF_CORE_READ(unlink, dfd);
		args[2] = BPF_CORE_READ(unlink, flags);
		io_path(s, 1, BPF_CORE_READ(unlink, filename));
		break;
	case IO_MKDIRAT:
		args[0] = BPF_CORE_READ(mkdir, dfd);
		args[2] = BPF_CORE_READ(mkdir, mode);
		io_path(s, 1, BPF_CORE_READ(mkdir, filename));
		break;
	case IO_RENAMEAT:
		args[0] = BPF_CORE_READ(rename, old_dfd);
		args[2] = BPF_CORE_READ(rename, new_dfd);
		args[4] = BPF_CORE_READ(rename, flags);
		io_path(s, 1, BPF_CORE_READ(rename, oldpath));
		io_path(s, 3, BPF_CORE_READ(rename, newpath));
		break;
	case IO_LINKAT:
		args[0] = BPF_CORE_READ(link, old_dfd);
		args[2] = BPF_CORE_READ(link, new_dfd);
		args[4] = BPF_CORE_READ(link, flags);
		io_path(s, 1, BPF_CORE_READ(link, oldpath));
		io_path(s, 3, BPF_CORE_READ(link, newpath));
		break;
	case IO_SYMLINKAT:
		args[1] = BPF_CORE_READ(link, new_dfd);
		io_path(s, 0, BPF_CORE_READ(link, oldpath));
		io_path(s, 2, BPF_CORE_READ(link, newpath));
		break;
	}
	return 0;
}

/* Requests on a descriptor: registers only, memory is read at the end. */
SUBPROGRAM io_take_values(__u8 op, __u64 req)
{
	struct io_kiocb *request = (void *)req;
	struct io_rw *rw = (void *)req;
	struct io_connect *connect = (void *)req;
	struct io_sr_msg *message = (void *)req;
	struct io_accept *accept = (void *)req;
	struct io_socket *socket = (void *)req;
	struct scratch *s = scratch_get();
	__u64 *args;

	if (!s)
		return 0;
	args = record_of(s)->args;
	args[0] = BPF_CORE_READ(request, cqe.fd);
	switch (op) {
	case IO_READV:
	case IO_WRITEV:
	case IO_READ_FIXED:
	case IO_WRITE_FIXED:
	case IO_READ:
	case IO_WRITE:
		args[1] = BPF_CORE_READ(rw, addr);
		args[2] = BPF_CORE_READ(rw, len);
		args[3] = BPF_CORE_READ(rw, kiocb.ki_pos);
		break;
	case IO_CONNECT:
		args[1] = (__u64)BPF_CORE_READ(connect, addr);
		args[2] = BPF_CORE_READ(connect, addr_len);
		break;
	case IO_SEND:
	case IO_SEND_ZC:
	case IO_RECV:
		args[1] = (__u64)BPF_CORE_READ(message, buf);
		args[2] = BPF_CORE_READ(message, len);
		args[3] = BPF_CORE_READ(message, msg_flags);
		break;
	case IO_SENDMSG:
	case IO_SENDMSG_ZC:
	case IO_RECVMSG:
		args[1] = (__u64)BPF_CORE_READ(message, buf);
		args[2] = BPF_CORE_READ(message, msg_flags);
		break;
	case IO_ACCEPT:
		args[1] = (__u64)BPF_CORE_READ(accept, addr);
		args[2] = (__u64)BPF_CORE_READ(accept, addr_len);
		args[3] = BPF_CORE_READ(accept, flags);
		break;
	case IO_SOCKET:
		args[0] = BPF_CORE_READ(socket, domain);
		args[1] = BPF_CORE_READ(socket, type);
		args[2] = BPF_CORE_READ(socket, protocol);
		break;
	case IO_SHUTDOWN:
		args[1] = BPF_CORE_READ((struct io_shutdown *)req, how);
		break;
	case IO_CLOSE:
		args[0] = BPF_CORE_READ((struct io_close *)req, fd);
		break;
	}
	return 0;
}

static __always_inline int io_submit(struct io_kiocb *request)
{
	__u64 key = (__u64)request;
	int slot = current_slot();
	struct raw_record *r;
	struct scratch *s;
	__u8 op;

	if (slot < 0)
		return 0;
	op = BPF_CORE_READ(request, opcode);
	s = event_begin(bpf_get_current_task_btf(), slot, KERNEL_IO_URING + op);
	if (!s)
		return 0;
	r = record_of(s);
	io_take_values(op, address_of(s, request));
	io_take_names(op, address_of(s, request));
	r->size = s->used;
	r->parts = s->parts;
	if (!(BPF_CORE_READ(request, flags) & IO_CQE_SKIP_SUCCESS) &&
	    s->used <= IO_RECORD_MAX &&
	    !bpf_map_update_elem(&saved_ios, &key, s->data, BPF_ANY)) {
		/* It counts when it is complete. */
		struct slot_counters *count = counters_of(slot);

		if (count)
			count->wanted--;
		return 0;
	}
	/* Its end will not be seen, or cannot be waited for. */
	r->flags |= RAW_FLAG_IN_FLIGHT;
	record_submit(s);
	return 0;
}

/* Since 6.4. */
SEC("tp_btf/io_uring_submit_req")
int on_io_submit_req(__u64 *ctx)
{
	return io_submit((void *)ctx[0]);
}

/* Since 6.0. */
SEC("tp_btf/io_uring_submit_sqe")
int on_io_submit_sqe(__u64 *ctx)
{
	return io_submit((void *)ctx[0]);
}

/* The record as it was when the request was submitted. 0 if there is none. */
static __always_inline int io_restore(struct scratch *s, __u64 key, int more)
{
	struct saved_io *saved = bpf_map_lookup_elem(&saved_ios, &key);
	struct raw_record *r = (struct raw_record *)saved;
	__u32 size;

	if (!saved)
		return 0;
	size = r->size;
	if (size > IO_RECORD_MAX)
		return 0;
	bpf_probe_read_kernel(s->data, size, saved->data);
	s->used = size;
	s->parts = r->parts;
	s->slot = r->slot;
	if (!more)
		bpf_map_delete_elem(&saved_ios, &key);
	return 1;
}

/* What the plan says, strings apart: those are there already. */
static __always_inline void io_take_rest(struct scratch *s,
					 struct raw_record *r, __u32 number)
{
	__u32 plan = plan_index(KERNEL_EVENT_ABI, number);
	__u32 i;

	if (plan >= PLAN_TABLES * PLAN_NUMBERS)
		return;
	s->plan = plans[plan];
	for (i = 0; i < RAW_ARGS; i++)
		if (s->plan.take[i] == TAKE_STRING)
			s->plan.take[i] = TAKE_VALUE;
	__builtin_memcpy(s->args, r->args, sizeof(r->args));
	take_arguments(s);
}

static __always_inline int io_complete(__u64 key, __s32 result, __u32 flags)
{
	int slot = current_slot();
	struct slot_counters *count;
	struct raw_record *r;
	struct scratch *s;
	__u64 now;

	if (slot < 0)
		return 0;
	s = scratch_get();
	count = counters_of(slot);
	if (!s || !count)
		return 0;
	record_begin(s, bpf_get_current_task_btf(), slot, 0);
	if (!io_restore(s, key, flags & IO_CQE_MORE))
		return 0;
	r = record_of(s);
	now = bpf_ktime_get_boot_ns();
	r->duration_ns = now - r->time_ns;
	r->time_ns = now;
	r->flags |= RAW_FLAG_HAS_ENTER;
	r->slot = s->slot = slot;
	r->sequence = count->wanted++;
	r->ret = s->ret = result;
	s->late = RAW_PART_LATE;
	io_take_rest(s, r, r->number);
	record_submit(s);
	return 0;
}

/* Since 6.10: ring, request, completion. */
SEC("tp_btf/io_uring_complete")
int on_io_complete_cqe(__u64 *ctx)
{
	struct io_uring_cqe *cqe = (void *)ctx[2];

	return io_complete(ctx[1], BPF_CORE_READ(cqe, res),
			   BPF_CORE_READ(cqe, flags));
}

/* Before: ring, request, user data, result, flags, and two more. */
SEC("tp_btf/io_uring_complete")
int on_io_complete(__u64 *ctx)
{
	return io_complete(ctx[1], ctx[3], ctx[4]);
}
