// SPDX-License-Identifier: Apache-2.0
//
// An SQLite database that an analyst can query with sqlite3 alone: a table
// per kind of rows with columns named after fields (proc.name is proc_name),
// "traces" and "losses" beside them. Rows refer to "processes" and
// "connections" where these are tables. All goes in one transaction; text is
// UTF-8 without NUL, bytes are blobs.
//
// The only user of libsqlite3.
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <map>

#include "format/escape.h"
#include "format/loss.h"
#include "replay/export/formats.h"
#include "replay/export/out_file.h"
#include "replay/export/sqlite_schema.h"
#include "replay/facts/time_text.h"

namespace vestige {
namespace {

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct Finalize {
  void operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
  }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

// ASCII without NUL. To the end in any case: many bytes are looked at at once.
bool is_plain(std::string_view text) {
  bool is_other = false;
  for (const char c : text) is_other |= static_cast<signed char>(c) <= 0;
  return !is_other;
}

// The first failure stays; later steps do nothing.
class Connection {
 public:
  explicit Connection(Database database) : database_(std::move(database)) {}

  void run(const std::string& sql) {
    if (error_.empty() && sqlite3_exec(database_.get(), sql.c_str(), nullptr,
                                       nullptr, nullptr) != SQLITE_OK)
      fail();
  }
  Statement prepare(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    if (error_.empty() &&
        sqlite3_prepare_v3(database_.get(), sql.c_str(), int(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &statement,
                           nullptr) != SQLITE_OK)
      fail();
    return Statement(statement);
  }
  void step(const Statement& statement) {
    if (!error_.empty()) return;
    if (sqlite3_step(statement.get()) != SQLITE_DONE) fail();
    sqlite3_reset(statement.get());
  }
  [[nodiscard]] const std::string& error() const { return error_; }
  void close() { database_.reset(); }

 private:
  void fail() { error_ = sqlite3_errmsg(database_.get()); }

  Database database_;
  std::string error_;
};

// Values of one row, by position. Texts must live until the step.
class Binder {
 public:
  explicit Binder(sqlite3_stmt* statement) : statement_(statement) {}

  void number(int64_t value) { sqlite3_bind_int64(statement_, ++at_, value); }
  void real(double value) { sqlite3_bind_double(statement_, ++at_, value); }
  void null() { sqlite3_bind_null(statement_, ++at_); }
  void bytes(std::string_view value) {
    sqlite3_bind_blob64(statement_, ++at_, value.data() ? value.data() : "",
                        value.size(), SQLITE_STATIC);
  }
  void text(std::string_view value) {
    if (is_plain(value)) return bind(value, SQLITE_STATIC);
    std::string utf8 = to_utf8(value);
    if (utf8.find('\0') != utf8.npos) utf8 = escaped(utf8);
    bind(utf8, SQLITE_TRANSIENT);
  }

 private:
  void bind(std::string_view value, sqlite3_destructor_type lifetime) {
    sqlite3_bind_text64(statement_, ++at_, value.data() ? value.data() : "",
                        value.size(), lifetime, SQLITE_UTF8);
  }
  sqlite3_stmt* statement_;
  int at_ = 0;
};

void bind_cell(Binder& bind, FieldType type, const FieldValues& values,
               std::string& text) {
  if (values.empty()) return bind.null();
  const FieldValue& first = values.all()[0];
  if (values.all().size() == 1) {
    switch (type) {
      case FieldType::kText: return bind.text(first.text);
      case FieldType::kBytes: return bind.bytes(first.text);
      case FieldType::kReal: return bind.real(first.real);
      case FieldType::kSigned:
      case FieldType::kUnsigned:
      case FieldType::kPort:
      case FieldType::kBool:
      case FieldType::kRelTime:
      case FieldType::kAbsTime: return bind.number(first.number);
      case FieldType::kAddress:
      case FieldType::kNetwork: break;
    }
  }
  text.clear();
  for (const FieldValue& value : values.all()) {
    if (!text.empty()) text += ',';
    text += field_text(type, value);
  }
  bind.text(text);
}

class Sqlite : public Exporter {
 public:
  Sqlite(std::string path, Database database)
      : path_(std::move(path)), db_(std::move(database)) {
    // Nobody else reads the file before it is done, and what is not done is
    // removed: nothing is kept to go back to. Rows are appended, and the index
    // is sorted at the end: the bigger the cache, the fewer runs to merge.
    db_.run("PRAGMA page_size=32768");
    db_.run("PRAGMA journal_mode=OFF");
    db_.run("PRAGMA synchronous=OFF");
    db_.run("PRAGMA locking_mode=EXCLUSIVE");
    db_.run("PRAGMA cache_size=-65536");  // KiB
    db_.run("BEGIN");
    db_.run(std::string(kCommonTables));
  }
  ~Sqlite() override {
    if (path_.empty()) return;
    db_.close();
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }

