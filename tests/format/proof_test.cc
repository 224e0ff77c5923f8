// SPDX-License-Identifier: Apache-2.0
#include "format/proof.h"

#include <gmock/gmock.h>

#include "tests/format/trace_fixture.h"

namespace vestige {
namespace {

using testing::HasSubstr;

class ProofTest : public testing::Test {
 protected:
  ProofTest() : key_(*SigningKey::load_or_create(dir_.file("key.pem"))) {
    make("trace", 1, &key_);
  }
  // Ten chunks of 300 events: large enough to have frames of their own.
  void make(const std::string& name, uint32_t seed, const SigningKey* key) {
    EventMaker maker(seed);
    auto writer =
        TraceWriter::create(dir_.file(name), some_header(),
                            {.chunk_events = 300, .signing_key = key});
    for (int i = 0; i < 3000; ++i)
      ASSERT_TRUE(writer->append(maker.next().event));
    ASSERT_TRUE(writer->close({}));
  }
  Proof prove_some(std::vector<Position> positions,
                   const std::string& name = "trace") {
    auto proof = prove(dir_.file(name), positions);
    EXPECT_TRUE(proof) << proof.error().message;
    return std::move(proof).value();
  }
  // What check_proof() gives; the events it tells go to events_.
  ProofCheck check(const Proof& proof) {
    events_.clear();
    return check_proof(proof, [this](const TraceHeader&, const Event& event,
                                     const ProofEvent& proven) {
      events_.emplace_back(event);
      return proven.claim == "false" ? std::string("a lie") : "";
    });
  }
  OwnedEvent event_at(Position at) {
    auto reader = TraceReader::open(dir_.file("trace"));
    EXPECT_TRUE(*reader->seek(at));
    return OwnedEvent(*reader->next()->event);
  }
  // The first event with payload, or without.
  Position find(bool with_payload) {
    auto all = read_trace(dir_.file("trace"));
    for (size_t i = 0; i < all->events.size(); ++i) {
      const auto& parts = all->events[i].parts;
      if (std::ranges::any_of(parts, [](const Part& part) {
            return part.kind == PartKind::kPayload && !part.data.empty();
          }) == with_payload)
        return all->positions[i];
    }
    return {};
  }

