// SPDX-License-Identifier: Apache-2.0
//
// Messages in words: name, data and ancillary data of a msghdr.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "format/event.h"

namespace vestige {

// One entry of ancillary data.
struct ControlMessage {
  int32_t level = 0;
  int32_t type = 0;
  std::string_view data;  // points into the part
};
// As many as the bytes hold; ends at the first that makes no sense.
std::vector<ControlMessage> control_messages(std::string_view bytes, Abi abi);
// The descriptors of an SCM_RIGHTS message; empty for others.
std::vector<int32_t> passed_fds(const ControlMessage& message);

// `{name=127.0.0.1:53, data="...", control=[SCM_RIGHTS [5]]}`; false when
// nothing was captured of the argument.
bool append_msghdr(std::string& out, const Event& event, uint8_t arg,
                   uint32_t payload_bytes);

}  // namespace vestige
