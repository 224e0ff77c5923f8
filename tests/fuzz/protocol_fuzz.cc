// SPDX-License-Identifier: Apache-2.0
//
// Payload of anybody, read as every protocol there is a reader for.
#include <cstdint>
#include <string_view>

#include "replay/protocol/dns.h"
#include "replay/protocol/http.h"
#include "replay/protocol/tls.h"
#include "replay/reconstructor.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vestige;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  parse_dns(bytes);
  parse_http(bytes);
  parse_client_hello(bytes);
  TextPool texts;
  parse_endpoint(bytes, texts);
  return 0;
}
