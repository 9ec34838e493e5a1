#include "agent/tsdb/wal.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace bekci::tsdb {
namespace {

constexpr size_t kWriteBytes = 1 << 20;  // of a long backlog at a time

}  // namespace

Wal::Wal(base::FileSystem& fs, const base::Clock& clock, base::Logger& log, WalOptions options)
    : fs_(fs), clock_(clock), log_(log), options_(std::move(options)) {}

Wal::~Wal() = default;

base::Result<WalReplayStats> Wal::Replay(WalReplayHandler* handler, const WalProgress& progress) {
  ASSIGN_OR_RETURN(WalFiles files, ListWalFiles(fs_, options_.directory));
  for (const std::string& path : files.leftovers) {
    if (const base::Status status = fs_.Remove(path); !status.ok()) {
      log_.Warn("a file that the write-ahead log no longer needs cannot be removed", {{"error", status.message()}});
    }
  }
  const WalReplayStats stats = ReplayWal(fs_, log_, &files, handler, progress);
  if (stats.unreadable_files > 0) {
    if (!options_.accept_unreadable) {
      return base::Unavailable(std::to_string(stats.unreadable_files) +
                               " files of the write-ahead log cannot be read: " + stats.unreadable);
    }
    log_.Error("files of the write-ahead log cannot be read; what they hold is missing",
               {{"files", stats.unreadable_files}, {"error", stats.unreadable}});
  }
  if (stats.missing_records > 0) {
    log_.Warn("commits are missing in the write-ahead log", {{"commits", stats.missing_records}});
  }
  sequence_ = stats.last_sequence;
  base::MutexLock write(write_mutex_);
  number_ = stats.last_number;
  base::MutexLock lock(mutex_);
  for (const WalFile& file : files.segments) segments_[file.number] = {file.size_bytes, file.newest_ms};
  for (const WalFile& file : files.checkpoints) checkpoint_bytes_[file.number] = file.size_bytes;
  return stats;
}

base::Status Wal::OpenSegment() {
  if (!directory_made_) {
    RETURN_IF_ERROR(fs_.CreateDirectory(options_.directory));
    const size_t slash = options_.directory.rfind('/');
    RETURN_IF_ERROR(fs_.SyncDirectory(slash == 0 ? "/" : options_.directory.substr(0, slash)));
    directory_made_ = true;
  }
  const std::string path = WalSegmentPath(options_.directory, number_ + 1);
  ASSIGN_OR_RETURN(auto file, fs_.OpenWrite(path, false));
  auto sync_file = fs_.OpenWrite(path, true);
  base::Status status = sync_file.ok() ? file->Append(WalFileHeader(number_ + 1)) : sync_file.status();
  if (!status.ok()) {
    (void)fs_.Remove(path);  // the same number is tried next
    return status;
  }
  ++number_;
  offset_ = kWalFileHeaderBytes;
  file_ = std::move(file);
  base::MutexLock lock(mutex_);
  segments_[number_] = {offset_, INT64_MIN};
  unsynced_.push_back({number_, std::shared_ptr<base::WritableFile>(*std::move(sync_file)), {}, 0});
  directory_changed_ = true;
  return base::OkStatus();
}

void Wal::CloseSegment() {
  if (file_ == nullptr) return;
  // What it says does not matter: durable is what was synced, through the other handle.
  (void)file_->Close();
  file_.reset();
}

base::Status Wal::WriteFrames(const Record* records, size_t count) {
  frames_.clear();
  uint64_t offset = offset_;
  for (size_t i = 0; i < count; ++i) {
    const size_t before = frames_.size();
    AppendWalFrames(number_, offset, records[i].bytes, &frames_);
    offset += frames_.size() - before;
  }
  RETURN_IF_ERROR(file_->Append(frames_));
  offset_ = offset;
  if (frames_.capacity() > 2 * kWriteBytes) std::string().swap(frames_);
  return base::OkStatus();
}

// Keeps a record that was written until an fsync has covered it.
void Wal::Remember(Record record) {
  base::MutexLock lock(mutex_);
  Segment& segment = segments_[number_];
  segment.size_bytes = offset_;
  segment.newest_ms = std::max(segment.newest_ms, record.newest_ms);
  ++stats_.records;
  stats_.bytes += record.bytes.size();
  Unsynced& unsynced = unsynced_.back();
  if (unsynced_bytes_ + record.bytes.size() > options_.unsynced_bytes) {
    ++unsynced.forgotten;
    return;
  }
  unsynced_bytes_ += record.bytes.size();
  unsynced.records.push_back(std::move(record));
}

base::Status Wal::Write(std::string record, int64_t newest_ms) {
  {
    base::MutexLock lock(write_mutex_);
    Record entry{std::move(record), newest_ms};
    bool healthy = false;
    base::Status last_error;
    {
      base::MutexLock state(mutex_);
      healthy = healthy_;
      last_error = last_error_;
    }
    if (!healthy) {
      PushBacklog(std::move(entry));
      if (clock_.Monotonic() < retry_at_) return last_error;
      return TryBacklog();
    }
    if (file_ != nullptr && offset_ >= options_.segment_bytes) CloseSegment();
    base::Status status = file_ == nullptr ? OpenSegment() : base::OkStatus();
    if (status.ok()) status = WriteFrames(&entry, 1);
    if (!status.ok()) {
      PushBacklog(std::move(entry));
      return Fail(status);
    }
    Remember(std::move(entry));
  }
  return options_.sync_each_write ? Sync() : base::OkStatus();
}

