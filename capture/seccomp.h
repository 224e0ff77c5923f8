// SPDX-License-Identifier: Apache-2.0
//
// The only user of libseccomp.
#pragma once

#include "format/result.h"

namespace vestige {

enum class Reach { kThisMachine, kOtherMachines };

// From now on this process, with all its threads, cannot run a program, open a
// socket that reaches further, trace or write to processes, mount, change
// namespaces, load modules or BPF programs, set clocks: what nobody who takes
// it over by hostile data shall be able to do.
// Such calls fail with EPERM; calls of other ABIs kill it.
Result<void> forbid_what_is_not_needed(Reach reach);

}  // namespace vestige
