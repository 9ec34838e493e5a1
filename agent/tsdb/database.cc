#include "agent/tsdb/database.h"

#include <algorithm>
#include <utility>

#include "agent/tsdb/merge_querier.h"

namespace bekci::tsdb {
namespace {

constexpr std::string_view kWalDirectory = "/bekci-wal";  // not `wal`: a Prometheus on a copy would take it for its own
constexpr std::string_view kLockFile = "/lock";
constexpr int64_t kFarAheadMs = 3600'000;  // further than any sample is taken that is not the clock's own

WalOptions WalOptionsOf(const DatabaseOptions& options) {
  WalOptions wal;
  wal.directory = options.path + std::string(kWalDirectory);
  wal.segment_bytes = options.wal_segment_bytes;
  wal.backlog_bytes = options.wal_backlog_bytes;
  wal.sync_each_write = options.sync_interval.count() == 0;
  wal.accept_unreadable = options.accept_unreadable_log;
  return wal;
}

}  // namespace

Database::Database(const Environment& environment, DatabaseOptions options)
    : env_(environment),
      options_(std::move(options)),
      wal_(env_.fs, env_.clock, env_.log, WalOptionsOf(options_)),
      head_(env_.clock, env_.log, &wal_, options_.head),
      retention_ms_(options_.retention_ms),
      retention_bytes_(options_.retention_bytes) {}

Database::~Database() {
  if (const base::Status status = Close(); !status.ok()) {
    env_.log.Error("the store could not be closed cleanly; the last samples may be lost",
                   {{"error", status.message()}});
  }
}

base::Result<std::unique_ptr<Database>> Database::Open(const Environment& environment, DatabaseOptions options,
                                                       const WalProgress& progress) {
  auto database = std::unique_ptr<Database>(new Database(environment, std::move(options)));
  RETURN_IF_ERROR(database->Start(progress).WithContext("store " + database->options_.path));
  return database;
}

base::Status Database::MakeDirectory() {
  const std::string& path = options_.path;
  for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string directory = path.substr(0, slash);
    if (!env_.fs.Exists(directory)) {
      RETURN_IF_ERROR(env_.fs.CreateDirectory(directory));
      const size_t above = directory.rfind('/');
      const std::string parent = above == std::string::npos ? "." : above == 0 ? "/" : directory.substr(0, above);
      RETURN_IF_ERROR(env_.fs.SyncDirectory(parent));
    }
    if (slash == std::string::npos) return base::OkStatus();
  }
}

// A full disk may refuse the lock file. Then there is no lock: to go on collecting is worth more.
base::Status Database::Claim() {
  auto lock = env_.fs.Lock(options_.path + std::string(kLockFile));
  if (lock.ok()) {
    lock_ = *std::move(lock);
    return base::OkStatus();
  }
  if (lock.status().code() != base::Code::kLimit) return std::move(lock).status();
  env_.log.Warn("the store's lock file cannot be made; it goes on without", {{"error", lock.status().message()}});
  return base::OkStatus();
}

base::Status Database::Start(const WalProgress& progress) {
  RETURN_IF_ERROR(MakeDirectory());
  RETURN_IF_ERROR(Claim());
  const base::MonotonicTime start = env_.clock.Monotonic();
  BlockStoreOptions block_options;
  block_options.directory = options_.path;
  block_options.retention_ms = options_.retention_ms;
  block_options.retention_bytes = options_.retention_bytes;
  ASSIGN_OR_RETURN(blocks_, BlockStore::Open({env_.fs, env_.clock, env_.random, env_.log}, std::move(block_options)));
  const auto has_block = [this](std::string_view ulid) {
    const auto blocks = blocks_->blocks();
    return std::any_of(blocks->begin(), blocks->end(), [ulid](const auto& block) {
      const std::vector<std::string>& sources = block->meta().sources;
      return block->meta().ulid == ulid || std::find(sources.begin(), sources.end(), ulid) != sources.end();
    });
  };
  ASSIGN_OR_RETURN(replay_, head_.Replay(has_block, progress));
  replay_time_ = env_.clock.Monotonic() - start;
  const HeadStats head = head_.stats();
  env_.log.Info("the store is open", {{"path", options_.path},
                                      {"blocks", blocks_->blocks()->size()},
                                      {"series", head.series},
                                      {"wal_bytes", replay_.bytes},
                                      {"ms", base::ToMillis(replay_time_)}});
  if (!options_.threads) return base::OkStatus();
  sync_thread_ = std::thread([this] { RunSync(); });
  maintenance_thread_ = std::thread([this] { RunMaintenance(); });
  return base::OkStatus();
}

// The head first: what leaves it was put into a block before, so nothing falls between.
base::Result<std::unique_ptr<storage::Querier>> Database::OpenQuerier(int64_t min_ms, int64_t max_ms) {
  std::unique_ptr<PartQuerier> head = head_.NewQuerier(min_ms, max_ms);
  std::shared_ptr<const BlockList> blocks = blocks_->blocks();
  std::vector<std::unique_ptr<PartQuerier>> parts;
  for (const auto& block : *blocks) {
    if (block->meta().min_ms > max_ms || block->meta().max_ms <= min_ms) continue;
    parts.push_back(MakeBlockQuerier(block, min_ms, max_ms));
  }
  if (head != nullptr) parts.push_back(std::move(head));
  return MakeMergeQuerier(std::move(parts), std::move(blocks));
}