base::Status Wal::Fail(const base::Status& status) {
  CloseSegment();
  retry_at_ = clock_.Monotonic() + options_.retry;
  base::MutexLock lock(mutex_);
  ++stats_.write_failures;
  last_error_ = base::Status(base::Code::kUnavailable,
                             "write-ahead log: " + status.message() + " (samples are kept in memory meanwhile)");
  if (std::exchange(healthy_, false)) {
    log_.Error("the write-ahead log cannot be written; samples are kept in memory and written when the disk takes them",
               {{"error", status.message()}});
  }
  return last_error_;
}

void Wal::PushBacklog(Record record) {
  base::MutexLock lock(mutex_);
  if (stats_.backlog_bytes + record.bytes.size() > options_.backlog_bytes) {
    // All of it goes, because what is left must not refer to series that nobody described.
    log_.Error("the disk has failed for too long: samples that wait for it would be too many and leave the queue",
               {{"records", backlog_.size()}, {"bytes", stats_.backlog_bytes}});
    stats_.lost_records += backlog_.size();
    backlog_.clear();
    stats_.backlog_bytes = 0;
    epoch_.fetch_add(1, std::memory_order_release);
  }
  stats_.backlog_bytes += record.bytes.size();
  backlog_.push_back(std::move(record));
  stats_.backlog_records = backlog_.size();
}

// Writes the backlog into a new segment. Where that fails the segment is removed again: it must not fill the disk.
base::Status Wal::TryBacklog() {
  base::Status status = OpenSegment();
  if (!status.ok()) return Fail(status);
  std::vector<Record> part;
  for (auto next = backlog_.begin(); status.ok() && next != backlog_.end();) {
    part.clear();
    for (size_t bytes = 0; next != backlog_.end() && bytes < kWriteBytes; ++next) {
      bytes += next->bytes.size();
      part.push_back(*next);
    }
    status = WriteFrames(part.data(), part.size());
  }
  if (!status.ok()) {
    CloseSegment();
    (void)fs_.Remove(WalSegmentPath(options_.directory, number_));
    {
      base::MutexLock lock(mutex_);
      segments_.erase(number_);
      unsynced_.pop_back();
    }
    --number_;
    return Fail(status);
  }
  for (Record& record : backlog_) Remember(std::move(record));
  backlog_.clear();
  base::MutexLock lock(mutex_);
  stats_.backlog_records = stats_.backlog_bytes = 0;
  healthy_ = true;
  last_error_ = base::OkStatus();
  log_.Info("the write-ahead log is written again", {{"segment", number_}});
  return base::OkStatus();
}

base::Status Wal::SyncFiles(const std::vector<Unsynced>& files, bool directory) {
  for (const Unsynced& file : files) RETURN_IF_ERROR(file.sync_file->Sync());
  return directory ? fs_.SyncDirectory(options_.directory) : base::OkStatus();
}

// After a failed fsync: the records in doubt go to the front of the backlog, in order, and so does what was written
// behind them.
void Wal::TakeBack(std::vector<Unsynced> files) {
  CloseSegment();
  std::deque<Record> doubtful;
  uint64_t forgotten = 0;
  {
    base::MutexLock lock(mutex_);
    for (Unsynced& file : unsynced_) files.push_back(std::move(file));
    unsynced_.clear();
    unsynced_bytes_ = 0;
  }
  for (Unsynced& file : files) {
    forgotten += file.forgotten;
    std::move(file.records.begin(), file.records.end(), std::back_inserter(doubtful));
  }
  std::move(backlog_.begin(), backlog_.end(), std::back_inserter(doubtful));
  backlog_.clear();
  {
    base::MutexLock lock(mutex_);
    stats_.backlog_records = stats_.backlog_bytes = 0;
    stats_.lost_records += forgotten;
  }
  if (forgotten > 0) epoch_.fetch_add(1, std::memory_order_release);
  for (Record& record : doubtful) PushBacklog(std::move(record));
}

