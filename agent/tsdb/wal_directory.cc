#include "agent/tsdb/wal_directory.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "agent/base/text.h"

namespace bekci::tsdb {
namespace {

constexpr size_t kDigits = 8;
constexpr std::string_view kCheckpoint = "checkpoint-";

std::string Padded(uint32_t number) {
  const std::string digits = std::to_string(number);
  return std::string(kDigits - std::min(kDigits, digits.size()), '0') + digits;
}

std::optional<uint32_t> NumberOf(std::string_view name) {
  const auto number = base::ParseUint(name);
  if (name.size() < kDigits || !number.has_value() || *number == 0 || *number > UINT32_MAX) return std::nullopt;
  return static_cast<uint32_t>(*number);
}

// One pass over the files, with what it needs to know from one to the next.
class Replay {
 public:
  Replay(base::FileSystem& fs, base::Logger& log, WalReplayHandler* handler, const WalProgress& progress)
      : fs_(fs), log_(log), handler_(handler), progress_(progress) {}

  void Run(WalFiles* files) {
    for (const WalFile& file : files->checkpoints) stats_.last_number = std::max(stats_.last_number, file.number);
    for (WalFile& file : files->segments) {
      stats_.last_number = std::max(stats_.last_number, file.number);
      total_ += file.size_bytes;
      file.first_sequence = FirstSequence(file);
    }
    if (!files->checkpoints.empty()) {
      total_ += files->checkpoints.back().size_bytes;
      ReadFile(&files->checkpoints.back(), UINT64_MAX, false);
    }
    for (size_t i = 0; i < files->segments.size(); ++i) {
      ReadFile(&files->segments[i], EndOf(files->segments, i), true);
    }
  }
  const WalReplayStats& stats() const { return stats_; }

 private:
  uint64_t FirstSequence(const WalFile& file) {
    auto opened = fs_.OpenRead(file.path);
    if (!opened.ok()) {
      Unreadable(file, std::move(opened).status());
      return 0;
    }
    WalFrameReader frames(*std::move(opened), file.number);
    std::string_view record;
    if (frames.Next(&record)) return WalSequence(record);
    if (!frames.status().ok()) Unreadable(file, frames.status());
    return 0;
  }

  // The sequence number from which on a later segment has what segment `i` may have too.
  static uint64_t EndOf(const std::vector<WalFile>& segments, size_t i) {
    uint64_t end = UINT64_MAX;
    for (++i; i < segments.size(); ++i) {
      if (segments[i].first_sequence != 0) end = std::min(end, segments[i].first_sequence);
    }
    return end;
  }

  void ReadFile(WalFile* file, uint64_t end, bool numbered) {
    auto opened = fs_.OpenRead(file->path);
    if (!opened.ok()) return Unreadable(*file, std::move(opened).status());
    WalFrameReader frames(*std::move(opened), file->number);
    std::string_view record;
    while (frames.Next(&record)) {
      if (!numbered || Due(WalSequence(record), end)) Take(*file, record);
      if (progress_) progress_(done_ + frames.offset(), total_);
    }
    if (!frames.status().ok()) Unreadable(*file, frames.status());
    done_ += file->size_bytes;
    stats_.bytes += file->size_bytes;
    file->newest_ms = handler_->TakeNewestTime();
    Report(*file, frames.damage());
  }

  bool Due(uint64_t sequence, uint64_t end) {
    if (sequence >= end) {
      ++stats_.repeated_records;
      return false;
    }
    if (stats_.last_sequence != 0 && sequence > stats_.last_sequence + 1) {
      stats_.missing_records += sequence - stats_.last_sequence - 1;
    }
    stats_.last_sequence = std::max(stats_.last_sequence, sequence);
    return true;
  }

  void Take(const WalFile& file, std::string_view record) {
    ++stats_.records;
    const base::Status status = reader_.Read(record, handler_);
    if (status.ok()) return;
    ++stats_.damaged_places;
    stats_.damaged_bytes += record.size();
    log_.Warn("a record of the write-ahead log cannot be understood and is passed over",
              {{"file", file.path}, {"error", status.message()}});
  }

