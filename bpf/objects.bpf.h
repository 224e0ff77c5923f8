/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Files, paths and sockets as the kernel knows them. */
#pragma once

#include "bpf/payload.bpf.h"

#define S_IFMT		0170000
#define S_IFSOCK	0140000
#define S_IFDIR		0040000
#define S_IFREG		0100000
#define S_IFIFO		0010000
#define FMODE_WRITE	0x2
#define FMODE_CREATED	0x100000 /* since 4.19 */
#define AF_UNIX		1
#define AF_INET		2
#define AF_INET6	10
#define OVERLAYFS_MAGIC 0x794c7630
#define COMPONENTS_MAX	64
#define NAME_SIZE	255
#define MINOR_BITS	20

/* Address of the open file behind a descriptor of the current task, or 0. */
static __always_inline struct file *file_of_fd(struct task_struct *task,
					       __u32 fd)
{
	struct files_struct *files = task->files;
	struct fdtable *table;
	struct file **fds;
	struct file *file = NULL;

	if (!files)
		return NULL;
	table = files->fdt;
	if (!table || fd >= table->max_fds)
		return NULL;
	fds = table->fd;
	bpf_probe_read_kernel(&file, sizeof(file), &fds[fd]);
	return file;
}

/* Files of which every byte was written since they were seen. */
struct file_key {
	__u64 inode;
	__u32 device;
	__u32 generation;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct file_key);
	__type(value, __u8);
} new_files SEC(".maps");

static __always_inline struct file_key key_of(struct inode *inode)
{
	struct file_key key = {
		.inode = BPF_CORE_READ(inode, i_ino),
		.device = BPF_CORE_READ(inode, i_sb, s_dev),
		.generation = BPF_CORE_READ(inode, i_generation),
	};
	return key;
}

/* A file that is empty when it is opened for writing. */
static __always_inline void note_new_file(struct file *file,
					  struct inode *inode)
{
	const __u8 yes = 1;
	struct file_key key;

	if (!payload_by_class || BPF_CORE_READ(inode, i_size) ||
	    !(BPF_CORE_READ(file, f_mode) & FMODE_WRITE))
		return;
	key = key_of(inode);
	bpf_map_update_elem(&new_files, &key, &yes, BPF_ANY);
}

/* Nobody can have known what a file without a name held before. */
static __always_inline int is_new_file(struct inode *inode)
{
	struct file_key key = key_of(inode);

	return !BPF_CORE_READ(inode, i_nlink) ||
	       bpf_map_lookup_elem(&new_files, &key);
}

static __always_inline __u32 payload_class_of(struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);

	switch (BPF_CORE_READ(inode, i_mode) & S_IFMT) {
	case S_IFSOCK: return PAYLOAD_NET;
	case S_IFIFO: return PAYLOAD_PIPE;
	case S_IFREG:
		return is_new_file(inode) ? PAYLOAD_NEW_FILE : PAYLOAD_FILE;
	}
	return PAYLOAD_OTHER;
}

/* How much is wanted of what goes through a descriptor. */
SUBPROGRAM limit_payload(__u32 fd)
{
	struct scratch *s = scratch_get();
	struct file *file;
	__u32 limit, class = PAYLOAD_OTHER;

	if (!s)
		return 0;
	file = file_of_fd(bpf_get_current_task_btf(), fd);
	if (file)
		class = payload_class_of(file);
	if (class >= PAYLOAD_CLASSES)
		return 0;
	limit = payload_limits[class];
	if (!fd && payload_limits[PAYLOAD_STDIN] != PAYLOAD_LIMIT_UNSET)
		limit = payload_limits[PAYLOAD_STDIN];
	s->payload_left = limit;
	return 0;
}

/*
 * overlayfs keeps the upper dentry right behind its inode; a file without
 * one is as in the image. fs/overlayfs/ovl_entry.h, all kernels since 4.19.
 */
