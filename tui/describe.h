// SPDX-License-Identifier: Apache-2.0
//
// Facts in a few words. Results hold captured bytes.
#pragma once

#include <string>
#include <string_view>

#include "replay/facts/facts.h"

namespace vestige::tui {

// The strings of argv with spaces between, quoted where that would mislead.
// At most about max_bytes.
std::string command_text(std::string_view argv, size_t max_bytes);
// Its command line, or the name when argv is not known.
std::string process_command(const ProcessRow& row, size_t max_bytes);
// "0", "3", "SIGKILL", "alive", "?".
std::string end_text(const ProcessRow& row);
std::string signal_text(int signal);
// "→ 10.0.0.1:443 tcp  refused".
std::string connection_text(const ConnectionRow& row);
std::string connection_result(const ConnectionRow& row);
std::string action_text(const Facts& facts, const ActionRow& row);
std::string_view origin_text(ProcessOrigin origin);
// "0755 -rwxr-xr-x".
std::string mode_text(uint32_t mode);

}  // namespace vestige::tui