base::Status Wal::Sync() {
  base::MutexLock one(sync_mutex_);
  {
    base::MutexLock write(write_mutex_);
    if (!backlog_.empty()) {
      if (clock_.Monotonic() < retry_at_) {
        base::MutexLock lock(mutex_);
        return last_error_;
      }
      RETURN_IF_ERROR(TryBacklog());
    }
  }
  std::vector<Unsynced> files;
  bool directory = false;
  {
    base::MutexLock lock(mutex_);
    for (Unsynced& file : unsynced_) {
      if (file.records.empty() && file.forgotten == 0) continue;
      files.push_back({file.number, file.sync_file, std::exchange(file.records, {}), std::exchange(file.forgotten, 0)});
    }
    unsynced_bytes_ = 0;
    if (unsynced_.size() > 1) unsynced_.erase(unsynced_.begin(), unsynced_.end() - 1);  // closed segments
    directory = std::exchange(directory_changed_, false);
  }
  if (files.empty() && !directory) return base::OkStatus();
  const base::MonotonicTime start = clock_.Monotonic();
  base::Status status = SyncFiles(files, directory);
  {
    base::MutexLock lock(mutex_);
    ++stats_.syncs;
    stats_.sync_time += clock_.Monotonic() - start;
    if (status.ok()) return status;
    ++stats_.sync_failures;
    directory_changed_ = directory_changed_ || directory;
  }
  base::MutexLock write(write_mutex_);
  TakeBack(std::move(files));
  return Fail(status);
}

uint32_t Wal::LastObsolete(int64_t before_ms) const {
  base::MutexLock lock(mutex_);
  uint32_t last = 0;
  for (const auto& [number, segment] : segments_) {
    if (segment.newest_ms >= before_ms) break;
    last = number;
  }
  return last;
}

base::Status Wal::WriteCheckpoint(uint32_t number, const std::vector<std::string>& records) {
  const std::string path = WalCheckpointPath(options_.directory, number);
  const std::string unfinished = path + std::string(kUnfinishedSuffix);
  ASSIGN_OR_RETURN(auto file, fs_.OpenWrite(unfinished, false));
  std::string frames = WalFileHeader(number);
  uint64_t offset = 0;
  for (const std::string& record : records) {
    AppendWalFrames(number, offset + frames.size(), record, &frames);
    if (frames.size() < kWriteBytes) continue;
    RETURN_IF_ERROR(file->Append(frames));
    offset += frames.size();
    frames.clear();
  }
  RETURN_IF_ERROR(file->Append(frames));
  RETURN_IF_ERROR(file->Sync());
  RETURN_IF_ERROR(file->Close());
  RETURN_IF_ERROR(fs_.Rename(unfinished, path));
  RETURN_IF_ERROR(fs_.SyncDirectory(options_.directory));
  base::MutexLock lock(mutex_);
  checkpoint_bytes_[number] = offset + frames.size();
  return base::OkStatus();
}

void Wal::RemoveUpTo(uint32_t number) {
  std::vector<std::string> paths;
  {
    base::MutexLock lock(mutex_);
    while (!segments_.empty() && segments_.begin()->first <= number) {
      paths.push_back(WalSegmentPath(options_.directory, segments_.begin()->first));
      segments_.erase(segments_.begin());
    }
    while (!checkpoint_bytes_.empty() && checkpoint_bytes_.begin()->first < number) {
      paths.push_back(WalCheckpointPath(options_.directory, checkpoint_bytes_.begin()->first));
      checkpoint_bytes_.erase(checkpoint_bytes_.begin());
    }
    std::erase_if(unsynced_, [number](const Unsynced& file) { return file.number <= number; });
  }
  for (const std::string& path : paths) {
    // The next start tries again: it sees by the checkpoint that the file is obsolete.
    if (const base::Status status = fs_.Remove(path); !status.ok()) {
      log_.Warn("a file that the write-ahead log no longer needs cannot be removed", {{"error", status.message()}});
    }
  }
}

base::Status Wal::Truncate(int64_t before_ms, const std::vector<std::string>& checkpoint) {
  base::MutexLock one(sync_mutex_);
  {
    base::MutexLock write(write_mutex_);
    if (file_ != nullptr && offset_ > kWalFileHeaderBytes) CloseSegment();
  }
  uint32_t last = LastObsolete(before_ms);
  {
    base::MutexLock write(write_mutex_);
    if (file_ != nullptr && last >= number_) last = number_ - 1;  // opened again meanwhile
  }
  {
    base::MutexLock lock(mutex_);
    ++stats_.truncations;
    if (segments_.empty() || last < segments_.begin()->first) return base::OkStatus();
    ++stats_.checkpoints;
  }
  if (base::Status status = WriteCheckpoint(last, checkpoint); !status.ok()) {
    (void)fs_.Remove(WalCheckpointPath(options_.directory, last) + std::string(kUnfinishedSuffix));
    base::MutexLock lock(mutex_);
    ++stats_.checkpoint_failures;
    ++stats_.truncation_failures;
    return std::move(status).WithContext("checkpoint of the write-ahead log");
  }
  RemoveUpTo(last);
  return base::OkStatus();
}

base::Status Wal::Close() {
  base::Status status = Sync();
  base::MutexLock write(write_mutex_);
  CloseSegment();
  return status;
}

WalStats Wal::stats() const {
  base::MutexLock lock(mutex_);
  WalStats stats = stats_;
  stats.healthy = healthy_;
  stats.segments = segments_.size();
  stats.current_segment = segments_.empty() ? 0 : segments_.rbegin()->first;
  for (const auto& [number, segment] : segments_) stats.size_bytes += segment.size_bytes;
  for (const auto& [number, bytes] : checkpoint_bytes_) stats.size_bytes += bytes;
  return stats;
}

}  // namespace bekci::tsdb
