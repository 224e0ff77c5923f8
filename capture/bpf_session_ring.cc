// SPDX-License-Identifier: Apache-2.0
#include "capture/bpf_session_ring.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace vestige {
namespace {

// Of a record's first word; see uapi/linux/bpf.h.
constexpr uint32_t kBusy = 1U << 31;
constexpr uint32_t kDiscarded = 1U << 30;
constexpr size_t kHeadBytes = 8;

constexpr uint64_t kTellEveryBytes = 64 * 1024;
constexpr uint64_t kAskEveryRecords = 1024;
constexpr size_t kCacheLine = 64;
constexpr size_t kPrefetchBytes = 8 * kCacheLine;

size_t page_bytes() {
  return size_t(sysconf(_SC_PAGESIZE));
}

template <typename T>
T load_acquire(void* from) {
  return std::atomic_ref<T>(*static_cast<T*>(from))
      .load(std::memory_order_acquire);
}

// Memory that another CPU wrote last comes slowly when asked for late.
void prefetch(const std::byte* at, size_t bytes) {
  for (size_t line = 0; line < bytes; line += kCacheLine)
    __builtin_prefetch(at + line);
}

// A program cannot be interrupted for long, but its virtual CPU can.
void wait_until_written(std::byte* head) {
  using Clock = std::chrono::steady_clock;
  if (!(load_acquire<uint32_t>(head) & kBusy)) return;
  const auto patience = Clock::now() + std::chrono::seconds(1);
  while ((load_acquire<uint32_t>(head) & kBusy) && Clock::now() < patience)
    sched_yield();
}

}  // namespace

Result<RingReader> RingReader::open(int map_fd, size_t bytes) {
  RingReader ring;
  ring.bytes_ = bytes;
  const size_t page = page_bytes();
  void* reader =
      mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
  if (reader == MAP_FAILED)
    return Error{ErrorKind::kSystem,
                 fmt::format("ring buffer: {}", std::strerror(errno))};
  ring.reader_page_ = reader;
  // The data is there twice in a row, so that no record wraps around.
  void* writer = mmap(nullptr, page + 2 * bytes, PROT_READ, MAP_SHARED, map_fd,
                      off_t(page));
  if (writer == MAP_FAILED)
    return Error{ErrorKind::kSystem,
                 fmt::format("ring buffer: {}", std::strerror(errno))};
  ring.writer_pages_ = static_cast<std::byte*>(writer);
  return ring;
}

RingReader::RingReader(RingReader&& other) noexcept {
  *this = std::move(other);
}

RingReader& RingReader::operator=(RingReader&& other) noexcept {
  if (this == &other) return *this;
  unmap();
  bytes_ = other.bytes_;
  reader_page_ = std::exchange(other.reader_page_, nullptr);
  writer_pages_ = std::exchange(other.writer_pages_, nullptr);
  return *this;
}

RingReader::~RingReader() {
  unmap();
}

void RingReader::unmap() {
  const size_t page = page_bytes();
  if (reader_page_) munmap(reader_page_, page);
  if (writer_pages_) munmap(writer_pages_, page + 2 * bytes_);
}

uint64_t RingReader::read(const Sink& sink,
                          const std::function<bool()>& goes_on) {
  return read_until(UINT64_MAX, AtBusy::kStop, sink, goes_on);
}

uint64_t RingReader::drain(const Sink& sink) {
  return read_until(load_acquire<uint64_t>(writer_pages_), AtBusy::kWait, sink,
                    [] { return true; });
}

uint64_t RingReader::read_until(uint64_t until, AtBusy at_busy,
                                const Sink& sink,
                                const std::function<bool()>& goes_on) {
  std::byte* const data = writer_pages_ + page_bytes();
  std::atomic_ref<uint64_t> position(*static_cast<uint64_t*>(reader_page_));
  uint64_t at = position.load(std::memory_order_relaxed);
  uint64_t told = at;
  uint64_t records = 0;
  for (uint64_t end = at;; ++records) {
    if (at == end) end = std::min(until, load_acquire<uint64_t>(writer_pages_));
    if (at == end) break;
    std::byte* head = data + (at & (bytes_ - 1));
    if (at_busy == AtBusy::kWait) wait_until_written(head);
    const auto length = load_acquire<uint32_t>(head);
    if (length & kBusy) break;
    const size_t size = length & ~(kBusy | kDiscarded);
    const uint64_t next = at + ((size + kHeadBytes + 7) & ~uint64_t{7});
    prefetch(head + kPrefetchBytes, next - at);
    if (!(length & kDiscarded)) sink({head + kHeadBytes, size});
    at = next;
    if (at - told >= kTellEveryBytes) {
      position.store(at, std::memory_order_release);
      told = at;
    }
    if (records % kAskEveryRecords == kAskEveryRecords - 1 && !goes_on()) {
      ++records;
      break;
    }
  }
  position.store(at, std::memory_order_release);
  return records;
}

}  // namespace vestige
