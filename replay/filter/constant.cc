// SPDX-License-Identifier: Apache-2.0
#include "replay/filter/constant.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "format/escape.h"
#include "format/sockaddr.h"

namespace vestige::filter {
namespace {

Error wrong(std::string_view text, std::string_view wanted) {
  return {ErrorKind::kUsage,
          fmt::format("'{}' is no {}", escaped(text), wanted)};
}

struct Unit {
  std::string_view name;
  int64_t ns;
};
constexpr Unit kUnits[] = {{"ns", 1},
                           {"us", 1'000},
                           {"ms", 1'000'000},
                           {"s", 1'000'000'000},
                           {"m", 60'000'000'000},
                           {"h", 3'600'000'000'000}};

std::optional<double> parse_real(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [at, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || at != text.data() + text.size())
    return std::nullopt;
  return value;
}

template <typename Integer>
std::optional<Integer> parse_integer(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    base = 16;
  }
  Integer value = 0;
  const auto [at, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || at != text.data() + text.size())
    return std::nullopt;
  return value;
}

// "1.5ms": a number and a unit; without unit nanoseconds.
std::optional<int64_t> parse_duration(std::string_view text) {
  if (const auto plain = parse_integer<int64_t>(text)) return plain;
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.name)) continue;
    const auto number =
        parse_real(text.substr(0, text.size() - unit.name.size()));
    constexpr double kMost = 9e18;
    if (number && *number * double(unit.ns) < kMost &&
        *number * double(unit.ns) > -kMost)
      return int64_t(*number * double(unit.ns));
  }
  return std::nullopt;
}

Result<Constant> parse_number(FieldType type, Constant constant) {
  const std::string& text = constant.text;
  std::optional<int64_t> number;
  if (type == FieldType::kReal) {
    const auto real = parse_real(text);
    if (!real) return wrong(text, "number");
    constant.value.real = *real;
    return constant;
  }
  if (type == FieldType::kUnsigned || type == FieldType::kPort) {
    if (const auto big = parse_integer<uint64_t>(text)) number = int64_t(*big);
  } else if (type == FieldType::kRelTime) {
    number = parse_duration(text);
  } else {
    number = parse_integer<int64_t>(text);
  }
  if (!number)
    return wrong(text, type == FieldType::kRelTime ? "duration" : "number");
  if (type == FieldType::kPort && uint64_t(*number) > 65535)
    return wrong(text, "port");
  constant.value.number = *number;
  return constant;
}

// "10.0.0.0/8", "::1". What is no network has the prefix of one address.
Result<Constant> parse_address(Constant constant) {
  const size_t slash = constant.text.find('/');
  const std::string address = constant.text.substr(0, slash);
  FieldValue& value = constant.value;
  if (inet_pton(AF_INET, address.c_str(), value.ip.data()) == 1)
    value.family = kFamilyInet;
  else if (inet_pton(AF_INET6, address.c_str(), value.ip.data()) == 1)
    value.family = kFamilyInet6;
  else
    return wrong(constant.text, "IP address or network");
  const int bits = value.family == kFamilyInet ? 32 : 128;
  constant.prefix = bits;
  if (slash == std::string::npos) return constant;
  const auto prefix = parse_integer<int>(constant.text.substr(slash + 1));
  if (!prefix || *prefix < 0 || *prefix > bits)
    return wrong(constant.text, "network");
  constant.prefix = *prefix;
  return constant;
}

// A bracket expression of a glob behind its '[', as RE2 writes it; how long it
// is. 0: it is not closed, the '[' stands for itself.
size_t bracket_to_regex(std::string_view rest, std::string& out) {
  std::string set = "[";
  size_t at = 0;
  if (at < rest.size() && (rest[at] == '!' || rest[at] == '^')) {
    set += '^';
    ++at;
  }
  for (const size_t first = at; at < rest.size(); ++at) {
    if (rest[at] == ']' && at > first) {
      out += set + ']';
      return at + 1;
    }
    if (rest.substr(at).starts_with("[:")) {  // [:alpha:]
      const size_t end = rest.find(":]", at + 2);
      if (end == rest.npos) return 0;
      set += rest.substr(at, end + 2 - at);
      at = end + 1;
      continue;
    }
    if (rest[at] == '\\' && at + 1 < rest.size()) ++at;
    if (std::string_view("\\[]^").find(rest[at]) != rest.npos) set += '\\';
    set += rest[at];
  }
  return 0;
}

// Globs of fnmatch without flags, as a regular expression: those never take
// more than linear time.
std::string glob_to_regex(std::string_view glob) {
  std::string out;
  for (size_t i = 0; i < glob.size(); ++i) {
    const char c = glob[i];
    if (c == '*') {
      out += ".*";
    } else if (c == '?') {
      out += '.';
    } else if (c == '[') {
      const size_t taken = bracket_to_regex(glob.substr(i + 1), out);
      if (taken == 0) out += "\\[";
      i += taken;
    } else {
      if (c == '\\' && i + 1 < glob.size()) ++i;
      out += RE2::QuoteMeta(re2::StringPiece(&glob[i], 1));
    }
  }
  return out;
}

// Bytes, not characters: what is matched is hostile and of no encoding.
Result<Constant> with_pattern(Constant constant, std::string pattern,
                              bool ignores_case) {
  RE2::Options options(RE2::Latin1);
  options.set_log_errors(false);
  options.set_dot_nl(true);
  options.set_never_capture(true);
  options.set_case_sensitive(!ignores_case);
  options.set_max_mem(8 << 20);  // a pattern that needs more is refused
  constant.pattern = std::make_shared<RE2>(pattern, options);
  if (!constant.pattern->ok())
    return Error{
        ErrorKind::kUsage,
        fmt::format("'{}' is no regular expression: {}", escaped(constant.text),
                    escaped(constant.pattern->error()))};
  return constant;
}

Result<Constant> parse_hex(Constant constant) {
  std::string bytes;
  const std::string& text = constant.text;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    const auto byte = parse_integer<uint8_t>("0x" + text.substr(i, 2));
    if (!byte) return wrong(text, "sequence of bytes in hex");
    bytes += char(*byte);
  }
  if (text.empty() || text.size() % 2)
    return wrong(text, "sequence of bytes in hex");
  constant.text = std::move(bytes);
  return constant;
}

