// SPDX-License-Identifier: Apache-2.0
#include "format/trace_copy.h"

#include "format/trace_copier.h"

namespace vestige {
namespace {

Result<CopyReport> copy_one(const std::string& from, const std::string& to,
                            std::string operation, const Cut& cut,
                            const CopyOptions& options) {
  CopyReport report;
  auto source = TRY(open_source(from, std::move(operation)));
  TraceHeader header = source.reader.header();
  source.parent.detail = cut.words;
  header.parents.push_back(source.parent);
  Copier copier(TRY(TraceWriter::create(to, header, options.writer)), report);
  while (TRY(source.next())) TRY(copier.copy(source, cut));
  TraceEnd end = source.reader.end();
  end.losses = untold_losses(source);
  end.seen = 0;  // of what is not here, too
  TRY(copier.close(std::move(end)));
  report.was_complete = source.reader.is_complete();
  return report;
}

}  // namespace

Result<CopyReport> repair_trace(const std::string& from, const std::string& to,
                                const CopyOptions& options) {
  return copy_one(from, to, "repaired", {}, options);
}

Result<CopyReport> decrypt_trace(const std::string& from, const std::string& to,
                                 const CopyOptions& options) {
  return copy_one(from, to, "decrypted", {}, options);
}

Result<CopyReport> cut_trace(const std::string& from, const std::string& to,
                             const Cut& cut, const CopyOptions& options) {
  return copy_one(from, to, "cut", cut, options);
}

Result<CopyReport> rewrite_trace(const std::string& from, const std::string& to,
                                 const Rewrite& rewrite,
                                 const CopyOptions& options) {
  CopyReport report;
  auto source = TRY(open_source(from, rewrite.operation));
  TraceHeader header = source.reader.header();
  source.parent.detail = rewrite.words;
  header.parents.push_back(source.parent);
  rewrite.header(header);
  for (TraceHeader& origin : header.origins) rewrite.header(origin);
  Copier copier(TRY(TraceWriter::create(to, header, options.writer)), report);
  Snapshot snapshot;
  Loss loss;
  while (TRY(source.next())) {
    if (source.item.event)
      source.item.event = &rewrite.event(*source.item.event);
    if (source.item.snapshot) {
      snapshot = *source.item.snapshot;
      rewrite.snapshot(snapshot);
      source.item.snapshot = &snapshot;
    }
    if (source.item.loss) {
      loss = *source.item.loss;
      rewrite.loss(loss);
      source.item.loss = &loss;
    }
    TRY(copier.copy(source, {}));
  }
  TraceEnd end = source.reader.end();
  end.losses = untold_losses(source);
  for (Loss& each : end.losses) rewrite.loss(each);
  for (TraceEnd& origin : end.origins) {
    for (Loss& each : origin.losses) rewrite.loss(each);
    rewrite.container(origin.container);
  }
  for (Loss& each : rewrite.more_losses())
    end.losses.push_back(std::move(each));
  rewrite.container(end.container);
  TRY(copier.close(std::move(end)));
  report.was_complete = source.reader.is_complete();
  return report;
}

}  // namespace vestige