  void begin_trace(const TraceContext& trace) override { trace_ = trace; }
  Result<RowSink*> table(std::string_view name, RowKind kind,
                         const filter::FieldList& columns) override;
  void end_trace(const TraceOutcome& outcome) override;
  Result<void> close() override;

 private:
  class Sink : public RowSink {
   public:
    Sink(Sqlite& owner, Statement insert, const filter::FieldList& columns)
        : owner_(owner), insert_(std::move(insert)), columns_(columns) {}

    void add(const EventView& row) override {
      Binder bind(insert_.get());
      bind.number(owner_.trace_.number);
      if (cells_.size() < columns_.columns().size())
        cells_.resize(columns_.columns().size());
      for (size_t i = 0; i < columns_.columns().size(); ++i) {
        const auto& operand = columns_.columns()[i].operand;
        Cell& cell = cells_[i];
        cell.values.clear();
        operand.extract(row, cell.values);
        bind_cell(bind, operand.type(), cell.values, cell.text);
      }
      owner_.db_.step(insert_);
    }

   private:
    // What is bound must live until the step.
    struct Cell {
      FieldValues values;
      std::string text;
    };
    Sqlite& owner_;
    Statement insert_;
    const filter::FieldList& columns_;
    std::deque<Cell> cells_;
  };

  std::string path_;  // removed unless closed
  Connection db_;
  TraceContext trace_;
  std::deque<Sink> sinks_;
  std::vector<SchemaTable> tables_;
};

Result<RowSink*> Sqlite::table(std::string_view name, RowKind kind,
                               const filter::FieldList& columns) {
  SchemaTable table = TRY(schema_table(name, kind, columns));
  db_.run(create_sql(table));
  sinks_.emplace_back(*this, db_.prepare(insert_sql(table)), columns);
  tables_.push_back(std::move(table));
  if (!db_.error().empty())
    return Error{ErrorKind::kSystem,
                 fmt::format("{}: {}", escaped(path_), db_.error())};
  return &sinks_.back();
}

void Sqlite::end_trace(const TraceOutcome& outcome) {
  const TraceHeader& header = *trace_.header;
  const auto unix_ns = [&](uint64_t boot_ns) {
    return header.start.unix_ns + int64_t(boot_ns - header.start.boot_ns);
  };
  const Statement insert =
      db_.prepare("INSERT INTO traces VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  Binder bind(insert.get());
  const std::string begin = iso8601(header.start.unix_ns);
  const std::string end =
      outcome.end->end.unix_ns ? iso8601(outcome.end->end.unix_ns) : "";
  bind.number(trace_.number);
  bind.text(trace_.file_name);
  trace_.sha256.empty() ? bind.null() : bind.text(trace_.sha256);
  bind.text(header.host_name);
  bind.text(header.kernel_release);
  bind.text(header.machine);
  bind.text(header.container.id);
  bind.text(header.container.name);
  bind.text(header.container.image);
  bind.text(header.tool);
  bind.text(begin);
  end.empty() ? bind.null() : bind.text(end);
  bind.number(int64_t(outcome.events));
  bind.number(outcome.is_complete);
  db_.step(insert);
  const Statement loss =
      db_.prepare("INSERT INTO losses VALUES (?,?,?,?,?,?,?)");
  for (const Loss& each : outcome.end->losses) {
    const LossReasonInfo& what = info(each.reason);
    const bool has_time = each.from_ns != 0 || each.to_ns != 0;
    Binder row(loss.get());
    row.number(trace_.number);
    row.text(what.text);
    row.number(int64_t(each.count));
    has_time ? row.number(unix_ns(each.from_ns)) : row.null();
    has_time ? row.number(unix_ns(each.to_ns)) : row.null();
    row.text(each.where);
    row.text(what.meaning);
    db_.step(loss);
  }
}

Result<void> Sqlite::close() {
  for (const std::string& sql : index_and_view_sql(tables_)) db_.run(sql);
  db_.run("COMMIT");
  if (!db_.error().empty())
    return Error{ErrorKind::kSystem,
                 fmt::format("{}: {}", escaped(path_), db_.error())};
  sinks_.clear();
  db_.close();
  path_.clear();
  return {};
}

}  // namespace

Result<std::unique_ptr<Exporter>> make_sqlite(const std::string& path) {
  if (path == "-")
    return Error{ErrorKind::kUsage, "a database cannot go to stdout: give -o"};
  TRY(write_file(path, ""));  // never over a file, never through a symlink
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(
      path.c_str(), &raw,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
      nullptr);
  Database database(raw);
  if (code != SQLITE_OK)
    return Error{
        ErrorKind::kSystem,
        fmt::format("cannot make {}: {}", escaped(path), sqlite3_errstr(code))};
  return std::unique_ptr<Exporter>(
      std::make_unique<Sqlite>(path, std::move(database)));
}

}  // namespace vestige
