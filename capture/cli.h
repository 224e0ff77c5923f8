// SPDX-License-Identifier: Apache-2.0
//
// Options that several commands have.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "capture/bpf_session.h"
#include "capture/runtimes/runtime.h"
#include "capture/selection.h"
#include "capture/wanted.h"
#include "format/result.h"

namespace vestige {

inline constexpr int kUsage = 2;
// What comes later cannot be taken out of the trace of the host.
inline constexpr const char* kHostHasAll =
    "--host is everything in one trace: containers that come later cannot have "
    "one of their own beside it";

// Says it on standard error; gives the exit code.
int report(const Error& error);
// 90, 90s, 5m, 2h to seconds.
CLI::AsNumberWithUnit time_unit();

void add_wanted_options(CLI::App& app, Wanted& wanted);
void add_pointed_options(CLI::App& app, Pointed& pointed);
void add_root_options(CLI::App& app, RuntimeRoots& roots);
void add_session_options(CLI::App& app, SessionOptions& session);
void add_key_options(CLI::App& app, std::string& signing_key);
void add_recipient_option(CLI::App& app, std::vector<std::string>& recipients);

}  // namespace vestige
