#include "agent/tsdb/tombstones.h"

#include <algorithm>
#include <utility>

#include "agent/base/crc32c.h"
#include "agent/tsdb/byte_stream.h"
#include "agent/tsdb/index_format.h"

namespace bekci::tsdb {
namespace {

constexpr size_t kHeaderBytes = 5;

std::string Header() {
  std::string bytes;
  PutBig32(&bytes, kTombstonesMagic);
  bytes.push_back(static_cast<char>(kTombstonesVersion));
  return bytes;
}

// Sorts, and joins those that touch.
void Tidy(std::vector<DeletedInterval>* intervals) {
  std::sort(intervals->begin(), intervals->end(),
            [](const DeletedInterval& a, const DeletedInterval& b) { return a.min_ms < b.min_ms; });
  size_t kept = 0;
  for (const DeletedInterval& interval : *intervals) {
    if (kept > 0 && interval.min_ms <= (*intervals)[kept - 1].max_ms) {
      (*intervals)[kept - 1].max_ms = std::max((*intervals)[kept - 1].max_ms, interval.max_ms);
    } else {
      (*intervals)[kept++] = interval;
    }
  }
  intervals->resize(kept);
}

// Moves the elements at the places that stay to the front; both columns alike.
template <typename T>
void RemoveFrom(std::span<const DeletedInterval> deleted, size_t from, std::vector<int64_t>* times,
                std::vector<T>* values) {
  size_t kept = from;
  auto interval = deleted.begin();
  for (size_t i = from; i < times->size(); ++i) {
    const int64_t time = (*times)[i];
    while (interval != deleted.end() && interval->max_ms < time) ++interval;
    if (interval != deleted.end() && interval->min_ms <= time) continue;
    (*times)[kept] = time;
    if (kept != i) (*values)[kept] = std::move((*values)[i]);
    ++kept;
  }
  times->resize(kept);
  values->resize(kept);
}

}  // namespace

base::Result<Tombstones> Tombstones::Read(base::FileSystem& fs, const std::string& path) {
  const auto bytes = fs.ReadFile(path);
  if (bytes.status().code() == base::Code::kNotFound) return Tombstones();
  RETURN_IF_ERROR(bytes.status());
  return Parse(*bytes);
}

base::Result<Tombstones> Tombstones::Parse(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes + 4 || bytes.substr(0, kHeaderBytes) != Header()) {
    return base::Corrupt("tombstones: this is no tombstones file");
  }
  const std::string_view content = bytes.substr(kHeaderBytes, bytes.size() - kHeaderBytes - 4);
  if (base::Crc32c(content) != LoadBig32(bytes.data() + bytes.size() - 4)) {
    return base::Corrupt("tombstones: wrong check sum");
  }
  Tombstones tombstones;
  for (ByteReader reader(content); !reader.empty();) {
    const uint64_t ref = reader.Uvarint();
    const int64_t min_ms = reader.Varint();
    const int64_t max_ms = reader.Varint();
    if (!reader.ok() || min_ms > max_ms) return base::Corrupt("tombstones: cut off");
    tombstones.intervals_[ref].push_back({min_ms, max_ms});
    ++tombstones.count_;
  }
  for (auto& [ref, intervals] : tombstones.intervals_) Tidy(&intervals);
  return tombstones;
}

std::string Tombstones::EmptyFile() {
  std::string bytes = Header();
  PutBig32(&bytes, base::Crc32c(std::string_view()));
  return bytes;
}

std::span<const DeletedInterval> Tombstones::Of(uint64_t series_ref) const {
  const auto found = intervals_.find(series_ref);
  return found == intervals_.end() ? std::span<const DeletedInterval>() : found->second;
}

void RemoveDeleted(std::span<const DeletedInterval> deleted, size_t floats, size_t histograms,
                   storage::Samples* samples) {
  if (deleted.empty()) return;
  RemoveFrom(deleted, floats, &samples->times, &samples->values);
  RemoveFrom(deleted, histograms, &samples->histogram_times, &samples->histograms);
}

}  // namespace bekci::tsdb
