// SPDX-License-Identifier: Apache-2.0
#include "replay/evidence/redact_trace.h"

#include <cstring>
#include <deque>

#include "format/trace_reader.h"

namespace vestige {
namespace {

enum class Handling : uint8_t {
  kText,
  kStrings,
  kFixed,
  kSockaddr,
  kSocket,
  kKeep
};

Handling handling_of(PartKind kind) {
  switch (kind) {
    case PartKind::kString:
    case PartKind::kStringAfter:
    case PartKind::kPath:
    case PartKind::kComm:
    case PartKind::kCwd: return Handling::kText;
    case PartKind::kStringArray:
    case PartKind::kArgv:
    case PartKind::kEnv: return Handling::kStrings;
    case PartKind::kPayload:
    case PartKind::kBytes:
    case PartKind::kControl: return Handling::kFixed;
    case PartKind::kSockaddr: return Handling::kSockaddr;
    case PartKind::kSocket: return Handling::kSocket;
    case PartKind::kFile:
    case PartKind::kTask:
    case PartKind::kCredentials:
    case PartKind::kFds:
    case PartKind::kUnknownArgs: return Handling::kKeep;
  }
  return Handling::kFixed;  // a kind of a newer format
}

// Calls visit(text) for every text that is not part of an event.
template <typename Visit>
void for_each_text(Snapshot& snapshot, Visit visit) {
  for (ProcessState& process : snapshot.processes) {
    for (std::string* text :
         {&process.comm, &process.exe, &process.cwd, &process.root})
      visit(*text);
    for (std::string& word : process.argv) visit(word);
    for (std::string& word : process.env) visit(word);
    for (ThreadState& thread : process.threads) visit(thread.comm);
    for (FdState& fd : process.fds) visit(fd.target);
  }
  for (MountState& mount : snapshot.mounts)
    for (std::string* text :
         {&mount.root, &mount.mount_point, &mount.options, &mount.source})
      visit(*text);
}

template <typename Visit>
void for_each_text(ContainerInfo& container, Visit visit) {
  for (std::string* text : {&container.name, &container.image,
                            &container.cgroup_path, &container.rootfs})
    visit(*text);
  for (auto& [key, value] : container.labels) visit(value);
}

template <typename Visit>
void for_each_text(TraceHeader& header, Visit visit) {
  for (std::string& word : header.command) visit(word);
  visit(header.selection);
  visit(header.host_name);
  for_each_text(header.container, visit);
  for (Parent& parent : header.parents) {
    visit(parent.file_name);
    visit(parent.detail);
    for_each_text(parent.container, visit);
  }
}

// Words that belong together, as patterns see them: "--password", "x".
std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += word + '\0';
  return out;
}
std::vector<std::string> split(std::string_view joined) {
  std::vector<std::string> out;
  while (!joined.empty()) {
    out.emplace_back(joined.substr(0, joined.find('\0')));
    joined.remove_prefix(std::min(joined.size(), out.back().size() + 1));
  }
  return out;
}

class Redaction {
 public:
  explicit Redaction(Redactor& redactor) : redactor_(redactor) {}

  Result<void> learn(const std::string& path);
  [[nodiscard]] Rewrite rewrite(const std::string& words);

 private:
  const Event& change(const Event& event);
  bool change(PartKind kind, std::string& data);
  void change(Snapshot& snapshot);

