// SPDX-License-Identifier: Apache-2.0
#include "capture/anchor_sender.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "capture/privileges.h"

namespace vestige {
namespace {

constexpr size_t kMostQueued = 1024;
constexpr std::chrono::seconds kLastWait(5);
constexpr std::chrono::seconds kWaitForAbort(3);

}  // namespace

struct AnchorSender::State {
  void work();
  void lose(uint64_t lines, std::string why) {
    count.lost += lines;
    if (count.problem.empty()) first_problem = why;
    count.problem = std::move(why);
  }

  Deliver deliver;
  std::atomic<bool> is_late = false;  // the last wait is over
  std::thread worker;
  std::mutex mutex;
  std::condition_variable changed;
  // The rest is under the mutex.
  std::deque<std::string> queue;
  bool is_over = false;  // nothing comes any more
  bool is_idle = false;  // and all that came is dealt with
  Count count;
  std::optional<std::string> first_problem;
};

void AnchorSender::State::work() {
  // Capabilities belong to threads, and this one talks to strangers.
  (void)drop_privileges(LaterSnapshots::kNone);
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [this] { return !queue.empty() || is_over; });
    if (queue.empty() || is_late) break;
    const std::string line = std::move(queue.front());
    queue.pop_front();
    lock.unlock();
    auto delivered = deliver(line, is_late);
    lock.lock();
    if (delivered)
      ++count.sent;
    else
      lose(1, std::move(delivered).error().message);
  }
  is_idle = true;
  changed.notify_all();
}

AnchorSender::AnchorSender(std::string name, Deliver deliver)
    : name_(std::move(name)), state_(std::make_shared<State>()) {
  state_->deliver = std::move(deliver);
  state_->worker = std::thread([state = state_] { state->work(); });
}

AnchorSender::~AnchorSender() {
  if (state_) (void)finish();
}

void AnchorSender::send(std::string line) {
  const std::lock_guard lock(state_->mutex);
  if (state_->is_over) return;
  if (state_->queue.size() == kMostQueued)
    return state_->lose(1, "it is too slow");
  state_->queue.push_back(std::move(line));
  state_->changed.notify_all();
}

std::optional<std::string> AnchorSender::take_first_problem() {
  const std::lock_guard lock(state_->mutex);
  return std::exchange(state_->first_problem, std::nullopt);
}

AnchorSender::Count AnchorSender::finish() {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  if (!state.worker.joinable()) return state.count;
  const auto is_idle = [&state] { return state.is_idle; };
  state.is_over = true;
  state.changed.notify_all();
  bool is_done = state.changed.wait_for(lock, kLastWait, is_idle);
  state.is_late = true;
  if (!is_done) is_done = state.changed.wait_for(lock, kWaitForAbort, is_idle);
  const uint64_t left = state.queue.size() + (is_done ? 0 : 1);
  state.queue.clear();
  if (left > 0) state.lose(left, "there was no time left");
  const Count count = state.count;
  lock.unlock();
  // Nobody can end a thread that the kernel holds; it has its state to itself.
  if (is_done)
    state.worker.join();
  else
    state.worker.detach();
  return count;
}

}  // namespace vestige
