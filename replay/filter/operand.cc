// SPDX-License-Identifier: Apache-2.0
#include "replay/filter/operand.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "format/escape.h"
#include "replay/filter/parser.h"
#include "replay/filter/suggest.h"
#include "replay/filter/transform.h"

namespace vestige::filter {
namespace {

Error unknown_field(std::string_view text, const Operand& from) {
  return error_at(
      text, from.span,
      fmt::format("unknown field {}{}", escaped(from.text),
                  did_you_mean(from.text, all_fields(),
                               [](const FieldInfo* f) { return f->name; })));
}

FieldArgument parse_argument(std::string text) {
  FieldArgument argument{std::move(text), std::nullopt};
  int64_t number = 0;
  const char* end = argument.text.data() + argument.text.size();
  const auto [at, error] = std::from_chars(argument.text.data(), end, number);
  if (error == std::errc() && at == end) argument.index = number;
  return argument;
}

// The type a function gives for what it is given.
FieldType result_type(Transformer transformer, FieldType given) {
  switch (transformer) {
    case Transformer::kLen: return FieldType::kUnsigned;
    case Transformer::kVal: return given;
    case Transformer::kToLower:
    case Transformer::kToUpper:
    case Transformer::kB64: return given;
    case Transformer::kBasename:
    case Transformer::kJoin:
    case Transformer::kConcat:
    case Transformer::kGetopt: return FieldType::kText;
  }
  return given;
}

void split_words(std::vector<std::string>& texts) {
  std::vector<std::string> words;
  for (const std::string& text : texts)
    for (std::string_view rest = text; !rest.empty();) {
      const std::string_view word = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
      if (!word.empty()) words.emplace_back(word);
    }
  texts = std::move(words);
}

bool is_text(FieldType type) {
  return type == FieldType::kText || type == FieldType::kBytes;
}

}  // namespace

Result<BoundOperand> BoundOperand::bind(std::string_view text,
                                        const Operand& from,
                                        std::set<std::string>& unanswerable) {
  BoundOperand bound;
  bound.kind_ = from.kind;
  bound.constant_ = from.text;
  switch (from.kind) {
    case Operand::Kind::kField: {
      auto name = find_field(from.text);
      if (!name) return unknown_field(text, from);
      bound.field_ = name->info;
      bound.argument_ = parse_argument(from.argument.value_or(name->argument));
      const bool has_argument = !bound.argument_.text.empty();
      if (!has_argument && name->info->flags & kArgRequired)
        return error_at(text, from.span,
                        fmt::format("{} needs an argument: {}[...]",
                                    name->info->name, name->info->name));
      if (has_argument && !(name->info->flags & (kArgAllowed | kArgRequired)))
        return error_at(text, from.span,
                        fmt::format("{} takes no argument", name->info->name));
      bound.type_ = name->info->type;
      bound.flags_ = name->info->flags;
      // With an argument, one value is meant.
      if (has_argument) bound.flags_ &= uint8_t(~kAnyOf);
      if (!name->info->get) unanswerable.insert(std::string(name->info->name));
      return bound;
    }
    case Operand::Kind::kTransformer: break;
    case Operand::Kind::kText: return bound;
    case Operand::Kind::kList: bound.flags_ = kList; break;
    case Operand::Kind::kNone: return bound;
  }
  for (const Operand& argument : from.arguments) {
    BoundOperand one = TRY(bind(text, argument, unanswerable));
    bound.arguments_.push_back(std::move(one));
  }
  if (from.kind == Operand::Kind::kList) return bound;
  bound.transformer_ = from.transformer;
  const BoundOperand& first = bound.arguments_[0];
  const bool takes_any = from.transformer == Transformer::kVal ||
                         from.transformer == Transformer::kLen ||
                         from.transformer == Transformer::kConcat ||
                         from.transformer == Transformer::kJoin;
  if (!takes_any && !is_text(first.type_))
    return error_at(text, from.arguments[0].span,
                    fmt::format("{}() takes text, this is {}",
                                transformer_text(from.transformer),
                                field_type_text(first.type_)));
  bound.type_ = result_type(from.transformer, first.type_);
  const bool keeps_count = from.transformer == Transformer::kVal ||
                           from.transformer == Transformer::kToLower ||
                           from.transformer == Transformer::kToUpper ||
                           from.transformer == Transformer::kB64 ||
                           from.transformer == Transformer::kBasename;
  bound.flags_ = keeps_count ? first.flags_ : uint8_t(kPlain);
  bound.constant_ = from.argument.value_or("");
  if (from.transformer == Transformer::kGetopt && bound.constant_.empty())
    bound.flags_ = kList;
  return bound;
}

Needs BoundOperand::needs() const {
  Needs needs;
  if (field_) needs = needs_of(*field_, argument_);
  for (const BoundOperand& argument : arguments_) needs.add(argument.needs());
  return needs;
}

void BoundOperand::extract(const EventView& view, FieldValues& out) const {
  switch (kind_) {
    case Operand::Kind::kField:
      if (field_->get) field_->get(view, argument_, out);
      return;
    case Operand::Kind::kText: return out.add_text(constant_);
    case Operand::Kind::kList:
      for (const BoundOperand& item : arguments_) item.extract(view, out);
      return;
    case Operand::Kind::kTransformer: return transform(view, out);
    case Operand::Kind::kNone: return;
  }
}

// Values of the arguments, each in text, then the function over them.
void BoundOperand::transform(const EventView& view, FieldValues& out) const {
  if (transformer_ == Transformer::kVal)
    return arguments_[0].extract(view, out);
  std::vector<std::vector<std::string>> given;
  for (const BoundOperand& argument : arguments_) {
    FieldValues values;
    argument.extract(view, values);
    auto& texts = given.emplace_back();
    for (const FieldValue& value : values.all())
      texts.push_back(field_text(argument.type_, value));
  }
  // A command line in one text is as many words as it has blanks.
  if (transformer_ == Transformer::kGetopt && !arguments_[0].is_list())
    split_words(given[0]);
  apply_transformer(transformer_, given, arguments_[0].is_list(), constant_,
                    out);
}

}  // namespace vestige::filter
