// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "format/proof.h"

namespace vestige {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
// Deeper than any proof. Comparing and printing go down by recursion.
constexpr int kMaxDepth = 16;

Json digests(const std::vector<Digest>& path) {
  Json out = Json::array();
  for (const Digest& digest : path) out.push_back(to_hex(digest));
  return out;
}

Json to_object(const ChunkProof& chunk) {
  Json frames = Json::array();
  for (const ProofFrame& frame : chunk.frames)
    frames.push_back(
        {{"frame", frame.frame}, {"bytes", to_base64(bytes_of(frame.bytes))}});
  Json out = {{"chunk", chunk.chunk},
              {"mark", to_base64(bytes_of(chunk.mark))},
              {"path", digests(chunk.path)},
              {"frames", std::move(frames)}};
  if (chunk.key) out["key"] = to_hex(*chunk.key);
  return out;
}

// ---- Reading. Everything is checked: types, lengths, ranges.

const Json* member(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

const std::string* text(const Json& object, const char* name) {
  const Json* found = member(object, name);
  return found ? found->get_ptr<const std::string*>() : nullptr;
}

std::optional<uint32_t> number(const Json& object, const char* name) {
  const Json* found = member(object, name);
  if (!found || !found->is_number_unsigned()) return {};
  const auto value = found->get<uint64_t>();
  if (value > UINT32_MAX) return {};
  return uint32_t(value);
}

bool bytes(const Json& object, const char* name, std::string& out) {
  const std::string* encoded = text(object, name);
  return encoded && from_base64(*encoded, out);
}

// Calls `use` for each element of an array member. False: not as it should be.
template <typename Use>
bool each(const Json& object, const char* name, const Use& use) {
  const Json* array = member(object, name);
  return array && array->is_array() &&
         std::all_of(array->begin(), array->end(), use);
}

bool read_seal(const Json& from, Seal& out) {
  const std::string* statement = text(from, "statement");
  if (!statement) return false;
  out.statement = *statement;
  const std::string* key = text(from, "key");
  const std::string* signature = text(from, "signature");
  if (!key && !signature) return true;
  out.signature.emplace();
  return key && signature && from_hex(*key, out.signature->key) &&
         from_hex(*signature, out.signature->signature);
}

bool read_chunk(const Json& from, ChunkProof& out) {
  const auto chunk = number(from, "chunk");
  if (!chunk || !bytes(from, "mark", out.mark)) return false;
  out.chunk = *chunk;
  if (const std::string* key = text(from, "key"))
    if (!from_hex(*key, out.key.emplace())) return false;
  return each(from, "path",
              [&out](const Json& digest) {
                const auto* hex = digest.get_ptr<const std::string*>();
                return hex && from_hex(*hex, out.path.emplace_back());
              }) &&
         each(from, "frames", [&out](const Json& frame) {
           const auto index = number(frame, "frame");
           if (!index) return false;
           ProofFrame& made = out.frames.emplace_back();
           made.frame = *index;
           return bytes(frame, "bytes", made.bytes);
         });
}

bool read_position(std::string_view from, Position& out) {
  const char* const end = from.data() + from.size();
  const auto chunk = std::from_chars(from.data(), end, out.chunk);
  if (chunk.ec != std::errc() || chunk.ptr == end || *chunk.ptr != ':')
    return false;
  const auto index = std::from_chars(chunk.ptr + 1, end, out.index);
  return index.ec == std::errc() && index.ptr == end;
}

bool read_event(const Json& from, ProofEvent& out) {
  const std::string* at = text(from, "at");
  if (!at || !read_position(*at, out.at)) return false;
  if (const Json* claim = member(from, "event"))
    out.claim =
        claim->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return true;
}

}  // namespace

std::string to_json(const Proof& proof) {
  Json seal = {{"statement", proof.seal.statement}};
  if (proof.seal.signature) {
    seal["key"] = to_hex(proof.seal.signature->key);
    seal["signature"] = to_hex(proof.seal.signature->signature);
  }
  Json chunks = Json::array(), events = Json::array();
  for (const ChunkProof& chunk : proof.chunks)
    chunks.push_back(to_object(chunk));
  for (const ProofEvent& event : proof.events) {
    Json made = {{"at", fmt::format("{}:{}", event.at.chunk, event.at.index)}};
    if (!event.claim.empty())
      made["event"] = Json::parse(event.claim, nullptr, false);
    events.push_back(std::move(made));
  }
  const Json all = {{"vestige_proof", kVersion},
                    {"events", std::move(events)},
                    {"seal", std::move(seal)},
                    {"chunks", std::move(chunks)}};
  return all.dump(1) + "\n";
}

Result<Proof> parse_proof(std::string_view json) {
  bool is_too_deep = false;
  const auto watch = [&is_too_deep](int depth, Json::parse_event_t, Json&) {
    is_too_deep |= depth > kMaxDepth;
    return depth <= kMaxDepth;
  };
  const Json all = Json::parse(json, watch, false);
  if (is_too_deep) return Error{ErrorKind::kBadInput, "is a malformed proof"};
  const auto version = number(all, "vestige_proof");
  if (!version) return Error{ErrorKind::kBadInput, "is not a proof"};
  if (*version > kVersion)
    return Error{ErrorKind::kBadInput,
                 fmt::format("is a proof of version {}, but this program reads "
                             "versions up to {}: use a newer one",
                             *version, kVersion)};
  Proof out;
  const Json* seal = member(all, "seal");
  if (!seal || !read_seal(*seal, out.seal) ||
      !each(all, "chunks",
            [&out](const Json& chunk) {
              return read_chunk(chunk, out.chunks.emplace_back());
            }) ||
      !each(all, "events", [&out](const Json& event) {
        return read_event(event, out.events.emplace_back());
      }))
    return Error{ErrorKind::kBadInput, "is a malformed proof"};
  return out;
}

std::optional<Position> parse_position(std::string_view text) {
  Position out;
  if (!read_position(text, out)) return {};
  return out;
}

}  // namespace vestige
