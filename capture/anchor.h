// SPDX-License-Identifier: Apache-2.0
//
// Sends the heads of traces out while they are written, to where even root on
// this machine cannot change them: a file on another machine, syslog, a
// server. Recording never waits for any of them.
#pragma once

#include <string>
#include <vector>

#include "capture/anchor_sender.h"
#include "format/result.h"
#include "format/seal.h"

namespace vestige {

class Anchors {
 public:
  // Each target is "syslog", "syslog:SOCKET", a URL to post to, or a file to
  // append to. A file that cannot be opened is an error; whether somebody
  // listens at the others shows when there is something to send.
  static Result<Anchors> open(const std::vector<std::string>& targets);

  void send(const ChainHead& head);
  // One line for each target that failed for the first time since the last
  // call.
  std::vector<std::string> take_problems();
  // Gives all a few seconds for what they have not got yet. The error says
  // how many did not arrive where.
  Result<void> finish();
  // Whether one of them is a server.
  [[nodiscard]] bool need_network() const { return need_network_; }
  [[nodiscard]] bool empty() const { return senders_.empty(); }

 private:
  std::vector<AnchorSender> senders_;
  bool need_network_ = false;
};

}  // namespace vestige
