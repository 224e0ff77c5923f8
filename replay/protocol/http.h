// SPDX-License-Identifier: Apache-2.0
//
// The first line of an HTTP/1.x message (RFC 9112) and the Host it names.
#pragma once

#include <optional>
#include <string_view>

namespace vestige {

struct HttpMessage {
  bool is_request = false;
  std::string_view line;  // "GET /x HTTP/1.1" or "HTTP/1.1 200 OK"
  std::string_view host;  // of a request; empty: not named or not captured
};

// Views into bytes. Nothing if they do not begin a message.
std::optional<HttpMessage> parse_http(std::string_view bytes);

}  // namespace vestige
