// SPDX-License-Identifier: Apache-2.0
#include "format/errno_text.h"

#include <csignal>
#include <cstring>

namespace vestige {
namespace {

// What the kernel returns to itself and shows to tracers only.
struct KernelError {
  int number;
  std::string_view name;
  std::string_view description;
};
constexpr KernelError kKernelErrors[] = {
    {512, "ERESTARTSYS", "To be restarted if SA_RESTART is set"},
    {513, "ERESTARTNOINTR", "To be restarted"},
    {514, "ERESTARTNOHAND", "To be restarted if no handler"},
    {515, "ENOIOCTLCMD", "No such ioctl command"},
    {516, "ERESTART_RESTARTBLOCK", "Interrupted by signal"},
    {517, "EPROBE_DEFER", "Driver requests probe retry"},
    {518, "EOPENSTALE", "Open found a stale dentry"},
    {519, "ENOPARAM", "Parameter not supported"},
    {524, "ENOTSUPP", "Operation is not supported"},
    {529, "EIOCBQUEUED", "Queued, completion event comes later"},
};

const KernelError* kernel_error(int error) {
  for (const KernelError& each : kKernelErrors)
    if (each.number == error) return &each;
  return nullptr;
}

constexpr int kFirstRealTime = 32;
constexpr int kLastSignal = 64;

std::string_view text(const char* pointer) {
  return pointer ? pointer : "";
}

}  // namespace

std::string_view errno_name(int error) {
  if (const KernelError* found = kernel_error(error)) return found->name;
  return error > 0 ? text(strerrorname_np(error)) : "";
}

std::string_view errno_description(int error) {
  if (const KernelError* found = kernel_error(error)) return found->description;
  return error > 0 ? text(strerrordesc_np(error)) : "";
}

std::string signal_name(int signal) {
  if (signal == 0) return "0";
  if (signal == kFirstRealTime) return "SIGRTMIN";
  if (signal > kFirstRealTime && signal <= kLastSignal)
    return "SIGRT_" + std::to_string(signal - kFirstRealTime);
  if (signal > 0 && signal < kFirstRealTime)
    if (const char* name = sigabbrev_np(signal))
      return "SIG" + std::string(name);
  return "SIG_" + std::to_string(signal);
}

int signal_number(std::string_view name) {
  for (int signal = 1; signal <= kLastSignal; ++signal) {
    const std::string known = signal_name(signal);
    if (name == known || name == std::string_view(known).substr(3))
      return signal;
  }
  return 0;
}

}  // namespace vestige
