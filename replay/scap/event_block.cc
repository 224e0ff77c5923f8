// SPDX-License-Identifier: Apache-2.0
#include "replay/scap/event_block.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "replay/scap/byte_cursor.h"
#include "replay/scap/event_table.h"

namespace vestige {
namespace {

constexpr uint32_t kMaxParams = 64;

struct Layout {
  BlockType type;
  bool has_flags;
  bool has_count;
  bool is_large;
};
constexpr Layout kLayouts[] = {
    {BlockType::kEvent1, false, false, false},
    {BlockType::kEvent1Old, false, false, false},
    {BlockType::kEvent2, false, true, false},
    {BlockType::kEvent2Large, false, true, true},
    {BlockType::kEventFlags1, true, false, false},
    {BlockType::kEventFlags2, true, true, false},
    {BlockType::kEventFlags2Large, true, true, true},
};

const Layout* layout_of(BlockType type) {
  const auto* found = std::ranges::find(kLayouts, type, &Layout::type);
  return found == std::end(kLayouts) ? nullptr : found;
}

// Events that old writers made three bytes too long.
constexpr uint16_t kOverlong[] = {280, 286};
constexpr size_t kOverlong_bytes = 3;

// The parameters if there are `count` of them; nothing if they do not fit.
std::optional<std::vector<std::string_view>> split(std::string_view bytes,
                                                   uint32_t count,
                                                   bool is_large,
                                                   size_t& used) {
  ByteCursor lengths(bytes);
  const size_t width = is_large ? sizeof(uint32_t) : sizeof(uint16_t);
  if (count > kMaxParams || bytes.size() < count * width) return std::nullopt;
  ByteCursor values(bytes.substr(count * width));
  std::vector<std::string_view> params;
  params.reserve(count);
  for (uint32_t i = 0; i < count; ++i)
    params.push_back(values.take(is_large ? lengths.number<uint32_t>()
                                          : lengths.number<uint16_t>()));
  if (!values.ok()) return std::nullopt;
  used = count * width + values.at();
  return params;
}

// Version 1 does not say how many parameters there are: as many as make the
// event as long as it is, the newest layout first.
std::optional<std::vector<std::string_view>> guess(std::string_view bytes,
                                                   uint16_t code) {
  const ScapEventInfo* info = find_scap_event(code);
  if (!info) return std::vector<std::string_view>{};
  const size_t spare =
      std::ranges::count(kOverlong, code) != 0 ? kOverlong_bytes : 0;
  for (size_t count = info->params.size() + 1; count-- > 0;) {
    size_t used = 0;
    auto params = split(bytes, uint32_t(count), false, used);
    if (params && used + spare == bytes.size()) return params;
  }
  return std::nullopt;
}

}  // namespace

bool is_event(BlockType type) {
  return layout_of(type) != nullptr;
}

Result<ScapEvent> decode_event(BlockType type, std::string_view body) {
  const auto fail = [](std::string why) {
    return Error{ErrorKind::kBadInput, std::move(why)};
  };
  const Layout* layout = layout_of(type);
  if (!layout) return fail("not a block of events");
  ByteCursor cursor(body);
  ScapEvent event;
  event.cpu = cursor.number<uint16_t>();
  if (layout->has_flags) event.flags = cursor.number<uint32_t>();
  const size_t start = cursor.at();
  event.time_ns = cursor.number<uint64_t>();
  event.tid = cursor.number<uint64_t>();
  const uint64_t length = cursor.number<uint32_t>();
  event.code = cursor.number<uint16_t>();
  const uint32_t count = layout->has_count ? cursor.number<uint32_t>() : 0;
  const size_t header = cursor.at() - start;
  if (!cursor.ok() || length < header || length - header > cursor.left())
    return fail(fmt::format("an event of {} bytes in a block of {}", length,
                            body.size()));
  const std::string_view rest = cursor.take(length - header);
  size_t used = 0;
  auto params = layout->has_count ? split(rest, count, layout->is_large, used)
                                  : guess(rest, event.code);
  if (!params)
    return fail(
        fmt::format("parameters of event type {} do not fit its {} "
                    "bytes",
                    event.code, length));
  event.params = std::move(*params);
  return event;
}

}  // namespace vestige