bool same_prefix(const FieldValue& a, const FieldValue& b, int bits) {
  if (a.family != b.family) return false;
  const size_t bytes = size_t(bits) / 8;
  if (std::memcmp(a.ip.data(), b.ip.data(), bytes) != 0) return false;
  const int rest = bits % 8;
  if (rest == 0) return true;
  const auto mask = uint8_t(0xff << (8 - rest));
  return ((a.ip[bytes] ^ b.ip[bytes]) & mask) == 0;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? char(c + 32) : c;
}

bool contains_ignoring_case(std::string_view text, std::string_view wanted) {
  return std::search(text.begin(), text.end(), wanted.begin(), wanted.end(),
                     [](char a, char b) { return lower(a) == lower(b); }) !=
             text.end() ||
         wanted.empty();
}

bool compare_text(Operator op, std::string_view text, const Constant& right) {
  const std::string_view wanted = right.text;
  switch (op) {
    case Operator::kExists: return true;
    case Operator::kEqual:
    case Operator::kIn:
    case Operator::kIntersects: return text == wanted;
    case Operator::kNotEqual: return text != wanted;
    case Operator::kLess: return text < wanted;
    case Operator::kLessEqual: return text <= wanted;
    case Operator::kGreater: return text > wanted;
    case Operator::kGreaterEqual: return text >= wanted;
    case Operator::kContains:
    case Operator::kBcontains: return text.find(wanted) != text.npos;
    case Operator::kIcontains: return contains_ignoring_case(text, wanted);
    case Operator::kStartswith:
    case Operator::kBstartswith: return text.starts_with(wanted);
    case Operator::kEndswith: return text.ends_with(wanted);
    case Operator::kGlob:
    case Operator::kIglob:
    case Operator::kRegex:
      return right.pattern &&
             RE2::FullMatch(re2::StringPiece(text.data(), text.size()),
                            *right.pattern);
    case Operator::kPmatch: return is_path_prefix(wanted, text);
  }
  return false;
}

