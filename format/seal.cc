// SPDX-License-Identifier: Apache-2.0
#include "format/seal.h"

#include <fmt/format.h>

#include <charconv>
#include <vector>

namespace vestige {
namespace {

constexpr std::string_view kAnchor = "vestige-anchor";
constexpr std::string_view kSeal = "vestige-seal-1";

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> out;
  while (true) {
    const size_t from = text.find_first_not_of(" \n\r\t");
    if (from == text.npos) return out;
    text.remove_prefix(from);
    const size_t to = std::min(text.find_first_of(" \n\r\t"), text.size());
    out.push_back(text.substr(0, to));
    text.remove_prefix(to);
  }
}

bool number(std::string_view text, uint64_t& out) {
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string to_line(const ChainHead& head) {
  return fmt::format("{} {} {} {} {}", kAnchor, to_hex(head.trace_id),
                     head.chunks, head.events, to_hex(head.head));
}

std::optional<ChainHead> parse_anchor(std::string_view line) {
  const size_t from = line.find(kAnchor);
  if (from == line.npos) return {};
  const auto word = words(line.substr(from));
  ChainHead head;
  if (word.size() != 5 || word[0] != kAnchor ||
      !from_hex(word[1], head.trace_id) || !number(word[2], head.chunks) ||
      !number(word[3], head.events) || !from_hex(word[4], head.head))
    return {};
  return head;
}

std::string to_text(const SealStatement& statement) {
  return fmt::format("{}\ntrace {}\nchunks {}\nevents {}\nhead {}\nroot {}\n",
                     kSeal, to_hex(statement.chain.trace_id),
                     statement.chain.chunks, statement.chain.events,
                     to_hex(statement.chain.head), to_hex(statement.root));
}

std::optional<SealStatement> parse_seal(std::string_view text) {
  const auto word = words(text);
  SealStatement out;
  if (word.size() != 11 || !from_hex(word[2], out.chain.trace_id) ||
      !number(word[4], out.chain.chunks) ||
      !number(word[6], out.chain.events) ||
      !from_hex(word[8], out.chain.head) || !from_hex(word[10], out.root))
    return {};
  // Only the one way to write it: what is signed has no room for tricks.
  if (to_text(out) != text) return {};
  return out;
}

Seal make_seal(const SealStatement& statement, const SigningKey* key) {
  Seal seal{.statement = to_text(statement)};
  if (key)
    seal.signature = {key->public_key(), key->sign(bytes_of(seal.statement))};
  return seal;
}

bool is_signature_good(const Seal& seal) {
  return seal.signature &&
         is_signed_by(seal.signature->key, bytes_of(seal.statement),
                      seal.signature->signature);
}

}  // namespace vestige
