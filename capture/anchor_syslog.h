// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "capture/anchor_sender.h"

namespace vestige {

inline constexpr const char* kSyslogSocket = "/dev/log";

// Hands each line to the syslog daemon at a socket (RFC 3164, authpriv.notice).
// Other than syslog(3) it tells when nobody takes it.
AnchorSender::Deliver log_to(const std::string& socket_path);

}  // namespace vestige
