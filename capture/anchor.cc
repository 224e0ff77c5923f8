// SPDX-License-Identifier: Apache-2.0
#include "capture/anchor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "capture/anchor_syslog.h"
#include "capture/anchor_url.h"
#include "format/escape.h"
#include "format/unique_fd.h"

namespace vestige {
namespace {

constexpr std::string_view kSyslog = "syslog";

Result<AnchorSender::Deliver> append_to(const std::string& path) {
  const auto fd = std::make_shared<UniqueFd>(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!*fd)
    return Error{ErrorKind::kSystem,
                 fmt::format("cannot open the anchor file {}: {}",
                             escaped(path), std::strerror(errno))};
  return AnchorSender::Deliver(
      [fd](const std::string& line, const auto&) -> Result<void> {
        // One write: lines of several agents do not mix.
        const std::string text = line + "\n";
        const ssize_t done = ::write(fd->get(), text.data(), text.size());
        if (done == ssize_t(text.size())) return {};
        return Error{ErrorKind::kSystem,
                     done < 0 ? std::strerror(errno) : "a line was cut short"};
      });
}

bool is_url(const std::string& target) {
  return target.starts_with("http://") || target.starts_with("https://");
}

Result<AnchorSender::Deliver> deliver_to(const std::string& target) {
  if (target == kSyslog) return log_to(kSyslogSocket);
  if (target.starts_with("syslog:"))
    return log_to(target.substr(kSyslog.size() + 1));
  if (is_url(target)) return post_to(target);
  return append_to(target);
}

}  // namespace

Result<Anchors> Anchors::open(const std::vector<std::string>& targets) {
  Anchors anchors;
  for (const std::string& target : targets) {
    anchors.senders_.emplace_back(escaped(target), TRY(deliver_to(target)));
    anchors.need_network_ |= is_url(target);
  }
  return anchors;
}

void Anchors::send(const ChainHead& head) {
  for (AnchorSender& sender : senders_) sender.send(to_line(head));
}

std::vector<std::string> Anchors::take_problems() {
  std::vector<std::string> out;
  for (AnchorSender& sender : senders_)
    if (const auto problem = sender.take_first_problem())
      out.push_back(
          fmt::format("anchors do not reach {}: {}", sender.name(), *problem));
  return out;
}

Result<void> Anchors::finish() {
  std::string lost;
  for (AnchorSender& sender : senders_) {
    const AnchorSender::Count count = sender.finish();
    if (count.lost == 0) continue;
    lost += fmt::format("{}{} of {} anchors did not reach {}: {}",
                        lost.empty() ? "" : "; ", count.lost,
                        count.lost + count.sent, sender.name(), count.problem);
  }
  if (!lost.empty()) return Error{ErrorKind::kSystem, std::move(lost)};
  return {};
}

}  // namespace vestige
