// SPDX-License-Identifier: Apache-2.0
//
// Reads a BPF ring buffer (kernel/bpf/ringbuf.c) that only this process reads.
// libbpf's reader tells the kernel its position after every record, and every
// record that is made reads it: the two CPUs then pass a cache line to and fro
// for each. This one tells it once in a while.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "format/result.h"

namespace vestige {

class RingReader {
 public:
  // `map_fd`: of the ring, or a file laid out alike; `bytes`: of its data.
  // kSystem when it cannot be mapped.
  static Result<RingReader> open(int map_fd, size_t bytes);
  RingReader(RingReader&& other) noexcept;
  RingReader& operator=(RingReader&& other) noexcept;
  ~RingReader();

  // Hands over the records there are, oldest first, until one that is still
  // being written, or until `goes_on` says no; it is asked now and then. The
  // bytes are valid during the call. Returns how many.
  using Sink = std::function<void(std::span<const std::byte>)>;
  uint64_t read(const Sink& sink, const std::function<bool()>& goes_on);
  // Hands over all that had been begun when this was called, however much
  // comes meanwhile; waits for what is still being written, which takes a
  // program microseconds.
  uint64_t drain(const Sink& sink);

 private:
  enum class AtBusy { kStop, kWait };
  RingReader() = default;
  // Up to that position of the kernel's, at most.
  uint64_t read_until(uint64_t until, AtBusy at_busy, const Sink& sink,
                      const std::function<bool()>& goes_on);
  void unmap();

  size_t bytes_ = 0;
  void* reader_page_ = nullptr;        // our position
  std::byte* writer_pages_ = nullptr;  // the kernel's position, then the data
};

}  // namespace vestige
