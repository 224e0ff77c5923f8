// SPDX-License-Identifier: Apache-2.0
//
// The hand-written column codec against protobuf's generated classes, both
// ways, on random events. Events are rebuilt here from the generated classes
// as FORMAT.md tells, without the decoder.
#include <map>

#include "format/trace.pb.h"
#include "format/trace_decoder.h"
#include "format/trace_encoder.h"
#include "tests/format/trace_fixture.h"

namespace vestige {
namespace {

std::vector<OwnedEvent> random_events(uint32_t seed, size_t count) {
  EventMaker maker(seed);
  std::vector<OwnedEvent> events;
  for (size_t i = 0; i < count; ++i) events.push_back(maker.next());
  return events;
}

pb::Trace to_message(ChunkEncoder& encoder) {
  std::string bytes;
  for (const RawSection& section : encoder.finish({}))
    bytes += section.bytes.view();
  pb::Trace trace;
  EXPECT_TRUE(trace.ParseFromString(bytes));
  return trace;
}

// All contents of a chunk, each merged over its sections.
struct Contents {
  pb::Dictionary dictionary;
  pb::Calls calls;
  pb::Times times;
  pb::Arguments arguments;
  pb::Strings strings;
  pb::Parts parts;
  pb::Payload payload;
  pb::Files files;

  explicit Contents(const pb::Trace& trace) {
    for (const pb::Section& section : trace.section()) {
      dictionary.MergeFrom(section.dictionary());
      calls.MergeFrom(section.calls());
      times.MergeFrom(section.times());
      arguments.MergeFrom(section.arguments());
      strings.MergeFrom(section.strings());
      parts.MergeFrom(section.parts());
      payload.MergeFrom(section.payload());
      files.MergeFrom(section.files());
    }
  }
};

class Rebuilder {
 public:
  explicit Rebuilder(const pb::Trace& trace) : c_(trace) {
    size_t at = 0;
    for (const uint32_t size : c_.strings.size()) {
      texts_.push_back(c_.strings.data().substr(at, size));
      at += size;
    }
    for (int type = 0; type < c_.dictionary.type_size(); ++type)
      for (int i = 0; i < c_.calls.type_size(); ++i)
        if (int(c_.calls.type(i)) == type) by_type_[i] = int(by_type_.size());
  }

  std::vector<OwnedEvent> all() {
    std::vector<OwnedEvent> out;
    for (int i = 0; i < c_.calls.type_size(); ++i) out.push_back(event(i));
    return out;
  }

 private:
  OwnedEvent event(int i) {
    OwnedEvent out;
    Event& event = out.event;
    const int type = int(c_.calls.type(i));
    const int at = by_type_[i];
    const int task = int(c_.calls.task(i));
    const pb::EventType& descriptor = c_.dictionary.type(type);
    event.type = {Abi(descriptor.abi()), uint16_t(descriptor.number())};
    const pb::Task& key = c_.dictionary.task(task);
    event.pid = key.pid();
    event.tid = key.tid();
    event.process_start_ns = key.process_start_ns();
    event.cgroup_id = key.cgroup_id();
    event.origin = uint16_t(key.origin());
    event.ret = c_.calls.result_by_type(at);
    if (i < c_.calls.flags_size()) event.flags = uint8_t(c_.calls.flags(i));
    if (c_.calls.cpu(i) != 0) cpu_[task] = c_.calls.cpu(i) - 1;
    event.cpu = uint16_t(cpu_[task]);
    const uint64_t last =
        last_.contains(task) ? last_[task] : c_.times.base_ns();
    if (i < c_.times.duration_high_by_type_size())
      event.duration_ns = c_.times.duration_high_by_type(at) << 8 |
                          uint8_t(c_.times.duration_low()[size_t(i)]);
    const uint64_t gap = c_.times.gap_high_by_type(at) << 8 |
                         uint8_t(c_.times.gap_low()[size_t(i)]);
    event.time_ns = last + unzigzagged(gap) + event.duration_ns;
    last_[task] = event.time_ns;
    arguments(type, event);
    if (i < c_.parts.shape_by_type_size())
      for (const pb::PartShape& part :
           c_.dictionary.shape(int(c_.parts.shape_by_type(at))).part())
        add_part(part, out);
    return out;
  }

  void arguments(int type, Event& event) {
    const int row = rows_[type]++;
    int arg = 0;
    for (const auto& column : c_.arguments.group(type).column()) {
      uint64_t value = column.value(row);
      std::vector<uint64_t>& fresh = fresh_[{type, arg}];
      if (column.coding() == pb::CODING_INTERNED) {
        if (value == 0)
          fresh.push_back((fresh.empty() ? 0 : fresh.back()) +
                          uint64_t(column.fresh(int(fresh.size()))));
        value = value == 0 ? fresh.back() : fresh[value - 1];
      } else if (column.coding() != pb::CODING_PLAIN) {
        value = unzigzagged(value);
      }
      if (column.coding() == pb::CODING_DELTA)
        value = before_[{type, arg}] += value;
      event.args[size_t(arg++)] = value;
    }
  }

