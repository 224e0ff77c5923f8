// SPDX-License-Identifier: Apache-2.0
#include "replay/facts/field.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "format/sockaddr.h"

namespace vestige {
namespace {

const FieldInfo* find_exactly(std::string_view name) {
  static const auto index = [] {
    std::unordered_map<std::string_view, const FieldInfo*> out;
    for (const FieldInfo* field : all_fields()) out.emplace(field->name, field);
    return out;
  }();
  const auto found = index.find(name);
  return found == index.end() ? nullptr : found->second;
}

}  // namespace

std::string_view field_type_text(FieldType type) {
  switch (type) {
    case FieldType::kText: return "text";
    case FieldType::kBytes: return "bytes";
    case FieldType::kSigned: return "signed";
    case FieldType::kUnsigned: return "unsigned";
    case FieldType::kBool: return "bool";
    case FieldType::kReal: return "real";
    case FieldType::kPort: return "port";
    case FieldType::kRelTime: return "duration";
    case FieldType::kAbsTime: return "time";
    case FieldType::kAddress: return "address";
    case FieldType::kNetwork: return "network";
  }
  return "unknown";
}

bool is_number(FieldType type) {
  switch (type) {
    case FieldType::kSigned:
    case FieldType::kUnsigned:
    case FieldType::kReal:
    case FieldType::kPort:
    case FieldType::kRelTime:
    case FieldType::kAbsTime: return true;
    case FieldType::kText:
    case FieldType::kBytes:
    case FieldType::kBool:
    case FieldType::kAddress:
    case FieldType::kNetwork: return false;
  }
  return false;
}

const std::vector<const FieldInfo*>& all_fields() {
  static const auto fields = [] {
    std::vector<const FieldInfo*> out;
    for (const auto group :
         {event_fields(), process_fields(), descriptor_fields(),
          container_fields(), row_fields()})
      for (const FieldInfo& field : group) out.push_back(&field);
    return out;
  }();
  return fields;
}

std::optional<FieldName> find_field(std::string_view name) {
  if (const FieldInfo* field = find_exactly(name)) return FieldName{field, {}};
  for (size_t dot = name.rfind('.'); dot != name.npos && dot > 0;
       dot = name.rfind('.', dot - 1)) {
    const FieldInfo* field = find_exactly(name.substr(0, dot));
    if (field && field->flags & (kArgAllowed | kArgRequired))
      return FieldName{field, std::string(name.substr(dot + 1))};
  }
  return std::nullopt;
}

std::string field_text(FieldType type, const FieldValue& value) {
  switch (type) {
    case FieldType::kText:
    case FieldType::kBytes: return std::string(value.text);
    case FieldType::kSigned:
    case FieldType::kRelTime:
    case FieldType::kAbsTime: return std::to_string(value.number);
    case FieldType::kUnsigned:
    case FieldType::kPort: return std::to_string(uint64_t(value.number));
    case FieldType::kBool: return value.number ? "true" : "false";
    case FieldType::kReal: return fmt::format("{}", value.real);
    case FieldType::kAddress:
    case FieldType::kNetwork: return ip_text(value.family, value.ip.data());
  }
  return {};
}

}  // namespace vestige
