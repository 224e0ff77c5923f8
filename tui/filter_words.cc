// SPDX-License-Identifier: Apache-2.0
#include "tui/filter_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "replay/facts/field.h"

namespace vestige::tui {
namespace {

constexpr size_t kMaxWords = 200;
constexpr size_t kMaxValueBytes = 1024;  // longer ones nobody picks

struct OperatorWord {
  std::string_view text, doc;
};
constexpr OperatorWord kOperators[] = {
#define OPERATOR(name, text, shape, doc) {text, doc},
#include "replay/filter/operators.def"
#undef OPERATOR
};

bool is_operator(std::string_view word) {
  return std::ranges::find(kOperators, word, &OperatorWord::text) !=
         std::end(kOperators);
}

enum class Letter : uint8_t { kBlank, kSign, kWord };

Letter letter_of(char c) {
  switch (c) {
    case ' ':
    case '\t':
    case '(':
    case ')':
    case ',': return Letter::kBlank;
    case '=':
    case '<':
    case '>':
    case '!': return Letter::kSign;
    default: return Letter::kWord;
  }
}

bool is_blank(char c) {
  return letter_of(c) == Letter::kBlank;
}

// Where the word that ends at the end begins: "fd.name=x" is three words, and
// quotes hold blanks together.
size_t word_start(std::string_view text) {
  size_t start = 0;
  char quote = 0;
  Letter before = Letter::kBlank;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    Letter letter = letter_of(c);
    if (quote != 0) {
      letter = Letter::kWord;
      if (c == '\\') ++i;
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      letter = Letter::kWord;
      quote = c;
    }
    if (letter != before) start = i;
    if (letter == Letter::kBlank) start = i + 1;
    before = letter;
  }
  return start;
}

std::string_view last_word(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text.substr(word_start(text));
}

// The field whose values are asked for: the last one before the cursor.
std::string_view last_field(std::string_view text) {
  while (!text.empty()) {
    const std::string_view word = last_word(text);
    if (word.empty()) return {};
    if (find_field(word)) return word;
    text = text.substr(0, static_cast<size_t>(word.data() - text.data()));
  }
  return {};
}

class Words {
 public:
  Words(const Session& session, std::string_view typed)
      : session_(session), typed_(typed) {}

  void add_fields();
  void add_operators();
  void add_values(std::string_view field);
  std::vector<Choice> take() { return std::move(words_); }

 private:
  void add(std::string text, std::string_view note) {
    if (words_.size() < kMaxWords && text != typed_) {
      words_.push_back({std::move(text), std::string(note)});
    }
  }
  void add_value(std::string_view value) {
    if (value.empty() || value.size() > kMaxValueBytes) return;
    if (seen_.size() >= kMaxWords || !seen_.insert(std::string(value)).second) {
      return;
    }
  }
  void add_number(uint64_t number) { add_value(fmt::format("{}", number)); }
  void gather(std::string_view field);
  void gather_of_processes(std::string_view field);
  void gather_of_connections(std::string_view field);
  [[nodiscard]] bool is_wanted(std::string_view value) const;

