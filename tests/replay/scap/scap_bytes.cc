// SPDX-License-Identifier: Apache-2.0
#include "tests/replay/scap/scap_bytes.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace vestige {
namespace {

constexpr uint32_t kByteOrder = 0x1a2b3c4d;
constexpr size_t kEventHeader_bytes = 22;

}  // namespace

std::string counted(std::string_view text) {
  return le(uint16_t(text.size())).append(text);
}
std::string fd_param(int64_t fd) {
  return le(fd);
}
std::string text_param(std::string_view text) {
  return std::string(text) + '\0';
}

std::string inet(std::string_view dotted, uint16_t port) {
  in_addr address{};
  inet_pton(AF_INET, std::string(dotted).c_str(), &address);
  return le(address.s_addr) + le(port);
}

ScapBytes::ScapBytes() {
  block(BlockType::kSectionHeader,
        le(kByteOrder) + le(uint16_t{1}) + le(uint16_t{2}) + le(~uint64_t{0}));
}

ScapBytes& ScapBytes::block(BlockType type, std::string_view body) {
  std::string padded(body);
  padded.resize((padded.size() + 3) / 4 * 4);
  const auto length = uint32_t(padded.size() + 12);
  bytes_ += le(uint32_t(type)) + le(length) + padded + le(length);
  return *this;
}

ScapBytes& ScapBytes::process(int64_t tid, int64_t pid, int64_t parent,
                              std::string_view comm) {
  std::string entry =
      le(tid) + le(pid) + le(parent) + le(pid) + le(pid) + counted(comm) +
      counted(comm) + counted("/bin/x") + counted(std::string_view("-a\0", 3)) +
      counted("/home/") + le(int64_t{1024}) + le(0u) + le(1000u) + le(1001u) +
      std::string(3 * 4 + 2 * 8, '\0') + counted(std::string_view("A=1\0", 4)) +
      le(tid) + le(pid) + counted("") + counted("/");
  entry.insert(0, le(uint32_t(entry.size() + sizeof(uint32_t))));
  return block(BlockType::kProcessList9, entry);
}

std::string event_body(uint64_t time_ns, uint64_t tid, uint16_t code,
                       const std::vector<std::string>& params, bool has_count) {
  std::string lengths, values;
  for (const std::string& param : params) {
    lengths += le(uint16_t(param.size()));
    values += param;
  }
  const std::string count = has_count ? le(uint32_t(params.size())) : "";
  const auto length = uint32_t(kEventHeader_bytes + count.size() +
                               lengths.size() + values.size());
  return le(uint16_t{3}) + le(time_ns) + le(tid) + le(length) + le(code) +
         count + lengths + values;
}

ScapBytes& ScapBytes::event(uint64_t time_ns, uint64_t tid, uint16_t code,
                            std::initializer_list<std::string> params) {
  return block(BlockType::kEvent2, event_body(time_ns, tid, code, params));
}

std::string_view KeptEvent::data(PartKind kind, uint8_t arg) const {
  const Part* part = event.part(arg, kind);
  return part ? part->data : std::string_view{};
}

bool KeptEvent::is_unknown(int arg) const {
  const std::string_view mask = data(PartKind::kUnknownArgs, kTaskArg);
  return !mask.empty() && (mask[0] >> arg & 1);
}

Result<void> KeepingSink::on_event(const Event& event) {
  KeptEvent& kept = events.emplace_back();
  kept.event = event;
  for (Part part : event.parts) {
    part.data = kept.bytes.emplace_back(part.data);
    kept.parts.push_back(part);
  }
  kept.event.parts = kept.parts;
  return {};
}

Result<void> KeepingSink::on_snapshot(const Snapshot& snapshot) {
  snapshots.push_back(snapshot);
  return {};
}

const KeptEvent& KeepingSink::find(std::string_view name, size_t nth) const {
  static const Descriptor kNobody;
  static const KeptEvent kNone{.event = {.descriptor = &kNobody}};
  for (const KeptEvent& kept : events)
    if (kept.name() == name && nth-- == 0) return kept;
  ADD_FAILURE() << "no event " << name;
  return kNone;
}

size_t KeepingSink::count(std::string_view name) const {
  return size_t(std::ranges::count(events, name, &KeptEvent::name));
}

uint64_t KeepingSink::lost(LossReason reason) const {
  uint64_t count = 0;
  for (const Loss& loss : losses)
    if (loss.reason == reason) count += loss.count;
  return count;
}

BlockReader::Read reader_of(std::string_view bytes) {
  return [bytes](std::span<char> into) mutable -> Result<size_t> {
    const size_t size = std::min(into.size(), bytes.size());
    std::memcpy(into.data(), bytes.data(), size);
    bytes.remove_prefix(size);
    return size;
  };
}

BlockReader::Outcome convert(std::string_view bytes, KeepingSink& sink) {
  BlockReader reader(reader_of(bytes));
  ScapConverter converter(sink);
  ScapBlock block;
  for (;;) {
    const auto outcome = reader.next(block);
    if (outcome != BlockReader::Outcome::kBlock) {
      EXPECT_TRUE(converter.finish());
      return outcome;
    }
    EXPECT_TRUE(converter.add(block));
  }
}

}  // namespace vestige
