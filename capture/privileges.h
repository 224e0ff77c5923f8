// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "format/result.h"

namespace vestige {

// Whether processes will be looked at again.
enum class LaterSnapshots { kNone, kSome };

// Gives up, for good, what a running capture no longer needs. What stays:
// CAP_BPF (reading the counters, selecting), CAP_DAC_OVERRIDE (finishing a
// trace in a directory of someone else) and for later snapshots
// CAP_SYS_PTRACE (descriptors and environment of processes that may do more
// than this one then). Children get nothing more; the process cannot be traced
// and leaves no core with what it has seen. Threads made before keep theirs.
Result<void> drop_privileges(LaterSnapshots later);

}  // namespace vestige
