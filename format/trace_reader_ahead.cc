// SPDX-License-Identifier: Apache-2.0
#include "format/trace_reader_ahead.h"

#include <sched.h>

#include <system_error>
#include <utility>

#include "format/trace_reader_state.h"

namespace vestige {
namespace {

// Beside the one being given: one is ready and one is being taken.
constexpr size_t kSteps = 2;

}  // namespace

bool TraceReader::Ahead::is_of_use() {
  static const bool is_useful = [] {
    cpu_set_t ours;
    return sched_getaffinity(0, sizeof ours, &ours) == 0 &&
           CPU_COUNT(&ours) > 1;
  }();
  return is_useful;
}

TraceReader::Ahead::Ahead(State& state) : state_(state) {
  for (size_t i = 0; i < kSteps; ++i)
    free_.push_back(
        own_.emplace_back(std::make_unique<Step>(state.descriptors)).get());
}

TraceReader::Ahead::~Ahead() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

TraceReader::Step* TraceReader::Ahead::next(Step* done) {
  std::unique_lock lock(mutex_);
  if (ready_.empty() && !is_running_ && !start()) return nullptr;
  free_.push_back(done);
  changed_.notify_one();
  changed_.wait(lock, [this] { return !ready_.empty(); });
  Step* step = ready_.front();
  ready_.pop_front();
  return step;
}

bool TraceReader::Ahead::start() {
  if (thread_.joinable()) thread_.join();  // it has ended
  try {
    thread_ = std::thread([this] { work(); });
  } catch (const std::system_error&) {
    return false;  // no more threads for this user
  }
  return is_running_ = true;
}

void TraceReader::Ahead::work() {
  std::unique_lock lock(mutex_);
  while (is_running_) {
    changed_.wait(lock, [this] { return is_stopping_ || !free_.empty(); });
    if (is_stopping_) return;
    Step* step = free_.back();
    free_.pop_back();
    lock.unlock();
    state_.take(*step);
    if (!state_.gives_columns) step->decoder.assemble();
    lock.lock();
    ready_.push_back(step);
    is_running_ = step->goes_on();
    changed_.notify_one();
  }
}

}  // namespace vestige
