// libFuzzer target: a write-ahead log with whatever in it is read back into a head, and the head is asked.
//
// The first byte says what the rest is: even: a segment as it stands; odd: a record, which gets good frames, so that
// what is behind the checksums is reached too.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/base/memory_file_system.h"
#include "agent/tsdb/head.h"

using namespace bekci;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::string file(bytes);
  if (data[0] % 2 == 1) {
    file = tsdb::WalFileHeader(1);
    tsdb::AppendWalFrames(1, file.size(), bytes, &file);
  }
  base::MemoryFileSystem fs;
  base::FakeClock clock;
  base::CaptureLogger log;
  fs.Put("/wal/00000001", file);
  tsdb::WalOptions options;
  options.directory = "/wal";
  tsdb::Wal wal(fs, clock, log, options);
  tsdb::Head head(clock, log, &wal, {});
  const auto stats = head.Replay([](std::string_view ulid) { return ulid == "1"; }, nullptr);
  if (!stats.ok()) std::abort();  // damage never fails a start
  if (auto querier = head.NewQuerier(INT64_MIN, INT64_MAX); querier != nullptr) {
    auto list = querier->Select({}, {});
    if (!list.ok()) std::abort();
    storage::Samples samples;
    for (const auto& series : *list) {
      if (!series->Read(INT64_MIN, INT64_MAX, &samples).ok()) std::abort();  // what the head took it can give back
    }
  }
  (void)head.DueRange();
  (void)head.CheckpointRecords();
  return 0;
}