  const Session& session_;
  std::string_view typed_;
  std::vector<Choice> words_;
  std::set<std::string> seen_;
};

// What begins with it, then what contains it.
void Words::add_fields() {
  for (const bool begins : {true, false}) {
    for (const FieldInfo* field : all_fields()) {
      if (!field->get || field->name.starts_with(typed_) != begins) continue;
      if (!begins && field->name.find(typed_) == std::string_view::npos) {
        continue;
      }
      add(std::string(field->name), field->doc);
    }
  }
  for (const std::string_view word : {"and", "or", "not"}) {
    if (word.starts_with(typed_)) add(std::string(word), "");
  }
}

void Words::add_operators() {
  for (const OperatorWord& word : kOperators) {
    if (word.text.starts_with(typed_)) add(std::string(word.text), word.doc);
  }
}

void Words::gather_of_processes(std::string_view field) {
  for (const ProcessRow& row : session_.data().facts().processes) {
    if (field == "pid" || field == "ppid")
      add_number(row.pid);
    else if (field == "exepath" || field == "pexepath")
      add_value(row.exe);
    else if (field == "cwd")
      add_value(row.cwd);
    else if (field == "exe")
      add_value(row.argv.substr(0, row.argv.find('\0')));
    else if (field == "uid")
      add_number(row.credentials.euid);
    else
      add_value(row.comm);
  }
}

void Words::gather_of_connections(std::string_view field) {
  for (const ConnectionRow& row : session_.data().facts().connections) {
    for (const Endpoint* end : {&row.local, &row.remote}) {
      if (!*end || end->port == 0) continue;
      const std::string text = endpoint_text(*end);
      const size_t colon = text.rfind(':');
      std::string address = text.substr(0, colon);
      if (address.starts_with('[')) {
        address = address.substr(1, address.size() - 2);
      }
      if (field.ends_with("port"))
        add_number(end->port);
      else
        add_value(address);
    }
  }
}

void Words::gather(std::string_view field) {
  const size_t dot = std::min(field.find('.'), field.size() - 1);
  const std::string_view group = field.substr(0, dot);
  const std::string_view name = field.substr(dot + 1);
  const auto info = find_field(field);
  if (info && info->info->type == FieldType::kBool) {
    add_value("true");
    add_value("false");
  } else if (field == "evt.type" || field == "syscall.type") {
    for (const TypeCount& type : session_.data().types()) {
      add_value(type.descriptor->name);
    }
  } else if (field == "evt.res") {
    add_value("SUCCESS");
    for (const FileRow& row : session_.data().facts().files) {
      if (row.error != 0) add_value(errno_text(row.error));
    }
  } else if (field == "fd.type") {
    for (const char* type :
         {"file", "directory", "ipv4", "ipv6", "unix", "pipe"}) {
      add_value(type);
    }
  } else if (name.ends_with("ip") || name.ends_with("port") ||
             name.ends_with("net")) {
    gather_of_connections(name);
  } else if (group == "fd" || group == "fs") {
    for (const FileRow& row : session_.data().facts().files) {
      const size_t slash = row.path.rfind('/');
      const bool has_slash = slash != std::string_view::npos;
      if (name == "filename" && has_slash) {
        add_value(row.path.substr(slash + 1));
      } else if (name == "directory" && has_slash) {
        add_value(row.path.substr(0, std::max<size_t>(slash, 1)));
      } else if (is_wanted(row.path)) {
        add_value(row.path);
      }
    }
  } else if (group == "proc" || group == "user" || group == "thread") {
    gather_of_processes(name);
  }
}

// Typed with an opening quote or without.
bool Words::is_wanted(std::string_view value) const {
  std::string_view typed = typed_;
  if (!typed.empty() && (typed[0] == '"' || typed[0] == '\'')) {
    typed.remove_prefix(1);
  }
  return value.find(typed) != std::string_view::npos;
}

void Words::add_values(std::string_view field) {
  gather(field);
  for (const std::string& value : seen_) {
    if (is_wanted(value)) add(quoted_value(value), "");
  }
}

}  // namespace

