// SPDX-License-Identifier: Apache-2.0
#include "capture/command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace vestige {
namespace {

struct Pipe {
  UniqueFd read_end, write_end;
};

Result<Pipe> make_pipe() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0)
    return Error{ErrorKind::kSystem,
                 fmt::format("pipe: {}", std::strerror(errno))};
  return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

[[noreturn]] void run_child(const std::vector<std::string>& argv, int gate,
                            int verdict) {
  char go = 0;
  if (read(gate, &go, 1) != 1) _exit(0);
  std::signal(SIGPIPE, SIG_DFL);  // the agent ignores it; exec would keep that
  std::vector<char*> pointers;
  for (const std::string& arg : argv)
    pointers.push_back(const_cast<char*>(arg.c_str()));
  pointers.push_back(nullptr);
  execvp(pointers[0], pointers.data());
  const int error = errno;
  if (write(verdict, &error, sizeof error) != sizeof error) _exit(126);
  _exit(127);
}

}  // namespace

Result<Command> Command::prepare(const std::vector<std::string>& argv) {
  Pipe gate = TRY(make_pipe());
  Pipe verdict = TRY(make_pipe());
  const pid_t pid = fork();
  if (pid < 0)
    return Error{ErrorKind::kSystem,
                 fmt::format("fork: {}", std::strerror(errno))};
  if (pid == 0) {
    gate.write_end.reset();
    run_child(argv, gate.read_end.get(), verdict.write_end.get());
  }
  return Command(pid, std::move(gate.write_end), std::move(verdict.read_end));
}

Result<void> Command::release() {
  const char go = 1;
  if (write(gate_.get(), &go, 1) != 1)
    return Error{ErrorKind::kSystem, "the command ended before it began"};
  int error = 0;
  // The write end lives in the child alone: exec closes it.
  if (read(verdict_.get(), &error, sizeof error) == sizeof error)
    return Error{ErrorKind::kSystem, fmt::format("cannot run the command: {}",
                                                 std::strerror(error))};
  return {};
}

std::optional<std::string> Command::end() {
  int status = 0;
  if (end_ || waitpid(pid_, &status, WNOHANG) != pid_) return end_;
  if (WIFSIGNALED(status))
    end_ = fmt::format("signal {}", WTERMSIG(status));
  else
    end_ = fmt::format("exit code {}", WEXITSTATUS(status));
  return end_;
}

}  // namespace vestige
