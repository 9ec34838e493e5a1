// TestDatabase: for tests, a store on a disk in memory that can fail, under a clock of the test's.
//
// Without threads: a test calls Maintain and Sync itself. Thread rule: one thread.
#pragma once

#include <memory>
#include <utility>

#include "agent/base/clock.h"
#include "agent/base/faulty_file_system.h"
#include "agent/base/log.h"
#include "agent/base/memory_file_system.h"
#include "agent/base/random.h"
#include "agent/tsdb/database.h"

namespace bekci::tsdb {

struct TestDatabase {
  static constexpr int64_t kStart = 1'700'006'400'000;  // a multiple of two hours

  base::FakeClock clock{{kStart}};
  base::CaptureLogger log;
  base::SeededRandom random{42};
  base::MemoryFileSystem memory{&clock};
  base::FaultyFileSystem fs{memory};
  DatabaseOptions options;
  std::unique_ptr<Database> db;

  TestDatabase() {
    options.path = "/data/store";
    options.threads = false;
    memory.Put("/data/keep", "");
  }
  // Opens it, after closing it where it is open.
  base::Status Open() {
    db.reset();
    auto opened = Database::Open({fs, clock, random, log}, options);
    if (!opened.ok()) return std::move(opened).status();
    db = *std::move(opened);
    return base::OkStatus();
  }
};

}  // namespace bekci::tsdb
