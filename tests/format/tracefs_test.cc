// SPDX-License-Identifier: Apache-2.0
// The running kernel describes its syscalls in tracefs: our table must agree.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "format/descriptor.h"
#include "tests/support/privileged.h"

namespace vestige {
namespace {

namespace fs = std::filesystem;

// Where tracefs is, if it can be read.
std::optional<fs::path> syscall_events() {
  for (const char* mount : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"})
    if (access((std::string(mount) + "/events/syscalls").c_str(), R_OK) == 0)
      return fs::path(mount) / "events/syscalls";
  return std::nullopt;
}

// The kernel's name of the function, where it is not that of the call.
std::string call_name(const std::string& kernel_name) {
  static const std::map<std::string, std::string> names = {
      {"newfstat", "fstat"},  {"newstat", "stat"},   {"newlstat", "lstat"},
      {"newuname", "uname"},  {"umount", "umount2"}, {"sendfile64", "sendfile"},
      {"mmap_pgoff", "mmap"},
  };
  const auto found = names.find(kernel_name);
  return found == names.end() ? kernel_name : found->second;
}

// C types of the arguments; the fields from offset 16 on.
std::vector<std::string> argument_types(const fs::path& format) {
  std::vector<std::string> types;
  std::ifstream file(format);
  for (std::string line; std::getline(file, line);) {
    const size_t field = line.find("field:");
    const size_t offset = line.find("offset:");
    if (field == std::string::npos || offset == std::string::npos) continue;
    if (std::stoi(line.substr(offset + 7)) < 16) continue;
    types.push_back(line.substr(field + 6, line.find(';') - field - 6));
  }
  return types;
}

bool is_pointer(const std::string& type) {
  return type.find('*') != std::string::npos || type.starts_with("cap_user_") ||
         type.starts_with("const cap_user_");
}

// Arguments the kernel declares as numbers although they are addresses.
bool is_read_by_kernel(ArgKind kind) {
  switch (info(kind).capture) {
    case CaptureClass::kValue:
    case CaptureClass::kFd:
    case CaptureClass::kVariant: return false;
    default: return true;
  }
}

void expect_same_arguments(const Descriptor& ours,
                           const std::vector<std::string>& types) {
  ASSERT_EQ(ours.arg_count, types.size()) << ours.name;
  for (size_t i = 0; i < types.size(); ++i) {
    const ArgKind kind = ours.args[i].kind;
    if (is_read_by_kernel(kind)) {
      EXPECT_TRUE(is_pointer(types[i]))
          << ours.name << " " << ours.args[i].name << " is " << types[i];
    } else if (is_pointer(types[i])) {
      EXPECT_TRUE(kind == ArgKind::kAddress || kind == ArgKind::kOpaque ||
                  kind == ArgKind::kVariant)
          << ours.name << " " << ours.args[i].name << " is " << types[i];
    }
  }
}

TEST(Descriptors, HaveTheArgumentsTheRunningKernelDescribes) {
  if (geteuid() != 0) VESTIGE_SKIP("needs root to read tracefs");
  const auto events = syscall_events();
  if (!events) VESTIGE_SKIP("tracefs is not mounted at /sys/kernel/tracing");
  int calls = 0;
  for (const auto& entry : fs::directory_iterator(*events)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("sys_enter_")) continue;
    const std::string call = call_name(name.substr(10));
    const Descriptor* ours = find_descriptor(kNativeAbi, call);
    ASSERT_NE(ours, nullptr) << call << " is not in the table";
    expect_same_arguments(*ours, argument_types(entry.path() / "format"));
    ++calls;
  }
  EXPECT_GT(calls, 250);
}

}  // namespace
}  // namespace vestige
