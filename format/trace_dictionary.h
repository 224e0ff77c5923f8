// SPDX-License-Identifier: Apache-2.0
//
// What the small numbers in the columns of a chunk stand for. Decoded by hand:
// every chunk has one, and questions about two columns should not pay for
// messages of a general library.
#pragma once

#include <span>
#include <vector>

#include "format/descriptor_table.h"

namespace vestige {

struct Dictionary {
  std::vector<const Descriptor*> types;
  std::vector<TaskKey> tasks;
  // Shape i has the parts from ends[i - 1] (or 0) to ends[i].
  std::vector<PartShape> parts;
  std::vector<uint32_t> ends;

  [[nodiscard]] size_t shapes() const { return ends.size(); }
  [[nodiscard]] std::span<const PartShape> shape(size_t i) const {
    const uint32_t from = i == 0 ? 0 : ends[i - 1];
    return std::span(parts).subspan(from, ends[i] - from);
  }
  void clear();
};

// Adds the content of one section. False: malformed.
bool decode_dictionary(ByteSpan content, DescriptorTable& descriptors,
                       Dictionary& out);

}  // namespace vestige