std::string quoted_value(std::string_view value) {
  const bool is_bare = !value.empty() && std::ranges::all_of(value, [](char c) {
    return c == '/' || c == '.' || c == '_' || c == '-' || c == ':' ||
           c == '+' || c == '@' || (c >= '0' && c <= '9') ||
           (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
  if (is_bare) return std::string(value);
  std::string text = "\"";
  for (const char c : value) {
    const auto byte = static_cast<uint8_t>(c);
    if (c == '"' || c == '\\') text += '\\';
    if (byte < 0x20 || byte == 0x7f) {
      text += fmt::format("\\x{:02x}", byte);
    } else {
      text += c;
    }
  }
  return text + '"';
}

Completion complete(const Session& session, std::string_view text,
                    size_t cursor) {
  const std::string_view before = text.substr(0, cursor);
  Completion found{.start = word_start(before)};
  const std::string_view typed = before.substr(found.start);
  const std::string_view earlier = before.substr(0, found.start);
  const std::string_view previous = last_word(earlier);
  Words words(session, typed);
  if (is_operator(typed)) {
    found.start = before.size();
    return found;
  }
  std::string_view head = earlier;
  while (head.ends_with(' ')) head.remove_suffix(1);
  const bool is_in_list =
      head.ends_with(',') || (head.ends_with('(') && is_operator(previous));
  if (is_operator(previous) || is_in_list) {
    words.add_values(last_field(earlier));
  } else if (find_field(previous)) {
    words.add_operators();
  } else {
    words.add_fields();
  }
  found.words = words.take();
  return found;
}

bool is_expression(std::string_view text) {
  if (text.find_first_of("=<>()!") != std::string_view::npos) return true;
  const size_t end = std::min(text.find(' '), text.size());
  const std::string_view first = text.substr(0, end);
  if (first == "not") return true;
  const size_t dot = first.find('.');
  if (dot == std::string_view::npos) return false;
  return std::ranges::any_of(all_fields(), [&](const FieldInfo* field) {
    return field->name.starts_with(first.substr(0, dot + 1));
  });
}

namespace {

void add_process_clauses(const Facts& facts, ProcessId id,
                         std::vector<std::string>& out) {
  const ProcessRow* row = facts.process(id);
  if (!row) return;
  const auto add = [&](std::string_view field, std::string_view value) {
    if (value.empty() || value.size() > kMaxValueBytes) return;
    out.push_back(fmt::format("{} = {}", field, quoted_value(value)));
  };
  // Numbers are used again: this one means the one process alone.
  add("proc.id", fmt::format("{}", static_cast<uint32_t>(id)));
  add("proc.name", row->comm);
  add("proc.exepath", row->exe);
  add("proc.pid", fmt::format("{}", row->pid));
  out.push_back(fmt::format("(proc.pid = {0} or proc.apid = {0})", row->pid));
  if (row->credentials_known) {
    add("user.uid", fmt::format("{}", row->credentials.euid));
  }
}

void add_path_clauses(std::string_view path, std::vector<std::string>& out) {
  if (path.empty() || path.size() > kMaxValueBytes) return;
  const std::string value = quoted_value(path);
  out.push_back(fmt::format(
      "(fd.name = {0} or fs.path.name = {0} or fs.path.target = {0})", value));
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return;
  const std::string folder = quoted_value(path.substr(0, slash));
  out.push_back(fmt::format(
      "(fd.name pmatch ({0}) or fs.path.name pmatch ({0}))", folder));
}

void add_connection_clauses(const Facts& facts, ConnectionId id,
                            std::vector<std::string>& out) {
  const ConnectionRow* row = facts.connection(id);
  if (!row) return;
  const Endpoint& end = row->remote ? row->remote : row->local;
  if (!end) return;
  if (end.port == 0) {
    out.push_back(fmt::format("fd.name contains {}", quoted_value(end.name)));
    return;
  }
  const std::string text = endpoint_text(end);
  std::string address = text.substr(0, text.rfind(':'));
  if (address.starts_with('[')) address = address.substr(1, address.size() - 2);
  out.push_back(
      fmt::format("(fd.ip = {} and fd.port = {})", address, end.port));
  out.push_back(fmt::format("fd.ip = {}", address));
  out.push_back(fmt::format("fd.port = {}", end.port));
}

// What a row comes to is not there yet when an event is asked.
bool is_of_rows(std::string_view field) {
  constexpr std::string_view kGroups[] = {
      "row.",        "file.",     "finding.",  "msg.",
      "proc.start.", "proc.end.", "proc.exit_"};
  return std::ranges::any_of(kGroups, [&](std::string_view group) {
    return field.starts_with(group);
  });
}

}  // namespace

std::string value_clause(std::string_view field,
                         const filter::BoundOperand& operand,
                         const FieldValue& value) {
  if (is_of_rows(field) || value.text.size() > kMaxValueBytes) return {};
  std::string text;
  switch (operand.type()) {
    case FieldType::kBool: text = value.number ? "true" : "false"; break;
    case FieldType::kSigned:
    case FieldType::kUnsigned:
    case FieldType::kPort:
    case FieldType::kRelTime:
    case FieldType::kAbsTime: text = fmt::format("{}", value.number); break;
    case FieldType::kText:
    case FieldType::kBytes: text = quoted_value(value.text); break;
    case FieldType::kReal:
    case FieldType::kAddress:
    case FieldType::kNetwork: text = field_text(operand.type(), value); break;
  }
  if (operand.is_list()) return fmt::format("{} intersects ({})", field, text);
  if (field == "fd.name" && value.text.starts_with('/')) {
    std::vector<std::string> all;
    add_path_clauses(value.text, all);
    return all.front();
  }
  return fmt::format("{} = {}", field, text);
}

std::vector<std::string> clauses(const Session& session,
                                 const Subject& subject) {
  std::vector<std::string> out;
  const Facts& facts = session.data().facts();
  const Bearings known = bearings(facts, subject);
  add_connection_clauses(facts, known.connection, out);
  if (!std::holds_alternative<ProcessId>(subject)) {
    add_path_clauses(known.path, out);
  }
  add_process_clauses(facts, known.process, out);
  if (const auto* fact = std::get_if<FactRef>(&subject);
      fact && fact->table == FactTable::kFiles) {
    const int32_t error = facts.files[fact->index].error;
    if (error != 0) out.push_back("evt.res = " + errno_text(error));
  }
  return out;
}

}  // namespace vestige::tui
