// SPDX-License-Identifier: Apache-2.0
#include "format/verify.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "tests/format/trace_fixture.h"

namespace vestige {
namespace {

using testing::HasSubstr;

class Verify : public testing::Test {
 protected:
  // Five chunks of events; where each begins is in chunk_at_.
  std::string make(const std::string& name, const SigningKey* key) {
    EventMaker maker(3);
    chunk_at_.clear();
    heads_.clear();
    auto writer =
        TraceWriter::create(dir_.file(name), some_header(),
                            {.chunk_events = 20,
                             .signing_key = key,
                             .on_chunk = [this](const ChainHead& head) {
                               heads_.push_back(head);
                             }});
    EXPECT_TRUE(writer);
    for (int i = 0; i < 100; ++i) {
      if (i % 20 == 0) chunk_at_.push_back(writer->bytes());
      EXPECT_TRUE(writer->append(maker.next().event));
    }
    chunk_at_.push_back(writer->bytes());
    EXPECT_TRUE(writer->close({}));
    return read_file(dir_.file(name));
  }
  SigningKey key(const std::string& name) {
    auto key = SigningKey::load_or_create(dir_.file(name));
    EXPECT_TRUE(key) << key.error().message;
    return std::move(key).value();
  }
  Verification verify(std::string_view bytes,
                      const VerifyOptions& options = {}) {
    write_file(dir_.file("checked"), bytes);
    auto result = verify_trace(dir_.file("checked"), options);
    EXPECT_TRUE(result) << result.error().message;
    return std::move(result).value();
  }
  std::string chunk(const std::string& bytes, size_t n) const {
    return bytes.substr(chunk_at_[n], chunk_at_[n + 1] - chunk_at_[n]);
  }

