// SPDX-License-Identifier: Apache-2.0
//
// pcapng (draft-ietf-opsawg-pcapng): packets made up around what sockets
// carried, and labelled so. Handshakes, acknowledgements, sequence numbers
// and link layers are synthetic; payload, addresses, ports and times are as
// recorded. Bytes that were not captured leave a gap in the sequence numbers.
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <map>
#include <set>
#include <tuple>

#include "format/trace_reader.h"
#include "replay/case.h"
#include "replay/export/formats.h"
#include "replay/export/out_file.h"
#include "replay/export/packets.h"

namespace vestige {
namespace {

constexpr size_t kMaxSegment = 1460;
constexpr uint32_t kFirstSequence = 1000;

void put(std::string& out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += char(value >> (8 * i));
}
void put_option(std::string& out, uint16_t code, std::string_view value) {
  put(out, code, 2);
  put(out, value.size(), 2);
  out += value;
  out.append((4 - value.size() % 4) % 4, '\0');
}

// Little endian, the length on both ends.
std::string block(uint32_t type, std::string_view body) {
  std::string out;
  const size_t size = 12 + body.size();
  put(out, type, 4);
  put(out, size, 4);
  out += body;
  put(out, size, 4);
  return out;
}

std::string section_header() {
  std::string body;
  put(body, 0x1a2b3c4d, 4);
  put(body, 1, 2);
  put(body, 0, 2);
  put(body, UINT64_MAX, 8);
  put_option(body, 1,
             "SYNTHETIC: rebuilt by Vestige from the payload of system calls. "
             "Payload, addresses, ports and times were recorded; link layer, "
             "handshakes, sequence numbers and acknowledgements are made up.");
  put_option(body, 4, "vestige");
  put(body, 0, 4);
  return block(0x0a0d0d0a, body);
}

std::string interface_block(const TraceHeader& header) {
  std::string body;
  put(body, 1, 2);  // LINKTYPE_ETHERNET
  put(body, 0, 2);
  put(body, 0, 4);  // no limit
  put_option(body, 2, "vestige-synthetic");
  put_option(body, 3,
             "synthetic packets of container " + (header.container.name.empty()
                                                      ? header.container.id
                                                      : header.container.name));
  put_option(body, 9, std::string(1, 9));  // nanoseconds
  put(body, 0, 4);
  return block(1, body);
}

std::string packet_block(int64_t unix_ns, std::string_view frame,
                         uint64_t full_size, std::string_view comment) {
  std::string body;
  put(body, 0, 4);
  put(body, uint64_t(unix_ns) >> 32, 4);
  put(body, uint64_t(unix_ns), 4);
  put(body, frame.size(), 4);
  put(body, full_size, 4);
  body += frame;
  body.append((4 - frame.size() % 4) % 4, '\0');
  if (!comment.empty()) {
    put_option(body, 1, comment);
    put(body, 0, 4);
  }
  return block(6, body);
}

using EndKey = std::tuple<uint16_t, uint16_t, std::array<uint8_t, 16>>;
EndKey key_of(const Endpoint& end) {
  const Endpoint plain = plain_endpoint(end);
  return {plain.family, plain.port, plain.address};
}

// One connection on its way into packets.
struct Stream {
  const ConnectionRow* row = nullptr;
  bool is_tcp = false;
  bool is_begun = false;
  bool is_mirrored = false;  // the other end is in the trace, too
  uint32_t sent = kFirstSequence;
  uint32_t received = kFirstSequence;
};

class Packets : public TransferWatcher {
 public:
  Packets(const Case& opened, OutFile& out) : case_(opened), out_(out) {
    out_.write(section_header());
    out_.write(interface_block(opened.header()));
    find_streams();
  }

  void on_transfer(const Transfer& transfer) override {
    pending_.push_back({transfer.connection, transfer.flow, transfer.size, {}});
    transfer.for_each_captured([&](uint64_t skip, std::string_view bytes) {
      pending_.back().pieces.emplace_back(skip, bytes);
    });
  }

  // What the last event moved; wanted or not, it takes its place in the
  // sequence.
  void flush(uint64_t time_ns, bool is_wanted) {
    for (const Pending& one : pending_) {
      Stream* const stream = find(one);
      if (!stream) continue;
      stream->is_tcp ? add_tcp(*stream, one, time_ns, is_wanted)
                     : add_udp(*stream, one, time_ns, is_wanted);
    }
    pending_.clear();
  }

  void finish() {
    for (auto& [id, stream] : streams_)
      if (stream.is_begun && stream.row->end_ns != 0)
        send(stream, true, stream.row->end_ns, kTcpFin | kTcpAck, {});
  }

  [[nodiscard]] std::string left_out() const {
    std::string out;
    if (others_ > 0)
      out = fmt::format("{} connections are not TCP or UDP", others_);
    if (unknown_ > 0)
      out += fmt::format("{}{} connections have an end that is not known",
                         out.empty() ? "" : ", ", unknown_);
    if (missing_ > 0)
      out += fmt::format("{}{} bytes were not captured",
                         out.empty() ? "" : ", ", missing_);
    return out;
  }

 private:
  struct Pending {
    ConnectionId connection;
    Flow flow;
    uint64_t size;
    std::vector<std::pair<uint64_t, std::string_view>> pieces;
  };

