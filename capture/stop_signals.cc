// SPDX-License-Identifier: Apache-2.0
#include "capture/stop_signals.h"

#include <csignal>
#include <initializer_list>

namespace vestige {
namespace {

volatile std::sig_atomic_t stop_requested = 0;
volatile std::sig_atomic_t user_signalled = 0;

void catch_signal(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  sigaction(signal, &action, nullptr);
}

}  // namespace

void catch_stop_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    catch_signal(signal, [](int) { stop_requested = 1; });
  std::signal(SIGPIPE, SIG_IGN);
}

bool is_stop_requested() {
  return stop_requested != 0;
}

void catch_user_signal() {
  catch_signal(SIGUSR1, [](int) { user_signalled = 1; });
}

bool take_user_signal() {
  const bool has_come = user_signalled != 0;
  user_signalled = 0;
  return has_come;
}

}  // namespace vestige