  static uint64_t unzigzagged(uint64_t value) {
    return (value >> 1) ^ (~(value & 1) + 1);
  }

  void add_part(const pb::PartShape& shape, OwnedEvent& out) {
    Part part;
    part.kind = PartKind(shape.kind());
    part.arg = uint8_t(shape.argument());
    part.flags = uint8_t(shape.flags());
    std::string data;
    if (shape.store() == pb::STORE_INLINE) {
      const size_t size = c_.parts.inline_size(inlines_++);
      data = c_.parts.inline_().substr(inline_at_, size);
      inline_at_ += size;
    } else if (shape.store() == pb::STORE_PAYLOAD) {
      const size_t size = c_.parts.payload_size(payloads_++);
      data = c_.payload.data().substr(payload_at_, size);
      payload_at_ += size;
    } else if (shape.store() == pb::STORE_STRING) {
      const uint32_t value = c_.parts.string(string_at_++);
      data = texts_.at(value == 0 ? next_text_++ : value - 1);
    } else {
      const uint32_t value = c_.parts.identity(file_at_);
      const size_t index = value == 0 ? next_file_++ : value - 1;
      data = c_.files.data().substr(64 * index, 64);
      auto& state = files_[index];
      state.first += uint64_t(c_.parts.file_size(file_at_));
      state.second += uint64_t(c_.parts.file_offset(file_at_++));
      std::memcpy(data.data() + 24, &state.first, 8);
      std::memcpy(data.data() + 32, &state.second, 8);
    }
    part.data = data;
    part.full_size =
        shape.has_full_size() ? c_.parts.full_size(full_at_++) : data.size();
    out.add(part);
  }

  Contents c_;
  std::map<int, int> by_type_;  // of each event: where its values are
  std::map<int, uint32_t> cpu_;
  std::map<int, uint64_t> last_;
  std::map<int, int> rows_;
  std::map<std::pair<int, int>, uint64_t> before_;
  std::map<std::pair<int, int>, std::vector<uint64_t>> fresh_;
  std::map<size_t, std::pair<uint64_t, uint64_t>> files_;
  std::vector<std::string> texts_;
  int inlines_ = 0, payloads_ = 0, string_at_ = 0, file_at_ = 0, full_at_ = 0;
  size_t next_text_ = 0, next_file_ = 0;
  size_t inline_at_ = 0, payload_at_ = 0;
};

TEST(TraceColumns, AreWhatTheSchemaSays) {
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    const auto events = random_events(seed, 500);
    ChunkEncoder encoder(seed);
    for (const OwnedEvent& event : events) encoder.append(event.event);
    const auto rebuilt = Rebuilder(to_message(encoder)).all();
    ASSERT_EQ(rebuilt.size(), events.size());
    for (size_t i = 0; i < events.size(); ++i)
      ASSERT_TRUE(are_equal(events[i], rebuilt[i])) << seed << ' ' << i;
  }
}

TEST(TraceColumns, OfTheGeneratedClassesAreRead) {
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    const auto events = random_events(seed, 500);
    ChunkEncoder encoder(seed);
    for (const OwnedEvent& event : events) encoder.append(event.event);
    const std::string bytes = to_message(encoder).SerializeAsString();
    DescriptorTable descriptors;
    ChunkDecoder decoder(descriptors);
    decoder.begin(500, kAllColumns);
    ASSERT_TRUE(decoder.add(
        {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}));
    ASSERT_TRUE(decoder.finish());
    for (const OwnedEvent& event : events) {
      const Event* read = decoder.next();
      ASSERT_TRUE(read);
      ASSERT_TRUE(are_equal(event, OwnedEvent(*read)));
    }
    ASSERT_FALSE(decoder.next());
  }
}

TEST(TraceColumns, AChunkUsedAgainKeepsNothingOfTheOneBefore) {
  ChunkEncoder encoder(1);
  for (const OwnedEvent& event : random_events(1, 300))
    encoder.append(event.event);
  encoder.finish({});
  encoder.clear();
  const auto events = random_events(2, 100);
  for (const OwnedEvent& event : events) encoder.append(event.event);
  const auto rebuilt = Rebuilder(to_message(encoder)).all();
  ASSERT_EQ(rebuilt.size(), events.size());
  for (size_t i = 0; i < events.size(); ++i)
    ASSERT_TRUE(are_equal(events[i], rebuilt[i])) << i;
}

}  // namespace
}  // namespace vestige
