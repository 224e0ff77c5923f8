/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Which numbering a call is in, its registers, and its plan. */
#pragma once

#include "bpf/capture_plan.h"
#include "bpf/kernel_types.bpf.h"

/* Computed by the loader from the syscall table. */
const volatile struct syscall_plan plans[PLAN_TABLES * PLAN_NUMBERS] = {};

const volatile struct variant_plan variants[VARIANTS_MAX] = {};

/* enum Abi of format/descriptor.h */
#define ABI_X86_64		   1
#define ABI_ARM64		   2
#define ABI_I386		   3
#define ABI_X32			   4
#define ABI_ARM32		   5
#define NUMBER_RT_SIGRETURN_X86_64 15
#define X32_BIT			   0x40000000U

#if defined(__TARGET_ARCH_x86)
#define TS_COMPAT 0x0002

static __always_inline __u32 abi_of(struct task_struct *task,
				    struct pt_regs *regs)
{
	if (task->thread_info.status & TS_COMPAT)
		return ABI_I386;
	return (__s64)regs->orig_ax > 0 && (regs->orig_ax & X32_BIT)
		       ? ABI_X32
		       : ABI_X86_64;
}

/* After sigreturn the registers are those of the interrupted code. */
static __always_inline __s32 number_in(struct pt_regs *regs)
{
	__s32 number = regs->orig_ax;

	return number < 0 ? NUMBER_RT_SIGRETURN_X86_64 : number & ~X32_BIT;
}

static __always_inline void read_args(__u64 *args, struct pt_regs *regs,
				      __u32 abi)
{
	if (abi == ABI_I386) {
		args[0] = (__u32)regs->bx;
		args[1] = (__u32)regs->cx;
		args[2] = (__u32)regs->dx;
		args[3] = (__u32)regs->si;
		args[4] = (__u32)regs->di;
		args[5] = (__u32)regs->bp;
		return;
	}
	args[0] = regs->di;
	args[1] = regs->si;
	args[2] = regs->dx;
	args[3] = regs->r10;
	args[4] = regs->r8;
	args[5] = regs->r9;
}
#elif defined(__TARGET_ARCH_arm64)
#define TIF_32BIT (1UL << 22)

static __always_inline __u32 abi_of(struct task_struct *task,
				    struct pt_regs *regs)
{
	return task->thread_info.flags & TIF_32BIT ? ABI_ARM32 : ABI_ARM64;
}

static __always_inline __s32 number_in(struct pt_regs *regs)
{
	return regs->syscallno;
}

static __always_inline void read_args(__u64 *args, struct pt_regs *regs,
				      __u32 abi)
{
	args[0] = regs->orig_x0;
	args[1] = regs->regs[1];
	args[2] = regs->regs[2];
	args[3] = regs->regs[3];
	args[4] = regs->regs[4];
	args[5] = regs->regs[5];
}
#endif

/* Whether the caller's pointers and longs have four bytes. */
static __always_inline int is_32bit(__u32 abi)
{
	return abi == ABI_I386 || abi == ABI_ARM32 || abi == ABI_X32;
}

/* Into plans, or beyond its end for a number no table has. */
static __always_inline __u32 plan_index(__u32 abi, __u32 number)
{
	__u32 table = PLAN_TABLE_NATIVE;
	__u32 index;

	if (number >= PLAN_NUMBERS)
		return PLAN_TABLES * PLAN_NUMBERS;
	if (abi == ABI_I386 || abi == ABI_ARM32)
		table = PLAN_TABLE_COMPAT;
	else if (abi == ABI_X32)
		table = PLAN_TABLE_X32;
	else if (abi == KERNEL_EVENT_ABI)
		table = PLAN_TABLE_KERNEL;
	index = table * PLAN_NUMBERS + number;
	barrier_var(index); /* so that the verifier sees one bound */
	return index;
}
