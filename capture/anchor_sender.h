// SPDX-License-Identifier: Apache-2.0
//
// Takes lines to one place outside, from a thread of its own: recording never
// waits for a network or a disk. What does not fit into the queue or is
// refused is counted.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "format/result.h"

namespace vestige {

class AnchorSender {
 public:
  // Delivers one line, without its end. Runs in the sender's thread; may take
  // a few seconds, less once `is_late` is set.
  using Deliver = std::function<Result<void>(const std::string& line,
                                             const std::atomic<bool>& is_late)>;

  // `name`: of the place, for messages.
  AnchorSender(std::string name, Deliver deliver);
  AnchorSender(AnchorSender&&) noexcept = default;
  AnchorSender& operator=(AnchorSender&&) = delete;
  ~AnchorSender();  // as finish()

  void send(std::string line);
  // What went wrong first, once; until then nothing.
  std::optional<std::string> take_first_problem();

  struct Count {
    uint64_t sent = 0;
    uint64_t lost = 0;
    std::string problem;  // of the last that was lost
  };
  // Gives what is queued a few seconds, then lets it go. send() has no effect
  // from then on.
  Count finish();

  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  struct State;
  std::string name_;
  std::shared_ptr<State> state_;  // the thread's, too
};

}  // namespace vestige
