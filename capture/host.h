// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capture/bpf_session.h"
#include "format/header.h"

namespace vestige {

// What a trace says about the machine, the agent and its settings; the
// container and the selection are left to the caller.
TraceHeader describe_host(const SessionOptions& options,
                          const std::vector<std::string>& command);

}  // namespace vestige
