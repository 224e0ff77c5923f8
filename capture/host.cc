// SPDX-License-Identifier: Apache-2.0
#include "capture/host.h"

#include <sys/utsname.h>
#include <unistd.h>

#include "capture/clocks.h"
#include "capture/proc_file.h"
#include "capture/version.h"

namespace vestige {
namespace {

std::string first_line(const std::string& path) {
  const std::string text = read_file(path).value_or("");
  return text.substr(0, text.find('\n'));
}

}  // namespace

TraceHeader describe_host(const SessionOptions& options,
                          const std::vector<std::string>& command) {
  utsname names = {};
  uname(&names);
  TraceHeader header;
  header.tool = kToolVersion;
  header.host_name = names.nodename;
  header.kernel_release = names.release;
  header.machine = names.machine;
  header.boot_id = first_line("/proc/sys/kernel/random/boot_id");
  header.machine_id = first_line("/etc/machine-id");
  header.command = command;
  header.start = clock_pair();
  header.cpu_count = uint32_t(sysconf(_SC_NPROCESSORS_ONLN));
  header.snaplen = options.snaplen;
  header.string_limit = options.string_limit;
  header.has_enter = options.has_enter;
  return header;
}

}  // namespace vestige
