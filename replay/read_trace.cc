// SPDX-License-Identifier: Apache-2.0
#include "replay/read_trace.h"

#include "format/trace_view.h"

namespace vestige {

Result<void> read_trace(TraceReader& reader, const std::string& path,
                        Reconstructor& state) {
  TRY(require_one_boot(reader.header(), path));
  while (true) {
    const auto item = TRY(reader.next());
    if (!item) return {};
    if (item.snapshot) state.apply(*item.snapshot, item.position);
    if (item.loss) state.apply(*item.loss);
    if (item.event) state.apply(*item.event, item.position);
  }
}

}  // namespace vestige
