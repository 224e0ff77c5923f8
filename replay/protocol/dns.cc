// SPDX-License-Identifier: Apache-2.0
#include "replay/protocol/dns.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <iterator>

namespace vestige {
namespace {

constexpr size_t kHeader = 12;
constexpr size_t kMaxName = 255;  // RFC 1035, 2.3.4
constexpr int kMaxJumps = 32;
constexpr int kMaxRecords = 64;
constexpr uint16_t kTypeA = 1, kTypeCname = 5, kTypeAaaa = 28;
constexpr uint16_t kClassInternet = 1;

constexpr struct {
  uint16_t type;
  std::string_view text;
} kTypes[] = {{1, "A"},    {2, "NS"},  {5, "CNAME"}, {6, "SOA"},
              {12, "PTR"}, {15, "MX"}, {16, "TXT"},  {28, "AAAA"},
              {33, "SRV"}, {43, "DS"}, {64, "SVCB"}, {65, "HTTPS"},
              {255, "ANY"}};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] size_t at() const { return at_; }

  uint8_t u8() {
    if (at_ >= bytes_.size()) {
      failed_ = true;
      return 0;
    }
    return uint8_t(bytes_[at_++]);
  }
  uint16_t u16() {
    const uint16_t high = u8();
    return uint16_t(high << 8 | u8());
  }
  std::string_view take(size_t size) {
    if (size > bytes_.size() - at_) {
      failed_ = true;
      return {};
    }
    at_ += size;
    return bytes_.substr(at_ - size, size);
  }

  // Labels, with pointers to earlier ones followed a bounded number of times.
  std::string name() {
    std::string out;
    size_t back = 0;  // where to go on after the first pointer
    for (int jumps = 0; !failed_;) {
      const uint8_t length = u8();
      if (failed_ || length == 0) break;
      if ((length & 0xC0) == 0xC0) {
        const size_t target = size_t(length & 0x3F) << 8 | u8();
        if (back == 0) back = at_;
        if (++jumps > kMaxJumps || target >= bytes_.size()) failed_ = true;
        at_ = target;
        continue;
      }
      if (length > 63 || out.size() + length > kMaxName) {
        failed_ = true;
        break;
      }
      if (!out.empty()) out.push_back('.');
      out.append(take(length));
    }
    if (back != 0) at_ = back;
    return out;
  }

 private:
  std::string_view bytes_;
  size_t at_ = 0;
  bool failed_ = false;
};

std::optional<DnsAnswer> read_answer(Reader& in) {
  DnsAnswer answer;
  answer.name = in.name();
  answer.type = in.u16();
  in.u16();    // class
  in.take(4);  // time to live
  const uint16_t size = in.u16();
  if (in.failed()) return std::nullopt;
  if (answer.type == kTypeCname) {
    const size_t end = in.at() + size;
    answer.target = in.name();
    if (in.failed() || in.at() != end) return std::nullopt;
    return answer;
  }
  const std::string_view data = in.take(size);
  if (in.failed()) return std::nullopt;
  const bool is_a = answer.type == kTypeA && size == 4;
  const bool is_aaaa = answer.type == kTypeAaaa && size == 16;
  if (is_a || is_aaaa) {
    answer.family = is_a ? AF_INET : AF_INET6;
    std::ranges::copy(data, answer.address.begin());
  }
  return answer;
}

}  // namespace

std::optional<DnsMessage> parse_dns(std::string_view bytes) {
  if (bytes.size() <= kHeader) return std::nullopt;
  Reader in(bytes);
  DnsMessage message;
  message.id = in.u16();
  const uint16_t flags = in.u16();
  message.is_response = flags & 0x8000;
  message.code = flags & 0x000F;
  const bool is_query = (flags >> 11 & 0xF) == 0;
  const int questions = in.u16();
  const int answers = in.u16();
  in.take(4);  // authority and additional records
  // One question is all that anybody sends; more is another protocol.
  if (!is_query || questions != 1 || answers > kMaxRecords) return std::nullopt;
  DnsQuestion& question = message.questions.emplace_back();
  question.name = in.name();
  question.type = in.u16();
  if (in.u16() != kClassInternet || in.failed()) return std::nullopt;
  for (int i = 0; i < answers; ++i) {
    auto answer = read_answer(in);
    if (!answer) break;  // the rest was not captured
    message.answers.push_back(std::move(*answer));
  }
  return message;
}

std::string dns_type_text(uint16_t type) {
  const auto found = std::ranges::find(
      kTypes, type, [](const auto& entry) { return entry.type; });
  return found == std::end(kTypes) ? fmt::format("TYPE{}", type)
                                   : std::string(found->text);
}

}  // namespace vestige
