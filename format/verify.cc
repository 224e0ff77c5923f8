// SPDX-License-Identifier: Apache-2.0
#include "format/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "format/trace_codec.h"
#include "format/trace_file.h"

namespace vestige {
namespace {

constexpr uint64_t kFirstMarkWithin = 2 * uint64_t{kMaxFrameBytes};

// Needs kMarkPrefixBytes.
bool is_begun_mark(ByteSpan bytes) {
  uint16_t frames = 0;
  std::memcpy(&frames, bytes.data() + kMarkFrameCountAt, sizeof frames);
  const size_t size = mark_size(bytes);
  return size == mark_bytes(frames) && size > bytes.size();
}

// Walks a file from its first byte; stops at the first thing that is wrong.
class Verifier {
 public:
  Verifier(TraceFile file, const VerifyOptions& options)
      : file_(std::move(file)), options_(options) {
    out_.bytes = file_.size();
  }

  Result<Verification> run();

 private:
  Result<bool> step();
  Result<bool> check_frames(const Mark& mark, uint64_t at);
  bool take_seal(ByteSpan stored, const Mark& mark, size_t frame);
  void take_words(ByteSpan stored, const Mark& mark, size_t frame);
  bool is_next(const Mark& mark);
  bool accept(const Mark& mark);
  void stop(Verdict verdict, std::string sentence);
  Result<bool> is_cut_off();
  Result<void> judge_bad_place();
  void judge_seal();
  void check_anchors(const Mark& mark);

