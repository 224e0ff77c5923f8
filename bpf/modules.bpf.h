/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Modules of the kernel that come and go. Only attached where the kernel has
 * modules. One that the kernel asks for by itself is loaded by a program of
 * the host, not by the task that made it ask.
 */
#pragma once

#include "bpf/select.bpf.h"
#include "bpf/arguments.bpf.h"

static __always_inline struct scratch *module_begin(struct module *module,
						    __u16 number)
{
	int slot = current_slot();
	struct scratch *s;

	if (slot < 0)
		return NULL;
	s = event_begin(bpf_get_current_task_btf(), slot, number);
	if (s)
		take_kernel_string(0, address_of(s, module->name));
	return s;
}

/* It is in place and has not run yet. */
SEC("tp_btf/module_load")
int BPF_PROG(on_module_load, struct module *module)
{
	struct scratch *s = module_begin(module, KERNEL_MODULE_LOAD);

	if (!s)
		return 0;
	record_of(s)->args[1] = BPF_CORE_READ(module, taints);
	record_submit(s);
	return 0;
}

SEC("tp_btf/module_free")
int BPF_PROG(on_module_free, struct module *module)
{
	struct scratch *s = module_begin(module, KERNEL_MODULE_FREE);

	if (s)
		record_submit(s);
	return 0;
}
