// SPDX-License-Identifier: Apache-2.0
#include "format/proof.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "format/trace_codec.h"
#include "format/trace_decoder.h"
#include "format/trace_file.h"
#include "format/trace_index_file.h"
#include "format/trace_sections.h"

namespace vestige {
namespace {

// ---- Making

// Walks the marks of a file; reads the frames of a few chunks.
class Prover {
 public:
  explicit Prover(TraceFile file) : file_(std::move(file)) {}

  Result<Proof> run(std::span<const Position> positions);

 private:
  struct Place {
    uint64_t offset = 0;  // of the mark
    Mark mark;
  };

  Result<void> walk(std::span<const Position> positions);
  Result<Seal> read_seal(uint64_t frames_at, const Mark& mark);
  Result<void> check_seal();
  Result<void> unlock();
  Result<void> check_positions(std::span<const Position> positions) const;
  Result<ChunkProof> prove_chunk(uint32_t chunk,
                                 std::span<const Position> positions);
  Result<bool> needs_payload(const Place& place,
                             std::span<const Position> positions);
  Result<ByteSpan> frame_at(const Place& place, size_t frame);
  [[nodiscard]] Error refuse(std::string_view why) const {
    return {ErrorKind::kBadInput, fmt::format("{}: {}", file_.path(), why)};
  }

  TraceFile file_;
  ChainHead chain_;
  MerkleTree tree_;
  std::vector<Digest> leaves_;
  std::map<uint32_t, Place> places_;  // of the chunks to be proven
  Seal seal_;
  std::optional<SecretKey> key_;  // of an encrypted trace
  FrameDecompressor decompressor_;
  ByteBuffer buffer_;
};

Result<Proof> Prover::run(std::span<const Position> positions) {
  TRY(walk(positions));
  TRY(check_seal());
  TRY(check_positions(positions));
  TRY(unlock());
  Proof proof{.seal = seal_};
  for (const auto& [chunk, place] : places_)
    proof.chunks.push_back(TRY(prove_chunk(chunk, positions)));
  for (const Position at : positions) proof.events.push_back({.at = at});
  std::ranges::sort(proof.events, {}, &ProofEvent::at);
  return proof;
}

// All marks up to the seal become leaves.
Result<void> Prover::walk(std::span<const Position> positions) {
  for (uint64_t at = 0;;) {
    auto mark = TRY(file_.mark_at(at));
    if (!mark || mark->chunk != leaves_.size())
      return refuse(
          fmt::format("has no seal, or is damaged at offset {}: a proof needs "
                      "an intact trace, see vestige verify",
                      at));
    const uint64_t frames_at = at + mark_bytes(mark->frames.size());
    if (mark->kind == ChunkKind::kSeal) {
      seal_ = TRY(read_seal(frames_at, *mark));
      return {};
    }
    const ByteSpan bytes =
        TRY(file_.read(at, mark_bytes(mark->frames.size()), buffer_));
    leaves_.push_back(merkle_leaf(bytes));
    tree_.add(leaves_.back());
    chain_ = {.trace_id = mark->trace_id,
              .chunks = leaves_.size(),
              .events = chain_.events + mark->events,
              .head = sha256(bytes)};
    const uint64_t next = frames_at + mark->stored_size();
    if (mark->chunk == 0 ||
        std::ranges::find(positions, mark->chunk, &Position::chunk) !=
            positions.end())
      places_[mark->chunk] = {at, *std::move(mark)};
    at = next;
  }
}

Result<Seal> Prover::read_seal(uint64_t frames_at, const Mark& mark) {
  Seal seal;
  FrameDecompressor decompressor;
  ByteBuffer raw;
  for (size_t i = 0; i < mark.frames.size(); ++i) {
    const FrameEntry& entry = mark.frames[i];
    const ByteSpan bytes =
        TRY(file_.read(frames_at, entry.stored_size, buffer_));
    if (bytes.size() != entry.stored_size ||
        !decompressor.decompress(bytes, mark, i, raw) ||
        !each_section(raw.bytes(), [&seal](uint32_t number, ByteSpan content) {
          return number != kSectionSeal || decode_seal(content, seal);
        }))
      return refuse("has a damaged seal");
    frames_at += entry.stored_size;
  }
  return seal;
}

Result<void> Prover::check_seal() {
  const SealStatement found{.chain = chain_, .root = tree_.root()};
  if (seal_.statement != to_text(found))
    return refuse("is altered: its seal says otherwise");
  return {};
}

// The header says who can read the trace.
Result<void> Prover::unlock() {
  const Place& place = places_.at(0);
  TraceHeader header;
  ByteBuffer raw;
  for (size_t i = 0; i < place.mark.frames.size(); ++i)
    if (!decompressor_.decompress(TRY(frame_at(place, i)), place.mark, i,
                                  raw) ||
        !each_section(raw.bytes(), [&](uint32_t number, ByteSpan content) {
          return number != kSectionHeader || decode_header(content, header);
        }))
      return refuse("has a damaged header");
  if (header.recipients.empty()) return {};
  const auto identity = TRY(Identity::from_environment());
  if (identity) key_ = identity->unwrap(header.recipients);
  if (!key_)
    return refuse(
        fmt::format("is encrypted to key {}: a proof needs the "
                    "private key",
                    fingerprint(header.recipients[0].recipient)));
  decompressor_.set_key(*key_, chain_.trace_id);
  return {};
}

Result<void> Prover::check_positions(
    std::span<const Position> positions) const {
  for (const Position at : positions) {
    const auto place = places_.find(at.chunk);
    if (place == places_.end() ||
        place->second.mark.kind != ChunkKind::kEvents ||
        at.index >= place->second.mark.events)
      return Error{ErrorKind::kUsage,
                   fmt::format("{}: there is no event {}:{}", file_.path(),
                               at.chunk, at.index)};
  }
  return {};
}

Result<ByteSpan> Prover::frame_at(const Place& place, size_t frame) {
  uint64_t at = place.offset + mark_bytes(place.mark.frames.size());
  for (size_t i = 0; i < frame; ++i) at += place.mark.frames[i].stored_size;
  const FrameEntry& entry = place.mark.frames[frame];
  const ByteSpan bytes = TRY(file_.read(at, entry.stored_size, buffer_));
  if (bytes.size() != entry.stored_size || sha256(bytes) != entry.digest)
    return refuse(fmt::format("is altered in chunk {}", place.mark.chunk));
  return bytes;
}

Result<ChunkProof> Prover::prove_chunk(uint32_t chunk,
                                       std::span<const Position> positions) {
  const Place& place = places_.at(chunk);
  const bool with_payload = TRY(needs_payload(place, positions));
  ByteBuffer mark;
  encode_mark(place.mark, mark);
  ChunkProof out{.chunk = chunk,
                 .mark = std::string(mark.view()),
                 .path = merkle_path(leaves_, chunk)};
  // Opens this chunk and no other.
  if (key_ && place.mark.kind == ChunkKind::kEvents)
    out.key = derive_chunk_key(*key_, chunk);
  for (uint32_t i = 0; i < place.mark.frames.size(); ++i)
    if (with_payload || place.mark.frames[i].columns != kColumnPayload)
      out.frames.push_back({i, std::string(text_of(TRY(frame_at(place, i))))});
  return out;
}

Result<bool> Prover::needs_payload(const Place& place,
                                   std::span<const Position> positions) {
  if (place.mark.kind != ChunkKind::kEvents) return true;
  DescriptorTable descriptors;
  ChunkDecoder decoder(descriptors);
  std::vector<ByteBuffer> raws(place.mark.frames.size());
  decoder.begin(place.mark.events, kAllColumns);
  bool good = true;
  for (size_t i = 0; i < raws.size(); ++i)
    good = good &&
           decompressor_.decompress(TRY(frame_at(place, i)), place.mark, i,
                                    raws[i]) &&
           decoder.add(raws[i].bytes());
  if (!good || !decoder.finish())
    return refuse(fmt::format("has a damaged chunk {}", place.mark.chunk));
  for (Position at{place.mark.chunk, 0}; const Event* event = decoder.next();
       ++at.index) {
    const bool is_asked =
        std::ranges::find(positions, at) != positions.end() &&
        std::ranges::any_of(event->parts, [](const Part& part) {
          return part.kind == PartKind::kPayload;
        });
    if (is_asked) return true;
  }
  return false;
}

// ---- Checking

class ProofChecker {
 public:
  ProofChecker(const Proof& proof, const ProvenSink& sink)
      : proof_(proof), sink_(sink) {}

