// SPDX-License-Identifier: Apache-2.0
//
// Writes evidence files on a thread of its own: a slow disk must not keep the
// kernel's records waiting. Calls return at once; what became of them is in
// the reports.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "capture/watch/flight_ring.h"

namespace vestige {

class EvidenceWriter {
 public:
  // Files end when less than this would stay free on their disk.
  explicit EvidenceWriter(uint64_t reserve_bytes);
  ~EvidenceWriter();  // after all that was asked for is done
  EvidenceWriter(const EvidenceWriter&) = delete;
  EvidenceWriter& operator=(const EvidenceWriter&) = delete;

  // A number that was not used before names the file in what follows.
  void begin(uint64_t file, std::string path, TraceHeader header,
             WriterOptions options);
  void append(uint64_t file, ChunkPtr chunk);
  void add_loss(uint64_t file, Loss loss);
  void close(uint64_t file, TraceEnd end);

  // Of chunks that wait for the disk.
  [[nodiscard]] uint64_t waiting_bytes() const { return waiting_bytes_; }

  struct Report {
    std::string path;
    uint64_t events = 0;
    uint64_t bytes = 0;
    std::optional<Error> error;  // the file is not whole, or not there
  };
  // Of files that were closed since the last call.
  std::vector<Report> take_reports();

 private:
  struct File {
    std::optional<TraceWriter> writer;  // not when it could not be made
    Report report;
  };
  void run();
  void submit(std::function<void()> job);
  void do_begin(uint64_t id, std::string path, TraceHeader header,
                const WriterOptions& options);
  void do_append(uint64_t id, const TraceChunk& chunk);
  void do_close(uint64_t id, TraceEnd end);

  const uint64_t reserve_bytes_;
  std::map<uint64_t, File> files_;  // the thread's alone
  std::atomic<uint64_t> waiting_bytes_ = 0;

  std::mutex mutex_;  // of what follows
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  std::vector<Report> reports_;
  bool is_over_ = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace vestige
