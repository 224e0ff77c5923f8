// SPDX-License-Identifier: Apache-2.0
//
// Field numbers of trace.proto that the hand-written column codec uses, and
// the values it stores. tests/format/trace_columns_test.cc checks both
// against the generated classes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "format/event.h"

namespace vestige {

inline constexpr uint32_t kTraceSection = 1;  // Trace.section

enum SectionField : uint32_t {
  kSectionHeader = 1,
  kSectionDictionary = 2,
  kSectionCalls = 3,
  kSectionTimes = 4,
  kSectionArguments = 5,
  kSectionStrings = 6,
  kSectionParts = 7,
  kSectionPayload = 8,
  kSectionLosses = 9,
  kSectionSnapshot = 10,
  kSectionEnd = 11,
  kSectionIndex = 12,
  kSectionSeal = 13,
  kSectionFilters = 14,
  kSectionFiles = 15,
};

enum DictionaryField : uint32_t {
  kDictionaryType = 1,
  kDictionaryTask = 2,
  kDictionaryShape = 3,
  kTaskPid = 1,
  kTaskTid = 2,
  kTaskProcessStart = 3,
  kTaskCgroup = 4,
  kTaskOrigin = 5,
  kShapePart = 1,
  kPartShapeKind = 1,
  kPartShapeArgument = 2,
  kPartShapeFlags = 3,
  kPartShapeStore = 4,
  kPartShapeHasFullSize = 5,
};
enum CallsField : uint32_t {
  kCallsType = 1,
  kCallsTask = 2,
  kCallsResult = 3,
  kCallsFlags = 4,
  kCallsCpu = 5,
  kCallsResultByType = 6,
};
enum TimesField : uint32_t {
  kTimesBase = 1,
  kTimesGapLow = 2,
  kTimesGapHigh = 3,
  kTimesDurationLow = 4,
  kTimesDurationHigh = 5,
  kTimesGapHighByType = 6,
  kTimesDurationHighByType = 7,
};
enum ArgumentsField : uint32_t {
  kArgumentsGroup = 1,
  kGroupColumn = 1,
  kColumnCoding = 1,
  kColumnValue = 2,
  kColumnFresh = 3,
};
enum PartsField : uint32_t {
  kPartsShape = 1,
  kPartsString = 2,
  kPartsInlineSize = 3,
  kPartsInline = 4,
  kPartsPayloadSize = 5,
  kPartsFullSize = 6,
  kPartsFileSize = 7,
  kPartsFileOffset = 8,
  kPartsIdentity = 9,
  kPartsShapeByType = 10,
};
inline constexpr uint32_t kStringsSize = 1;
inline constexpr uint32_t kStringsData = 2;
inline constexpr uint32_t kFilesData = 1;
inline constexpr uint32_t kPayloadData = 1;

// enum Coding
enum class Coding : uint8_t {
  kPlain = 0,
  kZigzag = 1,
  kDelta = 2,
  kInterned = 3,
};

// enum Store
enum class Store : uint8_t {
  kString = 1,
  kInline = 2,
  kPayload = 3,
  kFile = 4,
};

// Where STORE_FILE cuts the struct; see FilePart.
inline constexpr size_t kFilePartBytes = 64;
inline constexpr size_t kFileSizeAt = 24;
inline constexpr size_t kFileOffsetAt = 32;

struct PartShape {
  PartKind kind = PartKind{};
  uint8_t arg = 0;
  uint8_t flags = 0;
  Store store = Store::kInline;
  bool has_full_size = false;
};

struct TaskKey {
  uint32_t pid = 0;
  uint32_t tid = 0;
  uint64_t process_start_ns = 0;
  uint64_t cgroup_id = 0;
  uint64_t origin = 0;  // Event::origin

  friend bool operator==(const TaskKey&, const TaskKey&) = default;
};
static_assert(sizeof(TaskKey) == 32, "interned as bytes");

// A descriptor that owns its text, as when read from a trace.
struct OwnedDescriptor {
  Descriptor descriptor;  // views point into text
  std::string text;
};

}  // namespace vestige
