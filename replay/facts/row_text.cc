// SPDX-License-Identifier: Apache-2.0
//
// What the closed choices of the rows are called in text and JSON.
#include "replay/facts/action_row.h"
#include "replay/facts/file_row.h"
#include "replay/facts/net_row.h"
#include "replay/facts/process_row.h"

namespace vestige {
namespace {

constexpr std::string_view kFileOps[] = {
#define FILE_OP(name, text, doc) text,
#include "replay/facts/file_ops.def"
#undef FILE_OP
};

constexpr std::string_view kActionOps[] = {
#define ACTION_OP(name, text, doc) text,
#include "replay/facts/action_ops.def"
#undef ACTION_OP
};

}  // namespace

std::string_view certainty_text(Certainty certainty) {
  switch (certainty) {
    case Certainty::kObserved: return "observed";
    case Certainty::kInferred: return "inferred";
    case Certainty::kUnknown: return "unknown";
  }
  return "";
}

std::string_view file_op_text(FileOp op) {
  return kFileOps[size_t(op)];
}

std::string_view action_op_text(ActionOp op) {
  return kActionOps[size_t(op)];
}

std::string_view file_how_text(FileHow how) {
  switch (how) {
    case FileHow::kNone: return "";
    case FileHow::kOpenTruncate: return "O_TRUNC";
    case FileHow::kTruncate: return "truncate";
    case FileHow::kFtruncate: return "ftruncate";
  }
  return "";
}

std::string_view net_op_text(NetOp op) {
  switch (op) {
    case NetOp::kSocket: return "socket";
    case NetOp::kConnect: return "connect";
    case NetOp::kBind: return "bind";
    case NetOp::kListen: return "listen";
    case NetOp::kAccept: return "accept";
    case NetOp::kSend: return "send";
    case NetOp::kReceive: return "receive";
    case NetOp::kShutdown: return "shutdown";
    case NetOp::kReady: return "ready";
  }
  return "";
}

std::string_view message_kind_text(MessageKind kind) {
  switch (kind) {
    case MessageKind::kDnsQuery: return "dns-query";
    case MessageKind::kDnsAnswer: return "dns-answer";
    case MessageKind::kHttpRequest: return "http-request";
    case MessageKind::kHttpResponse: return "http-response";
    case MessageKind::kTlsHello: return "tls-hello";
  }
  return "";
}

std::string_view direction_text(Direction direction) {
  switch (direction) {
    case Direction::kUnknown: return "unknown";
    case Direction::kOutgoing: return "outgoing";
    case Direction::kIncoming: return "incoming";
    case Direction::kListening: return "listening";
  }
  return "";
}

std::string_view own_how_text(OwnHow how) {
  switch (how) {
    case OwnHow::kOpened: return "opened";
    case OwnHow::kInherited: return "inherited";
    case OwnHow::kShared: return "shared";
    case OwnHow::kPassed: return "passed";
    case OwnHow::kFound: return "found";
  }
  return "";
}

std::string_view process_entry_text(ProcessEntry entry) {
  switch (entry) {
    case ProcessEntry::kNone: return "";
    case ProcessEntry::kInit: return "init";
    case ProcessEntry::kSession: return "session";
  }
  return "";
}

std::vector<std::string_view> split_strings(std::string_view strings) {
  std::vector<std::string_view> out;
  while (!strings.empty()) {
    const size_t end = strings.find('\0');
    out.push_back(strings.substr(0, end));
    if (end == std::string_view::npos) break;
    strings.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace vestige
