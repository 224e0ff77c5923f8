// SPDX-License-Identifier: Apache-2.0
#include "tui/describe.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstring>

#include "tui/session.h"

namespace vestige::tui {
namespace {

bool needs_quotes(std::string_view text) {
  return text.empty() || text.find_first_of(" '\"\\") != std::string_view::npos;
}

}  // namespace

std::string command_text(std::string_view argv, size_t max_bytes) {
  std::string text;
  while (!argv.empty() && text.size() < max_bytes) {
    const size_t end = std::min(argv.find('\0'), argv.size());
    const std::string_view one =
        argv.substr(0, std::min(end, max_bytes - text.size()));
    argv.remove_prefix(std::min(end + 1, argv.size()));
    if (!text.empty()) text += ' ';
    if (!needs_quotes(one)) {
      text += one;
      continue;
    }
    text += '\'';
    for (const char letter : one) {
      if (letter == '\'') {
        text += "'\\''";
      } else {
        text += letter;
      }
    }
    text += '\'';
  }
  return text;
}

std::string process_command(const ProcessRow& row, size_t max_bytes) {
  if (!row.argv.empty()) return command_text(row.argv, max_bytes);
  return row.comm.empty() ? "?" : fmt::format("[{}]", row.comm);
}

std::string end_text(const ProcessRow& row) {
  switch (row.end) {
    case ProcessEnd::kNone: return "alive";
    case ProcessEnd::kExited: return fmt::format("{}", row.exit_code);
    case ProcessEnd::kKilled: return signal_text(row.exit_signal);
    case ProcessEnd::kInferred: return "gone";
  }
  return "";
}

std::string signal_text(int signal) {
  const char* name = sigabbrev_np(signal);
  return name ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

std::string connection_result(const ConnectionRow& row) {
  if (row.direction == Direction::kListening) return "listening";
  if (row.is_established) return "ok";
  if (row.error != 0) return errno_text(row.error);
  return row.sends + row.receives > 0 ? "ok" : "-";
}

std::string connection_text(const ConnectionRow& row) {
  const bool is_incoming = row.direction == Direction::kIncoming;
  return fmt::format("{} {} {}  {}", is_incoming ? "from" : "to",
                     endpoint_text(row.remote),
                     protocol_text(row.family, row.type, row.protocol),
                     connection_result(row));
}

std::string action_text(const Facts& facts, const ActionRow& row) {
  std::string text(row.call.empty() ? action_op_text(row.op) : row.call);
  if (row.op == ActionOp::kSignal) text += " " + signal_text(row.signal);
  if (!row.detail.empty()) text.append(" ").append(row.detail);
  if (const ProcessRow* target = facts.process(row.target)) {
    text += fmt::format(" {} {}", target->comm, target->pid);
  } else if (row.target_pid != 0) {
    text += fmt::format(" pid {}", row.target_pid);
  }
  if (row.detail.empty() && row.op != ActionOp::kSignal) {
    text += fmt::format(" {:#x}", row.value);
  }
  return text;
}

std::string_view origin_text(ProcessOrigin origin) {
  switch (origin) {
    case ProcessOrigin::kSnapshot: return "there when the capture began";
    case ProcessOrigin::kFork: return "its start was seen";
    case ProcessOrigin::kInferred: return "inferred: its start was not seen";
  }
  return "";
}

std::string mode_text(uint32_t mode) {
  static constexpr char kLetters[] = "rwxrwxrwx";
  std::string text = fmt::format("{:04o} ", mode & 07777);
  text += S_ISDIR(mode) ? 'd' : S_ISLNK(mode) ? 'l' : '-';
  for (int i = 0; i < 9; ++i) {
    text += (mode >> (8 - i) & 1) != 0 ? kLetters[i] : '-';
  }
  return text;
}

}  // namespace vestige::tui
