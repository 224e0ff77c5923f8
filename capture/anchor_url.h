// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "capture/anchor_sender.h"

namespace vestige {

// Posts each line as text/plain to an http or https URL. The certificate of a
// server is checked; all answers but 2xx are refusals.
AnchorSender::Deliver post_to(const std::string& url);

}  // namespace vestige
