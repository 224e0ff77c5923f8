// SPDX-License-Identifier: Apache-2.0
#include "format/trace_copy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>

#include "format/trace_reader.h"
#include "format/verify.h"

namespace vestige {
namespace {

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// A trace that is being copied, and what its copy says about it.
struct Source {
  TraceReader reader;
  Parent parent;
  TraceReader::Item item = {};               // not copied yet
  std::map<LossReason, uint64_t> told = {};  // losses given on, by reason
};

Result<Source> open_source(const std::string& path, std::string operation) {
  auto checked = TRY(verify_trace(path));
  auto reader = TRY(TraceReader::open(path));
  Parent parent{.operation = std::move(operation),
                .trace_id = to_hex(checked.trace_id),
                .file_name = file_name(path),
                .verdict = std::move(checked.sentence),
                .container = reader.header().container};
  if (checked.verdict == Verdict::kIntactSigned ||
      checked.verdict == Verdict::kIntactUnsigned)
    parent.root = to_hex(checked.seal.root);
  return Source{std::move(reader), std::move(parent)};
}

class Copier {
 public:
  Copier(TraceWriter writer, CopyReport& report)
      : writer_(std::move(writer)), report_(report) {}

  Result<void> copy(Source& source, const Cut& cut) {
    const TraceReader::Item& item = source.item;
    if (item.loss) {
      writer_.add_loss(*item.loss);
      source.told[item.loss->reason] += item.loss->count;
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

  // The writer sums up what it was told; the end record may know of more.
  void add_untold_losses(const Source& source, TraceEnd& end) {
    for (Loss loss : source.reader.end().losses) {
      const auto told = source.told.find(loss.reason);
      const uint64_t count = told == source.told.end() ? 0 : told->second;
      if (told != source.told.end() && loss.count <= count) continue;
      loss.count -= std::min(loss.count, count);
      end.losses.push_back(std::move(loss));
    }
  }

  Result<void> close(TraceEnd end) { return writer_.close(std::move(end)); }

 private:
  TraceWriter writer_;
  CopyReport& report_;
};

Result<CopyReport> copy_one(const std::string& from, const std::string& to,
                            std::string operation, const Cut& cut,
                            const CopyOptions& options) {
  CopyReport report;
  auto source = TRY(open_source(from, std::move(operation)));
  TraceHeader header = source.reader.header();
  source.parent.detail = cut.words;
  header.parents.push_back(source.parent);
  Copier copier(TRY(TraceWriter::create(to, header, options.writer)), report);
  while ((source.item = TRY(source.reader.next())))
    TRY(copier.copy(source, cut));
  TraceEnd end = source.reader.end();
  end.losses.clear();
  copier.add_untold_losses(source, end);
  TRY(copier.close(std::move(end)));
  report.was_complete = source.reader.is_complete();
  return report;
}

// The next item of a merge: losses and snapshots at once, events by time.
Source* earliest(std::vector<Source>& sources) {
  Source* first = nullptr;
  for (Source& source : sources) {
    if (!source.item) continue;
    if (!source.item.event) return &source;
    if (!first || source.item.event->time_ns < first->item.event->time_ns)
      first = &source;
  }
  return first;
}

Result<TraceHeader> merged_header(const std::vector<Source>& sources) {
  TraceHeader header = sources.front().reader.header();
  std::vector<std::string> names;
  for (const Source& source : sources) {
    const TraceHeader& other = source.reader.header();
    if (other.boot_id != header.boot_id)
      return Error{ErrorKind::kUsage,
                   fmt::format("{} and {} are not of the same boot of the same "
                               "machine: their clocks and process ids do not "
                               "fit together",
                               sources.front().parent.file_name,
                               source.parent.file_name)};
    if (other.start.boot_ns < header.start.boot_ns) header.start = other.start;
    header.has_enter &= other.has_enter;
    names.push_back(source.parent.container.name.empty()
                        ? source.parent.container.id
                        : source.parent.container.name);
    header.parents.push_back(source.parent);
  }
  header.container = {.id = "merged",
                      .name = fmt::format("{}", fmt::join(names, ", "))};
  header.selection = fmt::format("merged from {} traces", sources.size());
  return header;
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
  Copier copier(TRY(TraceWriter::create(to, header, options.writer)), report);
  Snapshot snapshot;
  Loss loss;
  while ((source.item = TRY(source.reader.next()))) {
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
  end.losses.clear();
  copier.add_untold_losses(source, end);
  for (Loss& each : end.losses) rewrite.loss(each);
  for (Loss& each : rewrite.more_losses())
    end.losses.push_back(std::move(each));
  rewrite.container(end.container);
  TRY(copier.close(std::move(end)));
  report.was_complete = source.reader.is_complete();
  return report;
}

Result<CopyReport> merge_traces(const std::vector<std::string>& from,
                                const std::string& to,
                                const CopyOptions& options) {
  if (from.empty())
    return Error{ErrorKind::kUsage, "there is nothing to merge"};
  CopyReport report{.was_complete = true};
  std::vector<Source> sources;
  for (const std::string& path : from)
    sources.push_back(TRY(open_source(path, "merged")));
  const auto header = TRY(merged_header(sources));
  Copier copier(TRY(TraceWriter::create(to, header, options.writer)), report);
  for (Source& source : sources) source.item = TRY(source.reader.next());
  while (Source* source = earliest(sources)) {
    TRY(copier.copy(*source, {}));
    source->item = TRY(source->reader.next());
  }
  TraceEnd end;
  for (const Source& source : sources) {
    const TraceEnd& other = source.reader.end();
    report.was_complete &= source.reader.is_complete();
    if (other.end.boot_ns >= end.end.boot_ns) {
      end.reason = other.reason;
      end.end = other.end;
    }
    copier.add_untold_losses(source, end);
  }
  end.container = header.container;
  TRY(copier.close(std::move(end)));
  return report;
}

}  // namespace vestige