static __always_inline __u32 layer_of(struct inode *inode, __u32 magic)
{
	struct dentry *upper = NULL;

	if (magic != OVERLAYFS_MAGIC)
		return RAW_LAYER_NONE;
	if (bpf_probe_read_kernel(&upper, sizeof(upper),
				  (void *)inode +
					  bpf_core_type_size(struct inode)))
		return RAW_LAYER_UNKNOWN;
	return upper ? RAW_LAYER_UPPER : RAW_LAYER_LOWER;
}

SUBPROGRAM take_file(__u8 arg, __u64 at)
{
	struct file *file = (void *)at;
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct scratch *s = scratch_get();
	struct super_block *sb;
	struct raw_file *f;
	__u16 flags = 0;
	__u32 dev;

	if (!s || !inode)
		return 0;
	f = part_data(s, sizeof(*f));
	if (!f)
		return 0;
	sb = BPF_CORE_READ(inode, i_sb);
	dev = BPF_CORE_READ(sb, s_dev);
	f->inode = BPF_CORE_READ(inode, i_ino);
	f->dev_major = dev >> MINOR_BITS;
	f->dev_minor = dev & ((1U << MINOR_BITS) - 1);
	f->generation = BPF_CORE_READ(inode, i_generation);
	f->mode = BPF_CORE_READ(inode, i_mode);
	f->size = BPF_CORE_READ(inode, i_size);
	f->offset = BPF_CORE_READ(file, f_pos);
	f->open_flags = BPF_CORE_READ(file, f_flags);
	f->nlink = BPF_CORE_READ(inode, i_nlink);
	f->uid = BPF_CORE_READ(inode, i_uid.val);
	f->gid = BPF_CORE_READ(inode, i_gid.val);
	f->fs_magic = BPF_CORE_READ(sb, s_magic);
	f->layer = layer_of(inode, f->fs_magic);
	if (BPF_CORE_READ(file, f_mode) & FMODE_CREATED)
		flags = RAW_PART_CREATED;
	part_end(s, RAW_FILE, arg, flags, sizeof(*f), sizeof(*f));
	return 0;
}

static __always_inline void take_addresses(struct raw_socket *to,
					   struct sock *sk)
{
	struct sock_common *c = &sk->__sk_common;
	__be16 port = BPF_CORE_READ(c, skc_dport);

	to->local_port = BPF_CORE_READ(c, skc_num);
	to->peer_port = bpf_ntohs(port);
	if (to->family == AF_INET) {
		__be32 local = BPF_CORE_READ(c, skc_rcv_saddr);
		__be32 peer = BPF_CORE_READ(c, skc_daddr);

		__builtin_memcpy(to->local_address, &local, sizeof(local));
		__builtin_memcpy(to->peer_address, &peer, sizeof(peer));
		return;
	}
	BPF_CORE_READ_INTO(&to->local_address, c, skc_v6_rcv_saddr);
	BPF_CORE_READ_INTO(&to->peer_address, c, skc_v6_daddr);
}

/* The inode number of a socket, as in the link text socket:[inode]. */
static __always_inline __u64 inode_of_socket(struct socket *socket)
{
	struct inode *inode;

	inode = (void *)socket -
		bpf_core_field_offset(struct socket_alloc, socket) +
		bpf_core_field_offset(struct socket_alloc, vfs_inode);
	return BPF_CORE_READ(inode, i_ino);
}

