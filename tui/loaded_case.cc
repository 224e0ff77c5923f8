// SPDX-License-Identifier: Apache-2.0
#include "tui/loaded_case.h"

#include <unistd.h>

#include <utility>

namespace vestige::tui {

LoadedCase::LoadedCase(Case the_case)
    : data(std::move(the_case)),
      whole(whole_range(data)),
      insights(data),
      activity(data.facts(), whole) {}

Loader::Loader(std::string path, int wake_fd)
    : path_(std::move(path)),
      wake_fd_(wake_fd),
      thread_([this](std::stop_token stop) { run(std::move(stop)); }) {}

Loader::~Loader() = default;

void Loader::run(std::stop_token stop) {
  auto opened = Case::open(path_, [&](uint64_t events) {
    events_ = events;
    return !stop.stop_requested();
  });
  if (opened) {
    result_ = std::make_unique<LoadedCase>(std::move(opened).value());
  } else {
    result_ = std::move(opened).error();
  }
  is_done_ = true;
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wake_fd_, &one, sizeof one);
}

Result<std::unique_ptr<LoadedCase>> Loader::take() {
  thread_.join();
  return *std::exchange(result_, std::nullopt);
}

}  // namespace vestige::tui
