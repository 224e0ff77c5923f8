// SPDX-License-Identifier: Apache-2.0
#include "capture/watch/evidence_writer.h"

#include <fmt/format.h>

#include "capture/disk.h"

namespace vestige {

EvidenceWriter::EvidenceWriter(uint64_t reserve_bytes)
    : reserve_bytes_(reserve_bytes), thread_([this] { run(); }) {}

EvidenceWriter::~EvidenceWriter() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void EvidenceWriter::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return is_over_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    const auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    lock.lock();
  }
}

void EvidenceWriter::submit(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void EvidenceWriter::begin(uint64_t file, std::string path, TraceHeader header,
                           WriterOptions options) {
  submit([this, file, path = std::move(path), header = std::move(header),
          options = std::move(options)] {
    do_begin(file, path, header, options);
  });
}

void EvidenceWriter::append(uint64_t file, ChunkPtr chunk) {
  const uint64_t bytes = chunk->bytes();
  waiting_bytes_ += bytes;
  submit([this, file, bytes, chunk = std::move(chunk)] {
    do_append(file, *chunk);
    waiting_bytes_ -= bytes;
  });
}

void EvidenceWriter::add_loss(uint64_t file, Loss loss) {
  submit([this, file, loss = std::move(loss)] {
    File& found = files_.at(file);
    if (found.writer) found.writer->add_loss(loss);
  });
}

void EvidenceWriter::close(uint64_t file, TraceEnd end) {
  submit([this, file, end = std::move(end)] { do_close(file, end); });
}

std::vector<EvidenceWriter::Report> EvidenceWriter::take_reports() {
  const std::lock_guard lock(mutex_);
  return std::exchange(reports_, {});
}

void EvidenceWriter::do_begin(uint64_t id, std::string path, TraceHeader header,
                              const WriterOptions& options) {
  File& file = files_[id];
  file.report.path = path;
  if (free_bytes_at(path) < reserve_bytes_) {
    file.report.error =
        Error{ErrorKind::kSystem,
              fmt::format("{}: not written: the rest of the disk is kept free "
                          "(--reserve)",
                          path)};
    return;
  }
  WriterOptions whole = options;
  whole.reserve_bytes = reserve_bytes_;
  auto made = TraceWriter::create(path, header, whole);
  if (made)
    file.writer = std::move(*made);
  else
    file.report.error = std::move(made).error();
}

void EvidenceWriter::do_append(uint64_t id, const TraceChunk& chunk) {
  File& file = files_.at(id);
  if (!file.writer) return;
  // A refusal is counted in the file; the first one is reported, but for the
  // sake of the reserve.
  auto done = file.writer->append(chunk);
  if (!done && !file.writer->is_at_reserve() && !file.report.error)
    file.report.error = std::move(done).error();
}

void EvidenceWriter::do_close(uint64_t id, TraceEnd end) {
  File& file = files_.at(id);
  if (file.writer) {
    if (file.writer->is_at_reserve()) {
      end.reason = EndReason::kDiskReserve;
      end.detail = fmt::format("{} events did not get onto the disk",
                               file.writer->refused());
    }
    auto closed = file.writer->close(std::move(end));
    if (!closed && !file.report.error)
      file.report.error = std::move(closed).error();
    file.report.events = file.writer->events();
    file.report.bytes = file.writer->bytes();
  }
  const std::lock_guard lock(mutex_);
  reports_.push_back(std::move(file.report));
  files_.erase(id);
}

}  // namespace vestige