  void Unreadable(const WalFile& file, const base::Status& status) {
    if (!unreadable_.insert(file.path).second) return;
    if (unreadable_.size() == 1) stats_.unreadable = status.message();
    stats_.unreadable_files = unreadable_.size();
  }

  void Report(const WalFile& file, const WalDamage& damage) {
    stats_.damaged_places += damage.places;
    stats_.damaged_bytes += damage.bytes;
    stats_.torn_bytes += damage.torn_bytes;
    if (damage.places > 0) {
      log_.Warn("the write-ahead log is damaged; what it touched is lost, the rest is read",
                {{"file", file.path},
                 {"places", damage.places},
                 {"bytes", damage.bytes},
                 {"first_offset", damage.first_offset}});
    }
    if (damage.torn_bytes > 0) {
      log_.Info("the end of the write-ahead log was still being written and is cut off",
                {{"file", file.path}, {"bytes", damage.torn_bytes}});
    }
  }

  base::FileSystem& fs_;
  base::Logger& log_;
  WalReplayHandler* handler_;
  const WalProgress& progress_;
  WalRecordReader reader_;
  std::set<std::string> unreadable_;  // paths
  WalReplayStats stats_;
  uint64_t done_ = 0;
  uint64_t total_ = 0;
};

}  // namespace

std::string WalSegmentPath(const std::string& directory, uint32_t number) {
  return directory + "/" + Padded(number);
}
std::string WalCheckpointPath(const std::string& directory, uint32_t number) {
  return directory + "/" + std::string(kCheckpoint) + Padded(number);
}

base::Result<WalFiles> ListWalFiles(base::FileSystem& fs, const std::string& directory) {
  WalFiles files;
  auto names = fs.ListDirectory(directory);
  if (!names.ok()) {
    if (names.status().code() == base::Code::kNotFound) return files;
    return std::move(names).status();
  }
  for (const std::string& name : *names) {
    WalFile file;
    file.path = directory + "/" + name;
    if (name.ends_with(kUnfinishedSuffix)) {
      files.leftovers.push_back(file.path);
      continue;
    }
    const bool checkpoint = name.starts_with(kCheckpoint);
    const auto number = NumberOf(checkpoint ? std::string_view(name).substr(kCheckpoint.size()) : name);
    if (!number.has_value()) continue;  // not ours
    file.number = *number;
    if (const auto info = fs.Stat(file.path); info.ok()) file.size_bytes = info->size_bytes;
    (checkpoint ? files.checkpoints : files.segments).push_back(std::move(file));
  }
  const auto by_number = [](const WalFile& a, const WalFile& b) { return a.number < b.number; };
  std::sort(files.checkpoints.begin(), files.checkpoints.end(), by_number);
  std::sort(files.segments.begin(), files.segments.end(), by_number);
  if (files.checkpoints.empty()) return files;
  // What a checkpoint stands for was about to be removed.
  const uint32_t covered = files.checkpoints.back().number;
  const auto first_kept = std::find_if(files.segments.begin(), files.segments.end(),
                                       [covered](const WalFile& file) { return file.number > covered; });
  for (auto it = files.segments.begin(); it != first_kept; ++it) files.leftovers.push_back(it->path);
  files.segments.erase(files.segments.begin(), first_kept);
  for (size_t i = 0; i + 1 < files.checkpoints.size(); ++i) files.leftovers.push_back(files.checkpoints[i].path);
  files.checkpoints.erase(files.checkpoints.begin(), files.checkpoints.end() - 1);
  return files;
}

WalReplayStats ReplayWal(base::FileSystem& fs, base::Logger& log, WalFiles* files, WalReplayHandler* handler,
                         const WalProgress& progress) {
  Replay replay(fs, log, handler, progress);
  replay.Run(files);
  return replay.stats();
}

}  // namespace bekci::tsdb
