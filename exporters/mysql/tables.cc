// info_schema.tables: rows and bytes per table; auto_increment.columns: how full each auto-increment column is.
#include <algorithm>

#include "exporters/mysql/parts.h"
#include "exporters/mysql/rows_part.h"
#include "exporters/mysql/values.h"

namespace bekci::exporters::mysql {
namespace {

constexpr std::string_view kVersionLabels[] = {"CREATE_OPTIONS", "ENGINE",     "ROW_FORMAT",
                                               "TABLE_SCHEMA",   "TABLE_NAME", "TABLE_TYPE"};
constexpr std::string_view kRowsLabels[] = {"TABLE_SCHEMA", "TABLE_NAME"};
constexpr std::string_view kSizeLabels[] = {kTag, "TABLE_SCHEMA", "TABLE_NAME"};
constexpr MetricSpec kVersion = {"mysql_info_schema_table_version", MetricType::kGauge,
                                 "The version number of the table's .frm file",
                                 "create_options,engine,row_format,schema,table,type"};
constexpr MetricSpec kRows = {"mysql_info_schema_table_rows", MetricType::kGauge,
                              "The estimated number of rows in the table from information_schema.tables",
                              "schema,table"};
constexpr MetricSpec kSize = {"mysql_info_schema_table_size", MetricType::kGauge,
                              "The size of the table components from information_schema.tables",
                              "component,schema,table"};
constexpr RowMetric kTableRows[] = {
    {&kVersion, "VERSION", kVersionLabels},
    {&kRows, "TABLE_ROWS", kRowsLabels},
    {&kSize, "DATA_LENGTH", kSizeLabels, "data_length"},
    {&kSize, "INDEX_LENGTH", kSizeLabels, "index_length"},
    {&kSize, "DATA_FREE", kSizeLabels, "data_free"},
};
constexpr const MetricSpec* kTableMetrics[] = {&kVersion, &kRows, &kSize};
constexpr RowShape kTableShape = {kTableRows, "WEIGHT"};

constexpr config::Option kTableOptions[] = {
    {.key = "databases",
     .type = config::Type::kStrings,
     .default_text = "[\"*\"]",
     .help = "Which schemas; * is all but the server's own."},
};

constexpr std::string_view kColumn[] = {"column_name", "table_schema", "table_name"};
constexpr MetricSpec kCurrent = {"mysql_info_schema_auto_increment_column", MetricType::kGauge,
                                 "The current value of an auto_increment column from information_schema.",
                                 "column,schema,table"};
constexpr MetricSpec kMax = {"mysql_info_schema_auto_increment_column_max", MetricType::kGauge,
                             "The max value of an auto_increment column from information_schema.",
                             "column,schema,table"};
constexpr RowMetric kColumnRows[] = {{&kCurrent, "auto_increment", kColumn}, {&kMax, "max_int", kColumn}};
constexpr const MetricSpec* kColumnMetrics[] = {&kCurrent, &kMax};
constexpr RowShape kColumnShape = {kColumnRows, "fill"};
// The names of the columns are given anew, since MySQL 8 shows them in capitals.
constexpr const char* kColumnSql[] = {
    "SELECT table_schema AS table_schema, table_name AS table_name, column_name AS column_name,"
    " auto_increment AS auto_increment, max_int AS max_int, auto_increment / max_int AS fill FROM ("
    "SELECT t.table_schema, t.table_name, c.column_name, t.auto_increment,"
    " POW(2, CASE c.data_type WHEN 'tinyint' THEN 7 WHEN 'smallint' THEN 15 WHEN 'mediumint' THEN 23 WHEN 'int' THEN 31"
    " WHEN 'bigint' THEN 63 END + (c.column_type LIKE '% unsigned%')) - 1 AS max_int"
    " FROM information_schema.tables t JOIN information_schema.columns c"
    " ON c.table_schema = t.table_schema AND c.table_name = t.table_name"
    " WHERE c.extra LIKE '%auto_increment%' AND t.auto_increment IS NOT NULL) AS filled"};

base::Result<std::unique_ptr<Part>> MakeTables(const PartEnvironment& environment, const config::Values& options) {
  const std::vector<std::string>& databases = options.Strings("databases");
  std::string schemas;
  if (std::find(databases.begin(), databases.end(), "*") == databases.end()) {
    for (const std::string& name : databases) schemas += (schemas.empty() ? "" : ", ") + SqlText(name);
  }
  const std::string where =
      schemas.empty() ? "NOT IN ('mysql', 'performance_schema', 'information_schema', 'sys')" : "IN (" + schemas + ")";
  // The aliases fix the case of the names, which differs between servers.
  std::string sql =
      "SELECT TABLE_SCHEMA AS TABLE_SCHEMA, TABLE_NAME AS TABLE_NAME, TABLE_TYPE AS TABLE_TYPE,"
      " IFNULL(ENGINE, 'NONE') AS ENGINE, IFNULL(VERSION, 0) AS VERSION, IFNULL(ROW_FORMAT, 'NONE') AS ROW_FORMAT,"
      " IFNULL(TABLE_ROWS, 0) AS TABLE_ROWS, IFNULL(DATA_LENGTH, 0) AS DATA_LENGTH,"
      " IFNULL(INDEX_LENGTH, 0) AS INDEX_LENGTH, IFNULL(DATA_FREE, 0) AS DATA_FREE,"
      " IFNULL(CREATE_OPTIONS, 'NONE') AS CREATE_OPTIONS, IFNULL(DATA_LENGTH, 0) + IFNULL(INDEX_LENGTH, 0) AS WEIGHT"
      " FROM information_schema.TABLES WHERE TABLE_SCHEMA " +
      where;
  return std::unique_ptr<Part>(
      std::make_unique<RowsPart>(kTableShape, std::vector<std::string>{std::move(sql)}, environment.row_budget));
}

}  // namespace

constinit const PartSpec kTables = {
    .name = "info_schema.tables",
    .help = "Rows and bytes per table; the largest where there are more than row_budget.",
    .metrics = kTableMetrics,
    .options = kTableOptions,
    .bounded = true,
    .make = MakeTables,
};
constinit const PartSpec kAutoIncrement = {
    .name = "auto_increment.columns",
    .help = "Value and greatest value of auto-increment columns; the fullest where there are more than row_budget.",
    .metrics = kColumnMetrics,
    .bounded = true,
    .make = MakeRows<kColumnShape, kColumnSql>,
};

}  // namespace bekci::exporters::mysql
