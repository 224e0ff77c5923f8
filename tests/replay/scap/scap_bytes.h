// SPDX-License-Identifier: Apache-2.0
//
// Hand-made .scap files for tests, and a sink that keeps what comes out.
#pragma once

#include <deque>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "replay/scap/converter.h"

namespace vestige {

template <typename T>
std::string le(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}
// A 16-bit length and the text.
std::string counted(std::string_view text);
std::string fd_param(int64_t fd);
std::string text_param(std::string_view text);  // with its NUL
std::string inet(std::string_view dotted, uint16_t port);

class ScapBytes {
 public:
  ScapBytes();  // starts with a section header
  ScapBytes& block(BlockType type, std::string_view body);
  // One thread in a process list of version 9.
  ScapBytes& process(int64_t tid, int64_t pid, int64_t parent,
                     std::string_view comm);
  ScapBytes& event(uint64_t time_ns, uint64_t tid, uint16_t code,
                   std::initializer_list<std::string> params);
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};
std::string event_body(uint64_t time_ns, uint64_t tid, uint16_t code,
                       const std::vector<std::string>& params,
                       bool has_count = true);

// Copies of what a sink was given.
struct KeptEvent {
  Event event;
  std::deque<std::string> bytes;
  std::vector<Part> parts;

  [[nodiscard]] std::string_view name() const { return event.descriptor->name; }
  // Data of a part; empty when there is none.
  [[nodiscard]] std::string_view data(PartKind kind, uint8_t arg) const;
  // Whether an argument (or 6, the result) is marked as not told.
  [[nodiscard]] bool is_unknown(int arg) const;
};

class KeepingSink : public ScapSink {
 public:
  Result<void> on_event(const Event& event) override;
  Result<void> on_snapshot(const Snapshot& snapshot) override;
  void on_loss(Loss loss) override { losses.push_back(std::move(loss)); }

  // The nth event of a name; fails the test when there is none.
  const KeptEvent& find(std::string_view name, size_t nth = 0) const;
  [[nodiscard]] size_t count(std::string_view name) const;
  [[nodiscard]] uint64_t lost(LossReason reason) const;

  std::deque<KeptEvent> events;
  std::vector<Snapshot> snapshots;
  std::vector<Loss> losses;
};

// Reads from memory; conversion of all blocks until the reader stops.
BlockReader::Read reader_of(std::string_view bytes);
BlockReader::Outcome convert(std::string_view bytes, KeepingSink& sink);

}  // namespace vestige
