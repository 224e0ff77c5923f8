/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Kernel structs, listing only the fields we read. libbpf moves each access
 * to where the running kernel keeps the field (CO-RE).
 */
#pragma once

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

struct dentry;
struct file;
struct inode;
struct mount;
struct sock;
struct task_struct;

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r10, r9, r8, ax, cx, dx, si, di, bx, bp, orig_ax;
};
struct thread_info {
	unsigned long flags;
	__u32 status;
};
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	__u64 regs[31];
};
struct pt_regs {
	__u64 regs[31];
	__u64 orig_x0;
	__s32 syscallno;
};
struct thread_info {
	unsigned long flags;
};
#endif

struct ns_common {
	unsigned int inum;
};
struct pid_namespace {
	struct ns_common ns;
};
struct upid {
	int nr;
	struct pid_namespace *ns;
};
struct pid {
	unsigned int level;
	struct upid numbers[1];
};
struct mnt_namespace {
	struct ns_common ns;
};
struct net {
	struct ns_common ns;
};
struct user_namespace {
	struct ns_common ns;
};
struct nsproxy {
	struct mnt_namespace *mnt_ns;
	struct net *net_ns;
};
typedef struct {
	__u32 val;
} kuid_t;
typedef struct {
	__u32 val;
} kgid_t;
typedef struct {
	__u64 val; /* two __u32 before 6.3: the same bits */
} kernel_cap_t;
struct cred {
	kuid_t uid;
	kgid_t gid;
	kuid_t suid;
	kgid_t sgid;
	kuid_t euid;
	kgid_t egid;
	kuid_t fsuid;
	kgid_t fsgid;
	unsigned int securebits;
	kernel_cap_t cap_inheritable;
	kernel_cap_t cap_permitted;
	kernel_cap_t cap_effective;
	kernel_cap_t cap_bset;
	kernel_cap_t cap_ambient;
	struct user_namespace *user_ns;
};

struct qstr {
	__u32 hash;
	__u32 len;
	const unsigned char *name;
};
struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
};
struct vfsmount {
	struct dentry *mnt_root;
};
struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};
struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};
struct super_block {
	__u32 s_dev;
	unsigned long s_magic;
};
struct inode {
	__u16 i_mode;
	kuid_t i_uid;
	kgid_t i_gid;
	struct super_block *i_sb;
	unsigned long i_ino;
	unsigned int i_nlink;
	long long i_size;
	__u32 i_generation;
};
struct file {
	void *private_data;
	struct inode *f_inode;
	unsigned int f_flags;
	unsigned int f_mode;
	struct path f_path;
	long long f_pos;
};
struct fdtable {
	unsigned int max_fds;
	struct file **fd;
	unsigned long *close_on_exec;
};
struct files_struct {
	struct fdtable *fdt;
};
struct fs_struct {
	struct path root;
	struct path pwd;
};
typedef struct {
	int counter;
} atomic_t;
struct mm_struct {
	atomic_t mm_users;
	unsigned long arg_start, arg_end, env_start, env_end;
	struct file *exe_file;
};
struct linux_binprm {
	const char *filename;
};

typedef struct {
	struct net *net;
} possible_net_t;
struct in6_addr {
	union {
		__u8 u6_addr8[16];
	} in6_u;
};
struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};
struct socket {
	short type;
	struct sock *sk;
};
struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
	struct socket *sk_socket;
};
struct unix_sock {
	struct sock sk;
	struct sock *peer;
};
struct socket_alloc {
	struct socket socket;
	struct inode vfs_inode;
};

struct kernfs_node {
	__u64 id; /* since 5.5 */
};
struct cgroup_root {
	int hierarchy_id; /* 0: cgroup v2 */
};
struct cgroup_subsys_state {
	struct cgroup_subsys_state *parent;
};
struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
	struct cgroup_root *root;
};
struct css_set {
	struct cgroup *dfl_cgrp; /* of cgroup v2 */
};

struct signal_struct {
	atomic_t live;
	struct pid *pids[4]; /* by enum pid_type */
	int group_exit_code;
	unsigned int flags;
};
struct task_struct {
	struct thread_info thread_info;
	unsigned int flags;
	int pid;
	int tgid;
	struct task_struct *group_leader;
	struct task_struct *real_parent;
	struct pid *thread_pid;
	__u64 start_boottime; /* since 5.5 */
	char comm[16];
	const struct cred *real_cred;
	const struct cred *cred;
	struct css_set *cgroups;
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct mm_struct *mm;
	int exit_code;
	unsigned int in_execve : 1;
};

union __sifields {
	struct {
		int _pid;
	} _kill;
};
struct kernel_siginfo {
	int si_signo;
	int si_code;
	union __sifields _sifields;
};

/* io_uring requests. What an opcode needs lies over the first fields. */
struct io_cqe {
	__u64 user_data;
	int fd; /* before completion */
};
struct io_kiocb {
	__u8 opcode;
	__u64 flags;
	struct io_cqe cqe;
};
struct io_uring_cqe {
	__u64 user_data;
	__s32 res;
	__u32 flags;
};
struct filename {
	const char *name; /* the kernel's copy */
	const char *uptr;
};
struct open_how {
	__u64 flags;
	__u64 mode;
};
struct io_open {
	int dfd;
	struct filename *filename;
	struct open_how how;
};
struct io_unlink {
	int dfd;
	int flags;
	struct filename *filename;
};
struct io_mkdir {
	int dfd;
	unsigned short mode;
	struct filename *filename;
};
struct io_statx {
	int dfd;
	unsigned int mask;
	unsigned int flags;
	struct filename *filename;
};
/* rename, and by the same names link and symlink */
struct io_rename {
	int old_dfd;
	int new_dfd;
	struct filename *oldpath;
	struct filename *newpath;
	int flags;
};
struct io_link {
	int old_dfd;
	int new_dfd;
	struct filename *oldpath;
	struct filename *newpath;
	int flags;
};
struct kiocb {
	long long ki_pos;
};
struct io_rw {
	struct kiocb kiocb;
	__u64 addr;
	__u32 len;
};
struct io_connect {
	void *addr;
	int addr_len;
};
struct io_sr_msg {
	void *buf;
	int len;
	unsigned int msg_flags;
};
struct io_close {
	int fd;
};
struct io_accept {
	void *addr;
	int *addr_len;
	int flags;
};
struct io_socket {
	int domain;
	int type;
	int protocol;
};
struct io_shutdown {
	int how;
};

/* What iterators are given. */
struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id; /* of one pass */
};
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};
struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

struct module {
	char name[56]; /* MODULE_NAME_LEN, or as long as it is there */
	unsigned long taints;
};

#pragma clang attribute pop

#define PIDTYPE_PGID 2
#define PIDTYPE_SID  3
