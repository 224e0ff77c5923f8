// SPDX-License-Identifier: Apache-2.0
#include "format/descriptor_table.h"

#include <algorithm>

#include "format/trace_codec.h"

namespace vestige {
namespace {

bool equal(const Descriptor& a, const Descriptor& b) {
  return a.type == b.type && a.name == b.name && a.effect == b.effect &&
         a.returns == b.returns && a.arg_count == b.arg_count &&
         std::equal(a.args.begin(), a.args.end(), b.args.begin(),
                    [](const ArgDescriptor& x, const ArgDescriptor& y) {
                      return x.kind == y.kind && x.name == y.name;
                    });
}

}  // namespace

const Descriptor* DescriptorTable::decode(ByteSpan message) {
  if (message.size() > kMaxMessageBytes) return nullptr;
  const std::lock_guard lock(mutex_);
  key_ = text_of(message);
  if (const auto known = encoded_.find(key_); known != encoded_.end())
    return known->second;
  auto made = std::make_unique<OwnedDescriptor>();
  if (!decode_descriptor(message, *made)) return nullptr;
  const Descriptor* added = add(std::move(made));
  if (added && encoded_.size() < kMostInAll) encoded_.emplace(key_, added);
  return added;
}

const Descriptor* DescriptorTable::add(
    std::unique_ptr<OwnedDescriptor> descriptor) {
  auto& known = all_[descriptor->descriptor.type];
  for (const auto& one : known)
    if (equal(one->descriptor, descriptor->descriptor)) return &one->descriptor;
  if (known.size() >= kMostPerType || size_ >= kMostInAll) return nullptr;
  ++size_;
  return &known.emplace_back(std::move(descriptor))->descriptor;
}

const Descriptor* DescriptorTable::find(EventType type) const {
  const std::lock_guard lock(mutex_);
  const auto found = all_.find(type);
  return found == all_.end() || found->second.empty()
             ? nullptr
             : &found->second.front()->descriptor;
}

}  // namespace vestige
