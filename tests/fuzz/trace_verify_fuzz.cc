// SPDX-License-Identifier: Apache-2.0
#include "format/verify.h"
#include "tests/fuzz/fix_hashes.h"
#include "tests/fuzz/fuzz_file.h"

// The first byte decides whether hashes are made right.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vestige;
  if (size == 0) return 0;
  std::vector<uint8_t> bytes(data + 1, data + size);
  if (data[0] & 1) fix_hashes(bytes);
  (void)verify_trace(FuzzFile(bytes).path());
  (void)parse_anchor({reinterpret_cast<const char*>(data), size});
  (void)parse_seal({reinterpret_cast<const char*>(data), size});
  return 0;
}
