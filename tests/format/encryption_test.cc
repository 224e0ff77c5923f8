// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cstdlib>

#include "format/proof.h"
#include "format/trace_copy.h"
#include "format/verify.h"
#include "tests/format/trace_fixture.h"

namespace vestige {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kSecret = "correct horse battery staple";

class Encryption : public testing::Test {
 protected:
  Encryption() {
    ::unsetenv("VESTIGE_IDENTITY");
    make("plain", {});
    make("trace", {own_.recipient(), second_.recipient()});
  }
  ~Encryption() override { ::unsetenv("VESTIGE_IDENTITY"); }

  void make(const std::string& name, const std::vector<Recipient>& recipients) {
    EventMaker maker(4);
    auto writer = TraceWriter::create(dir_.file(name), some_header(),
                                      {.chunk_events = 300,
                                       .recipients = recipients,
                                       .signing_key = &signing_key_});
    ASSERT_TRUE(writer->append(Snapshot{.time_ns = 1, .end_ns = 2}));
    for (int i = 0; i < 1500; ++i) {
      OwnedEvent made = maker.next();
      made.add({.kind = PartKind::kString, .data = kSecret});
      ASSERT_TRUE(writer->append(made.event));
    }
    ASSERT_TRUE(writer->close({}));
  }
  void use(const std::string& key) {
    ::setenv("VESTIGE_IDENTITY", dir_.file(key).c_str(), 1);
  }
  void expect_same_events(const Reading& a, const Reading& b) {
    ASSERT_EQ(a.events.size(), b.events.size());
    for (size_t i = 0; i < a.events.size(); ++i)
      ASSERT_TRUE(are_equal(a.events[i], b.events[i])) << i;
  }

  TempDir dir_;
  SigningKey signing_key_ = *SigningKey::load_or_create(dir_.file("agent.pem"));
  Identity own_ = *Identity::create(dir_.file("own"));
  Identity second_ = *Identity::create(dir_.file("second"));
  Identity stranger_ = *Identity::create(dir_.file("stranger"));
};

TEST_F(Encryption, EachRecipientReadsAll) {
  const auto plain = read_trace(dir_.file("plain"));
  for (const Identity* identity : {&own_, &second_}) {
    const auto read = read_trace(dir_.file("trace"), {.identity = identity});
    ASSERT_TRUE(read) << read.error().message;
    expect_same_events(*plain, *read);
    EXPECT_EQ(read->snapshots.size(), 1u);
    EXPECT_TRUE(read->losses.empty());
    EXPECT_TRUE(read->is_complete);
  }
}

// As a flight recorder does: kept in memory as they are, encrypted for the
// file.
TEST_F(Encryption, TakesChunksThatWereMadeBeforeItKnewForWhom) {
  std::vector<TraceChunk> chunks;
  auto memory = TraceWriter::in_memory(
      [&](TraceChunk chunk) { chunks.push_back(std::move(chunk)); },
      {.chunk_events = 300});
  EventMaker maker(4);
  ASSERT_TRUE(memory.append(Snapshot{.time_ns = 1, .end_ns = 2}));
  for (int i = 0; i < 1500; ++i) {
    OwnedEvent made = maker.next();
    made.add({.kind = PartKind::kString, .data = kSecret});
    ASSERT_TRUE(memory.append(made.event));
  }
  ASSERT_TRUE(memory.close({}));
  auto writer = TraceWriter::create(dir_.file("flight"), some_header(),
                                    {.recipients = {own_.recipient()}});
  ASSERT_TRUE(writer) << writer.error().message;
  for (const TraceChunk& chunk : chunks) ASSERT_TRUE(writer->append(chunk));
  ASSERT_TRUE(writer->close({}));

  EXPECT_FALSE(TraceReader::open(dir_.file("flight")));
  EXPECT_FALSE(
      TraceReader::open(dir_.file("flight"), {.identity = &stranger_}));
  const auto plain = read_trace(dir_.file("plain"));
  const auto read = read_trace(dir_.file("flight"), {.identity = &own_});
  ASSERT_TRUE(read) << read.error().message;
  expect_same_events(*plain, *read);
  EXPECT_EQ(read->snapshots.size(), 1u);
  EXPECT_TRUE(read->losses.empty());
  const auto checked = verify_trace(dir_.file("flight"));
  ASSERT_TRUE(checked) << checked.error().message;
  EXPECT_EQ(checked->verdict, Verdict::kIntactUnsigned);
}

TEST_F(Encryption, NobodyElseReadsAnything) {
  const auto refused = [this](const ReadOptions& options) {
    const auto reader = TraceReader::open(dir_.file("trace"), options);
    EXPECT_FALSE(reader);
    return reader.error();
  };
  EXPECT_EQ(refused({}).kind, ErrorKind::kBadInput);
  EXPECT_THAT(refused({}).message, HasSubstr("$VESTIGE_IDENTITY"));
  EXPECT_THAT(refused({}).message, HasSubstr(fingerprint(own_.recipient())));
  EXPECT_THAT(refused({.identity = &stranger_}).message, HasSubstr("another"));
  // Not a zstd level, but AES, keeps the text from being seen.
  auto writer = TraceWriter::create(
      dir_.file("raw"), some_header(),
      {.zstd_level = -100, .recipients = {own_.recipient()}});
  OwnedEvent event = EventMaker(1).next();
  event.add({.kind = PartKind::kPayload, .data = kSecret});
  ASSERT_TRUE(writer->append(event.event));
  ASSERT_TRUE(writer->close({}));
  EXPECT_THAT(read_file(dir_.file("raw")), Not(HasSubstr(kSecret)));
}

TEST_F(Encryption, TheOutsideTellsWhoWhereAndWhen) {
  auto reader = TraceReader::open(dir_.file("trace"), {.outside_only = true});
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_TRUE(reader->is_locked());
  while (const auto item = *reader->next()) {
    EXPECT_FALSE(item.event);
    EXPECT_FALSE(item.snapshot);
  }
  EXPECT_EQ(reader->header().container.name, "web");
  EXPECT_EQ(reader->end().events, 1500u);
}

TEST_F(Encryption, VerifyingNeedsNoKey) {
  const auto good = verify_trace(dir_.file("trace"));
  EXPECT_EQ(good->verdict, Verdict::kIntactSigned);
  EXPECT_TRUE(good->is_encrypted);
  std::string bytes = read_file(dir_.file("trace"));
  bytes[bytes.size() / 2] ^= 1;
  write_file(dir_.file("altered"), bytes);
  EXPECT_EQ(verify_trace(dir_.file("altered"))->verdict, Verdict::kAltered);
}

TEST_F(Encryption, DamageLosesOneChunk) {
  std::string bytes = read_file(dir_.file("trace"));
  bytes[bytes.size() / 2] ^= 1;
  write_file(dir_.file("altered"), bytes);
  const auto read = read_trace(dir_.file("altered"), {.identity = &own_});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->events.size(), 1200u);
  ASSERT_EQ(read->losses.size(), 1u);
  EXPECT_EQ(read->losses[0].count, 300u);
}