SUBPROGRAM take_socket(__u8 arg, __u64 at)
{
	struct file *file = (void *)at;
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct scratch *s = scratch_get();
	struct raw_socket *to;
	struct socket *socket;
	struct sock *sk;

	if (!s || (BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFSOCK)
		return 0;
	to = part_data(s, sizeof(*to));
	if (!to)
		return 0;
	socket = BPF_CORE_READ(file, private_data);
	sk = BPF_CORE_READ(socket, sk);
	if (!sk)
		return 0;
	__builtin_memset(to, 0, sizeof(*to));
	to->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	to->type = BPF_CORE_READ(socket, type);
	to->protocol = BPF_CORE_READ(sk, sk_protocol);
	to->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	to->net_namespace = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	to->inode = BPF_CORE_READ(inode, i_ino);
	if (to->family == AF_INET || to->family == AF_INET6) {
		take_addresses(to, sk);
	} else if (to->family == AF_UNIX) {
		struct sock *peer = BPF_CORE_READ((struct unix_sock *)sk, peer);
		struct socket *peer_socket = NULL;

		if (peer)
			peer_socket = BPF_CORE_READ(peer, sk_socket);
		if (peer_socket)
			to->peer_inode = inode_of_socket(peer_socket);
	}
	part_end(s, RAW_SOCKET, arg, 0, sizeof(*to), sizeof(*to));
	return 0;
}

static __always_inline struct mount *mount_of(struct vfsmount *mnt)
{
	return (void *)mnt - bpf_core_field_offset(struct mount, mnt);
}

/* One name in front of what is built of the path. 0 when it is full. */
__attribute__((noinline)) int prepend_name(__u64 dentry_at)
{
	struct dentry *dentry = (void *)dentry_at;
	struct scratch *s = scratch_get();
	struct qstr name;
	__u32 length, at;

	if (!s)
		return 0;
	at = s->path_at;
	BPF_CORE_READ_INTO(&name, dentry, d_name);
	length = name.len & NAME_SIZE;
	if (at > PATH_SIZE || at < length + 1) {
		s->part_flags |= RAW_PART_TRUNCATED;
		return 0;
	}
	at -= length;
	bpf_probe_read_kernel(&s->path[at & (PATH_SIZE - 1)], length,
			      name.name);
	at--;
	s->path[at & (PATH_SIZE - 1)] = '/';
	s->path_at = at;
	return 1;
}

/*
 * The path from the current task's root into the end of s->path. Mount
 * points are crossed upwards. COMPONENTS_MAX bounds the walk; a deeper path
 * comes out without its first components.
 */
static __always_inline void build_path(struct scratch *s, struct vfsmount *mnt,
				       struct dentry *dentry)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct fs_struct *fs = task->fs;
	struct mount *mount = mount_of(mnt), *root_mount = NULL;
	struct dentry *root = NULL;
	struct dentry *top = BPF_CORE_READ(mnt, mnt_root);
	__u32 i;

	s->path_at = PATH_SIZE;
	s->part_flags = 0;
	if (fs) {
		root_mount = mount_of(BPF_CORE_READ(fs, root.mnt));
		root = BPF_CORE_READ(fs, root.dentry);
	}
	for (i = 0; i < COMPONENTS_MAX; i++) {
		struct dentry *parent;
		struct mount *up;

		if (dentry == root && mount == root_mount)
			return;
		if (dentry == top) {
			up = BPF_CORE_READ(mount, mnt_parent);
			if (up == mount || !up)
				return;
			dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			mount = up;
			top = BPF_CORE_READ(up, mnt.mnt_root);
			continue;
		}
		parent = BPF_CORE_READ(dentry, d_parent);
		if (parent == dentry) { /* a memfd, say, has no folder */
			if (BPF_CORE_READ(dentry, d_name.len) > 1)
				prepend_name((__u64)dentry);
			return;
		}
		if (!parent || !prepend_name((__u64)dentry))
			return;
		dentry = parent;
	}
	s->part_flags |= RAW_PART_TRUNCATED;
}

SUBPROGRAM take_path(__u8 kind, __u8 arg, __u64 mnt, __u64 dentry)
{
	struct scratch *s = scratch_get();
	__u32 at, size;
	void *to;

	if (!s)
		return 0;
	to = part_data(s, PATH_SIZE);
	if (!to)
		return 0;
	build_path(s, (void *)mnt, (void *)dentry);
	at = s->path_at;
	if (at >= PATH_SIZE) { /* the root itself */
		at = PATH_SIZE - 1;
		s->path[at] = '/';
	}
	size = PATH_SIZE - at;
	if (size > PATH_SIZE)
		return 0;
	bpf_probe_read_kernel(to, size, &s->path[at]);
	part_end(s, kind, arg, s->part_flags, size, size);
	return 0;
}

static __always_inline void take_file_path(__u8 kind, __u8 arg,
					   struct file *file)
{
	take_path(kind, arg, (__u64)BPF_CORE_READ(file, f_path.mnt),
		  (__u64)BPF_CORE_READ(file, f_path.dentry));
}
