// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/line_spool.h"

#include <cstring>

namespace vestige::cli {
namespace {

constexpr size_t kInMemory = 4 << 20;

struct Head {
  int64_t unix_ns;
  uint64_t size;
};

Error no_space() {
  return {ErrorKind::kSystem, "cannot keep lines in a temporary file"};
}

}  // namespace

Result<void> LineSpool::add(int64_t unix_ns, const std::string& line) {
  const Head head{unix_ns, line.size()};
  buffer_.append(reinterpret_cast<const char*>(&head), sizeof head);
  buffer_.append(line);
  return buffer_.size() < kInMemory ? Result<void>() : flush();
}

Result<void> LineSpool::flush() {
  if (!file_) file_.reset(std::tmpfile());
  if (!file_ || std::fwrite(buffer_.data(), 1, buffer_.size(), file_.get()) !=
                    buffer_.size())
    return no_space();
  buffer_.clear();
  return {};
}

Result<void> LineSpool::rewind() {
  at_ = 0;
  if (!file_) return {};
  TRY(flush());
  if (std::fflush(file_.get()) != 0) return no_space();
  std::rewind(file_.get());
  return {};
}

// Reads on behind what is left of the buffer.
bool LineSpool::fill() {
  if (!file_) return false;
  buffer_.erase(0, at_);
  at_ = 0;
  const size_t kept = buffer_.size();
  buffer_.resize(kept + kInMemory);
  const size_t got =
      std::fread(buffer_.data() + kept, 1, kInMemory, file_.get());
  buffer_.resize(kept + got);
  return got > 0;
}

Result<bool> LineSpool::next() {
  Head head{};
  while (buffer_.size() - at_ < sizeof head)
    if (!fill()) return false;
  std::memcpy(&head, buffer_.data() + at_, sizeof head);
  while (buffer_.size() - at_ < sizeof head + head.size)
    if (!fill()) return no_space();
  unix_ns_ = head.unix_ns;
  line_.assign(buffer_, at_ + sizeof head, head.size);
  at_ += sizeof head + head.size;
  return true;
}

}  // namespace vestige::cli
