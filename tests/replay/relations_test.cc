// SPDX-License-Identifier: Apache-2.0
#include "replay/relations.h"

#include "tests/replay/rows.h"
#include "tests/replay/trace_builder.h"

namespace vestige {
namespace {

// A shell writes a script, another process runs it and writes a result; then
// a third deletes the script.
class Why : public testing::Test {
 protected:
  Why() {
    trace.process(1).fork(1, 2).create(2, "/x.sh", 3).write(2, 3, 9);
    trace.fork(1, 3).exec(3, {"/x.sh"}, "/bin/sh");
    trace.open(3, "/lib/c.so", 4, O_RDONLY, "/lib/c.so").read(3, 4, 8);
    trace.create(3, "/tmp.out", 5).rename(3, "/tmp.out", "/out");
    trace.fork(1, 4).unlink(4, "/x.sh");
  }

  bool holds(const Relations::Chain& chain, std::string_view verb,
             std::string_view from, std::string_view to) {
    const auto name = [&](const Thing& thing) {
      return thing.kind == ThingKind::kFile
                 ? std::string(thing.path)
                 : std::to_string(facts().process(ProcessId(thing.id))->pid);
    };
    for (const Relation& r : chain.relations)
      if (r.verb == verb && name(r.from) == from && name(r.to) == to)
        return true;
    return false;
  }
  const Facts& facts() { return built ? *built : *(built = &trace.facts()); }

  TraceBuilder trace;
  const Facts* built = nullptr;
};

TEST_F(Why, CausesOfAFileLeadThroughRenameProcessAndScript) {
  const Relations relations(facts());
  const auto chain =
      relations.follow({ThingKind::kFile, 0, "/out"}, Towards::kCauses, 100);
  EXPECT_TRUE(holds(chain, "became", "/tmp.out", "/out"));
  EXPECT_TRUE(holds(chain, "created", "3", "/tmp.out"));
  EXPECT_TRUE(holds(chain, "ran as", "/x.sh", "3"));
  EXPECT_TRUE(holds(chain, "wrote", "2", "/x.sh"));
  EXPECT_TRUE(holds(chain, "started", "1", "2"));
}

TEST_F(Why, WhatCameLaterIsNoCause) {
  const Relations relations(facts());
  const auto chain =
      relations.follow({ThingKind::kFile, 0, "/out"}, Towards::kCauses, 100);
  EXPECT_FALSE(holds(chain, "deleted", "4", "/x.sh"));
  EXPECT_FALSE(holds(chain, "was read by", "/lib/c.so", "3"));
}

TEST_F(Why, EffectsOfAProcessReachWhatItsFileDid) {
  const Relations relations(facts());
  const auto writer = uint32_t(process_with_pid(facts(), 2).id);
  const auto chain = relations.follow({ThingKind::kProcess, writer, {}},
                                      Towards::kEffects, 100);
  EXPECT_TRUE(holds(chain, "ran as", "/x.sh", "3"));
  EXPECT_TRUE(holds(chain, "became", "/tmp.out", "/out"));
}

TEST_F(Why, LimitIsKeptAndTold) {
  const Relations relations(facts());
  const auto chain =
      relations.follow({ThingKind::kFile, 0, "/out"}, Towards::kCauses, 2);
  EXPECT_EQ(chain.relations.size(), 2u);
  EXPECT_TRUE(chain.is_cut);
}

}  // namespace
}  // namespace vestige
