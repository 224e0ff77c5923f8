// SPDX-License-Identifier: Apache-2.0
#include "capture/status_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "capture/clocks.h"

namespace vestige {
namespace {

constexpr uint64_t kUpdateNs = 250'000'000;
constexpr const char* kEraseLine = "\r\033[K";

std::string size_text(uint64_t bytes) {
  constexpr double kKiB = 1024, kMiB = kKiB * 1024, kGiB = kMiB * 1024;
  const auto value = double(bytes);
  if (value >= kGiB) return fmt::format("{:.1f} GiB", value / kGiB);
  if (value >= kMiB) return fmt::format("{:.1f} MiB", value / kMiB);
  if (value >= kKiB) return fmt::format("{:.1f} KiB", value / kKiB);
  return fmt::format("{} bytes", bytes);
}

}  // namespace

StatusLine::StatusLine() : is_terminal_(isatty(STDERR_FILENO) != 0) {}

void StatusLine::begin(size_t traces, const std::string& output,
                       bool is_command) {
  start_ns_ = boot_ns();
  if (is_terminal_ || is_command) return;
  if (traces == 1)
    fmt::print(stderr, "vestige-capture: recording to {}\n", output);
  else
    fmt::print(stderr, "vestige-capture: recording {} containers\n", traces);
}

void StatusLine::update(const Recorder& recorder) {
  const uint64_t now_ns = boot_ns();
  if (!is_terminal_ || now_ns - shown_ns_ < kUpdateNs) return;
  shown_ns_ = now_ns;
  uint64_t events = 0, bytes = 0, lost = 0;
  for (uint16_t slot = 0; slot < recorder.slots(); ++slot) {
    if (!recorder.is_open(slot)) continue;
    events += recorder.ledger(slot).written;
    lost += recorder.ledger(slot).lost();
    bytes += recorder.writer(slot).bytes();
  }
  fmt::print(stderr,
             "{}recording: {} events, {}, {} lost, {:.0f} s (Ctrl-C ends)",
             kEraseLine, events, size_text(bytes), lost,
             double(now_ns - start_ns_) / 1e9);
  std::fflush(stderr);
  is_shown_ = true;
}

void StatusLine::clear() {
  if (is_shown_) fmt::print(stderr, "{}", kEraseLine);
  is_shown_ = false;
}

void StatusLine::closed(const std::string& files, uint64_t bytes,
                        const Ledger& ledger) {
  clear();
  const double seconds = double(boot_ns() - start_ns_) / 1e9;
  fmt::print(stderr, "vestige-capture: {}: {} events, {}, {} lost, {:.1f} s\n",
             files, ledger.written, size_text(bytes), ledger.lost(), seconds);
}

}  // namespace vestige
