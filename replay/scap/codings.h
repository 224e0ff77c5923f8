// SPDX-License-Identifier: Apache-2.0
//
// Numbers that .scap files write in a way of their own, machine-independent,
// and what they are on x86-64 Linux.
#pragma once

#include <cstdint>
#include <optional>

#include "replay/scap/event_table.h"

namespace vestige {

// Nothing: the file's number has no counterpart.
std::optional<uint64_t> from_scap(ScapCoding coding, uint64_t value);
std::optional<uint64_t> to_scap(ScapCoding coding, uint64_t value);

// Bits beside those of open(2) in the flags of events that open files.
inline constexpr uint64_t kScapCreated = 1 << 14;
inline constexpr uint64_t kScapUpperLayer = 1 << 15;
inline constexpr uint64_t kScapLowerLayer = 1 << 16;
// Bits in the "flags" of execve.
inline constexpr uint64_t kScapExeUpperLayer = 1 << 1;
inline constexpr uint64_t kScapExeLowerLayer = 1 << 3;
// In the flags of clone: the child is in another pid namespace.
inline constexpr uint64_t kScapChildInPidNamespace = 1 << 29;

}  // namespace vestige
