// SPDX-License-Identifier: Apache-2.0
//
// What was said in a connection, written to and read from a path, or moved by
// a process: gathered from a trace on a thread of its own. All functions may
// be called while it runs. Going away gives up and waits.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tui/loaded_case.h"
#include "tui/subject.h"

namespace vestige::tui {

struct StreamPiece {
  Position at;
  uint64_t time_ns = 0;
  ProcessId process = ProcessId::kNone;
  bool is_out = false;  // as the process sees it
  uint64_t size = 0;    // bytes that moved
  uint64_t offset = 0;  // in the file
  bool has_offset = false;
  std::string name;  // path of the file; empty for sockets
  ConnectionId connection = ConnectionId::kNone;
  std::string bytes;  // as far as captured
};

class StreamPass {
 public:
  // Of one of these; the others are empty. The path lives as long as the case.
  struct Wanted {
    ProcessId process = ProcessId::kNone;
    ConnectionId connection = ConnectionId::kNone;
    std::string_view path;
  };
  StreamPass(std::shared_ptr<const LoadedCase> loaded, const Wanted& wanted);

  [[nodiscard]] bool is_done() const { return is_done_; }
  // Counts pieces, those that were not kept included.
  [[nodiscard]] size_t pieces() const { return count_; }
  [[nodiscard]] double share() const { return share_; }
  // The pieces kept: until kMaxBytes of captured bytes are reached.
  [[nodiscard]] std::vector<StreamPiece> kept() const;

  static constexpr size_t kMaxBytes = 1 << 20;

 private:
  class Watcher;
  void run(const std::stop_token& stop);

  std::shared_ptr<const LoadedCase> loaded_;
  Wanted wanted_;
  mutable std::mutex mutex_;  // guards kept_
  std::vector<StreamPiece> kept_;
  std::atomic<size_t> count_ = 0;
  std::atomic<double> share_ = 0;
  std::atomic<bool> is_done_ = false;
  std::jthread thread_;  // last: uses all above
};

}  // namespace vestige::tui