  Redactor& redactor_;
  Event event_;
  std::vector<Part> parts_;
  std::deque<std::string> data_;
};

Result<void> Redaction::learn(const std::string& path) {
  TraceReader reader = TRY(TraceReader::open(path, {.pace = Pace::kAhead}));
  const auto learn = [&](std::string& text) { redactor_.learn(text); };
  TraceHeader header = reader.header();
  header.origins.push_back(header);
  for (TraceHeader& each : header.origins) {
    for_each_text(each, learn);
    redactor_.learn(joined(each.command));
  }
  while (true) {
    const TraceReader::Item item = TRY(reader.next());
    if (!item) return {};
    if (item.snapshot) {
      Snapshot snapshot = *item.snapshot;
      for_each_text(snapshot, learn);
      for (const ProcessState& process : snapshot.processes) {
        redactor_.learn(joined(process.argv));
        redactor_.learn(joined(process.env));
      }
    }
    if (!item.event) continue;
    for (const Part& part : item.event->parts) {
      const Handling handling = handling_of(part.kind);
      if (handling != Handling::kKeep && handling != Handling::kSocket)
        redactor_.learn(part.data);
    }
  }
}

bool Redaction::change(PartKind kind, std::string& data) {
  switch (handling_of(kind)) {
    case Handling::kText:
    case Handling::kStrings: return redactor_.text(data);
    case Handling::kFixed: return redactor_.fixed(data);
    case Handling::kSockaddr: return redactor_.sockaddr(data);
    case Handling::kSocket: {
      if (data.size() < sizeof(SocketPart)) return false;
      SocketPart socket{};
      std::memcpy(&socket, data.data(), sizeof socket);
      if (!redactor_.socket(socket)) return false;
      std::memcpy(data.data(), &socket, sizeof socket);
      return true;
    }
    case Handling::kKeep: return false;
  }
  return false;
}

const Event& Redaction::change(const Event& event) {
  event_ = event;
  parts_.assign(event.parts.begin(), event.parts.end());
  data_.clear();
  for (Part& part : parts_) {
    std::string data(part.data);
    if (!change(part.kind, data)) continue;
    // A truncated text stays known to be longer; all others are as long as
    // they now are.
    const bool is_text = handling_of(part.kind) == Handling::kText ||
                         handling_of(part.kind) == Handling::kStrings;
    if (is_text && !(part.flags & kPartTruncated)) part.full_size = data.size();
    part.flags |= kPartRedacted;
    part.data = data_.emplace_back(std::move(data));
  }
  event_.parts = parts_;
  return event_;
}

void Redaction::change(Snapshot& snapshot) {
  for (ProcessState& process : snapshot.processes) {
    for (std::vector<std::string>* words : {&process.argv, &process.env}) {
      std::string all = joined(*words);
      if (redactor_.text(all)) *words = split(all);
    }
    for (FdState& fd : process.fds)
      if (fd.socket) redactor_.socket(*fd.socket);
  }
  for_each_text(snapshot, [&](std::string& text) { redactor_.text(text); });
}

Rewrite Redaction::rewrite(const std::string& words) {
  const auto change_text = [this](std::string& text) { redactor_.text(text); };
  return {.operation = "redacted",
          .words = words,
          .header =
              [this, change_text](TraceHeader& header) {
                std::string all = joined(header.command);
                if (redactor_.text(all)) header.command = split(all);
                for_each_text(header, change_text);
              },
          .container =
              [change_text](ContainerInfo& container) {
                for_each_text(container, change_text);
              },
          .event = [this](const Event& event) -> const Event& {
            return change(event);
          },
          .snapshot = [this](Snapshot& snapshot) { change(snapshot); },
          .loss = [this](Loss& loss) { redactor_.text(loss.where); },
          .more_losses =
              [this] {
                std::vector<Loss> out;
                for (const auto& [what, count] : redactor_.counts())
                  out.push_back({.reason = LossReason::kRedacted,
                                 .count = count,
                                 .where = what});
                return out;
              }};
}

}  // namespace

Result<RedactionReport> redact_trace(const std::string& from,
                                     const std::string& to,
                                     const RedactionOptions& what,
                                     const std::string& words,
                                     const CopyOptions& options) {
  Redactor redactor = TRY(Redactor::create(what));
  Redaction redaction(redactor);
  TRY(redaction.learn(from));
  TRY(redactor.prepare());
  RedactionReport report;
  report.copy = TRY(rewrite_trace(from, to, redaction.rewrite(words), options));
  report.counts = redactor.counts();
  return report;
}

}  // namespace vestige
