// SPDX-License-Identifier: Apache-2.0
//
// The only user of RE2 outside of filters.
#include "replay/evidence/redactor.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <re2/re2.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_set>

#include "format/escape.h"
#include "replay/evidence/pseudonyms.h"

namespace vestige {
namespace {

// Shorter values are taken out where the pattern found them only.
constexpr size_t kMinValue = 6;
constexpr size_t kMinUser = 2;
// Bytes at the edge of a piece that may be a secret's beginning or end.
constexpr size_t kMinEdge = 4;
constexpr size_t kMaxValues = 20'000;
constexpr int64_t kMaxMemory = 256 << 20;

struct Pattern {
  RedactionProfile profile;
  std::string name;
  std::unique_ptr<RE2> regex;
};

RE2::Options options_of(bool longest) {
  RE2::Options options(RE2::Latin1);
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemory);
  options.set_longest_match(longest);
  return options;
}

struct Known {
  RedactionProfile profile;
  const char* text;
  const char* pattern;
};
constexpr Known kKnown[] = {
#define SECRET(profile, name, pattern) \
  {RedactionProfile::profile, name, pattern},
#include "replay/evidence/secrets.def"
#undef SECRET
};

constexpr std::string_view kSystemUsers[] = {
    "root",   "daemon",   "bin",    "sys",   "sync",           "games",
    "man",    "lp",       "mail",   "news",  "uucp",           "proxy",
    "backup", "list",     "nobody", "_apt",  "sshd",           "www-data",
    "nginx",  "postgres", "mysql",  "redis", "systemd-network"};
bool is_system_user(std::string_view name) {
  return std::ranges::find(kSystemUsers, name) != std::end(kSystemUsers);
}

// Texts in which there was nothing to take out: most repeat, thousands of
// times. Kept whole, so that none is mistaken for another.
class CleanTexts {
 public:
  [[nodiscard]] bool contains(const std::string& text) const {
    return texts_.contains(text);
  }
  void add(const std::string& text) {
    constexpr size_t kMostBytes = 64 << 20;
    if (bytes_ + text.size() > kMostBytes) return;
    if (texts_.insert(text).second) bytes_ += text.size();
  }

 private:
  std::unordered_set<std::string> texts_;
  size_t bytes_ = 0;
};

// The same number of bytes, whatever stands there.
std::string fitted(std::string text, size_t size) {
  text.resize(size, 'x');
  return text;
}

}  // namespace

struct Redactor::State {
  RedactionOptions options;
  std::vector<Pattern> patterns;
  std::map<std::string, size_t, std::less<>> values;  // secret: its number
  std::map<std::string, size_t, std::less<>> users;
  std::map<std::string, std::string, std::less<>> found_by;
  std::unique_ptr<RE2> any_value;
  std::unique_ptr<RE2> any_user;
  RE2 v4{R"(((?:[0-9]{1,3}\.){3}[0-9]{1,3}))", options_of(false)};
  RE2 v6{R"(([0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*))", options_of(false)};
  AddressPseudonyms addresses;
  std::unordered_set<size_t> learnt;  // hashes: texts repeat
  CleanTexts clean_texts, clean_fixed;
  std::map<std::string, uint64_t> counts;

  void keep(const Pattern& pattern, std::string_view value);
  std::unique_ptr<RE2> alternatives(
      const std::map<std::string, size_t, std::less<>>& texts,
      const char* edge) const;
  void count(std::string_view what) { ++counts[std::string(what)]; }

  // replace(match): what stands for it, nullopt leaves it.
  template <typename Replace>
  bool replace_all(std::string& bytes, const RE2& regex, bool is_fixed,
                   Replace replace);
  bool replace_values(std::string& bytes, bool is_fixed);
  bool replace_patterns(std::string& bytes, bool is_fixed);
  bool replace_edges(std::string& bytes);
  bool replace_users(std::string& bytes, bool is_fixed);
  bool replace_addresses(std::string& bytes, bool is_fixed);
  bool replace_dns(std::string& bytes);
  bool redact(std::string& bytes, bool is_fixed);
  bool binary(uint16_t family, uint8_t* ip);
};

void Redactor::State::keep(const Pattern& pattern, std::string_view value) {
  if (pattern.profile == RedactionProfile::kUsers) {
    if (value.size() >= kMinUser && !is_system_user(value) &&
        users.size() < kMaxValues)
      users.try_emplace(std::string(value), users.size() + 1);
    return;
  }
  if (value.size() < kMinValue || values.size() >= kMaxValues ||
      value.starts_with("[redacted:"))
    return;
  values.try_emplace(std::string(value), values.size() + 1);
  found_by.try_emplace(std::string(value), pattern.name);
}

