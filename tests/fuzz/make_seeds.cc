// SPDX-License-Identifier: Apache-2.0
//
// make_seeds CORPUS_DIR: writes the first inputs of the fuzz targets.
#include "format/proof.h"
#include "format/trace_encoder.h"
#include "tests/format/trace_fixture.h"
#include "tests/fuzz/fuzz_identity.h"
#include "tests/fuzz/trace_pieces.h"

namespace vestige {
namespace {

void make_trace(const std::string& path, uint32_t seed, int events,
                const std::vector<Recipient>& recipients = {}) {
  std::filesystem::remove(path);
  auto writer = TraceWriter::create(
      path, some_header(), {.chunk_events = 5, .recipients = recipients});
  EventMaker maker(seed);
  for (int i = 0; i < events; ++i) (void)writer->append(maker.next().event);
  writer->add_loss({LossReason::kRingFull, 1, 2, 3, "x"});
  Snapshot snapshot{.time_ns = 1, .end_ns = 2};
  snapshot.processes.resize(2);
  snapshot.processes[0].argv = {"sh"};
  snapshot.processes[0].fds.resize(1);
  snapshot.mounts.resize(1);
  (void)writer->append(snapshot);
  (void)writer->close({});
}

void make_chunk(const std::string& path, uint32_t seed, uint16_t events) {
  EventMaker maker(seed);
  ChunkEncoder encoder(seed);
  std::vector<OwnedEvent> kept;
  for (int i = 0; i < events; ++i)
    encoder.append(kept.emplace_back(maker.next()).event);
  std::string bytes(reinterpret_cast<const char*>(&events), sizeof events);
  for (const RawSection& section : encoder.finish({}))
    bytes += section.bytes.view();
  write_file(path, bytes);
}

// Of a trace: one event, or two of different chunks.
void make_proof(const std::string& path, const std::string& trace,
                uint32_t seed) {
  std::vector<Position> positions = {{1, seed % 3}};
  if (seed % 2 == 0) positions.push_back({2, 0});
  const auto proof = prove(trace, positions);
  if (!proof) std::abort();
  write_file(path, char(seed & 1) + to_json(*proof));
}

}  // namespace
}  // namespace vestige

int main(int argc, char** argv) {
  using namespace vestige;
  if (argc != 2) return 2;
  const std::filesystem::path to = argv[1];
  for (const char* target :
       {"trace_reader", "trace_verify", "trace_index", "trace_repair",
        "encrypted_trace", "chunk_decoder", "proof"})
    std::filesystem::create_directories(to / target);
  for (uint32_t seed = 1; seed <= 4; ++seed) {
    const std::string name = "seed-" + std::to_string(seed);
    const std::string trace = to / "trace_reader" / name;
    make_trace(trace, seed, int(seed) * 3);
    write_file(to / "trace_verify" / name, "\x01" + read_file(trace));
    const std::string pieces = pieces_of(trace);
    write_file(to / "trace_index" / name, pieces);
    write_file(to / "trace_repair" / name,
               seed % 2 == 0 ? "\x02" + pieces : "\x01" + read_file(trace));
    const std::string secret = to / "encrypted_trace" / name;
    make_trace(secret, seed, int(seed) * 3, {fuzz_identity().recipient()});
    write_file(secret, seed % 2 == 0
                           ? "\x01" + pieces
                           : std::string(1, '\0') + read_file(secret));
    make_proof(to / "proof" / name, trace, seed);
    make_chunk(to / "chunk_decoder" / name, seed, uint16_t(seed * seed * 4));
  }
}
