// SPDX-License-Identifier: Apache-2.0
#include "replay/export/sqlite_schema.h"

#include <fmt/format.h>

#include <algorithm>

namespace vestige {

const std::string_view kCommonTables =
    "CREATE TABLE traces (trace INTEGER PRIMARY KEY, file TEXT NOT NULL,"
    " sha256 TEXT, host TEXT, kernel TEXT, machine TEXT, container_id TEXT,"
    " container_name TEXT, container_image TEXT, tool TEXT, begin TEXT,"
    " end TEXT, events INTEGER NOT NULL, complete INTEGER NOT NULL);"
    "CREATE TABLE losses (trace INTEGER NOT NULL REFERENCES traces(trace),"
    " reason TEXT NOT NULL, count INTEGER NOT NULL, from_ns INTEGER,"
    " to_ns INTEGER, place TEXT, meaning TEXT);";

namespace {

// Whole tables that other rows may refer to, and the columns that do.
struct Reference {
  std::string_view column;
  std::string_view table;
  std::string_view key;
};
constexpr Reference kReferences[] = {
    {"proc_id", "processes", "proc_id"},
    {"proc_parent", "processes", "proc_id"},
    {"conn_id", "connections", "conn_id"},
};

// A view needs these columns, as "table.column".
struct View {
  std::string_view name;
  std::vector<std::string_view> needs;
  std::string_view sql;
};

const std::vector<View>& views() {
  static const std::vector<View> all = {
      {"process_tree",
       {"processes.proc_id", "processes.proc_parent", "processes.proc_pid",
        "processes.proc_name", "processes.proc_exeline",
        "processes.proc_start_iso8601"},
       "WITH RECURSIVE tree(trace, proc_id, depth, path) AS ("
       " SELECT trace, proc_id, 0, printf('%08d', proc_id) FROM processes"
       "  WHERE proc_parent IS NULL UNION ALL"
       " SELECT p.trace, p.proc_id, depth + 1,"
       "  tree.path || '/' || printf('%08d', p.proc_id) FROM processes p"
       "  JOIN tree ON p.trace = tree.trace AND p.proc_parent = tree.proc_id"
       "  WHERE depth < 200)"
       " SELECT trace, proc_id, depth, proc_pid,"
       "  substr(replace(hex(zeroblob(depth)), '00', '  '), 1, depth * 2)"
       "   || coalesce(proc_exeline, proc_name) AS command,"
       "  proc_start_iso8601 AS started"
       " FROM tree JOIN processes USING (trace, proc_id) ORDER BY trace, path"},
      {"contacts",
       {"connections.conn_id", "connections.conn_remote",
        "connections.conn_remote_name", "connections.proc_name",
        "connections.conn_protocol", "connections.row_first_iso8601",
        "connections.conn_bytes_sent", "connections.conn_bytes_received"},
       "SELECT trace, conn_remote AS remote, conn_protocol AS protocol,"
       " max(conn_remote_name) AS name, count(*) AS connections,"
       " min(row_first_iso8601) AS first, sum(conn_bytes_sent) AS sent,"
       " sum(conn_bytes_received) AS received,"
       " group_concat(DISTINCT proc_name) AS processes"
       " FROM connections WHERE conn_remote IS NOT NULL"
       " GROUP BY trace, conn_remote, conn_protocol ORDER BY first"},
      {"changed_files",
       {"files.file_op", "files.file_path", "files.file_result",
        "files.proc_name", "files.row_first_iso8601", "files.file_bytes"},
       "SELECT trace, file_path AS path, min(row_first_iso8601) AS first,"
       " group_concat(DISTINCT file_op) AS operations,"
       " group_concat(DISTINCT proc_name) AS processes,"
       " sum(CASE WHEN file_op = 'write' THEN file_bytes END) AS written"
       " FROM files WHERE file_result = 'SUCCESS' AND file_path LIKE '/%'"
       " AND file_op IN ('create',"
       " 'write', 'truncate', 'delete', 'rename', 'exchange', 'link',"
       " 'symlink', 'mkdir', 'rmdir', 'mknod', 'chmod', 'chown', 'xattr',"
       " 'map-write') GROUP BY trace, file_path ORDER BY first"},
      {"timeline",
       {"processes.proc_start_iso8601", "processes.proc_exeline",
        "processes.proc_name", "files.row_first_iso8601", "files.file_op",
        "files.file_path", "connections.row_first_iso8601",
        "connections.conn_remote", "connections.proc_id"},
       "SELECT trace, proc_start_iso8601 AS time, proc_id, 'process' AS kind,"
       " coalesce(proc_exeline, proc_name) AS what FROM processes"
       " WHERE proc_start_iso8601 IS NOT NULL UNION ALL"
       " SELECT trace, row_first_iso8601, proc_id, 'file',"
       "  file_op || ' ' || coalesce(file_path, '?') FROM files UNION ALL"
       " SELECT trace, row_first_iso8601, proc_id, 'connection',"
       "  coalesce(conn_direction, '') || ' ' || coalesce(conn_remote, '?')"
       "  FROM connections ORDER BY time"},
  };
  return all;
}

std::string quoted_name(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string_view sql_type(FieldType type) {
  switch (type) {
    case FieldType::kSigned:
    case FieldType::kUnsigned:
    case FieldType::kBool:
    case FieldType::kPort:
    case FieldType::kRelTime:
    case FieldType::kAbsTime: return "INTEGER";
    case FieldType::kReal: return "REAL";
    case FieldType::kBytes: return "BLOB";
    case FieldType::kText:
    case FieldType::kAddress:
    case FieldType::kNetwork: return "TEXT";
  }
  return "TEXT";
}

// "evt.arg[flags]" is evt_arg_flags.
std::string column_name(std::string_view field) {
  std::string out;
  for (const char c : field) {
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9');
    if (is_word)
      out += c;
    else if (!out.empty() && out.back() != '_')
      out += '_';
  }
  while (out.ends_with('_')) out.pop_back();
  return out;
}

// The column that tells rows of a whole table apart, or "".
std::string_view key_of(std::string_view table) {
  for (const Reference& each : kReferences)
    if (each.table == table) return each.key;
  return {};
}

const SchemaTable* find(const std::vector<SchemaTable>& tables,
                        std::string_view name) {
  const auto found = std::ranges::find(tables, name, &SchemaTable::name);
  return found == tables.end() ? nullptr : &*found;
}

bool can_view(const std::vector<SchemaTable>& tables, const View& view) {
  return std::ranges::all_of(view.needs, [&](std::string_view need) {
    const size_t dot = need.find('.');
    const SchemaTable* table = find(tables, need.substr(0, dot));
    return table && table->has(need.substr(dot + 1));
  });
}

}  // namespace

bool is_database_name(std::string_view name) {
  return name == "traces" || name == "losses" || !key_of(name).empty() ||
         std::ranges::find(views(), name, &View::name) != views().end();
}

bool SchemaTable::has(std::string_view column) const {
  return std::ranges::find(columns, column, &Column::name) != columns.end();
}

Result<SchemaTable> schema_table(std::string_view name, RowKind kind,
                                 const filter::FieldList& columns) {
  SchemaTable table{std::string(name), kind, {}};
  for (const auto& column : columns.columns()) {
    std::string sql_name = column_name(column.name);
    if (table.has(sql_name))
      return Error{ErrorKind::kUsage,
                   fmt::format("two columns would be called {}", sql_name)};
    table.columns.push_back(
        {std::move(sql_name), column.name, sql_type(column.operand.type())});
  }
  return table;
}

// References are to tables that may be made later: SQLite resolves them when
// rows change, and nobody changes rows here.
std::string create_sql(const SchemaTable& table) {
  const std::string_view key = key_of(table.name);
  std::string sql = fmt::format(
      "CREATE TABLE {} (trace INTEGER NOT NULL REFERENCES traces(trace)",
      quoted_name(table.name));
  for (const auto& column : table.columns)
    sql += fmt::format(", {} {}{}", quoted_name(column.name), column.type,
                       column.name == key ? " NOT NULL" : "");
  if (!key.empty() && table.has(key))
    sql += fmt::format(", PRIMARY KEY (trace, {})", quoted_name(key));
  for (const Reference& each : kReferences)
    if (table.has(each.column) &&
        !(each.table == table.name && each.column == each.key))
      sql += fmt::format(", FOREIGN KEY (trace, {}) REFERENCES {} (trace, {})",
                         quoted_name(each.column), quoted_name(each.table),
                         quoted_name(each.key));
  return sql + (key.empty() ? ")" : ") WITHOUT ROWID");
}

std::string insert_sql(const SchemaTable& table) {
  std::string sql =
      fmt::format("INSERT INTO {} VALUES (?", quoted_name(table.name));
  for (size_t i = 0; i < table.columns.size(); ++i) sql += ",?";
  return sql + ")";
}

std::vector<std::string> index_and_view_sql(
    const std::vector<SchemaTable>& tables) {
  std::vector<std::string> out;
  for (const SchemaTable& table : tables)
    if (table.name != "processes" && table.has("proc_id"))
      out.push_back(fmt::format("CREATE INDEX {} ON {} (trace, proc_id)",
                                quoted_name(table.name + "_by_process"),
                                quoted_name(table.name)));
  for (const View& view : views())
    if (can_view(tables, view))
      out.push_back(fmt::format("CREATE VIEW {} AS {}", quoted_name(view.name),
                                view.sql));
  return out;
}

}  // namespace vestige
