// SPDX-License-Identifier: Apache-2.0
#include "format/trace_dictionary.h"

namespace vestige {
namespace {

// Memory stays in proportion to the file: a task takes two bytes there at
// least, the part of a shape four.
constexpr size_t kMaxTasks = 1u << 20;
constexpr size_t kMaxShapeParts = 1u << 20;

bool decode_task(ByteSpan message, TaskKey& out) {
  WireCursor cursor(message);
  while (!cursor.at_end()) {
    const auto field = cursor.field();
    switch (field.number) {
      case kTaskPid: out.pid = uint32_t(field.value); break;
      case kTaskTid: out.tid = uint32_t(field.value); break;
      case kTaskProcessStart: out.process_start_ns = field.value; break;
      case kTaskCgroup: out.cgroup_id = field.value; break;
      case kTaskOrigin: out.origin = field.value; break;
      default: break;  // of a newer format
    }
  }
  return cursor.ok();
}

bool decode_part(ByteSpan message, PartShape& out) {
  uint64_t kind = 0, argument = 0, flags = 0, store = 0;
  WireCursor cursor(message);
  while (!cursor.at_end()) {
    const auto field = cursor.field();
    switch (field.number) {
      case kPartShapeKind: kind = field.value; break;
      case kPartShapeArgument: argument = field.value; break;
      case kPartShapeFlags: flags = field.value; break;
      case kPartShapeStore: store = field.value; break;
      case kPartShapeHasFullSize: out.has_full_size = field.value != 0; break;
      default: break;
    }
  }
  if (!cursor.ok() || kind > UINT8_MAX || argument > UINT8_MAX ||
      flags > UINT8_MAX || store < uint64_t(Store::kString) ||
      store > uint64_t(Store::kFile))
    return false;
  out.kind = PartKind(kind);
  out.arg = uint8_t(argument);
  out.flags = uint8_t(flags);
  out.store = Store(store);
  return true;
}

bool decode_shape(ByteSpan message, Dictionary& out) {
  WireCursor cursor(message);
  while (!cursor.at_end()) {
    const auto field = cursor.field();
    if (field.number != kShapePart || !field.is_bytes) continue;
    if (out.parts.size() == kMaxShapeParts ||
        !decode_part(field.bytes, out.parts.emplace_back()))
      return false;
  }
  out.ends.push_back(uint32_t(out.parts.size()));
  return cursor.ok();
}

}  // namespace

void Dictionary::clear() {
  types.clear();
  tasks.clear();
  parts.clear();
  ends.clear();
}

bool decode_dictionary(ByteSpan content, DescriptorTable& descriptors,
                       Dictionary& out) {
  WireCursor cursor(content);
  while (!cursor.at_end()) {
    const auto field = cursor.field();
    if (!field.is_bytes) continue;
    switch (field.number) {
      case kDictionaryType:
        out.types.push_back(descriptors.decode(field.bytes));
        if (!out.types.back() || out.types.size() > UINT16_MAX) return false;
        break;
      case kDictionaryTask:
        if (out.tasks.size() == kMaxTasks ||
            !decode_task(field.bytes, out.tasks.emplace_back()))
          return false;
        break;
      case kDictionaryShape:
        if (!decode_shape(field.bytes, out)) return false;
        break;
      default: break;  // of a newer format
    }
  }
  return cursor.ok() && out.ends.size() <= kMaxShapeParts;
}

}  // namespace vestige
