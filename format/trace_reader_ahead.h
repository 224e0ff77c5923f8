// SPDX-License-Identifier: Apache-2.0
//
// Takes steps on a thread of its own while the reader gives the one before.
//
//   reader  --- given back --->  free_   --> thread: State::take()
//           <-- next() --------  ready_  <--
//
// The thread ends with the file, with an error, and when a trace that is
// followed has nothing new; who asks for more then starts it again.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "format/trace_reader.h"

namespace vestige {

class TraceReader::Ahead {
 public:
  // Whether there is a second processor for this program.
  static bool is_of_use();
  // `state` must outlive this; until then only the thread takes steps of it.
  explicit Ahead(State& state);
  // Stops. Steps that were taken and not given are forgotten.
  ~Ahead();
  Ahead(const Ahead&) = delete;
  Ahead& operator=(const Ahead&) = delete;

  // Takes `done` back and waits for the next step. nullptr: there can be no
  // thread, and `done` is still the caller's.
  Step* next(Step* done);

 private:
  bool start();
  void work();

  State& state_;
  std::vector<std::unique_ptr<Step>> own_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Step*> free_;
  std::deque<Step*> ready_;
  bool is_running_ = false;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace vestige