std::unique_ptr<RE2> Redactor::State::alternatives(
    const std::map<std::string, size_t, std::less<>>& texts,
    const char* edge) const {
  if (texts.empty()) return nullptr;
  std::string all;
  for (const auto& [text, number] : texts) {
    if (!all.empty()) all += '|';
    all += RE2::QuoteMeta(text);
  }
  return std::make_unique<RE2>(edge + ("(" + all + ")") + edge,
                               options_of(true));
}

template <typename Replace>
bool Redactor::State::replace_all(std::string& bytes, const RE2& regex,
                                  bool is_fixed, Replace replace) {
  std::string out;
  const re2::StringPiece all(bytes);
  size_t copied = 0;
  size_t from = 0;
  bool changed = false;
  while (from <= bytes.size()) {
    re2::StringPiece groups[2];
    if (!regex.Match(all, from, bytes.size(), RE2::UNANCHORED, groups, 2))
      break;
    const auto& found = groups[1].data() ? groups[1] : groups[0];
    const auto at = size_t(found.data() - bytes.data());
    const std::string_view value(bytes.data() + at, found.size());
    from = at + std::max<size_t>(value.size(), 1);
    auto other = replace(value);
    if (!other) continue;
    out.append(bytes, copied, at - copied);
    out +=
        is_fixed ? fitted(*std::move(other), value.size()) : *std::move(other);
    copied = at + value.size();
    changed = true;
  }
  if (!changed) return false;
  out.append(bytes, copied);
  bytes = std::move(out);
  return true;
}

bool Redactor::State::replace_values(std::string& bytes, bool is_fixed) {
  if (!any_value) return false;
  return replace_all(bytes, *any_value, is_fixed,
                     [&](std::string_view value) -> std::optional<std::string> {
                       const auto found = values.find(value);
                       if (found == values.end()) return std::nullopt;
                       count("secrets: " + found_by.find(value)->second);
                       return fmt::format("[redacted:{}]", found->second);
                     });
}

// What is too short to be looked for everywhere.
bool Redactor::State::replace_patterns(std::string& bytes, bool is_fixed) {
  bool changed = false;
  for (const Pattern& pattern : patterns) {
    if (pattern.profile != RedactionProfile::kSecrets) continue;
    changed |=
        replace_all(bytes, *pattern.regex, is_fixed,
                    [&](std::string_view value) -> std::optional<std::string> {
                      if (value.starts_with("[redact")) return std::nullopt;
                      count("secrets: " + pattern.name);
                      return "[redacted]";
                    });
  }
  return changed;
}

// A secret that was cut in two by the end of a piece.
bool Redactor::State::replace_edges(std::string& bytes) {
  bool changed = false;
  for (const auto& [value, number] : values) {
    const size_t most = std::min(value.size() - 1, bytes.size());
    for (size_t size = most; size >= kMinEdge; --size) {
      const std::string_view all = value;
      if (std::string_view(bytes).ends_with(all.substr(0, size))) {
        bytes.replace(bytes.size() - size, size, size, 'x');
        count("secrets: cut in two");
        changed = true;
        break;
      }
    }
    for (size_t size = most; size >= kMinEdge; --size) {
      const std::string_view all = value;
      if (std::string_view(bytes).starts_with(all.substr(all.size() - size))) {
        bytes.replace(0, size, size, 'x');
        count("secrets: cut in two");
        changed = true;
        break;
      }
    }
  }
  return changed;
}

bool Redactor::State::replace_users(std::string& bytes, bool is_fixed) {
  if (!any_user) return false;
  return replace_all(bytes, *any_user, is_fixed,
                     [&](std::string_view value) -> std::optional<std::string> {
                       count("users");
                       return fmt::format("user-{}", users.find(value)->second);
                     });
}

bool Redactor::State::replace_addresses(std::string& bytes, bool is_fixed) {
  const auto other = [&](std::string_view value) {
    auto out = addresses.of_text(value);
    if (out) {
      count("addresses");
      // Cut or filled up, it would be another address.
      if (is_fixed && out->size() != value.size())
        out = std::string(value.size(), 'x');
    }
    return out;
  };
  const bool any = replace_all(bytes, v6, is_fixed, other);
  return replace_all(bytes, v4, is_fixed, other) || any;
}

// A and AAAA records: class IN, any TTL, the address.
bool Redactor::State::replace_dns(std::string& bytes) {
  bool changed = false;
  for (size_t at = 0; at + 14 <= bytes.size(); ++at) {
    const auto* raw = reinterpret_cast<uint8_t*>(bytes.data() + at);
    const bool is_in = raw[0] == 0 && raw[2] == 0 && raw[3] == 1 && raw[8] == 0;
    if (!is_in) continue;
    if (raw[1] == 1 && raw[9] == 4)
      changed |= binary(AF_INET, reinterpret_cast<uint8_t*>(&bytes[at + 10]));
    else if (raw[1] == 28 && raw[9] == 16 && at + 26 <= bytes.size())
      changed |= binary(AF_INET6, reinterpret_cast<uint8_t*>(&bytes[at + 10]));
  }
  return changed;
}

