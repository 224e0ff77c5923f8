// SPDX-License-Identifier: Apache-2.0
#include "replay/filter/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "format/escape.h"
#include "replay/filter/scanner.h"
#include "replay/filter/suggest.h"

namespace vestige::filter {
namespace {

struct OperatorInfo {
  Operator op;
  std::string_view text;
  OperatorShape shape;
};
constexpr OperatorInfo kOperators[] = {
#define OPERATOR(name, text, shape, doc) \
  {Operator::name, text, OperatorShape::shape},
#include "replay/filter/operators.def"
#undef OPERATOR
};

struct TransformerInfo {
  Transformer transformer;
  std::string_view text;
  size_t least, most;
};
constexpr TransformerInfo kTransformers[] = {
#define TRANSFORMER(name, text, least, most, doc) \
  {Transformer::name, text, least, most},
#include "replay/filter/transformers.def"
#undef TRANSFORMER
};

struct ModifierInfo {
  Modifier modifier;
  std::string_view text;
};
constexpr ModifierInfo kModifiers[] = {{Modifier::kOneOf, "oneof"},
                                       {Modifier::kAnyOf, "anyof"},
                                       {Modifier::kAllOf, "allof"}};

class Parser {
 public:
  explicit Parser(std::string_view text, uint32_t at = 0)
      : text_(text), scan_(text, at) {}

  Result<Expression> parse_all() {
    Expression whole = TRY(parse_or());
    if (!scan_.at_end())
      return fail("expected 'and', 'or' or the end of the filter");
    return whole;
  }

  Result<ParsedOperand> parse_one(uint32_t begin) {
    const std::string name = scan_.take_name();
    if (name.empty()) return fail("expected a field");
    Operand operand = TRY(parse_operand_after(name, begin));
    return ParsedOperand{std::move(operand), scan_.position()};
  }

 private:
  using Kind = Expression::Kind;

  Error fail(std::string_view message) {
    return error_at(text_, scan_.word_span(), message);
  }
  Result<Expression> parse_or() { return parse_chain(Kind::kOr); }
  Result<Expression> parse_chain(Kind kind);
  Result<Expression> parse_not();
  Result<Expression> parse_primary();
  Result<Expression> parse_check(Operand left);
  Result<Operand> parse_operand_after(std::string name, uint32_t begin);
  Result<Operand> parse_transformer(const TransformerInfo& which,
                                    uint32_t begin);
  Result<Operand> parse_argument();
  Result<Operand> parse_field_argument(Operand field);
  Result<Operand> parse_right(OperatorShape shape);
  Result<Operand> parse_value();
  Result<Operand> parse_list();
  const TransformerInfo* try_transformer();
  Result<const OperatorInfo*> parse_operator();
  Result<Modifier> parse_modifier(const OperatorInfo& op);

