// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "replay/protocol/dns.h"
#include "replay/protocol/http.h"
#include "replay/protocol/tls.h"
#include "tests/replay/addresses.h"
#include "tests/replay/rows.h"
#include "tests/replay/trace_builder.h"

namespace vestige {
namespace {

using namespace std::string_literals;

// Question "A example.com", one answer 93.184.216.34 with a pointer as name.
const std::string kQuery =
    "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
    "\x07"
    "example"
    "\x03"
    "com"
    "\x00\x00\x01\x00\x01"s;
const std::string kAnswer =
    "\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"
    "\x07"
    "example"
    "\x03"
    "com"
    "\x00\x00\x01\x00\x01"
    "\xc0\x0c\x00\x01\x00\x01\x00\x00\x0e\x10\x00\x04\x5d\xb8\xd8\x22"s;

TEST(Dns, ReadsQuestionsAndAnswers) {
  const auto query = parse_dns(kQuery);
  ASSERT_TRUE(query);
  EXPECT_FALSE(query->is_response);
  EXPECT_EQ(query->questions[0].name, "example.com");
  const auto answer = parse_dns(kAnswer);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->is_response);
  ASSERT_EQ(answer->answers.size(), 1u);
  EXPECT_EQ(answer->answers[0].name, "example.com");
  EXPECT_EQ(answer->answers[0].family, AF_INET);
  EXPECT_EQ(answer->answers[0].address[0], 0x5d);
}

TEST(Dns, EveryCutIsReadOrRefused) {
  for (size_t size = 0; size < kAnswer.size(); ++size) {
    const auto message = parse_dns(std::string_view(kAnswer).substr(0, size));
    if (message) {
      EXPECT_TRUE(message->answers.empty());
    }
  }
}

TEST(Dns, PointersThatLoopAreRefused) {
  std::string loop = kQuery;
  loop[12] = char(0xc0);
  loop[13] = 12;
  EXPECT_FALSE(parse_dns(loop));
}

TEST(Http, ReadsRequestsAndResponses) {
  const auto request =
      parse_http("GET /x HTTP/1.1\r\nA: b\r\nHost: example.com\r\n\r\nbody");
  ASSERT_TRUE(request);
  EXPECT_TRUE(request->is_request);
  EXPECT_EQ(request->line, "GET /x HTTP/1.1");
  EXPECT_EQ(request->host, "example.com");
  const auto response = parse_http("HTTP/1.0 404 Not Found\r\n");
  ASSERT_TRUE(response);
  EXPECT_FALSE(response->is_request);
}

TEST(Http, OtherTextIsNoMessage) {
  EXPECT_FALSE(parse_http(""));
  EXPECT_FALSE(parse_http("HELLO there\r\n"));
  EXPECT_FALSE(parse_http("GET me a coffee\r\n"));
  EXPECT_FALSE(parse_http("HTTP/1.1 abc\r\n"));
  EXPECT_FALSE(parse_http("Host: x\r\n"));
}

std::string client_hello(std::string_view name) {
  const auto u16 = [](size_t n) {
    return std::string{char(n >> 8), char(n & 0xff)};
  };
  const std::string entry = "\0"s + u16(name.size()) + std::string(name);
  const std::string list = u16(entry.size()) + entry;
  const std::string extension = "\0\0"s + u16(list.size()) + list;
  const std::string body = "\x03\x03"s + std::string(32, 'r') + "\0"s +
                           "\0\x02\x13\x01"s + "\x01\0"s +
                           u16(extension.size()) + extension;
  const std::string handshake = "\x01\0"s + u16(body.size()) + body;
  return "\x16\x03\x01"s + u16(handshake.size()) + handshake;
}

TEST(Tls, ReadsTheServerName) {
  const auto hello = parse_client_hello(client_hello("example.org"));
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->server_name, "example.org");
}

TEST(Tls, ACutNameIsNoName) {
  const std::string whole = client_hello("example.org");
  for (size_t size = 0; size < whole.size(); ++size) {
    const auto hello =
        parse_client_hello(std::string_view(whole).substr(0, size));
    if (hello) {
      EXPECT_EQ(hello->server_name, "");
    }
  }
  EXPECT_FALSE(parse_client_hello("\x17\x03\x03"));
}

TEST(Messages, LookedUpNameIsTheConnectionsName) {
  TraceBuilder trace;
  trace.process(1).call(1, "socket", {AF_INET, SOCK_DGRAM, 0}, 3);
  trace.call(1, "connect", {3, 1, 16}, 0)
      .part(1, PartKind::kSockaddr, in4("10.0.0.2", 53));
  trace.write(1, 3, int64_t(kQuery.size())).payload(1, kQuery, kQuery.size());
  trace.read(1, 3, int64_t(kAnswer.size())).payload(1, kAnswer, kAnswer.size());
  trace.call(1, "socket", {AF_INET, SOCK_STREAM, 0}, 4);
  trace.call(1, "connect", {4, 1, 16}, 0)
      .part(1, PartKind::kSockaddr, in4("93.184.216.34", 80));
  const Facts& facts = trace.facts();
  ASSERT_EQ(facts.messages.size(), 2u);
  EXPECT_EQ(facts.messages[0].text, "A example.com");
  EXPECT_TRUE(facts.messages[0].is_sent);
  EXPECT_EQ(facts.messages[1].text, "A example.com = 93.184.216.34");
  EXPECT_EQ(find_net(facts, NetOp::kConnect, "93.184.216.34:80")
                ? facts.connections.back().remote_name
                : "",
            "example.com");
}

TEST(Messages, ANameLookedUpLaterIsNotAConnectionsName) {
  TraceBuilder trace;
  trace.process(1).call(1, "socket", {AF_INET, SOCK_STREAM, 0}, 4);
  trace.call(1, "connect", {4, 1, 16}, 0)
      .part(1, PartKind::kSockaddr, in4("93.184.216.34", 80));
  trace.call(1, "socket", {AF_INET, SOCK_DGRAM, 0}, 3);
  trace.call(1, "connect", {3, 1, 16}, 0)
      .part(1, PartKind::kSockaddr, in4("10.0.0.2", 53));
  trace.read(1, 3, int64_t(kAnswer.size())).payload(1, kAnswer, kAnswer.size());
  EXPECT_EQ(trace.facts().connections[0].remote_name, "");
}

}  // namespace
}  // namespace vestige
