// SPDX-License-Identifier: Apache-2.0
//
// What must be known before a field can be told: how much of the world
// around an event, and which columns of the trace.
#pragma once

#include <algorithm>
#include <cstdint>

#include "format/trace_columns.h"
#include "replay/facts/field.h"

namespace vestige {

// Each includes those before it.
enum class Scope : uint8_t {
  kEvent,    // the event alone
  kName,     // and what its process is called
  kProcess,  // and all that forks, execs and exits tell of processes
  kAll,      // and descriptors, paths, everything that happened before
};

struct Needs {
  Scope scope = Scope::kEvent;
  uint32_t columns = 0;     // enum Columns
  bool first_time = false;  // of the first event of the trace
  void add(const Needs& other) {
    scope = std::max(scope, other.scope);
    columns |= other.columns;
    first_time |= other.first_time;
  }
};

Needs needs_of(const FieldInfo& field, const FieldArgument& argument);

// Whether events of that effect change what Scope::kProcess knows.
bool is_about_processes(Effect effect);
// Whether they change what Scope::kName knows.
bool is_about_names(Effect effect);

}  // namespace vestige