  TraceFile file_;
  const VerifyOptions& options_;
  Verification out_;
  bool is_done_ = false;
  uint64_t offset_ = 0;
  uint32_t chunk_ = 0;
  ChainHead chain_;
  MerkleTree tree_;
  std::optional<SealStatement> expected_;  // as computed when the seal came
  std::optional<Seal> seal_;
  FrameDecompressor decompressor_;
  ByteBuffer stored_, raw_, mark_bytes_;
};

void Verifier::stop(Verdict verdict, std::string sentence) {
  out_.verdict = verdict;
  out_.sentence = std::move(sentence);
  is_done_ = true;
}

Result<Verification> Verifier::run() {
  auto first = TRY(file_.mark_at(0));
  if (!first) {
    auto found = TRY(file_.find_mark(1, kFirstMarkWithin));
    if (!found)
      return Error{ErrorKind::kBadInput,
                   fmt::format("{}: is not a Vestige trace (no mark at offset "
                               "0)",
                               file_.path())};
    stop(Verdict::kAltered, "altered in chunk 0, at offset 0");
    return out_;
  }
  if (first->format > kTraceFormat)
    return Error{ErrorKind::kBadInput,
                 fmt::format("{}: has format {}, but this program reads "
                             "formats up to {}: use a newer one",
                             file_.path(), first->format, kTraceFormat)};
  out_.trace_id = chain_.trace_id = first->trace_id;
  out_.is_encrypted = is_encrypted_format(first->format);
  while (TRY(step())) {
  }
  return out_;
}

// False: nothing more to do.
Result<bool> Verifier::step() {
  const auto mark = TRY(file_.mark_at(offset_));
  if (!mark || !is_next(*mark)) {
    TRY(judge_bad_place());
    return false;
  }
  const uint64_t frames_at = offset_ + mark_bytes(mark->frames.size());
  if (!TRY(check_frames(*mark, frames_at))) {
    TRY(judge_bad_place());
    return false;
  }
  offset_ = frames_at + mark->stored_size();
  if (!accept(*mark)) return false;
  if (mark->kind != ChunkKind::kTail) return true;
  judge_seal();
  return false;
}

bool Verifier::is_next(const Mark& mark) {
  return mark.trace_id == chain_.trace_id && mark.chunk == chunk_ &&
         mark.offset == offset_ && mark.previous == chain_.head &&
         mark.events_before == chain_.events &&
         (mark.kind != ChunkKind::kTail || mark.frames.empty());
}

Result<bool> Verifier::check_frames(const Mark& mark, uint64_t at) {
  for (size_t i = 0; i < mark.frames.size(); ++i) {
    const FrameEntry& entry = mark.frames[i];
    const ByteSpan bytes = TRY(file_.read(at, entry.stored_size, stored_));
    if (bytes.size() != entry.stored_size || sha256(bytes) != entry.digest)
      return false;
    if (mark.kind == ChunkKind::kHeader || mark.kind == ChunkKind::kEnd)
      take_words(bytes, mark, i);
    if (mark.kind == ChunkKind::kSeal && !take_seal(bytes, mark, i))
      return false;
    at += entry.stored_size;
  }
  return true;
}

bool Verifier::take_seal(ByteSpan stored, const Mark& mark, size_t frame) {
  if (seal_ || !decompressor_.decompress(stored, mark, frame, raw_))
    return false;
  expected_ = {.chain = chain_, .root = tree_.root()};
  Seal seal;
  bool found = false;
  for (WireCursor trace(raw_.bytes()); !trace.at_end();) {
    const auto section = trace.field();
    for (WireCursor content(section.bytes); !content.at_end();) {
      const auto field = content.field();
      if (field.number != kSectionSeal || !field.is_bytes) continue;
      if (found || !decode_seal(field.bytes, seal)) return false;
      found = true;
    }
  }
  seal_ = std::move(seal);
  return found;
}

// What the first and the last words of a trace say of its neighbours.
void Verifier::take_words(ByteSpan stored, const Mark& mark, size_t frame) {
  if (!decompressor_.decompress(stored, mark, frame, raw_)) return;
  TraceHeader header;
  TraceEnd end;
  for (WireCursor trace(raw_.bytes()); !trace.at_end();) {
    const auto section = trace.field();
    for (WireCursor content(section.bytes); !content.at_end();) {
      const auto field = content.field();
      if (!field.is_bytes) continue;
      if (field.number == kSectionHeader && decode_header(field.bytes, header))
        out_.previous = header.previous;
      if (field.number == kSectionEnd && decode_end(field.bytes, end, header))
        out_.end_reason = end.reason;
    }
  }
}

// Takes a good chunk into the chain.
bool Verifier::accept(const Mark& mark) {
  mark_bytes_.clear();
  encode_mark(mark, mark_bytes_);
  tree_.add(merkle_leaf(mark_bytes_.bytes()));
  chain_.head = sha256(mark_bytes_.bytes());
  chain_.events += mark.events;
  chain_.chunks = ++chunk_;
  for (const FrameEntry& entry : mark.frames) out_.raw_bytes += entry.raw_size;
  check_anchors(mark);
  out_.chunks = chain_.chunks;
  out_.events = chain_.events;
  out_.last_ns = std::max(out_.last_ns, mark.max_time_ns);
  return !is_done_;
}

void Verifier::check_anchors(const Mark& mark) {
  for (const ChainHead& anchor : options_.anchors) {
    if (anchor.trace_id != chain_.trace_id || anchor.chunks != chain_.chunks)
      continue;
    if (anchor == chain_)
      ++out_.anchors;
    else
      stop(Verdict::kAltered,
           fmt::format("altered in chunk {} or before: its anchor says "
                       "otherwise",
                       mark.chunk));
  }
}

// Is what stands at offset_ the beginning of a chunk that was not finished,
// or zeros that a file system left after a power loss?
Result<bool> Verifier::is_cut_off() {
  if (offset_ >= file_.size()) return true;
  if (TRY(file_.find_mark(offset_ + 1, file_.size()))) return false;
  if (const auto mark = TRY(file_.mark_at(offset_)))
    return is_next(*mark) &&
           offset_ + mark_bytes(mark->frames.size()) + mark->stored_size() >
               file_.size();
  const ByteSpan rest = TRY(file_.read(offset_, mark_bytes(kMaxFrames), raw_));
  if (std::ranges::all_of(rest, [](uint8_t byte) { return byte == 0; }))
    return true;
  if (rest.size() >= kMarkPrefixBytes) return is_begun_mark(rest);
  const size_t size = std::min(rest.size(), kSkippableMagic.size());
  return std::equal(rest.begin(), rest.begin() + ptrdiff_t(size),
                    kSkippableMagic.begin());
}

// Where a good chunk should be is none: cut off here, or changed?
Result<void> Verifier::judge_bad_place() {
  if (!TRY(is_cut_off())) {
    stop(Verdict::kAltered,
         fmt::format("altered in chunk {}, at offset {}", chunk_, offset_));
    return {};
  }
  const auto beyond =
      std::ranges::find_if(options_.anchors, [this](const ChainHead& anchor) {
        return anchor.trace_id == chain_.trace_id &&
               anchor.chunks > chain_.chunks;
      });
  stop(Verdict::kIncomplete,
       fmt::format("incomplete since {}.{:09} s after boot: {} good chunks "
                   "with {} events end at offset {}, then the file is cut "
                   "off{}",
                   out_.last_ns / 1'000'000'000, out_.last_ns % 1'000'000'000,
                   out_.chunks, out_.events, offset_,
                   beyond == options_.anchors.end()
                       ? ""
                       : "; an anchor proves that there was more"));
  return {};
}

// The whole file is consistent in itself; what does the seal say?
void Verifier::judge_seal() {
  if (offset_ != file_.size())
    return stop(Verdict::kAltered,
                fmt::format("altered: {} bytes were added behind the tail at "
                            "offset {}",
                            file_.size() - offset_, offset_));
  if (!seal_ || !expected_ || seal_->statement != to_text(*expected_))
    return stop(Verdict::kAltered,
                "altered: the seal is missing or speaks of another trace");
  out_.seal = *expected_;
  for (const ChainHead& anchor : options_.anchors)
    if (anchor.trace_id == chain_.trace_id && anchor.chunks > chain_.chunks)
      return stop(Verdict::kAltered,
                  "altered: an anchor proves that there were more chunks");
  if (!seal_->signature) {
    if (options_.key)
      return stop(Verdict::kOtherKey,
                  fmt::format("intact, but not signed, so not by key {}",
                              fingerprint(*options_.key)));
    return stop(Verdict::kIntactUnsigned, "intact, unsigned");
  }
  if (!is_signature_good(*seal_))
    return stop(Verdict::kAltered, "altered: the signature of the seal is bad");
  out_.signature = seal_->signature;
  if (options_.key && *options_.key != out_.signature->key)
    return stop(Verdict::kOtherKey,
                fmt::format("intact, but signed by key {}, not by {}",
                            fingerprint(out_.signature->key),
                            fingerprint(*options_.key)));
  stop(Verdict::kIntactSigned, fmt::format("intact and signed by key {}",
                                           fingerprint(out_.signature->key)));
}

}  // namespace

Result<Verification> verify_trace(const std::string& path,
                                  const VerifyOptions& options) {
  auto file = TRY(TraceFile::open(path));
  return Verifier(std::move(file), options).run();
}

std::string why_not_next(const Verification& before, const Verification& next) {
  const Predecessor& named = next.previous;
  if (named.number == 0) return "it is the first of its series";
  if (named.trace_id != to_hex(before.trace_id))
    return fmt::format("it goes on from file {} of its series, {}",
                       named.number, named.file_name);
  if (named.head != to_hex(before.seal.chain.head))
    return "the file before was closed with another head";
  return {};
}

Result<std::vector<ChainHead>> load_anchors(const std::string& path) {
  std::ifstream in(path);
  if (!in)
    return Error{ErrorKind::kSystem,
                 fmt::format("cannot open {}: {}", path, std::strerror(errno))};
  std::vector<ChainHead> anchors;
  for (std::string line; std::getline(in, line);)
    if (const auto anchor = parse_anchor(line)) anchors.push_back(*anchor);
  return anchors;
}

}  // namespace vestige
