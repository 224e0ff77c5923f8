// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace vestige {

// Ctrl-C, a service manager or a closed terminal end a capture, not the
// process. Signals that would kill it for somebody else's pipe are ignored.
void catch_stop_signals();
bool is_stop_requested();
// SIGUSR1 asks a flight recorder for its evidence.
void catch_user_signal();
// Whether one has come since the last call.
bool take_user_signal();

}  // namespace vestige
