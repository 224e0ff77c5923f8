// SPDX-License-Identifier: Apache-2.0
#include "format/trace_copier.h"

#include <algorithm>

#include "format/trace_view.h"
#include "format/verify.h"

namespace vestige {

Result<CopySource> open_source(const std::string& path, std::string operation) {
  auto checked = TRY(verify_trace(parse_view(path).file));
  auto reader = TRY(TraceReader::open(path));
  Parent parent{.operation = std::move(operation),
                .trace_id = to_hex(checked.trace_id),
                .file_name = path.substr(path.rfind('/') + 1),
                .verdict = std::move(checked.sentence),
                .container = reader.header().container};
  if (checked.verdict == Verdict::kIntactSigned ||
      checked.verdict == Verdict::kIntactUnsigned)
    parent.root = to_hex(checked.seal.root);
  return CopySource{std::move(reader), std::move(parent)};
}

Result<bool> CopySource::next() {
  item = TRY(reader.next());
  if (item.loss)
    told[{item.loss->reason, item.loss->origin}] += item.loss->count;
  return bool(item);
}

Result<void> Copier::copy(CopySource& source, const Cut& cut) {
  const TraceReader::Item& item = source.item;
  if (item.loss) {
    writer_.add_loss(*item.loss);
    report_.losses.push_back(*item.loss);
  }
  if (item.snapshot && item.snapshot->time_ns <= cut.to_ns)
    TRY(writer_.append(*item.snapshot));
  if (!item.event) return {};
  ++report_.events_read;
  if (item.event->time_ns < cut.from_ns || item.event->time_ns > cut.to_ns ||
      (cut.wants && !cut.wants(*item.event, item.position)))
    return {};
  ++report_.events_written;
  return writer_.append(*item.event);
}

std::vector<Loss> untold_losses(const CopySource& source) {
  std::vector<Loss> out;
  for (Loss loss : source.reader.end().losses) {
    const auto told = source.told.find({loss.reason, loss.origin});
    const uint64_t count = told == source.told.end() ? 0 : told->second;
    if (told != source.told.end() && loss.count <= count) continue;
    loss.count -= std::min(loss.count, count);
    out.push_back(std::move(loss));
  }
  return out;
}

}  // namespace vestige
