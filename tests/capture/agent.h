// SPDX-License-Identifier: Apache-2.0
// Runs vestige-capture as a user does, and reads what it wrote.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "format/trace_reader.h"

namespace vestige::testing {

// A directory of this test alone; removed with everything in it.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ~ScratchDirectory();
  [[nodiscard]] std::string operator/(const std::string& name) const {
    return path_ + "/" + name;
  }

 private:
  std::string path_;
};

// vestige-capture, running. Its messages go to a file.
class Agent {
 public:
  explicit Agent(std::vector<std::string> arguments);
  ~Agent();  // kills it if it still runs
  // Until it says that it records. False when it ended before.
  bool wait_ready();
  void send(int signal);
  int wait();  // its exit code; -signal when killed
  [[nodiscard]] std::string messages() const;
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  std::string messages_path_;
};

// False when it is not there after half a minute.
bool wait_for_file(const std::string& path);
// Runs a program to its end; its exit code.
int run(const std::vector<std::string>& argv);
// A program of tests/programs.
std::string program(const std::string& name);

// A trace read to its end. Strings of events are copied out.
struct TraceContent {
  std::map<std::string, uint64_t> calls;  // how many by name
  std::vector<std::string> strings;       // all string and path parts
  std::vector<std::string> in_flight;     // names of calls that never returned
  uint64_t events = 0;
  uint64_t snapshots = 0;
  std::vector<std::string> names;         // all comm parts
  std::vector<Loss> told;                 // where and when they happened
  std::map<LossReason, uint64_t> losses;  // totals
  TraceHeader header;
  TraceEnd end;
  bool is_complete = false;

  [[nodiscard]] bool mentions(const std::string& text) const;
  [[nodiscard]] uint64_t lost(LossReason reason) const;
};
TraceContent read_trace(const std::string& path);

}  // namespace vestige::testing