  std::string_view text_;
  Scanner scan_;
  int depth_ = 0;
};

Result<Expression> Parser::parse_chain(Kind kind) {
  const std::string_view word = kind == Kind::kOr ? "or" : "and";
  const auto parse_next = [&]() {
    return kind == Kind::kOr ? parse_chain(Kind::kAnd) : parse_not();
  };
  const uint32_t begin = scan_.position();
  Expression first = TRY(parse_next());
  if (!scan_.peek_word(word)) return first;
  Expression chain;
  chain.kind = kind;
  chain.children.push_back(std::move(first));
  while (scan_.take_word(word)) {
    Expression next = TRY(parse_next());
    chain.children.push_back(std::move(next));
  }
  chain.span = {begin, scan_.position()};
  return chain;
}

Result<Expression> Parser::parse_not() {
  const uint32_t begin = scan_.skip_blanks();
  int negations = 0;
  while (scan_.take_word("not")) ++negations;
  Expression inner = TRY(parse_primary());
  if (negations % 2 == 0) return inner;
  Expression negated;
  negated.kind = Kind::kNot;
  negated.children.push_back(std::move(inner));
  negated.span = {begin, scan_.position()};
  return negated;
}

Result<Expression> Parser::parse_primary() {
  const uint32_t begin = scan_.skip_blanks();
  if (scan_.take('(')) {
    if (++depth_ > kMaxDepth) return fail("too many nested parentheses");
    Expression inner = TRY(parse_or());
    if (!scan_.take(')')) return fail("expected ')', 'and' or 'or'");
    --depth_;
    return inner;
  }
  const std::string name = scan_.take_name();
  if (name.empty() || name == "and" || name == "or")
    return error_at(text_, {begin, begin + uint32_t(name.size())},
                    "expected a field, a macro or '('");
  if (name.find('.') == name.npos && !scan_.peek('(')) {
    Expression macro;
    macro.kind = Kind::kMacro;
    macro.macro = name;
    macro.span = {begin, scan_.position()};
    return macro;
  }
  Operand left = TRY(parse_operand_after(name, begin));
  return parse_check(std::move(left));
}

Result<Operand> Parser::parse_operand_after(std::string name, uint32_t begin) {
  if (name.find('.') == name.npos) {
    const auto which = std::ranges::find(kTransformers, std::string_view(name),
                                         &TransformerInfo::text);
    if (which == std::end(kTransformers))
      return error_at(text_, {begin, scan_.position()},
                      fmt::format("there is no function '{}'{}", escaped(name),
                                  did_you_mean(name, std::span(kTransformers),
                                               &TransformerInfo::text)));
    if (which->transformer == Transformer::kVal)
      return error_at(text_, {begin, scan_.position()},
                      "val() stands on the right of a comparison");
    return parse_transformer(*which, begin);
  }
  Operand field;
  field.kind = Operand::Kind::kField;
  field.text = std::move(name);
  field.span = {begin, scan_.position()};
  return parse_field_argument(std::move(field));
}

Result<Operand> Parser::parse_field_argument(Operand field) {
  if (!scan_.take_here('[')) return field;
  auto argument = scan_.take_field_argument();
  if (!argument) return fail("expected an argument and ']'");
  field.argument = *std::move(argument);
  field.span.end = scan_.position();
  return field;
}

Result<Operand> Parser::parse_transformer(const TransformerInfo& which,
                                          uint32_t begin) {
  if (++depth_ > kMaxDepth) return fail("too many nested functions");
  Operand call;
  call.kind = Operand::Kind::kTransformer;
  call.transformer = which.transformer;
  if (!scan_.take('(')) return fail("expected '('");
  do {
    Operand argument = TRY(parse_argument());
    call.arguments.push_back(std::move(argument));
  } while (scan_.take(','));
  if (!scan_.take(')')) return fail("expected ')'");
  if (which.transformer == Transformer::kGetopt && scan_.take_here('[')) {
    call.argument = scan_.take_field_argument();
    if (!call.argument || call.argument->size() != 1)
      return fail("expected the letter of an option and ']'");
  }
  call.span = {begin, scan_.position()};
  if (call.arguments.size() < which.least || call.arguments.size() > which.most)
    return error_at(text_, call.span,
                    fmt::format("{}() takes {} to {} arguments", which.text,
                                which.least, which.most));
  --depth_;
  return call;
}

// Of a transformer: a field, another transformer, a value or a list.
Result<Operand> Parser::parse_argument() {
  const uint32_t begin = scan_.skip_blanks();
  if (scan_.peek('(')) return parse_list();
  if (const TransformerInfo* which = try_transformer())
    return parse_transformer(*which, begin);
  const Scanner before = scan_;
  const std::string name = scan_.take_name();
  if (name.find('.') != name.npos) return parse_operand_after(name, begin);
  scan_ = before;
  return parse_value();
}

const TransformerInfo* Parser::try_transformer() {
  const Scanner before = scan_;
  const std::string name = scan_.take_name();
  for (const TransformerInfo& each : kTransformers)
    if (each.text == name && scan_.peek('(')) return &each;
  scan_ = before;
  return nullptr;
}

Result<const OperatorInfo*> Parser::parse_operator() {
  scan_.skip_blanks();
  for (const OperatorInfo& each : kOperators)
    if (scan_.take_operator(each.text)) return &each;
  const std::string word = scan_.peek_text();
  return fail(fmt::format(
      "expected an operator{}",
      did_you_mean(word, std::span(kOperators), &OperatorInfo::text)));
}

Result<Modifier> Parser::parse_modifier(const OperatorInfo& op) {
  if (op.shape != OperatorShape::kEqual && op.shape != OperatorShape::kText)
    return Modifier::kNone;
  const Scanner before = scan_;
  for (const ModifierInfo& each : kModifiers) {
    // Without a list it is a value that happens to be called so.
    if (scan_.take_word(each.text) && scan_.peek('(')) return each.modifier;
    scan_ = before;
  }
  return Modifier::kNone;
}

Result<Expression> Parser::parse_check(Operand left) {
  Expression out;
  out.kind = Kind::kCheck;
  out.span.begin = left.span.begin;
  const uint32_t begin = scan_.skip_blanks();
  const OperatorInfo* op = TRY(parse_operator());
  out.check.op = op->op;
  out.check.op_span = {begin, scan_.position()};
  out.check.left = std::move(left);
  out.check.modifier = TRY(parse_modifier(*op));
  if (out.check.modifier != Modifier::kNone) {
    Operand list = TRY(parse_list());
    out.check.right = std::move(list);
  } else if (op->shape != OperatorShape::kUnary) {
    Operand right = TRY(parse_right(op->shape));
    out.check.right = std::move(right);
  }
  out.span.end = scan_.position();
  return out;
}

Result<Operand> Parser::parse_right(OperatorShape shape) {
  const uint32_t begin = scan_.skip_blanks();
  if (const TransformerInfo* which = try_transformer())
    return parse_transformer(*which, begin);
  if (shape == OperatorShape::kList && scan_.peek('(')) return parse_list();
  return parse_value();
}

Result<Operand> Parser::parse_value() {
  Operand value;
  value.kind = Operand::Kind::kText;
  value.span.begin = scan_.skip_blanks();
  auto taken = scan_.take_value();
  if (!taken)
    return error_at(text_, scan_.word_span(), "a quote is not closed");
  value.text = std::move(taken->text);
  value.is_quoted = taken->is_quoted;
  if (value.text.empty() && !value.is_quoted) return fail("expected a value");
  value.span.end = scan_.position();
  return value;
}

Result<Operand> Parser::parse_list() {
  Operand list;
  list.kind = Operand::Kind::kList;
  list.span.begin = scan_.skip_blanks();
  if (!scan_.take('(')) return fail("expected '('");
  if (!scan_.take(')')) {
    do {
      Operand item = TRY(parse_value());
      list.arguments.push_back(std::move(item));
    } while (scan_.take(','));
    if (!scan_.take(')')) return fail("expected ',' or ')'");
  }
  list.span.end = scan_.position();
  return list;
}

// The line of the text that holds the position, and where it begins.
std::pair<std::string_view, uint32_t> line_of(std::string_view text,
                                              uint32_t position) {
  const size_t at = std::min<size_t>(position, text.size());
  const size_t before = at == 0 ? text.npos : text.rfind('\n', at - 1);
  const size_t begin = before == text.npos ? 0 : before + 1;
  return {text.substr(begin, text.find('\n', begin) - begin), uint32_t(begin)};
}

}  // namespace

Result<Expression> parse(std::string_view text) {
  if (text.size() > kMaxFilterBytes)
    return Error{ErrorKind::kUsage,
                 fmt::format("the filter is {} bytes long; {} are allowed",
                             text.size(), kMaxFilterBytes)};
  return Parser(text).parse_all();
}

Result<ParsedOperand> parse_operand(std::string_view text, uint32_t at) {
  return Parser(text, at).parse_one(at);
}

Error error_at(std::string_view text, Span where, std::string_view message) {
  constexpr uint32_t kAround = 60;  // bytes shown on both sides
  auto [line, begin] = line_of(text, where.begin);
  uint32_t column = where.begin - begin;
  if (column > kAround) {
    line.remove_prefix(column - kAround);
    column = kAround;
  }
  line = line.substr(0, column + kAround);
  const std::string before = escaped(line.substr(0, column));
  const uint32_t marks = std::clamp<uint32_t>(
      where.end > where.begin ? where.end - where.begin : 1, 1,
      std::max<uint32_t>(1, line.size() - column));
  return {ErrorKind::kUsage,
          fmt::format("filter: {}\n  {}{}\n  {:>{}}{}", message, before,
                      escaped(line.substr(column)), "", before.size(),
                      std::string(marks, '^'))};
}

std::string_view operator_text(Operator op) {
  return std::ranges::find(kOperators, op, &OperatorInfo::op)->text;
}

OperatorShape operator_shape(Operator op) {
  return std::ranges::find(kOperators, op, &OperatorInfo::op)->shape;
}

std::string_view transformer_text(Transformer transformer) {
  return std::ranges::find(kTransformers, transformer,
                           &TransformerInfo::transformer)
      ->text;
}

}  // namespace vestige::filter
