// perf_schema.file_events, file_instances, memory_events: bytes that the server moves and holds.
#include "exporters/mysql/parts.h"
#include "exporters/mysql/rows_part.h"
#include "exporters/mysql/values.h"

namespace bekci::exporters::mysql {
namespace {

constexpr double kPicoseconds = 1e12;

constexpr std::string_view kEvent[] = {"EVENT_NAME", kTag};
constexpr MetricSpec kEvents = {"mysql_perf_schema_file_events_total", MetricType::kCounter,
                                "The total file events by event name/mode.", "event_name,mode"};
constexpr MetricSpec kEventsTime = {"mysql_perf_schema_file_events_seconds_total", MetricType::kCounter,
                                    "The total seconds of file events by event name/mode.", "event_name,mode"};
constexpr MetricSpec kEventsBytes = {"mysql_perf_schema_file_events_bytes_total", MetricType::kCounter,
                                     "The total bytes of file events by event name/mode.", "event_name,mode"};
constexpr RowMetric kEventRows[] = {
    {&kEvents, "COUNT_READ", kEvent, "read"},
    {&kEventsTime, "SUM_TIMER_READ", kEvent, "read", kPicoseconds},
    {&kEventsBytes, "SUM_NUMBER_OF_BYTES_READ", kEvent, "read"},
    {&kEvents, "COUNT_WRITE", kEvent, "write"},
    {&kEventsTime, "SUM_TIMER_WRITE", kEvent, "write", kPicoseconds},
    {&kEventsBytes, "SUM_NUMBER_OF_BYTES_WRITE", kEvent, "write"},
    {&kEvents, "COUNT_MISC", kEvent, "misc"},
    {&kEventsTime, "SUM_TIMER_MISC", kEvent, "misc", kPicoseconds},
};
constexpr const MetricSpec* kEventMetrics[] = {&kEvents, &kEventsTime, &kEventsBytes};
constexpr RowShape kEventShape = {kEventRows, "SUM_TIMER_WAIT"};
constexpr const char* kEventSql[] = {
    "SELECT EVENT_NAME, SUM_TIMER_WAIT, COUNT_READ, SUM_TIMER_READ, SUM_NUMBER_OF_BYTES_READ, COUNT_WRITE,"
    " SUM_TIMER_WRITE, SUM_NUMBER_OF_BYTES_WRITE, COUNT_MISC, SUM_TIMER_MISC"
    " FROM performance_schema.file_summary_by_event_name"};

constexpr std::string_view kFile[] = {"EVENT_NAME", "FILE_NAME", kTag};
constexpr MetricSpec kFileOperations = {"mysql_perf_schema_file_instances_total", MetricType::kCounter,
                                        "The total number of file read/write operations.", "event_name,file_name,mode"};
constexpr MetricSpec kFileBytes = {"mysql_perf_schema_file_instances_bytes", MetricType::kCounter,
                                   "The number of bytes processed by file read/write operations.",
                                   "event_name,file_name,mode"};
constexpr RowMetric kFileRows[] = {
    {&kFileOperations, "COUNT_READ", kFile, "read"},
    {&kFileOperations, "COUNT_WRITE", kFile, "write"},
    {&kFileBytes, "SUM_NUMBER_OF_BYTES_READ", kFile, "read"},
    {&kFileBytes, "SUM_NUMBER_OF_BYTES_WRITE", kFile, "write"},
};
constexpr const MetricSpec* kFileMetrics[] = {&kFileOperations, &kFileBytes};
constexpr RowShape kFileShape = {kFileRows, "SUM_TIMER_WAIT"};
constexpr config::Option kFileOptions[] = {
    {.key = "filter",
     .type = config::Type::kString,
     .default_text = ".*",
     .help = "Which files: a regular expression of the server (REGEXP) on the path."},
    {.key = "remove_prefix",
     .type = config::Type::kString,
     .default_text = "/var/lib/mysql/",
     .help = "Removed from the beginning of the paths."},
};

constexpr std::string_view kMemory[] = {"EVENT_NAME"};
constexpr MetricSpec kAllocated = {"mysql_perf_schema_memory_events_alloc_bytes_total", MetricType::kCounter,
                                   "The total number of bytes allocated by events.", "event_name"};
constexpr MetricSpec kFreed = {"mysql_perf_schema_memory_events_free_bytes_total", MetricType::kCounter,
                               "The total number of bytes freed by events.", "event_name"};
constexpr MetricSpec kUsed = {"mysql_perf_schema_memory_events_used_bytes", MetricType::kGauge,
                              "The number of bytes currently allocated by events.", "event_name"};
constexpr RowMetric kMemoryRows[] = {
    {&kAllocated, "SUM_NUMBER_OF_BYTES_ALLOC", kMemory},
    {&kFreed, "SUM_NUMBER_OF_BYTES_FREE", kMemory},
    {&kUsed, "CURRENT_NUMBER_OF_BYTES_USED", kMemory},
};
constexpr const MetricSpec* kMemoryMetrics[] = {&kAllocated, &kFreed, &kUsed};
constexpr RowShape kMemoryShape = {kMemoryRows, "CURRENT_NUMBER_OF_BYTES_USED"};
constexpr config::Option kMemoryOptions[] = {
    {.key = "remove_prefix",
     .type = config::Type::kString,
     .default_text = "memory/",
     .help = "Removed from the beginning of the instruments' names."},
};

base::Result<std::unique_ptr<Part>> MakeFileInstances(const PartEnvironment& environment,
                                                      const config::Values& options) {
  // Every file is meant by the default: then the server need not match each.
  const std::string& filter = options.String("filter");
  std::string sql =
      "SELECT FILE_NAME, EVENT_NAME, SUM_TIMER_WAIT, COUNT_READ, COUNT_WRITE, SUM_NUMBER_OF_BYTES_READ,"
      " SUM_NUMBER_OF_BYTES_WRITE FROM performance_schema.file_summary_by_instance";
  if (filter != ".*") sql += " WHERE FILE_NAME REGEXP " + SqlText(filter);
  return std::unique_ptr<Part>(std::make_unique<RowsPart>(kFileShape, std::vector<std::string>{std::move(sql)},
                                                          environment.row_budget,
                                                          TrimPrefix{"FILE_NAME", options.String("remove_prefix")}));
}

base::Result<std::unique_ptr<Part>> MakeMemoryEvents(const PartEnvironment& environment,
                                                     const config::Values& options) {
  std::vector<std::string> dialects = {
      "SELECT EVENT_NAME, SUM_NUMBER_OF_BYTES_ALLOC, SUM_NUMBER_OF_BYTES_FREE, CURRENT_NUMBER_OF_BYTES_USED"
      " FROM performance_schema.memory_summary_global_by_event_name WHERE COUNT_ALLOC > 0"};
  return std::unique_ptr<Part>(std::make_unique<RowsPart>(kMemoryShape, std::move(dialects), environment.row_budget,
                                                          TrimPrefix{"EVENT_NAME", options.String("remove_prefix")}));
}

}  // namespace

constinit const PartSpec kFileEvents = {
    .name = "perf_schema.file_events",
    .help = "File operations per kind of file.",
    .metrics = kEventMetrics,
    .bounded = true,
    .make = MakeRows<kEventShape, kEventSql>,
};
constinit const PartSpec kFileInstances = {
    .name = "perf_schema.file_instances",
    .help = "File operations per file.",
    .metrics = kFileMetrics,
    .options = kFileOptions,
    .bounded = true,
    .make = MakeFileInstances,
};
constinit const PartSpec kMemoryEvents = {
    .name = "perf_schema.memory_events",
    .help = "The server's memory per instrument.",
    .metrics = kMemoryMetrics,
    .options = kMemoryOptions,
    .bounded = true,
    .make = MakeMemoryEvents,
};

}  // namespace bekci::exporters::mysql
