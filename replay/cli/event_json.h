// SPDX-License-Identifier: Apache-2.0
//
// One event as a JSON object: `vestige events --json`, proofs.
#pragma once

#include <cstdint>

#include "format/event.h"
#include "replay/cli/json_line.h"
#include "replay/facts/facts.h"

namespace vestige::cli {

// `process` is who did it, as far as the events before tell; null leaves it
// out.
JsonLine event_json(const Event& event, Position at, int64_t unix_ns,
                    const ProcessRow* process);

}  // namespace vestige::cli
