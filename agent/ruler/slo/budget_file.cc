#include "agent/ruler/slo/budget_file.h"

#include <array>
#include <bit>
#include <cmath>
#include <map>

#include "agent/base/crc32c.h"

namespace bekci::ruler::slo {
namespace {

constexpr size_t kRecord = 40;
constexpr uint32_t kHeaderKind = 0x4f4c5362;  // "bSLO"
constexpr uint32_t kBucketKind = 1;
constexpr int64_t kVersion = 1;
constexpr size_t kLargestFile = size_t{64} << 20;
// Records beyond what is live before the file is replaced: a day of updates every 30 seconds, or as many as are live.
constexpr size_t kSlack = 2880;

void Put(std::string* out, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}
uint64_t Get(std::string_view data, size_t at, size_t bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes; ++i) value |= uint64_t{static_cast<unsigned char>(data[at + i])} << (8 * i);
  return value;
}

// A record: check sum, kind, four words of eight bytes.
std::string RecordText(uint32_t kind, const std::array<uint64_t, 4>& words) {
  std::string body;
  Put(&body, kind, 4);
  for (const uint64_t word : words) Put(&body, word, 8);
  std::string record;
  Put(&record, base::Crc32c(body), 4);
  return record + body;
}

struct Record {
  uint32_t kind = 0;
  std::array<uint64_t, 4> words{};
};

bool ReadRecord(std::string_view data, Record* record) {
  if (Get(data, 0, 4) != base::Crc32c(data.substr(4))) return false;
  record->kind = static_cast<uint32_t>(Get(data, 4, 4));
  for (size_t i = 0; i < 4; ++i) record->words[i] = Get(data, 8 + 8 * i, 8);
  return true;
}

std::string BucketText(const SavedBucket& bucket) {
  return RecordText(kBucketKind,
                    {static_cast<uint64_t>(bucket.bucket), std::bit_cast<uint64_t>(bucket.events.bad),
                     std::bit_cast<uint64_t>(bucket.events.total), static_cast<uint64_t>(bucket.updated.ms)});
}

// FNV-1a: tells a file of another objective, nothing more.
uint64_t HashOf(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

bool IsSound(const SavedBucket& saved) {
  constexpr int64_t kFarthest = int64_t{1} << 40;
  const Events& events = saved.events;
  return saved.bucket >= 0 && saved.bucket < kFarthest && std::isfinite(events.total) && events.bad >= 0 &&
         events.bad <= events.total;
}

// What a file says, read record by record.
struct Content {
  std::map<int64_t, SavedBucket> buckets;
  int64_t width_ms = 0;
  size_t records = 0;
  size_t damaged = 0;
  size_t torn_bytes = 0;
  bool another = false;  // belongs to another objective
  bool newer = false;    // of a format that is not known here
};

Content ReadContent(std::string_view data, uint64_t id_hash, int64_t width_ms) {
  Content content;
  content.width_ms = width_ms;
  content.torn_bytes = data.size() % kRecord;
  for (size_t at = 0; at + kRecord <= data.size(); at += kRecord) {
    Record record;
    ++content.records;
    if (!ReadRecord(data.substr(at, kRecord), &record)) {
      ++content.damaged;
      continue;
    }
    const auto word = static_cast<int64_t>(record.words[0]);
    if (record.kind == kHeaderKind) {
      content.newer = word != kVersion;
      content.another = record.words[1] != id_hash;
      if (record.words[2] > 0 && record.words[2] < uint64_t{1} << 40) {
        content.width_ms = static_cast<int64_t>(record.words[2]);
      }
      continue;
    }
    const SavedBucket saved = {word,
                               {std::bit_cast<double>(record.words[1]), std::bit_cast<double>(record.words[2])},
                               {static_cast<int64_t>(record.words[3])}};
    if (record.kind == kBucketKind && IsSound(saved)) {
      content.buckets[word] = saved;
    } else {
      ++content.damaged;
    }
  }
  return content;
}

// Buckets of another width, in ours.
void Convert(Content* content, int64_t width_ms) {
  if (content->width_ms == width_ms) return;
  std::map<int64_t, SavedBucket> converted;
  for (const auto& [number, saved] : content->buckets) {
    SavedBucket& into = converted[number * content->width_ms / width_ms];
    into.bucket = number * content->width_ms / width_ms;
    into.events.bad += saved.events.bad;
    into.events.total += saved.events.total;
    into.updated = saved.updated;
  }
  content->buckets = std::move(converted);
}

}  // namespace

BudgetFile::BudgetFile(base::FileSystem& fs, std::string path, uint64_t id_hash, int64_t width_ms)
    : fs_(fs), path_(std::move(path)), id_hash_(id_hash), width_ms_(width_ms) {}

std::string BudgetFile::Header() const {
  return RecordText(kHeaderKind, {static_cast<uint64_t>(kVersion), id_hash_, static_cast<uint64_t>(width_ms_), 0});
}

base::Result<std::unique_ptr<BudgetFile>> BudgetFile::Open(base::FileSystem& fs, std::string path, std::string_view id,
                                                           base::Duration width,
                                                           const std::function<void(const SavedBucket&)>& restore,
                                                           Loaded* loaded) {
  std::unique_ptr<BudgetFile> file(new BudgetFile(fs, std::move(path), HashOf(id), base::ToMillis(width)));
  std::string data;
  const base::Status read = fs.ReadFile(file->path_, &data, kLargestFile);
  if (read.code() == base::Code::kNotFound) return file;
  RETURN_IF_ERROR(read);
  Content content = ReadContent(data, file->id_hash_, file->width_ms_);
  if (content.another || content.newer) {
    loaded->problems = file->path_ +
                       (content.another ? ": belongs to another objective" : ": was written by a newer version") +
                       "; its history does not count here";
    return file;  // and is replaced by the first Write
  }
  const bool same_width = content.width_ms == file->width_ms_;
  Convert(&content, file->width_ms_);
  for (const auto& [number, saved] : content.buckets) {
    restore(saved);
    loaded->updated = std::max(loaded->updated, saved.updated);
  }
  if (content.damaged > 0) {
    loaded->problems = file->path_ + ": " + std::to_string(content.damaged) + " of " + std::to_string(content.records) +
                       " records are damaged; what they had gained is lost";
  }
  file->records_ = content.records;
  file->live_ = content.buckets.size();
  file->whole_ = same_width && content.damaged == 0 && content.torn_bytes == 0 && content.records > 0;
  if (!content.buckets.empty()) file->bucket_ = content.buckets.rbegin()->first;
  return file;
}

bool BudgetFile::WantsAll() const {
  return !whole_ || records_ > 2 * live_ + kSlack;
}

base::Status BudgetFile::Replace(const SavedBucket& newest, const BucketRing& live) {
  std::string text = Header();
  size_t records = 2;
  for (int64_t number = live.Oldest(); number <= live.newest() && live.newest() != INT64_MIN; ++number) {
    const Events* events = live.Find(number);
    if (events == nullptr || number == newest.bucket) continue;
    text += BucketText({number, *events, base::Timestamp{std::min(newest.updated.ms, (number + 1) * width_ms_ - 1)}});
    ++records;
  }
  text += BucketText(newest);
  out_.reset();
  whole_ = false;
  RETURN_IF_ERROR(fs_.WriteFileAtomic(path_, text).WithContext("save error budget"));
  records_ = live_ = records;
  bucket_ = newest.bucket;
  whole_ = true;
  return base::OkStatus();
}

base::Status BudgetFile::TryAppend(const SavedBucket& bucket) {
  if (out_ == nullptr) {
    ASSIGN_OR_RETURN(out_, fs_.OpenWrite(path_, /*append=*/true));
  }
  // The bucket before this one is done: it will not be written again.
  if (bucket.bucket != bucket_) RETURN_IF_ERROR(out_->Sync());
  return out_->Append(BucketText(bucket));
}

base::Status BudgetFile::Append(const SavedBucket& bucket) {
  base::Status appended = TryAppend(bucket);
  if (!appended.ok()) {
    out_.reset();
    whole_ = false;
    return std::move(appended).WithContext("save error budget");
  }
  ++records_;
  bucket_ = bucket.bucket;
  return base::OkStatus();
}

}  // namespace bekci::ruler::slo
