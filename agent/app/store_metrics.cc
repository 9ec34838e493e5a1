#include "agent/app/store_metrics.h"

#include <string_view>

namespace bekci::app {
namespace {

using collect::MetricSpec;
using model::MetricType;
using tsdb::DatabaseStats;

// A figure that stands alone: its name and where it is.
struct Figure {
  MetricSpec spec;
  double (*value)(const DatabaseStats& stats);
};

template <typename T>
double Number(T value) {
  return static_cast<double>(value);
}
double Seconds(int64_t ms) {
  return static_cast<double>(ms) / 1000;
}

constexpr MetricType kCounter = MetricType::kCounter;
constexpr MetricType kGauge = MetricType::kGauge;

constexpr Figure kFigures[] = {
    {{"prometheus_tsdb_head_series", kGauge, "Total number of series in the head block."},
     [](const DatabaseStats& s) { return Number(s.head.series); }},
    {{"prometheus_tsdb_head_series_created_total", kCounter, "Total number of series created in the head"},
     [](const DatabaseStats& s) { return Number(s.head.series_created); }},
    {{"prometheus_tsdb_head_series_removed_total", kCounter, "Total number of series removed in the head"},
     [](const DatabaseStats& s) { return Number(s.head.series_removed); }},
    {{"prometheus_tsdb_head_chunks", kGauge, "Total number of chunks in the head block."},
     [](const DatabaseStats& s) { return Number(s.head.chunks); }},
    {{"prometheus_tsdb_head_chunks_created_total", kCounter, "Total number of chunks created in the head"},
     [](const DatabaseStats& s) { return Number(s.head.chunks_created); }},
    {{"prometheus_tsdb_head_chunks_removed_total", kCounter, "Total number of chunks removed in the head"},
     [](const DatabaseStats& s) { return Number(s.head.chunks_removed); }},
    {{"prometheus_tsdb_head_min_time", kGauge, "Minimum time bound of the head block, in milliseconds."},
     [](const DatabaseStats& s) { return Number(s.head.min_ms); }},
    {{"prometheus_tsdb_head_max_time", kGauge, "Maximum timestamp of the head block, in milliseconds."},
     [](const DatabaseStats& s) { return Number(s.head.max_ms); }},
    {{"prometheus_tsdb_head_min_time_seconds", kGauge, "Minimum time bound of the head block."},
     [](const DatabaseStats& s) { return Seconds(s.head.min_ms); }},
    {{"prometheus_tsdb_head_max_time_seconds", kGauge, "Maximum timestamp of the head block."},
     [](const DatabaseStats& s) { return Seconds(s.head.max_ms); }},
    {{"prometheus_tsdb_head_truncations_total", kCounter, "Total number of head truncations attempted."},
     [](const DatabaseStats& s) { return Number(s.head.truncations); }},
    {{"prometheus_tsdb_wal_segment_current", kGauge, "Write log segment index that TSDB is currently writing to."},
     [](const DatabaseStats& s) { return Number(s.wal.current_segment); }},
    {{"prometheus_tsdb_wal_storage_size_bytes", kGauge, "Size of the write log directory."},
     [](const DatabaseStats& s) { return Number(s.wal.size_bytes); }},
    {{"prometheus_tsdb_wal_writes_failed_total", kCounter, "Total number of write log writes that failed."},
     [](const DatabaseStats& s) { return Number(s.wal.write_failures); }},
    {{"prometheus_tsdb_wal_truncations_total", kCounter, "Total number of write log truncations attempted."},
     [](const DatabaseStats& s) { return Number(s.wal.truncations); }},
    {{"prometheus_tsdb_wal_truncations_failed_total", kCounter, "Total number of write log truncations that failed."},
     [](const DatabaseStats& s) { return Number(s.wal.truncation_failures); }},
    {{"prometheus_tsdb_wal_corruptions_total", kCounter, "Total number of WAL corruptions."},
     [](const DatabaseStats& s) { return Number(s.replay.damaged_places); }},
    {{"prometheus_tsdb_checkpoint_creations_total", kCounter, "Total number of checkpoint creations attempted."},
     [](const DatabaseStats& s) { return Number(s.wal.checkpoints); }},
    {{"prometheus_tsdb_checkpoint_creations_failed_total", kCounter,
      "Total number of checkpoint creations that failed."},
     [](const DatabaseStats& s) { return Number(s.wal.checkpoint_failures); }},
    {{"prometheus_tsdb_data_replay_duration_seconds", kGauge, "Time taken to replay the data on disk."},
     [](const DatabaseStats& s) { return base::ToSeconds(s.replay_time); }},
    {{"prometheus_tsdb_blocks_loaded", kGauge, "Number of currently loaded data blocks"},
     [](const DatabaseStats& s) { return Number(s.blocks.blocks); }},
    {{"prometheus_tsdb_storage_blocks_bytes", kGauge,
      "The number of bytes that are currently used for local storage by all blocks."},
     [](const DatabaseStats& s) { return Number(s.blocks.bytes); }},
    {{"prometheus_tsdb_compactions_total", kCounter,
      "Total number of compactions that were executed for the partition."},
     [](const DatabaseStats& s) { return Number(s.blocks.compactions + s.head_blocks); }},
    {{"prometheus_tsdb_compactions_failed_total", kCounter,
      "Total number of compactions that failed for the partition."},
     [](const DatabaseStats& s) { return Number(s.blocks.compactions_failed + s.head_blocks_failed); }},
    {{"prometheus_tsdb_time_retentions_total", kCounter,
      "The number of times that blocks were deleted because the maximum time limit was exceeded."},
     [](const DatabaseStats& s) { return Number(s.blocks.deleted_by_time); }},
    {{"prometheus_tsdb_size_retentions_total", kCounter,
      "The number of times that blocks were deleted because the maximum number of bytes was exceeded."},
     [](const DatabaseStats& s) { return Number(s.blocks.deleted_by_size); }},
    {{"prometheus_tsdb_retention_limit_bytes", kGauge,
      "Max number of bytes to be retained in the tsdb blocks, configured 0 means disabled"},
     [](const DatabaseStats& s) { return Number(s.retention_bytes); }},
    {{"prometheus_tsdb_retention_limit_seconds", kGauge, "How long to retain samples in storage."},
     [](const DatabaseStats& s) { return Seconds(s.retention_ms); }},
    {{"prometheus_tsdb_lowest_timestamp", kGauge, "Lowest timestamp value stored in the database, in milliseconds."},
     [](const DatabaseStats& s) { return Number(s.oldest_ms); }},
    {{"prometheus_tsdb_lowest_timestamp_seconds", kGauge, "Lowest timestamp value stored in the database."},
     [](const DatabaseStats& s) { return Seconds(s.oldest_ms); }},
    {{"prometheus_tsdb_exemplar_exemplars_in_storage", kGauge, "Number of exemplars currently in circular storage."},
     [](const DatabaseStats& s) { return Number(s.exemplars); }},
    {{"prometheus_tsdb_exemplar_exemplars_appended_total", kCounter, "Total number of appended exemplars."},
     [](const DatabaseStats& s) { return Number(s.exemplars_appended); }},
    {{"bekci_tsdb_wal_healthy", kGauge,
      "Whether the disk takes the write-ahead log; 0: samples are kept in memory only."},
     [](const DatabaseStats& s) { return s.wal.healthy ? 1.0 : 0.0; }},
    {{"bekci_tsdb_wal_backlog_bytes", kGauge, "Commits in memory that wait for a disk that takes them."},
     [](const DatabaseStats& s) { return Number(s.wal.backlog_bytes); }},
    {{"bekci_tsdb_wal_lost_commits_total", kCounter,
      "Commits that left the backlog unwritten: it was full, or an fsync failed on too many."},
     [](const DatabaseStats& s) { return Number(s.wal.lost_records); }},
    {{"bekci_tsdb_wal_syncs_failed_total", kCounter, "Times the disk refused to make the write-ahead log durable."},
     [](const DatabaseStats& s) { return Number(s.wal.sync_failures); }},
    {{"bekci_tsdb_wal_replay_damaged_bytes", kGauge,
      "Bytes of the write-ahead log that were damaged when it was read at the start."},
     [](const DatabaseStats& s) { return Number(s.replay.damaged_bytes); }},
    {{"bekci_tsdb_wal_replay_torn_bytes", kGauge,
      "Bytes at the end of the write-ahead log that were still being written when the agent ended."},
     [](const DatabaseStats& s) { return Number(s.replay.torn_bytes); }},
    {{"bekci_tsdb_wal_replay_missing_commits", kGauge,
      "Commits that the write-ahead log should have had when it was read at the start."},
     [](const DatabaseStats& s) { return Number(s.replay.missing_records); }},
    {{"bekci_tsdb_blocks_damaged_total", kCounter, "Blocks that were set aside because they are damaged."},
     [](const DatabaseStats& s) { return Number(s.blocks.damaged); }},
    {{"bekci_tsdb_block_read_errors_total", kCounter,
      "Pages of blocks that the disk could not read; the samples in them were missing from answers."},
     [](const DatabaseStats& s) { return Number(s.blocks.read_errors); }},
    {{"bekci_tsdb_blocks_unreadable", kGauge,
      "Blocks there are now of which the disk could not read something since the start; tried again every minute."},
     [](const DatabaseStats& s) { return Number(s.blocks.unreadable); }},
    {{"bekci_tsdb_ranges_lost_total", kCounter,
      "Ranges of two hours that left memory without a block because the disk took none for a day."},
     [](const DatabaseStats& s) { return Number(s.ranges_lost); }},
    {{"bekci_tsdb_head_readers", kGauge, "Queries that read the head now."},
     [](const DatabaseStats& s) { return Number(s.head.readers); }},
};

constexpr MetricSpec kOpen = {"bekci_tsdb_open", kGauge,
                              "Whether the store is open; 0: it is read in, or cannot be opened."};
constexpr MetricSpec kSync = {"prometheus_tsdb_wal_fsync_duration_seconds", MetricType::kSummary,
                              "Duration of write log fsync."};
constexpr MetricSpec kAppended = {"prometheus_tsdb_head_samples_appended_total", kCounter,
                                  "Total number of appended samples.", "type"};
constexpr MetricSpec kOutOfOrder = {"prometheus_tsdb_out_of_order_samples_total", kCounter,
                                    "Total number of out of order samples ingestion failed attempts.", "type"};
constexpr MetricSpec kOutOfBounds = {"prometheus_tsdb_out_of_bound_samples_total", kCounter,
                                     "Total number of out of bound samples ingestion failed attempts.", "type"};
constexpr MetricSpec kDuplicates = {"bekci_tsdb_duplicate_samples_total", kCounter,
                                    "Samples refused because their series has another value at that time.", "type"};
constexpr MetricSpec kRefused = {"bekci_tsdb_series_refused_total", kCounter,
                                 "Samples of new series refused by a cardinality limit.", "source"};
constexpr MetricSpec kRefusedMetric = {"bekci_tsdb_series_refused_recently", kGauge,
                                       "Series refused by a cardinality limit, of the metrics most of them belong to.",
                                       "source,metric"};
constexpr MetricSpec kScrapeOrder = {"prometheus_target_scrapes_sample_out_of_order_total", kCounter,
                                     "Total number of samples rejected due to not being out of the expected order."};
constexpr MetricSpec kScrapeBounds = {
    "prometheus_target_scrapes_sample_out_of_bounds_total", kCounter,
    "Total number of samples rejected due to timestamp falling outside of the time bounds."};
constexpr MetricSpec kScrapeDuplicate = {
    "prometheus_target_scrapes_sample_duplicate_timestamp_total", kCounter,
    "Total number of samples rejected due to duplicate timestamps but different values."};
constexpr MetricSpec kScrapeNoRoom = {
    "bekci_scrapes_without_room_total", kCounter,
    "Scrapes that failed because pages being scraped held all the memory they may together (worker.scrape_memory)."};
constexpr MetricSpec kScrapeInvalid = {"bekci_rounds_samples_invalid_total", kCounter,
                                       "Samples refused because they are none: a histogram that contradicts itself."};
constexpr MetricSpec kNotDurable = {"bekci_rounds_not_durable_total", kCounter,
                                    "Rounds that are in memory and that the disk did not take at once."};

void WriteKinds(const DatabaseStats& stats, collect::FamilySink& sink) {
  constexpr std::string_view kKinds[tsdb::kSampleKinds] = {"float", "histogram"};
  for (size_t kind = 0; kind < tsdb::kSampleKinds; ++kind) {
    sink.Add(kAppended, {kKinds[kind]}, Number(stats.head.appended[kind]));
    sink.Add(kOutOfOrder, {kKinds[kind]}, Number(stats.head.out_of_order[kind]));
    sink.Add(kOutOfBounds, {kKinds[kind]}, Number(stats.head.out_of_bounds[kind]));
    sink.Add(kDuplicates, {kKinds[kind]}, Number(stats.head.duplicates[kind]));
  }
}

}  // namespace

void WriteStoreMetrics(const tsdb::Database* database, const collect::RefusedSamples& refused,
                       collect::FamilySink& sink) {
  sink.Add(kOpen, database == nullptr ? 0 : 1);
  sink.Add(kScrapeOrder, Number(refused.out_of_order));
  sink.Add(kScrapeBounds, Number(refused.out_of_bounds));
  sink.Add(kScrapeDuplicate, Number(refused.duplicate));
  sink.Add(kScrapeNoRoom, Number(refused.bodies));
  sink.Add(kScrapeInvalid, Number(refused.invalid));
  sink.Add(kNotDurable, Number(refused.not_durable));
  if (database == nullptr) return;
  const DatabaseStats stats = database->stats();
  for (const Figure& figure : kFigures) sink.Add(figure.spec, figure.value(stats));
  WriteKinds(stats, sink);
  sink.AddSummary(kSync, {}, {}, base::ToSeconds(stats.wal.sync_time), Number(stats.wal.syncs));
  for (const tsdb::RefusedSeries& source : stats.refused) {
    sink.Add(kRefused, {source.source}, Number(source.refused));
    for (const auto& [metric, count] : source.metrics) sink.Add(kRefusedMetric, {source.source, metric}, Number(count));
  }
}

}  // namespace bekci::app