  void find_streams() {
    std::set<std::pair<EndKey, EndKey>> ends;
    for (const ConnectionRow& row : case_.facts().connections) {
      const bool is_tcp = row.type == SOCK_STREAM;
      if ((row.family != AF_INET && row.family != AF_INET6) ||
          (!is_tcp && row.type != SOCK_DGRAM)) {
        ++others_;
        continue;
      }
      if (row.direction == Direction::kListening) continue;
      if (row.sends + row.receives == 0) continue;
      if (!row.remote || row.remote.port == 0) {
        ++unknown_;
        continue;
      }
      streams_[row.id] = {&row, is_tcp};
      ends.emplace(key_of(row.local), key_of(row.remote));
    }
    for (auto& [id, stream] : streams_)
      stream.is_mirrored = ends.contains(
          {key_of(stream.row->remote), key_of(stream.row->local)});
  }

  Stream* find(const Pending& one) {
    const auto found = streams_.find(one.connection);
    if (found == streams_.end()) return nullptr;
    // Both ends tell of the same bytes: the sender's word is taken.
    if (found->second.is_mirrored) {
      if (one.flow == Flow::kIn) return nullptr;
      if (found->second.row->direction == Direction::kIncoming)
        return peer_of(found->second);
    }
    return &found->second;
  }

  // The stream that both ends of a connection inside the trace go into.
  Stream* peer_of(Stream& stream) {
    for (auto& [id, other] : streams_)
      if (key_of(other.row->local) == key_of(stream.row->remote) &&
          key_of(other.row->remote) == key_of(stream.row->local)) {
        return &other;
      }
    return &stream;
  }

  static Flow4Or6 direction_of(const Stream& stream, bool is_out) {
    Endpoint local = plain_endpoint(stream.row->local);
    const Endpoint remote = plain_endpoint(stream.row->remote);
    if (local.family != remote.family) {  // not known: all zero
      local.family = remote.family;
      local.address = {};
    }
    return is_out ? Flow4Or6{local, remote, true}
                  : Flow4Or6{remote, local, false};
  }

  std::string_view comment(const Stream& stream) const {
    return stream.row->certainty == Certainty::kObserved
               ? ""
               : "an end of this connection is inferred";
  }

  void send(Stream& stream, bool is_out, uint64_t time_ns, uint8_t flags,
            std::string_view bytes) {
    uint32_t& mine = is_out ? stream.sent : stream.received;
    const uint32_t theirs = is_out ? stream.received : stream.sent;
    const std::string frame =
        tcp_frame(direction_of(stream, is_out),
                  {mine, flags & kTcpAck ? theirs : 0, flags}, bytes);
    out_.write(packet_block(case_.unix_ns(time_ns), frame, frame.size(),
                            comment(stream)));
    mine += uint32_t(bytes.size()) + (flags & (kTcpSyn | kTcpFin) ? 1 : 0);
  }

  void begin(Stream& stream, uint64_t time_ns) {
    if (stream.is_begun) return;
    stream.is_begun = true;
    const bool is_out = stream.row->direction != Direction::kIncoming;
    send(stream, is_out, time_ns, kTcpSyn, {});
    send(stream, !is_out, time_ns, kTcpSyn | kTcpAck, {});
    send(stream, is_out, time_ns, kTcpAck, {});
  }

  void add_tcp(Stream& stream, const Pending& one, uint64_t time_ns,
               bool is_wanted) {
    // The answer of a peer inside the trace comes from its own descriptor.
    const bool is_own = stream.row->id == one.connection;
    const bool is_out = is_own == (one.flow == Flow::kOut);
    uint32_t& sequence = is_out ? stream.sent : stream.received;
    if (is_wanted) begin(stream, time_ns);
    const uint32_t begin_at = sequence;
    uint64_t known = 0;
    for (const auto& [skip, bytes] : one.pieces) {
      if (!is_wanted) break;
      sequence = begin_at + uint32_t(skip);
      known += bytes.size();
      for (size_t at = 0; at < bytes.size(); at += kMaxSegment)
        send(stream, is_out, time_ns, kTcpPush | kTcpAck,
             bytes.substr(at, kMaxSegment));
    }
    if (is_wanted) missing_ += one.size - std::min(one.size, known);
    sequence = begin_at + uint32_t(one.size);
  }

  void add_udp(Stream& stream, const Pending& one, uint64_t time_ns,
               bool is_wanted) {
    if (!is_wanted) return;
    std::string bytes;
    for (const auto& [skip, piece] : one.pieces)
      if (skip == bytes.size()) bytes += piece;
    missing_ += one.size - std::min<uint64_t>(one.size, bytes.size());
    const bool is_out =
        (stream.row->id == one.connection) == (one.flow == Flow::kOut);
    const std::string frame =
        udp_frame(direction_of(stream, is_out), bytes, one.size);
    out_.write(packet_block(case_.unix_ns(time_ns), frame,
                            frame.size() + one.size - bytes.size(),
                            comment(stream)));
  }

  const Case& case_;
  OutFile& out_;
  std::map<ConnectionId, Stream> streams_;
  std::vector<Pending> pending_;
  uint64_t others_ = 0;
  uint64_t unknown_ = 0;
  uint64_t missing_ = 0;
};

}  // namespace

Result<std::string> export_pcapng(const TraceExport& what) {
  const Case opened = TRY(Case::open(what.from));
  OutFile out = TRY(OutFile::create(what.to));
  Packets packets(opened, out);
  TraceReader reader =
      TRY(TraceReader::open(what.from, {.pace = Pace::kAhead}));
  EventViewer viewer(reader.header());
  viewer.watch(&packets);
  while (true) {
    const TraceReader::Item item = TRY(reader.next());
    if (!item) break;
    if (item.snapshot) viewer.apply(*item.snapshot, item.position);
    if (item.loss) viewer.apply(*item.loss);
    if (!item.event) continue;
    const EventView& view = viewer.apply(*item.event, item.position);
    packets.flush(item.event->time_ns,
                  !what.filter || what.filter->matches(view));
  }
  packets.finish();
  TRY(out.close());
  return packets.left_out();
}

}  // namespace vestige