  TempDir dir_;
  SigningKey key_;
  std::vector<OwnedEvent> events_;
};

TEST_F(ProofTest, ProvesEventsWithoutTheTrace) {
  const std::vector<Position> asked = {{9, 299}, {1, 0}, {5, 17}, {5, 18}};
  const Proof proof = *parse_proof(to_json(prove_some(asked)));
  const ProofCheck checked = check(proof);
  ASSERT_TRUE(checked.holds()) << checked.problem;
  EXPECT_EQ(checked.signature->key, key_.public_key());
  EXPECT_EQ(checked.header.container.name, "web");
  ASSERT_EQ(events_.size(), 4u);
  expect_equal(events_[0], event_at({1, 0}));
  expect_equal(events_[1], event_at({5, 17}));
  expect_equal(events_[3], event_at({9, 299}));
}

TEST_F(ProofTest, HandsOverOnlyWhatIsNeeded) {
  const Proof without = prove_some({find(false)});
  const Proof with = prove_some({find(true)});
  ASSERT_EQ(without.chunks.size(), 2u);  // with the header
  EXPECT_EQ(without.chunks[1].frames.size() + 1, with.chunks[1].frames.size());
  EXPECT_TRUE(check(without).holds());
  EXPECT_TRUE(check(with).holds());
  Proof stripped = with;
  stripped.chunks[1].frames.pop_back();
  EXPECT_THAT(check(stripped).problem, HasSubstr("payload"));
}

TEST_F(ProofTest, EveryFlippedBitIsNoticed) {
  const Proof good = prove_some({find(true)});
  std::mt19937 random(1);
  const auto flip = [&random](auto& bytes) {
    bytes[random() % bytes.size()] ^= char(1 << random() % 8);
  };
  for (int i = 0; i < 200; ++i) {
    Proof bad = good;
    switch (i % 6) {
      case 0: flip(bad.seal.statement); break;
      case 1: flip(bad.seal.signature->signature); break;
      case 2: flip(bad.seal.signature->key); break;
      case 3: flip(bad.chunks[random() % 2].mark); break;
      case 4:
        flip(bad.chunks[1].path[random() % good.chunks[1].path.size()]);
        break;
      case 5:
        flip(bad.chunks[1]
                 .frames[random() % good.chunks[1].frames.size()]
                 .bytes);
        break;
    }
    EXPECT_FALSE(check(bad).holds()) << i;
  }
}

TEST_F(ProofTest, PiecesOfAnotherTraceDoNotFit) {
  make("other", 2, &key_);
  const Proof good = prove_some({{3, 5}});
  const Proof other = prove_some({{3, 5}}, "other");
  Proof bad = good;
  bad.seal = other.seal;
  EXPECT_FALSE(check(bad).holds());
  bad = good;
  bad.chunks[1] = other.chunks[1];
  EXPECT_THAT(check(bad).problem, HasSubstr("not in the trace"));
  bad = good;
  bad.chunks[0] = other.chunks[0];
  EXPECT_FALSE(check(bad).holds());
}

TEST_F(ProofTest, AnEventCannotBeMovedToAnotherPlace) {
  Proof bad = prove_some({{3, 5}});
  bad.events[0].at.chunk = 4;
  EXPECT_THAT(check(bad).problem, HasSubstr("4:5 is not in"));
  bad = prove_some({{3, 5}});
  bad.events[0].at.index = 300;
  EXPECT_FALSE(check(bad).holds());
  bad = prove_some({{3, 5}});
  bad.chunks[1].chunk = 4;
  EXPECT_FALSE(check(bad).holds());
}

TEST_F(ProofTest, WhatIsMissingIsNotProven) {
  const Proof good = prove_some({{3, 5}, {4, 6}});
  Proof bad = good;
  bad.chunks.pop_back();
  EXPECT_THAT(check(bad).problem, HasSubstr("4:6"));
  bad = good;
  bad.chunks.erase(bad.chunks.begin());
  EXPECT_THAT(check(bad).problem, HasSubstr("header"));
  bad = good;
  bad.events.clear();
  EXPECT_FALSE(check(bad).holds());
  bad = good;
  bad.chunks[1].frames.erase(bad.chunks[1].frames.begin() + 2);
  EXPECT_THAT(check(bad).problem, HasSubstr("missing"));
}

TEST_F(ProofTest, AFalseClaimIsTold) {
  Proof bad = prove_some({{3, 5}});
  bad.events[0].claim = "false";
  EXPECT_EQ(check(bad).problem, "a lie");
}

TEST_F(ProofTest, AnUnsignedTraceIsToldApart) {
  make("unsigned", 3, nullptr);
  const ProofCheck checked = check(prove_some({{3, 5}}, "unsigned"));
  EXPECT_TRUE(checked.holds());
  EXPECT_FALSE(checked.signature);
}

TEST_F(ProofTest, RefusesWhatCannotBeProven) {
  const auto refused = [this](const std::string& name, Position at) {
    auto proof = prove(dir_.file(name), std::vector{at});
    EXPECT_FALSE(proof);
    return std::move(proof).error();
  };
  EXPECT_EQ(refused("trace", {3, 300}).kind, ErrorKind::kUsage);
  EXPECT_EQ(refused("trace", {0, 0}).kind, ErrorKind::kUsage);
  EXPECT_EQ(refused("trace", {99, 0}).kind, ErrorKind::kUsage);
  std::string bytes = read_file(dir_.file("trace"));
  write_file(dir_.file("cut"), bytes.substr(0, bytes.size() / 2));
  EXPECT_THAT(refused("cut", {1, 0}).message, HasSubstr("seal"));
  bytes[bytes.size() / 2] ^= 1;
  write_file(dir_.file("altered"), bytes);
  auto reader = TraceReader::open(dir_.file("altered"));
  // The chunk that was hit cannot be proven; others can.
  int refusals = 0;
  for (uint32_t chunk = 1; chunk <= 10; ++chunk)
    refusals += !prove(dir_.file("altered"), std::vector{Position{chunk, 0}});
  EXPECT_EQ(refusals, 1);
}

TEST_F(ProofTest, MalformedJsonIsRefused) {
  const std::string good = to_json(prove_some({{3, 5}}));
  for (const std::string& bad :
       {std::string(), std::string("[]"), std::string(200'000, '['),
        good.substr(0, good.size() / 2), std::string("{\"vestige_proof\":1}")})
    EXPECT_EQ(parse_proof(bad).error().kind, ErrorKind::kBadInput);
  std::string newer = good;
  newer.replace(newer.find(": 1"), 3, ": 2");
  EXPECT_THAT(parse_proof(newer).error().message, HasSubstr("use a newer"));
}

}  // namespace
}  // namespace vestige
