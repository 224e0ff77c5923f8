// SPDX-License-Identifier: Apache-2.0
//
// What processes did to each other, to their rights and to the machine.
// Views live as long as the Case.
#pragma once

#include <cstdint>
#include <string_view>

#include "replay/facts/occurrence.h"
#include "replay/ids.h"

namespace vestige {

enum class ActionOp : uint8_t {
#define ACTION_OP(name, text, doc) name,
#include "replay/facts/action_ops.def"
#undef ACTION_OP
};
std::string_view action_op_text(ActionOp op);

struct ActionRow {
  ProcessId process = ProcessId::kNone;
  ProcessId target = ProcessId::kNone;  // of signal, ptrace; kNone unknown
  ActionOp op = ActionOp{};
  uint8_t signal = 0;       // ActionOp::kSignal
  int32_t error = 0;        // errno, 0: it worked
  int32_t target_pid = 0;   // as passed, in the caller's pid namespace
  uint64_t value = 0;       // option, request, flags or new id, as passed
  std::string_view call;    // which syscall: "kill", "setresuid"
  std::string_view detail;  // a name: new comm, module, ...
  Occurrence seen;
};

}  // namespace vestige
