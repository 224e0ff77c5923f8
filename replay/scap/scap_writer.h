// SPDX-License-Identifier: Apache-2.0
//
// Writes the blocks of a .scap file, of the versions that every reader since
// 2019 knows. Layouts: block_reader.h, event_block.h, process_blocks.h.
//
// Not thread-safe. The file is made 0600 and never through a symlink; it must
// not exist.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "format/header.h"
#include "format/result.h"
#include "format/snapshot.h"
#include "replay/scap/block_reader.h"

namespace vestige {

// One event, as the block that holds it.
std::string event_block(uint64_t unix_ns, uint32_t tid, uint16_t cpu,
                        uint16_t code, const std::vector<std::string>& params);

class ScapWriter {
 public:
  static Result<ScapWriter> create(const std::string& path);

  // Section header, machine, and lists that are empty but expected.
  Result<void> write_machine(const TraceHeader& header);
  // Readers look for processes before the first event only.
  Result<void> write_processes(const Snapshot& snapshot);
  Result<void> write(std::string_view block);
  Result<void> close();

 private:
  struct Close {
    void operator()(FILE* file) const { std::fclose(file); }
  };
  ScapWriter(FILE* file, std::string path)
      : file_(file), path_(std::move(path)) {}
  [[nodiscard]] Error failed() const;

  std::unique_ptr<FILE, Close> file_;
  std::string path_;
};

}  // namespace vestige
