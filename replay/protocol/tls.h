// SPDX-License-Identifier: Apache-2.0
//
// The server name in a TLS ClientHello (RFC 8446, RFC 6066).
#pragma once

#include <optional>
#include <string_view>

namespace vestige {

struct TlsClientHello {
  std::string_view server_name;  // empty: none, or not captured
};

// View into bytes. Nothing if they do not begin a ClientHello.
std::optional<TlsClientHello> parse_client_hello(std::string_view bytes);

}  // namespace vestige
