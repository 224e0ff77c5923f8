// SPDX-License-Identifier: Apache-2.0
#include "tui/loaded_case.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <utility>

namespace vestige::tui {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr uint64_t kEventsAtOnce = 8192;
// Before a person notices; then each time as much again is known, so that
// copying never takes more than a part of the time.
constexpr milliseconds kFirstAfter(40);
// How often a growing file is looked at.
constexpr milliseconds kFollowEvery(200);

}  // namespace

LoadedCase::LoadedCase(Case the_case)
    : data(std::move(the_case)),
      whole(whole_range(data)),
      insights(data),
      activity(data.facts(), whole) {}

std::string LoadedCase::path() const {
  constexpr std::string_view kUnfinished = ".partial";
  std::string path = data.path();
  if (path.ends_with(kUnfinished) && access(path.c_str(), F_OK) != 0) {
    path.resize(path.size() - kUnfinished.size());
  }
  return path;
}

// When to tell what is known.
class Loader::Pace {
 public:
  [[nodiscard]] bool is_due() const { return Clock::now() >= due_; }
  void told(Clock::time_point began) {
    const auto now = Clock::now();
    due_ = now + std::max<Clock::duration>(now - start_, (now - began) * 4);
  }
  // Following, one waits for what is new, not for all that is old.
  void told_following(Clock::time_point began) {
    const auto now = Clock::now();
    due_ = now + std::max<Clock::duration>(kFollowEvery, (now - began) * 4);
  }

 private:
  Clock::time_point start_ = Clock::now();
  Clock::time_point due_ = start_ + kFirstAfter;
};

Loader::Loader(std::vector<std::string> paths, CaseReader::Mode mode,
               int wake_fd)
    : paths_(std::move(paths)),
      mode_(mode),
      wake_fd_(wake_fd),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Loader::~Loader() = default;

Loader::Progress Loader::progress() const {
  return {.events = events_, .share = share_};
}

void Loader::wake() const {
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wake_fd_, &one, sizeof one);
}

void Loader::publish(Case known) {
  auto made = std::make_shared<const LoadedCase>(std::move(known));
  {
    const std::scoped_lock lock(mutex_);
    latest_ = std::move(made);
  }
  wake();
}

Result<void> Loader::read(const std::stop_token& stop) {
  if (paths_.size() > 1) merged_ = TRY(MergedTrace::make(paths_, "vestige-tui"));
  CaseReader reader =
      TRY(CaseReader::open(merged_ ? merged_->path() : paths_.front(), mode_));
  Pace pace;
  uint64_t told = 0;
  bool has_caught_up = false;
  std::condition_variable_any sleep;
  std::mutex asleep;
  while (!stop.stop_requested()) {
    const bool has_more = TRY(reader.read(kEventsAtOnce));
    events_ = reader.events();
    share_ = reader.share();
    if (!has_more && (mode_ == CaseReader::Mode::kOnce || reader.is_at_end())) {
      publish(std::move(reader).finish());
      return {};
    }
    has_caught_up = has_caught_up || !has_more;
    if (reader.events() > told && pace.is_due()) {
      const auto began = Clock::now();
      publish(reader.so_far());
      told = reader.events();
      has_caught_up ? pace.told_following(began) : pace.told(began);
    }
    if (has_more) continue;
    std::unique_lock lock(asleep);
    sleep.wait_for(lock, stop, kFollowEvery, [] { return false; });
  }
  publish(reader.so_far());
  return Error{ErrorKind::kUsage, "reading was given up"};
}

void Loader::run(const std::stop_token& stop) {
  if (auto done = read(stop); !done) {
    const std::scoped_lock lock(mutex_);
    error_ = std::move(done).error();
  }
  is_done_ = true;
  wake();
}

std::shared_ptr<const LoadedCase> Loader::take() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(latest_, nullptr);
}

std::optional<Error> Loader::take_error() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(error_, std::nullopt);
}

}  // namespace vestige::tui