template <typename T>
bool compare_number(Operator op, T left, T right) {
  switch (op) {
    case Operator::kEqual:
    case Operator::kIn:
    case Operator::kIntersects: return left == right;
    case Operator::kNotEqual: return left != right;
    case Operator::kLess: return left < right;
    case Operator::kLessEqual: return left <= right;
    case Operator::kGreater: return left > right;
    case Operator::kGreaterEqual: return left >= right;
    case Operator::kExists:
    case Operator::kGlob:
    case Operator::kIglob:
    case Operator::kContains:
    case Operator::kIcontains:
    case Operator::kBcontains:
    case Operator::kStartswith:
    case Operator::kBstartswith:
    case Operator::kEndswith:
    case Operator::kRegex:
    case Operator::kPmatch: return false;
  }
  return false;
}

// The path without its first component; empty at the end.
std::string_view next_component(std::string_view& path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  const std::string_view component = path.substr(0, path.find('/'));
  path.remove_prefix(component.size());
  return component;
}

}  // namespace

bool is_path_prefix(std::string_view prefix, std::string_view path) {
  while (true) {
    const std::string_view wanted = next_component(prefix);
    if (wanted.empty()) return true;
    if (next_component(path) != wanted) return false;
  }
}

Result<Constant> Constant::parse(FieldType type, Operator op,
                                 std::string text) {
  Constant constant;
  constant.text = std::move(text);
  switch (op) {
    case Operator::kBcontains:
    case Operator::kBstartswith: return parse_hex(std::move(constant));
    case Operator::kRegex: {
      const std::string pattern = constant.text;
      return with_pattern(std::move(constant), pattern, false);
    }
    case Operator::kGlob:
    case Operator::kIglob: {
      std::string pattern = glob_to_regex(constant.text);
      return with_pattern(std::move(constant), std::move(pattern),
                          op == Operator::kIglob);
    }
    default: break;
  }
  switch (type) {
    case FieldType::kText:
    case FieldType::kBytes: return constant;
    case FieldType::kBool:
      if (constant.text != "true" && constant.text != "false" &&
          constant.text != "1" && constant.text != "0")
        return wrong(constant.text, "bool (true or false)");
      constant.value.number = constant.text == "true" || constant.text == "1";
      return constant;
    case FieldType::kAddress:
    case FieldType::kNetwork: return parse_address(std::move(constant));
    case FieldType::kSigned:
    case FieldType::kUnsigned:
    case FieldType::kReal:
    case FieldType::kPort:
    case FieldType::kRelTime:
    case FieldType::kAbsTime: return parse_number(type, std::move(constant));
  }
  return constant;
}

Constant Constant::of(FieldType type, const FieldValue& value) {
  Constant constant;
  constant.value = value;
  constant.text = value.text;
  if (type == FieldType::kAddress || type == FieldType::kNetwork)
    constant.prefix = value.family == kFamilyInet ? 32 : 128;
  return constant;
}

bool compare(Operator op, FieldType type, const FieldValue& value,
             const Constant& constant) {
  switch (type) {
    case FieldType::kText:
    case FieldType::kBytes: return compare_text(op, value.text, constant);
    case FieldType::kReal:
      return compare_number(op, value.real, constant.value.real);
    case FieldType::kUnsigned:
    case FieldType::kPort:
      return compare_number(op, uint64_t(value.number),
                            uint64_t(constant.value.number));
    case FieldType::kSigned:
    case FieldType::kBool:
    case FieldType::kRelTime:
    case FieldType::kAbsTime:
      return compare_number(op, value.number, constant.value.number);
    case FieldType::kAddress:
    case FieldType::kNetwork:
      return same_prefix(value, constant.value, constant.prefix) !=
             (op == Operator::kNotEqual);
  }
  return false;
}

bool suits(Operator op, FieldType type) {
  switch (op) {
    case Operator::kExists:
    case Operator::kEqual:
    case Operator::kNotEqual:
    case Operator::kIn:
    case Operator::kIntersects: return true;
    case Operator::kLess:
    case Operator::kLessEqual:
    case Operator::kGreater:
    case Operator::kGreaterEqual:
      return is_number(type) || type == FieldType::kText;
    case Operator::kBcontains:
    case Operator::kBstartswith: return type == FieldType::kBytes;
    case Operator::kGlob:
    case Operator::kIglob:
    case Operator::kContains:
    case Operator::kIcontains:
    case Operator::kStartswith:
    case Operator::kEndswith:
    case Operator::kRegex:
    case Operator::kPmatch:
      return type == FieldType::kText || type == FieldType::kBytes;
  }
  return false;
}

}  // namespace vestige::filter
