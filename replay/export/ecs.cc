// SPDX-License-Identifier: Apache-2.0
//
// Elastic Common Schema 8.11, JSON lines: what a row has of ecs.def, the
// categorisation fields, and the columns asked for under "vestige".
#include <fmt/format.h>

#include <algorithm>

#include "format/errno_text.h"
#include "format/escape.h"
#include "replay/export/formats.h"
#include "replay/export/line_exporter.h"
#include "replay/export/row_text.h"
#include "replay/facts/category.h"
#include "replay/facts/field_cells.h"
#include "replay/facts/time_text.h"

namespace vestige {
namespace {

struct Mapping {
  std::string_view path;
  std::string_view field;
};
constexpr Mapping kMappings[] = {
#define ECS(path, field) {path, field},
#include "replay/export/ecs.def"
#undef ECS
};

// Values of event.category and event.type that ECS allows.
struct Categories {
  std::string_view category;
  std::string_view type;
};

Categories of_file(FileOp op) {
  switch (op) {
    case FileOp::kCreate:
    case FileOp::kMkdir:
    case FileOp::kMknod:
    case FileOp::kLink:
    case FileOp::kSymlink:
    case FileOp::kMemfd: return {"file", "creation"};
    case FileOp::kDelete:
    case FileOp::kRmdir: return {"file", "deletion"};
    case FileOp::kWrite:
    case FileOp::kTruncate:
    case FileOp::kRename:
    case FileOp::kExchange:
    case FileOp::kChmod:
    case FileOp::kChown:
    case FileOp::kUtimes:
    case FileOp::kXattr:
    case FileOp::kMapWrite:
    case FileOp::kInodeAttributes:
    case FileOp::kAllocate:
    case FileOp::kMount:
    case FileOp::kUmount: return {"file", "change"};
    case FileOp::kOpen:
    case FileOp::kRead:
    case FileOp::kLookup:
    case FileOp::kReady:
    case FileOp::kMap:
    case FileOp::kList:
    case FileOp::kExec:
    case FileOp::kChdir:
    case FileOp::kChroot: return {"file", "access"};
  }
  return {"file", "info"};
}

Categories of_event(const EventView& row) {
  if (!row.event->descriptor) return {"process", "info"};
  const std::string_view category = event_category(row);
  if (category == "net") return {"network", "info"};
  if (category == "file" || category.starts_with("io-"))
    return {row.connection ? "network" : "file", "info"};
  return {"process", "info"};
}

Categories categories(const EventView& row) {
  switch (row.kind) {
    case RowKind::kEvent: return of_event(row);
    case RowKind::kProcess: return {"process", "start"};
    case RowKind::kFile: return of_file(row.file_row->op);
    case RowKind::kConnection: return {"network", "connection"};
    case RowKind::kMessage: return {"network", "protocol"};
    case RowKind::kFinding: return {"intrusion_detection", "info"};
  }
  return {"host", "info"};
}

std::string_view action(const EventView& row) {
  if (row.file_row) return file_op_text(row.file_row->op);
  if (row.message) return message_kind_text(row.message->kind);
  if (row.event->descriptor) return row.event->descriptor->name;
  return info(row.kind).text;
}

std::string_view outcome(const EventView& row) {
  int64_t error = 0;
  if (row.file_row) error = row.file_row->error;
  if (row.kind == RowKind::kConnection) error = row.connection->error;
  if (row.kind == RowKind::kEvent) {
    if (row.event->flags & kInFlight) return "unknown";
    error = is_error(row.event->ret) ? 1 : 0;
  }
  return error == 0 ? "success" : "failure";
}

// Nested objects out of paths with dots, opened when there is something to
// put into them.
class Objects {
 public:
  explicit Objects(std::string& out) : out_(out) {}

  // A place for the value of the path.
  void key(std::string_view path) {
    size_t common = 0;
    for (size_t i = 0; i < open_.size() && i < path.size(); ++i) {
      if (open_[i] != path[i]) break;
      if (path[i] == '.') common = i + 1;
    }
    close_to(common);
    std::string_view rest = path.substr(common);
    for (size_t dot; (dot = rest.find('.')) != rest.npos;) {
      begin(rest.substr(0, dot));
      out_ += '{';
      is_first_ = true;
      open_ += rest.substr(0, dot + 1);
      rest.remove_prefix(dot + 1);
    }
    begin(rest);
  }
  void finish() { close_to(0); }

 private:
  void begin(std::string_view name) {
    if (!is_first_) out_ += ',';
    is_first_ = false;
    out_ += '"';
    out_ += name;
    out_ += "\":";
  }
  void close_to(size_t size) {
    const auto levels =
        std::count(open_.begin() + std::ptrdiff_t(size), open_.end(), '.');
    out_.append(size_t(levels), '}');
    if (levels > 0) is_first_ = false;
    open_.resize(size);
  }

  std::string& out_;
  std::string open_;  // "process.parent."
  bool is_first_ = false;
};

class Ecs : public LineExporter {
 public:
  explicit Ecs(OutFile out) : LineExporter(std::move(out)) {
    for (const Mapping& mapping : kMappings)
      if (auto list = filter::FieldList::compile(mapping.field))
        fields_.push_back({mapping.path, *std::move(list)});
  }

 private:
  struct Field {
    std::string_view path;
    filter::FieldList list;
  };

  void append(std::string& out, const EventView& row,
              const filter::FieldList& columns) override {
    const Categories what = categories(row);
    out += "{\"@timestamp\":";
    append_json(out, iso8601(row.unix_ns()));
    out += ",\"ecs\":{\"version\":\"8.11.0\"},\"message\":";
    append_json(out, row_sentence(row));
    out += fmt::format(
        ",\"event\":{{\"kind\":\"{}\",\"module\":\"vestige\",\"dataset\":"
        "\"vestige.{}\",\"category\":[\"{}\"],\"type\":[\"{}\"],"
        "\"outcome\":\"{}\",\"action\":",
        row.kind == RowKind::kFinding ? "alert" : "event", info(row.kind).text,
        what.category, what.type, outcome(row));
    append_json(out, action(row));
    out += '}';
    Objects objects(out);
    for (const Field& field : fields_) append_field(objects, out, row, field);
    objects.finish();
    out += ",\"vestige\":";
    columns.append_json(out, row);
    out += "}\n";
  }

  // As in sysdig, what is no IP socket has a protocol called <NA>.
  static bool is_allowed(const Field& field, const FieldValue& value) {
    return field.path != "network.transport" || value.text != "<NA>";
  }

  void append_field(Objects& objects, std::string& out, const EventView& row,
                    const Field& field) {
    const filter::BoundOperand& operand = field.list.columns()[0].operand;
    values_.clear();
    operand.extract(row, values_);
    if (values_.empty() || !is_allowed(field, values_.all()[0])) return;
    objects.key(field.path);
    // Ids are keywords in ECS.
    const bool is_id = field.path.ends_with("_id") ||
                       field.path.ends_with("user.id") ||
                       field.path.ends_with("inode");
    if (!is_id)
      return append_json_cell(out, operand.type(), operand.is_list(), values_);
    std::string text;
    append_text_cell(text, operand.type(), values_);
    append_json(out, text);
  }

  std::vector<Field> fields_;
  FieldValues values_;
};

}  // namespace

Result<std::unique_ptr<Exporter>> make_ecs(const std::string& path) {
  return make_lines<Ecs>(path);
}

}  // namespace vestige
