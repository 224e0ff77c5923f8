// SPDX-License-Identifier: Apache-2.0
//
// Arguments of events by the names sysdig and Falco give them, and by our
// own: "fd", "name", "res", "flags", ...
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "replay/event_view.h"

namespace vestige {

// `fd=3(<f>/tmp/x) name=/tmp/x ...`: hostile bytes as they are.
void append_all_args(std::string& out, const EventView& view);

// As text: names of flags, paths without quotes, "<f>/tmp/x" for a
// descriptor. nullopt when the event has no such argument.
std::optional<std::string> arg_by_name(const EventView& view,
                                       std::string_view name);
// By position in our table.
std::optional<std::string> arg_by_index(const EventView& view, int index);
// As the number in the register or the result.
std::optional<int64_t> raw_arg_by_name(const EventView& view,
                                       std::string_view name);

// The nth path, absolute, as the kernel or the state knows it; as passed.
std::optional<std::string> absolute_path(const EventView& view, int nth);
std::optional<std::string_view> passed_path(const EventView& view, int nth);

// 'f', 'd', '4', '6', 'u', 'p', ...: what fd.typechar says; 0 not known.
char type_char(const EventView& view, const OpenFile& file);
std::string_view type_name(char type);
// What fd.name says of it.
std::string fd_name(const OpenFile& file, const ConnectionRow* connection);

}  // namespace vestige
