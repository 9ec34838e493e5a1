// What stands beside the state directory may be read by the worker, whenever it was made; the state directory never.
// With real workers, where the kernel has Landlock.
#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "agent/collect/collection.h"
#include "agent/collect/sandbox.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wait_for.h"

namespace bekci::collect::refresh_test {
namespace {

using base::milliseconds;
using base::seconds;

// Every round that was tried, by instance: how many, and how many of them failed.
class Count : public RoundSink {
 public:
  struct Rounds {
    uint64_t all = 0;
    uint64_t failed = 0;
  };
  void OnRound(const InstanceState& state) override {
    base::MutexLock lock(mutex_);
    Rounds& rounds = rounds_[state.config.instance];
    ++rounds.all;
    if (!state.status.ok()) ++rounds.failed;
  }
  Rounds Of(const std::string& instance) const {
    base::MutexLock lock(mutex_);
    const auto found = rounds_.find(instance);
    return found == rounds_.end() ? Rounds() : found->second;
  }

 private:
  mutable base::Mutex mutex_;
  std::map<std::string, Rounds> rounds_ GUARDED_BY(mutex_);
};

// /tmp/<random>/lib/state is hidden; the worker's collectors read what they are told.
struct Fixture {
  base::RealClock clock;
  base::CaptureLogger log;
  Count rounds;
  TemporaryDirectory temporary;  // outlives the collection
  const std::string& root = temporary.path();
  std::unique_ptr<Collection> collection;

