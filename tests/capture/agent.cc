// SPDX-License-Identifier: Apache-2.0
#include "tests/capture/agent.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace vestige::testing {
namespace {

constexpr auto kPatience = std::chrono::seconds(30);

pid_t start(const std::vector<std::string>& argv, const std::string& errors) {
  std::vector<char*> pointers;
  for (const std::string& arg : argv)
    pointers.push_back(const_cast<char*>(arg.c_str()));
  pointers.push_back(nullptr);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  if (!errors.empty()) {
    const int fd = open(errors.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    dup2(fd, STDERR_FILENO);
  }
  execvp(pointers[0], pointers.data());
  _exit(127);
}

int wait_for(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

ScratchDirectory::ScratchDirectory() {
  char name[] = "/tmp/vestige-capture-test-XXXXXX";
  path_ = mkdtemp(name);
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Agent::Agent(std::vector<std::string> arguments) {
  char name[] = "/tmp/vestige-agent-messages-XXXXXX";
  close(mkstemp(name));
  messages_path_ = name;
  arguments.insert(arguments.begin(), VESTIGE_CAPTURE_BINARY);
  pid_ = start(arguments, messages_path_);
}

Agent::~Agent() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    wait();
  }
  std::filesystem::remove(messages_path_);
}

bool Agent::wait_ready() {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < end) {
    if (messages().find("recording") != std::string::npos) return true;
    siginfo_t info = {};
    waitid(P_PID, pid_, &info, WEXITED | WNOHANG | WNOWAIT);
    if (info.si_pid == pid_) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

void Agent::send(int signal) {
  kill(pid_, signal);
}

int Agent::wait() {
  const int code = wait_for(pid_);
  pid_ = -1;
  return code;
}

std::string Agent::messages() const {
  std::ostringstream text;
  text << std::ifstream(messages_path_).rdbuf();
  return text.str();
}

bool wait_for_file(const std::string& path) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!std::filesystem::exists(path)) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

int run(const std::vector<std::string>& argv) {
  return wait_for(start(argv, ""));
}

std::string program(const std::string& name) {
  return std::string(VESTIGE_PROGRAMS) + "/" + name;
}

bool TraceContent::mentions(const std::string& text) const {
  return std::ranges::any_of(strings, [&](const std::string& one) {
    return one.find(text) != one.npos;
  });
}

uint64_t TraceContent::lost(LossReason reason) const {
  const auto found = losses.find(reason);
  return found == losses.end() ? 0 : found->second;
}

TraceContent read_trace(const std::string& path) {
  TraceContent content;
  auto reader = TraceReader::open(path);
  if (!reader) {
    ADD_FAILURE() << reader.error().message;
    return content;
  }
  while (true) {
    auto item = reader->next();
    if (!item || !*item) break;
    if (item->snapshot) ++content.snapshots;
    if (item->loss) content.told.push_back(*item->loss);
    if (!item->event) continue;
    ++content.events;
    ++content.calls[std::string(item->event->descriptor->name)];
    if (item->event->flags & kInFlight)
      content.in_flight.emplace_back(item->event->descriptor->name);
    for (const Part& part : item->event->parts) {
      if (part.kind == PartKind::kComm) content.names.emplace_back(part.data);
      if (part.kind == PartKind::kString || part.kind == PartKind::kPath ||
          part.kind == PartKind::kArgv || part.kind == PartKind::kPayload)
        content.strings.emplace_back(part.data);
    }
  }
  content.header = reader->header();
  content.end = reader->end();
  content.is_complete = reader->is_complete();
  for (const Loss& loss : content.end.losses)
    content.losses[loss.reason] += loss.count;
  return content;
}

}  // namespace vestige::testing