  ProofCheck run();

 private:
  bool fail(std::string problem) {
    out_.problem = std::move(problem);
    return false;
  }
  bool check_seal();
  bool check_chunk(const ChunkProof& chunk);
  bool check_mark(const ChunkProof& chunk, const Mark& mark);
  bool unpack(const ChunkProof& chunk, const Mark& mark);
  bool read_header(const ChunkProof& chunk, const Mark& mark);
  bool read_events(const ChunkProof& chunk, const Mark& mark);
  bool tell(const Event& event, Position at, bool has_payload);

  const Proof& proof_;
  const ProvenSink& sink_;
  ProofCheck out_;
  bool has_header_ = false;
  std::vector<ByteBuffer> raws_;  // of the chunk that is checked
  std::vector<bool> told_;        // by index into proof_.events
};

ProofCheck ProofChecker::run() {
  told_.resize(proof_.events.size());
  if (!check_seal()) return std::move(out_);
  for (const ChunkProof& chunk : proof_.chunks)
    if (!check_chunk(chunk)) return std::move(out_);
  for (size_t i = 0; i < told_.size(); ++i)
    if (!told_[i])
      fail(fmt::format("event {}:{} is not in the chunks of the proof",
                       proof_.events[i].at.chunk, proof_.events[i].at.index));
  if (!has_header_) fail("the header of the trace is not in the proof");
  if (proof_.events.empty()) fail("there is no event in the proof");
  return std::move(out_);
}

bool ProofChecker::check_seal() {
  const auto statement = parse_seal(proof_.seal.statement);
  if (!statement) return fail("the statement of the seal is malformed");
  out_.seal = *statement;
  if (proof_.seal.signature && !is_signature_good(proof_.seal))
    return fail("the signature of the seal is bad");
  out_.signature = proof_.seal.signature;
  return true;
}

bool ProofChecker::check_chunk(const ChunkProof& chunk) {
  const auto mark = decode_mark(bytes_of(chunk.mark));
  if (!mark || !check_mark(chunk, *mark))
    return fail(
        fmt::format("the mark of chunk {} is not in the trace that "
                    "was sealed",
                    chunk.chunk));
  if (!unpack(chunk, *mark))
    return fail(
        fmt::format("the bytes of chunk {} are not those that were "
                    "sealed",
                    chunk.chunk));
  const bool is_good = mark->kind == ChunkKind::kHeader
                           ? read_header(chunk, *mark)
                           : read_events(chunk, *mark);
  if (!is_good && out_.problem.empty())
    fail(fmt::format("chunk {} cannot be read", chunk.chunk));
  return is_good;
}

bool ProofChecker::check_mark(const ChunkProof& chunk, const Mark& mark) {
  const ByteSpan bytes = bytes_of(chunk.mark);
  if (mark.format > kTraceFormat ||
      bytes.size() != mark_bytes(mark.frames.size()) ||
      mark.chunk != chunk.chunk || mark.trace_id != out_.seal.chain.trace_id)
    return false;
  const auto root = merkle_root(merkle_leaf(bytes), chunk.chunk,
                                out_.seal.chain.chunks, chunk.path);
  return root && *root == out_.seal.root;
}

// Digests of the mark cover the frames, so what is unpacked is what was
// recorded.
bool ProofChecker::unpack(const ChunkProof& chunk, const Mark& mark) {
  FrameDecompressor decompressor;
  if (chunk.key) decompressor.set_chunk_key(*chunk.key, mark.trace_id);
  raws_.clear();
  raws_.resize(chunk.frames.size());
  for (size_t i = 0; i < chunk.frames.size(); ++i) {
    const ProofFrame& frame = chunk.frames[i];
    const ByteSpan stored = bytes_of(frame.bytes);
    if (frame.frame >= mark.frames.size() ||
        (i > 0 && frame.frame <= chunk.frames[i - 1].frame))
      return false;
    const FrameEntry& entry = mark.frames[frame.frame];
    if (stored.size() != entry.stored_size || sha256(stored) != entry.digest ||
        !decompressor.decompress(stored, mark, frame.frame, raws_[i]))
      return false;
  }
  return true;
}

bool ProofChecker::read_header(const ChunkProof&, const Mark&) {
  for (const ByteBuffer& raw : raws_)
    if (!each_section(raw.bytes(), [this](uint32_t number, ByteSpan content) {
          if (number != kSectionHeader) return true;
          return has_header_ = decode_header(content, out_.header);
        }))
      return false;
  return has_header_;
}

bool ProofChecker::read_events(const ChunkProof& chunk, const Mark& mark) {
  if (mark.kind != ChunkKind::kEvents) return false;
  uint32_t missing = 0;  // columns
  size_t given = 0;
  for (uint32_t i = 0; i < mark.frames.size(); ++i)
    if (given < chunk.frames.size() && chunk.frames[given].frame == i)
      ++given;
    else
      missing |= mark.frames[i].columns;
  if (missing & ~kColumnPayload)
    return fail(fmt::format("frames of chunk {} are missing", chunk.chunk));
  DescriptorTable descriptors;
  ChunkDecoder decoder(descriptors);
  decoder.begin(mark.events, kAllColumns & ~missing);
  for (const ByteBuffer& raw : raws_)
    if (!decoder.add(raw.bytes())) return false;
  if (!decoder.finish()) return false;
  for (Position at{chunk.chunk, 0}; const Event* event = decoder.next();
       ++at.index)
    if (!tell(*event, at, missing == 0)) return false;
  return true;
}

bool ProofChecker::tell(const Event& event, Position at, bool has_payload) {
  const auto asked =
      std::ranges::lower_bound(proof_.events, at, {}, &ProofEvent::at);
  if (asked == proof_.events.end() || asked->at != at) return true;
  if (!has_payload && std::ranges::any_of(event.parts, [](const Part& part) {
        return part.kind == PartKind::kPayload;
      }))
    return fail(fmt::format("the payload of event {}:{} is missing", at.chunk,
                            at.index));
  told_[size_t(asked - proof_.events.begin())] = true;
  std::string problem = sink_(out_.header, event, *asked);
  return problem.empty() || fail(std::move(problem));
}

}  // namespace

Result<Proof> prove(const std::string& path,
                    std::span<const Position> positions) {
  return Prover(TRY(TraceFile::open(path))).run(positions);
}

ProofCheck check_proof(const Proof& proof, const ProvenSink& sink) {
  return ProofChecker(proof, sink).run();
}

}  // namespace vestige
