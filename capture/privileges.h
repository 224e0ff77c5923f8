// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "format/result.h"

namespace vestige {

// Gives up, for good, what a running capture no longer needs. What stays:
// CAP_BPF (reading the counters) and CAP_DAC_OVERRIDE (finishing a trace in a
// directory of someone else). Children get nothing more; the process cannot
// be traced and leaves no core with what it has seen.
Result<void> drop_privileges();

}  // namespace vestige