TEST_F(Encryption, SeekingAndAskingDecryptWhatTheyNeed) {
  auto reader = TraceReader::open(
      dir_.file("trace"),
      {.question = Question{.texts = {"/no/such/path"}}, .identity = &own_});
  ASSERT_TRUE(reader);
  while (const auto item = *reader->next()) EXPECT_FALSE(item.event);
  EXPECT_EQ(reader->chunks_skipped(), 5u);  // by the index, which is secret
  auto seeking = TraceReader::open(dir_.file("trace"), {.identity = &own_});
  ASSERT_TRUE(*seeking->seek({4, 7}));
  EXPECT_EQ(seeking->next()->position, (Position{4, 7}));
}

TEST_F(Encryption, StockZstdPassesOverWhatIsSecret) {
  const std::string command = "zstd -dcq < " + dir_.file("trace") + " > " +
                              dir_.file("outside") + " 2>&1";
  ASSERT_EQ(std::system(command.c_str()), 0);
  const std::string outside = read_file(dir_.file("outside"));
  EXPECT_THAT(outside, HasSubstr("--container web"));
  EXPECT_THAT(outside, HasSubstr("vestige-seal-1"));
  EXPECT_THAT(outside, Not(HasSubstr(kSecret)));
}

TEST_F(Encryption, DecryptingGivesAPlainTraceThatNamesItsParent) {
  EXPECT_FALSE(decrypt_trace(dir_.file("trace"), dir_.file("out"), {}));
  use("second");
  ASSERT_TRUE(decrypt_trace(dir_.file("trace"), dir_.file("out"), {}));
  ::unsetenv("VESTIGE_IDENTITY");
  const auto read = read_trace(dir_.file("out"));
  ASSERT_TRUE(read);
  expect_same_events(*read_trace(dir_.file("plain")), *read);
  EXPECT_EQ(read->header.parents.at(0).operation, "decrypted");
  EXPECT_THAT(read->header.parents[0].verdict, HasSubstr("intact and signed"));
}

TEST_F(Encryption, AProofOpensItsChunkAndNoOther) {
  const std::vector<Position> asked = {{3, 5}};
  EXPECT_FALSE(prove(dir_.file("trace"), asked));
  use("own");
  auto proof = prove(dir_.file("trace"), asked);
  ASSERT_TRUE(proof) << proof.error().message;
  ::unsetenv("VESTIGE_IDENTITY");
  *proof = *parse_proof(to_json(*proof));
  std::vector<OwnedEvent> proven;
  const auto sink = [&proven](const TraceHeader&, const Event& event,
                              const ProofEvent&) {
    proven.emplace_back(event);
    return std::string();
  };
  ASSERT_TRUE(check_proof(*proof, sink).holds());
  auto plain = TraceReader::open(dir_.file("plain"));
  ASSERT_TRUE(*plain->seek({3, 5}));
  expect_equal(proven.at(0), OwnedEvent(*plain->next()->event));

  use("own");
  auto other = prove(dir_.file("trace"), std::vector<Position>{{4, 5}});
  other->chunks[1].key = proof->chunks[1].key;
  EXPECT_FALSE(check_proof(*other, sink).holds());
}

TEST_F(Encryption, KeysAreNotOverwrittenAndFitStockOpenssl) {
  EXPECT_EQ(Identity::create(dir_.file("own")).error().kind,
            ErrorKind::kSystem);
  EXPECT_EQ(*load_recipient(dir_.file("own.pub")), own_.recipient());
  EXPECT_EQ(*load_recipient(dir_.file("own")), own_.recipient());
  EXPECT_EQ(load_recipient(dir_.file("agent.pem")).error().kind,
            ErrorKind::kBadInput);
  const std::string made = dir_.file("openssl");
  ASSERT_EQ(std::system(("openssl genpkey -algorithm x25519 -out " + made +
                         " && chmod 600 " + made)
                            .c_str()),
            0);
  EXPECT_TRUE(Identity::load(made));
}

}  // namespace
}  // namespace vestige
