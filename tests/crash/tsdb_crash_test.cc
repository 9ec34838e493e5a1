// kill -9 of a process that appends, writes blocks and merges, again and again on one directory. Each time the store is
// opened and everything that was acknowledged is there; of a batch that was not, all or nothing.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/random.h"
#include "agent/tsdb/database.h"
#include "tests/crash/crash_batches.h"
#include "tests/support/temporary_directory.h"

namespace bekci::tsdb::tsdb_crash_test {
namespace {

uint64_t Rounds() {
  const char* rounds = std::getenv("BEKCI_CRASH_ROUNDS");
  return rounds == nullptr ? 20 : std::strtoull(rounds, nullptr, 10);
}

// Runs the writer until `life` has passed since its first commit; returns how many batches it acknowledged.
uint64_t RunAndKill(const std::string& directory, uint64_t first_batch, base::Duration life) {
  int pipe_ends[2];
  REQUIRE(pipe2(pipe_ends, O_CLOEXEC) == 0);
  const std::string first = std::to_string(first_batch);
  const pid_t pid = fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    dup2(pipe_ends[1], STDOUT_FILENO);
    execl(BEKCI_CRASH_WRITER, "tsdb_crash_writer", directory.c_str(), first.c_str(), nullptr);
    _exit(127);
  }
  close(pipe_ends[1]);
  base::RealClock clock;
  base::MonotonicTime end = base::MonotonicTime::Max();
  uint64_t next = first_batch;
  uint64_t batch = 0;
  bool killed = false;
  while (read(pipe_ends[0], &batch, sizeof batch) == sizeof batch) {
    REQUIRE(batch == next);
    ++next;
    if (end == base::MonotonicTime::Max()) end = clock.Monotonic() + life;
    if (!killed && clock.Monotonic() >= end) {
      kill(pid, SIGKILL);  // what is in the pipe was acknowledged and is still read
      killed = true;
    }
  }
  close(pipe_ends[0]);
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  CHECK(killed);
  REQUIRE(WIFSIGNALED(status));
  return next - first_batch;
}

struct Found {
  uint64_t blocks = 0;
  uint64_t last_batch = 0;  // the newest that is there
};

// Opens the store as the next process would and looks for every batch up to `acknowledged` (not itself).
Found Verify(const std::string& directory, uint64_t acknowledged) {
  base::RealFileSystem fs;
  base::FakeClock clock({crash::TimeOf(acknowledged)});
  base::SystemRandom random;
  base::CaptureLogger log;
  DatabaseOptions options;
  options.path = directory;
  options.threads = false;
  options.retention_ms = 0;
  options.retention_bytes = 0;
  auto opened = Database::Open({fs, clock, random, log}, options);
  REQUIRE_MESSAGE(opened.ok(), opened.status().message());
  CHECK((*opened)->stats().replay.damaged_places == 0);
  CHECK((*opened)->stats().replay.missing_records == 0);
  CHECK((*opened)->stats().blocks.damaged == 0);
  auto querier = (*opened)->OpenQuerier(INT64_MIN, INT64_MAX);
  REQUIRE(querier.ok());
  auto list = (*querier)->Select({}, {});
  REQUIRE(list.ok());
  // Samples found of each batch; one more may have been committed than was told of.
  std::vector<uint64_t> of_batch(acknowledged + 2);
  uint64_t wrong = 0;
  storage::Samples samples;
  for (const auto& series : *list) {
    const uint64_t number = std::stoull(std::string(series->labels().Get("number")));
    const uint64_t version = std::stoull(std::string(series->labels().Get("version")));
    REQUIRE(series->Read(INT64_MIN, INT64_MAX, &samples).ok());
    for (size_t i = 0; i < samples.times.size(); ++i) {
      const auto batch = static_cast<uint64_t>((samples.times[i] - crash::kStartMs) / crash::kStepMs);
      const bool right = batch < of_batch.size() && samples.times[i] == crash::TimeOf(batch) &&
                         crash::VersionOf(number, batch) == version &&
                         samples.values[i] == crash::ValueOf(number, batch);
      wrong += right ? 0U : 1U;
      of_batch[right ? batch : 0] += right ? 1U : 0U;
    }
  }
  CHECK((*querier)->warnings().empty());
  CHECK(wrong == 0);
  uint64_t missing = 0;
  for (uint64_t batch = 0; batch < acknowledged; ++batch) missing += of_batch[batch] == crash::kSeries ? 0U : 1U;
  CHECK(missing == 0);
  while (of_batch.size() > 1 && of_batch.back() == 0) of_batch.pop_back();
  const auto partial = std::count_if(of_batch.begin(), of_batch.end(),
                                     [](uint64_t count) { return count != 0 && count != crash::kSeries; });
  CHECK(partial == 0);
  return {(*opened)->blocks().blocks()->size(), of_batch.size() - 1};
}

}  // namespace

TEST_CASE("killed at any moment, the store has everything it acknowledged when it is opened again") {
  const TemporaryDirectory temporary;
  const std::string& directory = temporary.path();
  base::SeededRandom random(20);
  uint64_t acknowledged = 0;
  uint64_t most_blocks = 0;
  for (uint64_t round = 0; round < Rounds(); ++round) {
    CAPTURE(round);
    const uint64_t made = RunAndKill(directory, acknowledged, base::microseconds(random.Below(150'000)));
    CHECK(made > 0);
    acknowledged += made;
    const Found found = Verify(directory, acknowledged);
    // What was committed and not told of any more has its place, too: the next process goes on behind it.
    CHECK(found.last_batch <= acknowledged);
    acknowledged = found.last_batch + 1;
    most_blocks = std::max(most_blocks, found.blocks);
  }
  CHECK(most_blocks > 0);
}

}  // namespace bekci::tsdb::tsdb_crash_test
