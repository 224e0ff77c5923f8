/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that do nothing: what tracing costs before it traces anything. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Apache-2.0";

SEC("raw_tp/sys_enter")
int on_sys_enter(void* context) {
  return 0;
}

SEC("raw_tp/sys_exit")
int on_sys_exit(void* context) {
  return 0;
}
