// Appends batches to a store as fast as it can until it is killed, and says on standard output which it has committed.
//
//     tsdb_crash_writer DIRECTORY FIRST_BATCH
//
// Time is the batches' own, so hours pass in a moment: another thread writes and merges blocks, and syncs, all the
// while.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/random.h"
#include "agent/tsdb/database.h"
#include "tests/crash/crash_batches.h"

using namespace bekci;

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  uint64_t batch = std::strtoull(argv[2], nullptr, 10);
  base::RealFileSystem fs;
  base::FakeClock clock({crash::TimeOf(batch)});
  base::SystemRandom random;
  base::CaptureLogger log;
  tsdb::DatabaseOptions options;
  options.path = argv[1];
  options.threads = false;
  options.retention_ms = 0;
  options.retention_bytes = 0;
  options.wal_segment_bytes = 64 << 10;
  auto opened = tsdb::Database::Open({fs, clock, random, log}, options);
  if (!opened.ok()) {
    std::fprintf(stderr, "open: %s\n", opened.status().message().c_str());
    return 1;
  }
  tsdb::Database& database = **opened;
  std::thread([&database] {
    for (;;) {
      const base::Status status = database.Maintain();
      if (!status.ok()) std::fprintf(stderr, "maintain: %s\n", status.message().c_str());
      (void)database.Sync().ok();
    }
  }).detach();
  auto appender = database.NewAppender();
  for (;; ++batch) {
    clock.Advance(base::milliseconds(crash::kStepMs));
    for (uint64_t number = 0; number < crash::kSeries; ++number) {
      const auto appended = appender->Append(0, crash::LabelsOf(number, crash::VersionOf(number, batch)),
                                             crash::TimeOf(batch), crash::ValueOf(number, batch));
      if (!appended.ok()) {
        std::fprintf(stderr, "append %llu: %s\n", static_cast<unsigned long long>(batch),
                     appended.status().message().c_str());
        return 1;
      }
    }
    if (!appender->Commit().ok()) return 1;
    // Eight bytes are written to a pipe whole or not at all.
    if (write(STDOUT_FILENO, &batch, sizeof batch) != sizeof batch) return 1;
  }
}
