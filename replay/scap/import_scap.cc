// SPDX-License-Identifier: Apache-2.0
#include "replay/scap/import_scap.h"

#include <fmt/format.h>

#include <fstream>
#include <optional>
#include <utility>
#include <vector>

#include "format/trace_writer.h"
#include "replay/scap/byte_cursor.h"
#include "replay/scap/container_json.h"
#include "replay/scap/converter.h"
#include "replay/scap/gzip_file.h"

namespace vestige {
namespace {

constexpr uint32_t kByteOrder = 0x1a2b3c4d;
constexpr uint16_t kMajorVersion = 1;

// What stands before the first event, read ahead: a trace's header comes
// first, but needs what later blocks tell.
struct Preface {
  TraceHeader header;
  std::optional<uint64_t> first_ns;
  std::vector<ContainerInfo> containers;
};

Error bad_input(std::string why) {
  return {ErrorKind::kBadInput, std::move(why)};
}

Result<void> check_section(const ScapBlock& block) {
  ByteCursor cursor(block.body);
  const auto order = cursor.number<uint32_t>();
  const auto major = cursor.number<uint16_t>();
  if (block.type != BlockType::kSectionHeader || !cursor.ok() ||
      order != kByteOrder)
    return bad_input(
        fmt::format("offset {}: not a .scap file (or of a big-endian machine)",
                    block.offset));
  if (major > kMajorVersion)
    return bad_input(
        fmt::format("offset {}: version {} of the .scap format, this build "
                    "reads {}",
                    block.offset, major, kMajorVersion));
  return {};
}

BlockReader::Read reader_of(GzipFile& file) {
  return [&file](std::span<char> into) { return file.read(into); };
}

// Calls visit(block) for each; gives why the reading ended early.
template <typename Visit>
Result<std::string> for_each_block(const std::string& path, Visit visit) {
  GzipFile file = TRY(GzipFile::open(path));
  BlockReader reader(reader_of(file));
  ScapBlock block;
  for (bool is_first = true;; is_first = false) {
    const auto outcome = reader.next(block);
    if (outcome == BlockReader::Outcome::kEnd && !is_first)
      return std::string();
    if (outcome != BlockReader::Outcome::kBlock) {
      if (!is_first) return reader.problem();
      return bad_input(reader.problem().empty()
                           ? "offset 0: the file is empty"
                           : reader.problem() + "; not a .scap file");
    }
    if (is_first || block.type == BlockType::kSectionHeader)
      TRY(check_section(block));
    TRY(visit(block));
  }
}

void look_at_event(const ScapBlock& block, Preface& preface) {
  const auto event = decode_event(block.type, block.body);
  if (!event) return;
  if (!preface.first_ns) preface.first_ns = event->time_ns;
  const ScapEventInfo* info = find_scap_event(event->code);
  if (!info || info->target != "container" || event->params.empty()) return;
  if (auto container = container_of(*event))
    preface.containers.push_back(*std::move(container));
}

Result<Preface> read_ahead(const std::string& path) {
  Preface preface;
  TraceHeader& header = preface.header;
  TRY(for_each_block(path, [&](const ScapBlock& block) -> Result<void> {
    if (is_event(block.type)) look_at_event(block, preface);
    if (block.type != BlockType::kMachineInfo &&
        block.type != BlockType::kMachineInfoOld)
      return {};
    if (const auto machine = decode_machine(block.body)) {
      header.host_name = machine->host_name;
      header.cpu_count = machine->cpu_count;
    }
    return {};
  }));
  header.tool = "vestige import";
  header.command = {"vestige", "import", path};
  header.selection = "what the capture holds";
  header.has_enter = true;
  const uint64_t first_ns = preface.first_ns.value_or(0);
  header.start = {first_ns, int64_t(first_ns)};
  // A capture may hold many; the trace is of one only when it tells of one.
  if (preface.containers.size() == 1)
    header.container = preface.containers.front();
  return preface;
}

class WriterSink : public ScapSink {
 public:
  explicit WriterSink(TraceWriter& writer) : writer_(writer) {}

  Result<void> on_event(const Event& event) override {
    last_ns = std::max(last_ns, event.time_ns);
    return writer_.append(event);
  }
  Result<void> on_snapshot(const Snapshot& snapshot) override {
    ++snapshots;
    return writer_.append(snapshot);
  }
  void on_loss(Loss loss) override { writer_.add_loss(std::move(loss)); }

  uint64_t snapshots = 0;
  uint64_t last_ns = 0;

 private:
  TraceWriter& writer_;
};

Result<ImportReport> convert(const std::string& from, const std::string& to) {
  const Preface preface = TRY(read_ahead(from));
  TraceWriter writer = TRY(TraceWriter::create(to, preface.header));
  WriterSink sink(writer);
  ScapConverter converter(sink);
  ImportReport report;
  report.problem =
      TRY(for_each_block(from, [&](const ScapBlock& block) -> Result<void> {
        return converter.add(block);
      }));
  TRY(converter.finish());
  if (!report.problem.empty())
    writer.add_loss(
        {.reason = LossReason::kFileTruncated, .where = report.problem});
  const uint64_t end_ns = std::max(sink.last_ns, preface.first_ns.value_or(0));
  report.events_in = converter.events_in();
  report.events_out = writer.events();
  report.snapshots = sink.snapshots;
  TRY(writer.close({.reason = EndReason::kImported,
                    .end = {end_ns, int64_t(end_ns)},
                    .container = preface.header.container}));
  return report;
}

}  // namespace

bool begins_like_scap(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  char begin[sizeof(uint32_t)] = {};
  file.read(begin, sizeof begin);
  const std::string_view got(begin, size_t(file.gcount()));
  constexpr std::string_view kGzip = "\x1f\x8b";
  return got.starts_with(kGzip) || ByteCursor(got).number<uint32_t>() ==
                                       uint32_t(BlockType::kSectionHeader);
}

Result<ImportReport> import_scap(const std::string& from,
                                 const std::string& to) {
  auto report = convert(from, to);
  if (!report && report.error().kind == ErrorKind::kBadInput)
    return std::move(report).error().within(from);
  return report;
}

}  // namespace vestige