  Fixture() {
    std::filesystem::create_directories(root + "/lib/state");
    Write("/lib/state/secret");
  }
  void Write(const std::string& file) const {
    std::filesystem::create_directories(std::filesystem::path(root + file).parent_path());
    std::ofstream(root + file) << "x";
  }
  InstanceConfig Reader(const std::string& instance, const std::string& options) const {
    InstanceConfig config;
    config.collector = "steady";
    config.instance = instance;
    config.interval = milliseconds(200);
    config.options = config::ParseYaml(options, "bekci.yml").value();
    return config;
  }
  InstanceConfig Reads(const std::string& instance, const std::string& file) const {
    return Reader(instance, "reads: " + root + file);
  }
  base::Status Start(std::vector<InstanceConfig> instances) {
    CollectionOptions options;
    options.executable = BEKCI_TEST_WORKER;
    options.worker_memory_limit_bytes = 1 << 30;
    options.state_directory = root + "/lib/state";
    auto started = StartCollection(options, std::move(instances), clock, log, &rounds);
    if (!started.ok()) return std::move(started).status();
    collection = std::move(started).value();
    return base::OkStatus();
  }
  base::Status StatusOf(const std::string& instance) const {
    for (const InstanceState& state : collection->States()) {
      if (state.config.instance == instance) return state.status;
    }
    return base::Internal("no such instance");
  }
  bool WaitForRounds(const std::string& instance, uint64_t more) const {
    const uint64_t before = rounds.Of(instance).all;
    return WaitFor([&] { return rounds.Of(instance).all >= before + more; });
  }
};

TEST_CASE("a directory made later beside the state directory is soon read, and no round is missed for it") {
  if (!HasLandlock()) return;
  Fixture f;
  // "slow" is nearly always under way, so the worker that hands over has something to bring home.
  REQUIRE(f.Start({f.Reads("new", "/lib/new/file"), f.Reads("state", "/lib/state/secret"), f.Reader("quick", ""),
                   f.Reader("slow", "takes: 900ms")})
              .ok());
  REQUIRE(f.WaitForRounds("quick", 3));
  CHECK(f.StatusOf("new").code() == base::Code::kNotFound);
  CHECK(f.StatusOf("state").code() == base::Code::kDenied);
  const int pid = f.collection->worker().pid;
  const uint64_t starts = f.collection->worker().starts;

  const Count::Rounds before = f.rounds.Of("quick");
  const base::MonotonicTime start = f.clock.Monotonic();
  f.Write("/lib/new/file");
  REQUIRE(WaitFor([&] { return f.StatusOf("new").ok(); }));
  CHECK(f.collection->worker().pid != pid);
  CHECK(f.collection->worker().starts > starts);
  REQUIRE(f.WaitForRounds("slow", 2));
  const auto intervals = static_cast<uint64_t>((f.clock.Monotonic() - start) / milliseconds(200));
  CHECK(f.rounds.Of("quick").all + 2 >= before.all + intervals);
  for (const char* whole : {"quick", "slow"}) CHECK(f.rounds.Of(whole).failed == 0);
  for (const auto& [reason, deaths] : f.collection->worker().deaths) CHECK(deaths == 0);
  CHECK(f.StatusOf("state").code() == base::Code::kDenied);
  CHECK(f.log.CountContaining("collection worker ended") == 0);
}

TEST_CASE("a reload may name a file made a moment ago, also one that was replaced") {
  if (!HasLandlock()) return;
  Fixture f;
  f.Write("/lib/password");
  REQUIRE(f.Start({f.Reads("a", "/lib/password")}).ok());
  REQUIRE(f.WaitForRounds("a", 1));
  CHECK(f.StatusOf("a").ok());
  for (int round = 0; round < 3; ++round) {  // more often than the pace of other refreshes
    const std::string file = "/lib/made" + std::to_string(round) + "/file";
    f.Write(file);
    f.Write("/lib/password.new");
    std::filesystem::rename(f.root + "/lib/password.new", f.root + "/lib/password");
    const std::string instance = "b" + std::to_string(round);
    REQUIRE(f.collection->Reload({f.Reads("a", "/lib/password"), f.Reads(instance, file)}).ok());
    REQUIRE(WaitFor([&] { return f.rounds.Of(instance).all >= 1; }));
    CHECK(f.rounds.Of(instance).failed == 0);
    CHECK(WaitFor([&] { return f.StatusOf("a").ok(); }));  // a round between the rename and the reload was refused
  }
  CHECK(f.collection->Reload({f.Reads("s", "/lib/state/secret")}).ok());
  REQUIRE(f.WaitForRounds("s", 1));
  CHECK(f.StatusOf("s").code() == base::Code::kDenied);
}

TEST_CASE("what anybody can make beside the state directory causes no handover, and is read after a reload") {
  if (!HasLandlock()) return;
  Fixture f;
  std::filesystem::permissions(f.root + "/lib", std::filesystem::perms::all);
  REQUIRE(f.Start({f.Reads("anybodys", "/lib/anybodys/file"), f.Reads("ours", "/ours/file")}).ok());
  CHECK(f.log.CountContaining("above the state directory") == 2);  // said at the start: /tmp is another
  REQUIRE(f.WaitForRounds("ours", 1));
  f.Write("/lib/anybodys/file");
  f.Write("/ours/file");
  REQUIRE(WaitFor([&] { return f.StatusOf("ours").ok(); }));
  CHECK(f.log.CountContaining("hands over to one that may read what is new") == 1);
  CHECK(f.log.CountContaining("path=" + f.root + "/ours") ==
        1);  // the cause is this one, though the other comes first by name

  f.Write("/lib/later/file");
  REQUIRE(f.collection->Reload({f.Reads("later", "/lib/later/file")}).ok());
  REQUIRE(f.WaitForRounds("later", 1));
  CHECK(f.StatusOf("later").ok());
}

TEST_CASE("a collection that hangs in a worker that hands over is ended in its time") {
  if (!HasLandlock()) return;
  Fixture f;
  InstanceConfig hang;
  hang.collector = "hang";
  hang.instance = "h";
  hang.interval = seconds(1);
  hang.deadline = milliseconds(300);
  hang.options = config::ParseYaml("trigger_file: " + f.root + "/hang", "bekci.yml").value();
  REQUIRE(f.Start({hang, f.Reads("new", "/lib/new/file")}).ok());
  REQUIRE(f.WaitForRounds("h", 1));
  f.Write("/hang");
  for (uint64_t of_h = 0; f.rounds.Of("h").all != of_h;) {  // longer than its interval without a round: it hangs
    of_h = f.rounds.Of("h").all;
    REQUIRE(f.WaitForRounds("new", 8));
  }
  std::filesystem::remove(f.root + "/hang");
  f.Write("/lib/new/file");
  REQUIRE(WaitFor([&] { return f.StatusOf("new").ok(); }));
  REQUIRE(WaitFor([&] { return f.collection->worker().deaths.at("hang") == 1; }));
  REQUIRE(WaitFor([&] { return f.StatusOf("h").ok(); }));
  CHECK(f.StatusOf("new").ok());
}

}  // namespace
}  // namespace bekci::collect::refresh_test
