// SPDX-License-Identifier: Apache-2.0
#include "tui/stream_pass.h"

#include <algorithm>

#include "format/trace_reader.h"
#include "replay/reconstructor.h"

namespace vestige::tui {
namespace {

// Records of several CPUs may stand in the file a little out of order.
constexpr uint64_t kOutOfOrderNs = 1'000'000'000;
constexpr uint64_t kLookUpEvery = 4096;

}  // namespace

class StreamPass::Watcher : public TransferWatcher {
 public:
  explicit Watcher(StreamPass& owner) : owner_(owner) {}

  void on_transfer(const Transfer& transfer) override {
    if (!is_wanted(transfer)) return;
    ++owner_.count_;
    if (bytes_ >= kMaxBytes) return;
    StreamPiece piece{.at = transfer.at,
                      .time_ns = transfer.event.time_ns,
                      .process = transfer.process,
                      .is_out = transfer.flow == Flow::kOut,
                      .size = transfer.size,
                      .offset = transfer.offset,
                      .has_offset = transfer.is_offset_known,
                      .name = std::string(transfer.file.path),
                      .connection = transfer.connection};
    transfer.for_each_captured([&](uint64_t, std::string_view bytes) {
      piece.bytes += bytes.substr(0, kMaxBytes);
    });
    bytes_ += piece.bytes.size() + 1;
    const std::scoped_lock lock(owner_.mutex_);
    owner_.kept_.push_back(std::move(piece));
  }

 private:
  [[nodiscard]] bool is_wanted(const Transfer& transfer) const {
    const Wanted& wanted = owner_.wanted_;
    if (wanted.process != ProcessId::kNone) {
      return transfer.process == wanted.process;
    }
    if (wanted.connection != ConnectionId::kNone) {
      return transfer.connection == wanted.connection;
    }
    return transfer.file.path == wanted.path;
  }

  StreamPass& owner_;
  size_t bytes_ = 0;
};

StreamPass::StreamPass(std::shared_ptr<const LoadedCase> loaded,
                       const Wanted& wanted)
    : loaded_(std::move(loaded)),
      wanted_(wanted),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void StreamPass::run(const std::stop_token& stop) {
  const ConnectionRow* row =
      loaded_->data.facts().connection(wanted_.connection);
  const uint64_t last_ns = row && row->end_ns != 0 && loaded_->data.is_whole()
                               ? row->end_ns + kOutOfOrderNs
                               : UINT64_MAX;
  auto reader = TraceReader::open(loaded_->path(), {.pace = Pace::kAhead});
  TextPool texts;
  Reconstructor state(texts);
  Watcher watcher(*this);
  state.watch(&watcher);
  uint64_t events = 0;
  while (reader && !stop.stop_requested()) {
    const auto item = reader->next();
    if (!item || !*item) break;
    if (item->snapshot) state.apply(*item->snapshot, item->position);
    if (!item->event) continue;
    if (item->event->time_ns > last_ns) break;
    state.apply(*item->event, item->position);
    if (++events % kLookUpEvery != 0) continue;
    share_ = static_cast<double>(reader->offset()) /
             static_cast<double>(std::max<uint64_t>(1, reader->size()));
  }
  is_done_ = true;
}

std::vector<StreamPiece> StreamPass::kept() const {
  const std::scoped_lock lock(mutex_);
  return kept_;
}

}  // namespace vestige::tui