bool Redactor::State::binary(uint16_t family, uint8_t* ip) {
  const auto change = [&](auto from) {
    std::copy_n(ip, from.size(), from.begin());
    const auto to = addresses.of(from);
    if (to == from) return false;
    std::copy(to.begin(), to.end(), ip);
    count("addresses");
    return true;
  };
  if (family == AF_INET) return change(AddressPseudonyms::V4{});
  if (family == AF_INET6) return change(AddressPseudonyms::V6{});
  return false;
}

bool Redactor::State::redact(std::string& bytes, bool is_fixed) {
  bool changed = replace_values(bytes, is_fixed);
  if (options.secrets || !options.patterns.empty())
    changed |= replace_patterns(bytes, is_fixed);
  if (options.users) changed |= replace_users(bytes, is_fixed);
  if (options.addresses) changed |= replace_addresses(bytes, is_fixed);
  return changed;
}

Redactor::Redactor(std::unique_ptr<State> state) : state_(std::move(state)) {}
Redactor::Redactor(Redactor&&) noexcept = default;
Redactor& Redactor::operator=(Redactor&&) noexcept = default;
Redactor::~Redactor() = default;

Result<Redactor> Redactor::create(const RedactionOptions& options) {
  auto state = std::make_unique<State>();
  state->options = options;
  const auto add = [&](RedactionProfile profile, std::string name,
                       const std::string& text) {
    state->patterns.push_back({profile, std::move(name),
                               std::make_unique<RE2>(text, options_of(false))});
    return state->patterns.back().regex->ok();
  };
  for (const Known& known : kKnown) {
    const bool is_wanted = known.profile == RedactionProfile::kSecrets
                               ? options.secrets
                               : options.users;
    if (is_wanted) add(known.profile, known.text, known.pattern);
  }
  for (const std::string& text : options.patterns)
    if (!add(RedactionProfile::kSecrets, "pattern", text))
      return Error{ErrorKind::kUsage,
                   fmt::format("'{}' is no pattern: {}", escaped(text),
                               state->patterns.back().regex->error())};
  for (const std::string& value : options.values) {
    if (value.empty()) continue;
    state->values.try_emplace(value, state->values.size() + 1);
    state->found_by.try_emplace(value, "value");
  }
  return Redactor(std::move(state));
}

void Redactor::learn(std::string_view bytes) {
  if (!state_->learnt.insert(std::hash<std::string_view>()(bytes)).second)
    return;
  std::string copy(bytes);
  for (const Pattern& pattern : state_->patterns) {
    state_->replace_all(
        copy, *pattern.regex, true,
        [&](std::string_view value) -> std::optional<std::string> {
          state_->keep(pattern, value);
          return std::nullopt;
        });
  }
}

Result<void> Redactor::prepare() {
  state_->any_value = state_->alternatives(state_->values, "");
  state_->any_user = state_->alternatives(state_->users, R"(\b)");
  for (const RE2* regex : {state_->any_value.get(), state_->any_user.get()})
    if (regex && !regex->ok())
      return Error{ErrorKind::kSystem,
                   "there is more to take out than fits into memory"};
  return {};
}

bool Redactor::text(std::string& bytes) {
  if (state_->clean_texts.contains(bytes)) return false;
  const bool changed = state_->redact(bytes, false);
  if (!changed) state_->clean_texts.add(bytes);
  return changed;
}

bool Redactor::fixed(std::string& bytes) {
  if (state_->clean_fixed.contains(bytes)) return false;
  bool changed = state_->redact(bytes, true);
  changed |= state_->replace_edges(bytes);
  if (state_->options.addresses) changed |= state_->replace_dns(bytes);
  if (!changed) state_->clean_fixed.add(bytes);
  return changed;
}

bool Redactor::socket(SocketPart& socket) {
  if (!state_->options.addresses) return false;
  const bool local = state_->binary(socket.family, socket.local_address);
  return state_->binary(socket.family, socket.peer_address) || local;
}

bool Redactor::sockaddr(std::string& bytes) {
  uint16_t family = 0;
  if (bytes.size() < sizeof family) return false;
  std::memcpy(&family, bytes.data(), sizeof family);
  constexpr size_t kV4 = offsetof(sockaddr_in, sin_addr);
  constexpr size_t kV6 = offsetof(sockaddr_in6, sin6_addr);
  auto* raw = reinterpret_cast<uint8_t*>(bytes.data());
  if (family == AF_INET && bytes.size() >= kV4 + 4)
    return state_->options.addresses && state_->binary(family, raw + kV4);
  if (family == AF_INET6 && bytes.size() >= kV6 + 16)
    return state_->options.addresses && state_->binary(family, raw + kV6);
  return fixed(bytes);  // a path
}

const std::map<std::string, uint64_t>& Redactor::counts() const {
  return state_->counts;
}

}  // namespace vestige