base::Result<std::vector<storage::ExemplarSeries>> Database::SelectExemplars(
    int64_t min_ms, int64_t max_ms, std::span<const std::vector<model::Matcher>> selectors) {
  return head_.exemplars().Select(min_ms, max_ms, selectors);
}

std::vector<std::pair<std::string, storage::MetricMetadata>> Database::Metadata(std::string_view metric,
                                                                                size_t limit) const {
  return head_.metadata().Get(metric, limit);
}

base::Status Database::WriteHeadBlock(const HeadRange& range) {
  head_.CloseBefore(range.max_ms);
  const std::string ulid = blocks_->NewUlid();
  // Not durable, this costs a block that overlaps another one after a power loss; merging puts that right.
  (void)head_.AnnounceBlock(ulid, range.max_ms);
  const base::Status written = head_.WriteRange(range, [&](std::span<const std::string_view> symbols) {
    return BlockWriter::Create(env_.fs, options_.path, ulid, symbols);
  });
  if (written.code() != base::Code::kNoData) {
    RETURN_IF_ERROR(written);
    RETURN_IF_ERROR(blocks_->Add(ulid));
    head_blocks_.fetch_add(1, std::memory_order_relaxed);
  }
  head_.HideBefore(range.max_ms);
  drop_pending_ = true;
  return DropHidden();
}

// What is in a block leaves the head and the log, once nobody reads it any more.
base::Status Database::DropHidden() {
  if (drop_pending_ && head_.TryDropHidden()) {
    drop_pending_ = false;
    truncate_pending_ = true;
  }
  if (!truncate_pending_) return base::OkStatus();
  RETURN_IF_ERROR(wal_.Truncate(head_.stats().min_ms, head_.CheckpointRecords()));
  truncate_pending_ = false;
  return base::OkStatus();
}

void Database::LoseIfTooOld(const HeadRange& range) {
  if (head_.stats().max_ms - range.max_ms < options_.most_in_memory_ms) return;
  env_.log.Error("the disk takes no block, and memory must not grow for ever: the oldest samples are given up",
                 {{"from_ms", range.min_ms}, {"to_ms", range.max_ms}});
  ranges_lost_.fetch_add(1, std::memory_order_relaxed);
  head_.HideBefore(range.max_ms);
  drop_pending_ = true;
  (void)DropHidden().ok();  // the log's part of it fails on a disk like that, and is tried again
}

base::Status Database::WriteHeadBlocks() {
  base::Status truncated = DropHidden();
  for (std::optional<HeadRange> range = head_.DueRange(); range.has_value() && !drop_pending_ && !stopping_;
       range = head_.DueRange()) {
    if (base::Status status = WriteHeadBlock(*range); !status.ok()) {
      head_blocks_failed_.fetch_add(1, std::memory_order_relaxed);
      LoseIfTooOld(*range);
      return std::move(status).WithContext("write a block");
    }
  }
  return truncated;
}

void Database::TellOfFuture() {
  const int64_t newest_ms = head_.stats().max_ms;
  const int64_t now_ms = env_.clock.Now().ms;
  const bool future = newest_ms > now_ms + kFarAheadMs;
  if (future && !future_told_) {
    env_.log.Error(
        "the newest sample is of the future: the clock was ahead, or has gone back; samples are refused as out of "
        "bounds "
        "until it has come to that time",
        {{"newest_ms", newest_ms}, {"now_ms", now_ms}});
  }
  future_told_ = future;
}

base::Status Database::Maintain() {
  base::MutexLock lock(maintenance_mutex_);
  TellOfFuture();
  base::Status first = WriteHeadBlocks();
  if (drop_pending_) return first;  // merging must not remove a block that the log still speaks of
  blocks_->set_retention(retention_ms_, retention_bytes_);
  base::Status merged = blocks_->Compact(&stopping_);
  base::Status dropped = blocks_->ApplyRetention(wal_.stats().size_bytes);
  for (base::Status* status : {&merged, &dropped}) {
    if (first.ok()) first = std::move(*status);
  }
  return first;
}

void Database::set_retention(int64_t retention_ms, uint64_t retention_bytes) {
  retention_ms_ = retention_ms;
  retention_bytes_ = retention_bytes;
}

base::Status Database::Close() {
  {
    base::MutexLock lock(stop_mutex_);
    stopped_ = true;
    stopping_ = true;
    stop_changed_.NotifyAll();
  }
  if (sync_thread_.joinable()) sync_thread_.join();
  if (maintenance_thread_.joinable()) maintenance_thread_.join();
  base::Status status = wal_.Close();
  lock_.reset();
  return status;
}

DatabaseStats Database::stats() const {
  DatabaseStats stats;
  stats.head = head_.stats();
  stats.wal = wal_.stats();
  stats.replay = replay_;
  stats.replay_time = replay_time_;
  stats.blocks = blocks_->figures();
  stats.head_blocks = head_blocks_;
  stats.head_blocks_failed = head_blocks_failed_;
  stats.ranges_lost = ranges_lost_;
  stats.exemplars = head_.exemplars().size();
  stats.exemplars_appended = head_.exemplars().appended();
  stats.retention_bytes = retention_bytes_;
  stats.retention_ms = retention_ms_;
  stats.oldest_ms = stats.head.min_ms;
  const auto blocks = blocks_->blocks();  // held: another thread may put a new list in its place
  for (const auto& block : *blocks) stats.oldest_ms = std::min(stats.oldest_ms, block->meta().min_ms);
  stats.refused = head_.refused();
  return stats;
}

}  // namespace bekci::tsdb
