// SPDX-License-Identifier: Apache-2.0
//
// Tables, keys and views of the SQLite format as SQL text. Names come from
// fields and scripts and are quoted all the same.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "format/result.h"
#include "replay/facts/row_kind.h"
#include "replay/filter/field_list.h"

namespace vestige {

struct SchemaTable {
  std::string name;
  RowKind kind = RowKind::kEvent;
  struct Column {
    std::string name;  // proc_name
    std::string_view field;
    std::string_view type;  // INTEGER, REAL, TEXT, BLOB
  };
  std::vector<Column> columns;

  [[nodiscard]] bool has(std::string_view column) const;
};

// Whether a table or view of that name is there in any case.
bool is_database_name(std::string_view name);

// "traces" and "losses".
extern const std::string_view kCommonTables;

// kUsage: two columns of one name.
Result<SchemaTable> schema_table(std::string_view name, RowKind kind,
                                 const filter::FieldList& columns);
std::string create_sql(const SchemaTable& table);
std::string insert_sql(const SchemaTable& table);
// Once all rows are in.
std::vector<std::string> index_and_view_sql(
    const std::vector<SchemaTable>& tables);

}  // namespace vestige
