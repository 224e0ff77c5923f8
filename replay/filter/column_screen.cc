// SPDX-License-Identifier: Apache-2.0
#include "replay/filter/column_screen.h"

#include <algorithm>
#include <cstring>

#include "replay/facts/sysdig_params.h"

namespace vestige::filter {

Screen ColumnScreen::screen() const {
  uint32_t columns = 0;
  if (bounds_.pids || names_) columns |= kColumnTask;
  if (bounds_.contents) columns |= kColumnPayload;
  return {columns, [this](const ColumnChunk& chunk,
                          std::vector<uint32_t>& out) { choose(chunk, out); }};
}

// A piece found where two payloads meet is one too many, not one too few.
bool ColumnScreen::has_contents(const ColumnChunk& chunk) const {
  return std::ranges::any_of(*bounds_.contents, [&](const std::string& piece) {
    return memmem(chunk.payload.data(), chunk.payload.size(), piece.data(),
                  piece.size()) != nullptr;
  });
}

bool ColumnScreen::is_type(const Descriptor& descriptor) const {
  return !bounds_.types ||
         bounds_.types->contains(std::string(sysdig_name(descriptor)));
}

bool ColumnScreen::is_named(const Process* process) const {
  return process && bounds_.names->contains(std::string(process->row.comm));
}

ColumnScreen::May ColumnScreen::may_match(const TaskKey& task,
                                          uint32_t chunk) const {
  if (bounds_.pids && !bounds_.pids->contains(task.pid)) return May::kNever;
  if (!names_) return May::kAlways;
  const auto [is_constant, process] = names_->in_chunk(task, chunk);
  if (!is_constant) return May::kSometimes;
  return is_named(process) ? May::kAlways : May::kNever;
}

void ColumnScreen::choose(const ColumnChunk& chunk,
                          std::vector<uint32_t>& wanted) const {
  if (bounds_.contents && !has_contents(chunk)) return;
  std::vector<uint8_t> is_wanted_type;
  for (const Descriptor* each : chunk.types)
    is_wanted_type.push_back(is_type(*each));
  if (chunk.task.empty()) {
    for (uint32_t i = 0; i < chunk.events; ++i)
      if (is_wanted_type[chunk.type[i]]) wanted.push_back(i);
    return;
  }
  std::vector<May> may;
  for (const TaskKey& task : chunk.tasks)
    may.push_back(may_match(task, chunk.chunk));
  for (uint32_t i = 0; i < chunk.events; ++i) {
    const May how = may[chunk.task[i]];
    if (!is_wanted_type[chunk.type[i]] || how == May::kNever) continue;
    if (how == May::kAlways ||
        is_named(names_->at(chunk.tasks[chunk.task[i]], {chunk.chunk, i})))
      wanted.push_back(i);
  }
}

}  // namespace vestige::filter
