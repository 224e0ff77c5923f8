// SPDX-License-Identifier: Apache-2.0
#include "capture/seccomp.h"

#include <fmt/format.h>
#include <linux/bpf.h>
#include <seccomp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace vestige {
namespace {

constexpr int kNever[] = {
    SCMP_SYS(execve), SCMP_SYS(execveat),
    // other processes
    SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
    SCMP_SYS(kcmp), SCMP_SYS(pidfd_getfd), SCMP_SYS(process_madvise),
    // the file system as others see it
    SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
    SCMP_SYS(move_mount), SCMP_SYS(open_tree), SCMP_SYS(fsopen),
    SCMP_SYS(fsconfig), SCMP_SYS(fsmount), SCMP_SYS(fspick),
    SCMP_SYS(mount_setattr), SCMP_SYS(open_by_handle_at), SCMP_SYS(mknod),
    SCMP_SYS(mknodat), SCMP_SYS(symlink), SCMP_SYS(symlinkat), SCMP_SYS(link),
    SCMP_SYS(linkat), SCMP_SYS(chown), SCMP_SYS(fchown), SCMP_SYS(lchown),
    SCMP_SYS(fchownat), SCMP_SYS(setxattr), SCMP_SYS(fsetxattr),
    // what it is
    SCMP_SYS(setns), SCMP_SYS(unshare), SCMP_SYS(setuid), SCMP_SYS(setgid),
    SCMP_SYS(setresuid), SCMP_SYS(setresgid), SCMP_SYS(setgroups),
    SCMP_SYS(personality), SCMP_SYS(add_key), SCMP_SYS(keyctl),
    SCMP_SYS(request_key),
    // the machine
    SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(reboot),
    SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(acct), SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime), SCMP_SYS(adjtimex), SCMP_SYS(clock_adjtime),
    SCMP_SYS(sethostname), SCMP_SYS(setdomainname), SCMP_SYS(iopl),
    SCMP_SYS(ioperm), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd),
    SCMP_SYS(io_uring_setup), SCMP_SYS(syslog), SCMP_SYS(quotactl)};

// Reading and selecting goes on, nothing new is brought in.
constexpr int kNoBpf[] = {BPF_MAP_CREATE,  BPF_PROG_LOAD,
                          BPF_PROG_ATTACH, BPF_RAW_TRACEPOINT_OPEN,
                          BPF_BTF_LOAD,    BPF_LINK_CREATE};

constexpr int kNoSocket[] = {AF_PACKET, AF_VSOCK, AF_ALG};
// Names are looked up over AF_NETLINK, too.
constexpr int kNoNetwork[] = {AF_INET, AF_INET6, AF_NETLINK};

struct Free {
  void operator()(void* context) const { seccomp_release(context); }
};

}  // namespace

Result<void> forbid_what_is_not_needed(Reach reach) {
  const auto failed = [](int error) {
    return Error{ErrorKind::kSystem,
                 fmt::format("seccomp: {}", std::strerror(-error))};
  };
  const std::unique_ptr<void, Free> filter(seccomp_init(SCMP_ACT_ALLOW));
  if (!filter) return failed(-ENOMEM);
  constexpr uint32_t kRefuse = SCMP_ACT_ERRNO(EPERM);
  int error = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);
  const auto keep = [&error](int result) {
    if (error == 0) error = result;
  };
  for (const int call : kNever)
    keep(seccomp_rule_add(filter.get(), kRefuse, call, 0));
  const auto refuse_when = [&](int call, int first_argument) {
    const scmp_arg_cmp is{0, SCMP_CMP_EQ, scmp_datum_t(first_argument), 0};
    keep(seccomp_rule_add_array(filter.get(), kRefuse, call, 1, &is));
  };
  for (const int command : kNoBpf) refuse_when(SCMP_SYS(bpf), command);
  for (const int family : kNoSocket) refuse_when(SCMP_SYS(socket), family);
  if (reach == Reach::kThisMachine)
    for (const int family : kNoNetwork) refuse_when(SCMP_SYS(socket), family);
  if (error == 0) error = seccomp_load(filter.get());
  if (error != 0) return failed(error);
  return {};
}

}  // namespace vestige
