// SPDX-License-Identifier: Apache-2.0
//
// The only user of libcrypto: digests, random bytes.
#pragma once

#include <span>

#include "format/trace_mark.h"

namespace vestige {

Digest sha256(ByteSpan bytes);
void fill_random(std::span<uint8_t> out);

}  // namespace vestige
