// SPDX-License-Identifier: Apache-2.0
//
// The types of events there are, by what holds of them.
#pragma once

#include <vector>

#include "format/descriptor.h"

namespace vestige::filter {

inline constexpr Abi kAbis[] = {Abi::kX86_64, Abi::kArm64, Abi::kI386,
                                Abi::kX32,    Abi::kArm32, Abi::kKernel};

template <typename Wanted>
std::vector<EventType> types_if(Wanted wanted) {
  std::vector<EventType> out;
  for (const Abi abi : kAbis)
    for (const Descriptor& descriptor : descriptors(abi))
      if (wanted(descriptor)) out.push_back(descriptor.type);
  return out;
}

template <typename Wanted>
std::vector<EventType> types_of(Wanted wanted) {
  return types_if([&](const Descriptor& each) { return wanted(each.effect); });
}

}  // namespace vestige::filter
