// SPDX-License-Identifier: Apache-2.0
#include "format/header.h"

namespace vestige {

std::string_view end_reason_text(EndReason reason) {
  switch (reason) {
    case EndReason::kUnknown: return "no end was written";
    case EndReason::kInterrupted: return "interrupted";
    case EndReason::kDuration: return "duration reached";
    case EndReason::kContainerGone: return "container gone";
    case EndReason::kCommandExited: return "command exited";
    case EndReason::kError: return "error";
    case EndReason::kSizeLimit: return "size limit reached";
    case EndReason::kRotated: return "goes on in the next file";
    case EndReason::kImported: return "end of the imported capture";
    case EndReason::kTriggerOver: return "trigger over";
    case EndReason::kDiskReserve: return "disk nearly full";
  }
  return "ended for a reason this build has no name for";
}

}  // namespace vestige