  TempDir dir_;
  std::vector<size_t> chunk_at_;
  std::vector<ChainHead> heads_;
};

TEST_F(Verify, AnUntouchedTraceIsIntact) {
  const auto unsigned_one = verify(make("a", nullptr));
  EXPECT_EQ(unsigned_one.verdict, Verdict::kIntactUnsigned);
  EXPECT_EQ(unsigned_one.sentence, "intact, unsigned");
  EXPECT_EQ(unsigned_one.events, 100u);
  const SigningKey agent = key("agent.pem");
  const auto signed_one = verify(make("b", &agent));
  EXPECT_EQ(signed_one.verdict, Verdict::kIntactSigned);
  EXPECT_EQ(signed_one.signature->key, agent.public_key());
  EXPECT_THAT(signed_one.sentence, HasSubstr(fingerprint(agent.public_key())));
}

TEST_F(Verify, EveryFlippedByteIsNoticed) {
  const SigningKey agent = key("agent.pem");
  const std::string bytes = make("a", &agent);
  std::mt19937 random(5);
  std::vector<size_t> places;
  for (int i = 0; i < 500; ++i) places.push_back(random() % bytes.size());
  for (size_t at = chunk_at_[5]; at < bytes.size(); ++at) places.push_back(at);
  for (const size_t at : places) {
    std::string damaged = bytes;
    damaged[at] ^= char(1 << random() % 8);
    ASSERT_EQ(verify(damaged).verdict, Verdict::kAltered) << at;
  }
}

TEST_F(Verify, NamesTheAlteredChunk) {
  std::string bytes = make("a", nullptr);
  bytes[chunk_at_[2] + 400] ^= 1;
  EXPECT_THAT(verify(bytes).sentence, HasSubstr("altered in chunk 3"));
}

TEST_F(Verify, SwappedDroppedAndRepeatedChunksAreNoticed) {
  const std::string bytes = make("a", nullptr);
  const std::string before = bytes.substr(0, chunk_at_[1]);
  const std::string after = bytes.substr(chunk_at_[3]);
  const std::string b = chunk(bytes, 1), c = chunk(bytes, 2);
  EXPECT_EQ(verify(before + b + c + after).verdict, Verdict::kIntactUnsigned);
  for (const std::string& forged :
       {before + c + b + after, before + c + after, before + b + b + c + after,
        before + after}) {
    const auto result = verify(forged);
    EXPECT_EQ(result.verdict, Verdict::kAltered);
    EXPECT_THAT(result.sentence, HasSubstr("altered in chunk "));
  }
}

TEST_F(Verify, ATailOfAnotherTraceIsNoticed) {
  const std::string one = make("a", nullptr);
  const size_t at = chunk_at_[5];
  const std::string other = make("b", nullptr);
  EXPECT_EQ(verify(one.substr(0, at) + other.substr(chunk_at_[5])).verdict,
            Verdict::kAltered);
  EXPECT_EQ(verify(one + "x").verdict, Verdict::kAltered);
}

TEST_F(Verify, AFileCutAnywhereIsIncompleteNotAltered) {
  const std::string bytes = make("a", nullptr);
  std::mt19937 random(6);
  for (int i = 0; i < 500; ++i) {
    const size_t size = 200 + random() % (bytes.size() - 200);
    const auto result = verify(std::string_view(bytes).substr(0, size));
    ASSERT_EQ(result.verdict, Verdict::kIncomplete) << size;
    ASSERT_THAT(result.sentence, HasSubstr("incomplete since"));
  }
  EXPECT_EQ(verify(bytes.substr(0, chunk_at_[3])).events, 60u);
  EXPECT_EQ(
      verify(bytes.substr(0, chunk_at_[3]) + std::string(5000, '\0')).verdict,
      Verdict::kIncomplete);
}

TEST_F(Verify, AnotherKeyIsNoticed) {
  const SigningKey agent = key("agent.pem"), other = key("other.pem");
  const std::string forged = make("a", &other);
  const VerifyOptions by_agent{.key = agent.public_key()};
  EXPECT_EQ(verify(forged, by_agent).verdict, Verdict::kOtherKey);
  EXPECT_EQ(verify(make("b", nullptr), by_agent).verdict, Verdict::kOtherKey);
  EXPECT_EQ(verify(make("c", &agent), by_agent).verdict,
            Verdict::kIntactSigned);
}

TEST_F(Verify, AnAnchorShowsARewrittenOrShortenedTrace) {
  const std::string bytes = make("a", nullptr);
  VerifyOptions options{.anchors = heads_};
  EXPECT_EQ(verify(bytes, options).anchors, heads_.size());
  const std::string cut = bytes.substr(0, chunk_at_[2]);
  EXPECT_THAT(verify(cut, options).sentence, HasSubstr("there was more"));
  options.anchors[3].head[0] ^= 1;
  EXPECT_EQ(verify(bytes, options).verdict, Verdict::kAltered);
}

TEST_F(Verify, AnchorsSurviveBeingLogged) {
  make("a", nullptr);
  std::string log = "unrelated\n";
  for (const ChainHead& head : heads_)
    log += "Nov 23 06:00:00 host vestige-capture[12]: " + to_line(head) + "\n";
  write_file(dir_.file("log"), log);
  const auto read = load_anchors(dir_.file("log"));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, heads_);
}

TEST_F(Verify, StockOpensslChecksTheSignature) {
  const SigningKey agent = key("agent.pem");
  make("a", &agent);
  const Verification result = *verify_trace(dir_.file("a"));
  write_file(dir_.file("statement"), to_text(result.seal));
  const auto& signature = result.signature->signature;
  write_file(
      dir_.file("signature"),
      {reinterpret_cast<const char*>(signature.data()), signature.size()});
  write_file(dir_.file("key"), to_pem(result.signature->key));
  const auto check = [this] {
    return std::system(("openssl pkeyutl -verify -rawin -pubin -inkey " +
                        dir_.file("key") + " -in " + dir_.file("statement") +
                        " -sigfile " + dir_.file("signature") + " >/dev/null")
                           .c_str());
  };
  EXPECT_EQ(check(), 0);
  write_file(dir_.file("statement"), to_text(result.seal) + "x");
  EXPECT_NE(check(), 0);
}

TEST_F(Verify, KeysThatOthersCanReadAreRefused) {
  key("agent.pem");
  std::filesystem::permissions(dir_.file("agent.pem"),
                               std::filesystem::perms(0644));
  const auto loaded = SigningKey::load(dir_.file("agent.pem"));
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("others may read"));
  write_file(dir_.file("no.pem"), "hello");
  EXPECT_EQ(load_public_key(dir_.file("no.pem")).error().kind,
            ErrorKind::kBadInput);
}

TEST_F(Verify, AForeignFileIsRefused) {
  write_file(dir_.file("x"), "hello");
  EXPECT_EQ(verify_trace(dir_.file("x")).error().kind, ErrorKind::kBadInput);
}

}  // namespace
}  // namespace vestige
