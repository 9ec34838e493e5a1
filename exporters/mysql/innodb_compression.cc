// info_schema.innodb_cmp, innodb_cmpmem: compressed InnoDB tables, per page size; info_schema.innodb_tablespaces.
#include "exporters/mysql/parts.h"
#include "exporters/mysql/rows_part.h"

namespace bekci::exporters::mysql {
namespace {

constexpr std::string_view kPageSize[] = {"page_size"};
constexpr MetricSpec kCompress = {"mysql_info_schema_innodb_cmp_compress_ops_total", MetricType::kCounter,
                                  "Number of times a B-tree page of the size PAGE_SIZE has been compressed.",
                                  "page_size"};
constexpr MetricSpec kCompressOk = {
    "mysql_info_schema_innodb_cmp_compress_ops_ok_total", MetricType::kCounter,
    "Number of times a B-tree page of the size PAGE_SIZE has been successfully compressed.", "page_size"};
constexpr MetricSpec kCompressTime = {"mysql_info_schema_innodb_cmp_compress_time_seconds_total", MetricType::kCounter,
                                      "Total time in seconds spent in attempts to compress B-tree pages.", "page_size"};
constexpr MetricSpec kUncompress = {"mysql_info_schema_innodb_cmp_uncompress_ops_total", MetricType::kCounter,
                                    "Number of times a B-tree page of the size PAGE_SIZE has been uncompressed.",
                                    "page_size"};
constexpr MetricSpec kUncompressTime = {"mysql_info_schema_innodb_cmp_uncompress_time_seconds_total",
                                        MetricType::kCounter,
                                        "Total time in seconds spent in uncompressing B-tree pages.", "page_size"};
constexpr RowMetric kCmpRows[] = {
    {&kCompress, "compress_ops", kPageSize},          {&kCompressOk, "compress_ops_ok", kPageSize},
    {&kCompressTime, "compress_time", kPageSize},     {&kUncompress, "uncompress_ops", kPageSize},
    {&kUncompressTime, "uncompress_time", kPageSize},
};
constexpr const MetricSpec* kCmpMetrics[] = {&kCompress, &kCompressOk, &kCompressTime, &kUncompress, &kUncompressTime};

constexpr std::string_view kPool[] = {"buffer_pool_instance", "page_size"};
constexpr MetricSpec kPagesUsed = {"mysql_info_schema_innodb_cmpmem_pages_used_total", MetricType::kCounter,
                                   "Number of blocks of the size PAGE_SIZE that are currently in use.",
                                   "buffer_pool,page_size"};
constexpr MetricSpec kPagesFree = {
    "mysql_info_schema_innodb_cmpmem_pages_free_total", MetricType::kCounter,
    "Number of blocks of the size PAGE_SIZE that are currently available for allocation.", "buffer_pool,page_size"};
constexpr MetricSpec kRelocations = {"mysql_info_schema_innodb_cmpmem_relocation_ops_total", MetricType::kCounter,
                                     "Number of times a block of the size PAGE_SIZE has been relocated.",
                                     "buffer_pool,page_size"};
constexpr MetricSpec kRelocationTime = {"mysql_info_schema_innodb_cmpmem_relocation_time_seconds_total",
                                        MetricType::kCounter, "Total time in seconds spent in relocating blocks.",
                                        "buffer_pool,page_size"};
constexpr double kMilliseconds = 1e3;
constexpr RowMetric kCmpmemRows[] = {
    {&kPagesUsed, "pages_used", kPool},
    {&kPagesFree, "pages_free", kPool},
    {&kRelocations, "relocation_ops", kPool},
    {&kRelocationTime, "relocation_time", kPool, {}, kMilliseconds},
};
constexpr const MetricSpec* kCmpmemMetrics[] = {&kPagesUsed, &kPagesFree, &kRelocations, &kRelocationTime};

constexpr std::string_view kSpaceInfoLabels[] = {"FILE_FORMAT", "ROW_FORMAT", "SPACE_TYPE", "NAME"};
constexpr std::string_view kSpaceLabel[] = {"NAME"};
constexpr MetricSpec kSpaceInfo = {"mysql_info_schema_innodb_tablespace_space_info", MetricType::kGauge,
                                   "The Tablespace information and Space ID.",
                                   "file_format,row_format,space_type,tablespace_name"};
constexpr MetricSpec kSpaceSize = {
    "mysql_info_schema_innodb_tablespace_file_size_bytes", MetricType::kGauge,
    "The apparent size of the file, which represents the maximum size of the file, uncompressed.", "tablespace_name"};
constexpr MetricSpec kSpaceAllocated = {"mysql_info_schema_innodb_tablespace_allocated_size_bytes", MetricType::kGauge,
                                        "The actual size of the file, which is the amount of space allocated on disk.",
                                        "tablespace_name"};
constexpr RowMetric kSpaceRows[] = {
    {&kSpaceInfo, "SPACE", kSpaceInfoLabels},
    {&kSpaceSize, "FILE_SIZE", kSpaceLabel},
    {&kSpaceAllocated, "ALLOCATED_SIZE", kSpaceLabel},
};
constexpr const MetricSpec* kSpaceMetrics[] = {&kSpaceInfo, &kSpaceSize, &kSpaceAllocated};

constexpr RowShape kCmpShape = {kCmpRows};
constexpr RowShape kCmpmemShape = {kCmpmemRows};
constexpr RowShape kSpaceShape = {kSpaceRows, "ALLOCATED_SIZE"};

constexpr const char* kCmpSql[] = {
    "SELECT page_size, compress_ops, compress_ops_ok, compress_time, uncompress_ops, uncompress_time"
    " FROM information_schema.innodb_cmp"};
constexpr const char* kCmpmemSql[] = {
    "SELECT page_size, buffer_pool_instance, pages_used, pages_free, relocation_ops, relocation_time"
    " FROM information_schema.innodb_cmpmem"};
constexpr const char* kSpaceSql[] = {
    // MySQL 8
    "SELECT SPACE, NAME, 'NONE' AS FILE_FORMAT, IFNULL(ROW_FORMAT, 'NONE') AS ROW_FORMAT,"
    " IFNULL(SPACE_TYPE, 'NONE') AS SPACE_TYPE, FILE_SIZE, ALLOCATED_SIZE FROM information_schema.INNODB_TABLESPACES",
    // MySQL 5.7
    "SELECT SPACE, NAME, IFNULL(FILE_FORMAT, 'NONE') AS FILE_FORMAT, IFNULL(ROW_FORMAT, 'NONE') AS ROW_FORMAT,"
    " IFNULL(SPACE_TYPE, 'NONE') AS SPACE_TYPE, FILE_SIZE, ALLOCATED_SIZE"
    " FROM information_schema.INNODB_SYS_TABLESPACES",
    // MariaDB
    "SELECT SPACE, NAME, 'NONE' AS FILE_FORMAT, IFNULL(ROW_FORMAT, 'NONE') AS ROW_FORMAT,"
    " IF(SPACE = 0, 'System', 'Single') AS SPACE_TYPE, FILE_SIZE, ALLOCATED_SIZE"
    " FROM information_schema.INNODB_SYS_TABLESPACES",
};

}  // namespace

constinit const PartSpec kInnodbCmp = {
    .name = "info_schema.innodb_cmp",
    .on_by_default = true,
    .help = "Compression of InnoDB pages, per page size.",
    .metrics = kCmpMetrics,
    .make = MakeRows<kCmpShape, kCmpSql>,
};
constinit const PartSpec kInnodbCmpmem = {
    .name = "info_schema.innodb_cmpmem",
    .on_by_default = true,
    .help = "Compressed pages in the buffer pool.",
    .metrics = kCmpmemMetrics,
    .make = MakeRows<kCmpmemShape, kCmpmemSql>,
};
constinit const PartSpec kInnodbTablespaces = {
    .name = "info_schema.innodb_tablespaces",
    .help = "Size and kind of each InnoDB tablespace.",
    .metrics = kSpaceMetrics,
    .bounded = true,
    .make = MakeRows<kSpaceShape, kSpaceSql>,
};

}  // namespace bekci::exporters::mysql
