#include "agent/notify/notify_service.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "agent/base/faulty_file_system.h"
#include "agent/base/memory_file_system.h"
#include "agent/notify/notify_story.h"
#include "tests/support/wait_for.h"

namespace bekci::notify::notify_service_test {
namespace {

// Writes down what it gets; waits while it is held.
class Recorder : public receivers::Integration {
 public:
  std::string_view kind() const override { return "webhook"; }
  receivers::Delivery Deliver(const message::Notification& notification, base::MonotonicTime) override {
    base::MutexLock lock(mutex_);
    ++entered_;
    while (held_) released_.Wait(mutex_);
    got_.push_back(notification.group_key);
    return {};
  }
  void Hold(bool hold) {
    base::MutexLock lock(mutex_);
    held_ = hold;
    released_.NotifyAll();
  }
  size_t entered() {
    base::MutexLock lock(mutex_);
    return entered_;
  }
  size_t got() {
    base::MutexLock lock(mutex_);
    return got_.size();
  }

 private:
  base::Mutex mutex_;
  base::CondVar released_;
  bool held_ GUARDED_BY(mutex_) = false;
  size_t entered_ GUARDED_BY(mutex_) = 0;
  std::vector<std::string> got_ GUARDED_BY(mutex_);
};

struct Fixture {
  base::MemoryFileSystem fs;
  base::FaultyFileSystem disk{fs};
  base::FakeClock clock;
  base::SystemRandom random;
  base::CaptureLogger log;
  std::shared_ptr<Recorder> hook = std::make_shared<Recorder>();
  std::shared_ptr<Recorder> other = std::make_shared<Recorder>();
  std::unique_ptr<NotifyService> service;

  void Start() {
    routing::AlertmanagerConfig config = TestConfig();
    config.routes[0].group_by = {"a"};
    AddRoute(&config, model::Matcher::Equal("r", "other"), "other");
    NotifierSetup setup;
    setup.config = std::make_shared<const routing::AlertmanagerConfig>(config);
    setup.receivers = {{"hook", {{"webhook", 0, true, hook}}}, {"other", {{"webhook", 0, true, other}}}};
    NotifyServiceOptions options;
    options.notifier.start_hold = {};
    service = std::make_unique<NotifyService>(options, clock, random, log, nullptr);
    REQUIRE(service->Start(disk, "/state", setup).ok());
  }
  void Post(const std::string& a, const std::string& r = "") {
    std::vector<PostedAlert> posted(1);
    posted[0].labels = {{"a", a}, {"r", r}};
    posted[0].starts_at = clock.Now() - base::hours(1);  // waits for nothing
    posted[0].ends_at = clock.Now() + base::hours(10);
    CHECK(service->Post(std::move(posted)).errors.empty());
  }
};

TEST_CASE("alerts leave by sender threads, and what was delivered is not sent again after a restart") {
  Fixture f;
  REQUIRE(f.fs.CreateDirectory("/state").ok());
  f.Start();
  f.Post("1");
  f.Post("2", "other");
  REQUIRE(WaitFor([&] { return f.hook->got() == 1 && f.other->got() == 1; }));
  f.service->Stop();
  f.Start();
  f.Post("3");
  REQUIRE(WaitFor([&] { return f.hook->got() == 2; }));
  f.service->Stop();
  CHECK(f.hook->got() == 2);
  CHECK(f.other->got() == 1);
}

TEST_CASE("a receiver that hangs holds its four threads and nobody else's messages") {
  Fixture f;
  REQUIRE(f.fs.CreateDirectory("/state").ok());
  f.Start();
  f.hook->Hold(true);
  for (int i = 0; i < 20; ++i) f.Post(std::to_string(i));
  REQUIRE(WaitFor([&] { return f.hook->entered() == kLaneConcurrency; }));
  f.Post("x", "other");
  REQUIRE(WaitFor([&] { return f.other->got() == 1; }));
  CHECK(f.service->senders() <= 2 * kLaneConcurrency);
  CHECK(f.hook->entered() == kLaneConcurrency);
  f.hook->Hold(false);
  REQUIRE(WaitFor([&] { return f.hook->got() == 20; }));
  f.service->Stop();
}

TEST_CASE("a silence is on the disk when the call returns") {
  Fixture f;
  REQUIRE(f.fs.CreateDirectory("/state").ok());
  f.Start();
  Silence silence;
  silence.matchers = {model::Matcher::Equal("a", "1")};
  silence.starts_at = f.clock.Now();
  silence.ends_at = f.clock.Now() + base::hours(1);
  const auto id = f.service->SetSilence(silence);
  REQUIRE(id.ok());
  base::SeededRandom random(1);
  Notifier reader({}, random, nullptr);
  base::CaptureLogger log;
  REQUIRE(
      NotifyJournal::Open(f.fs, "/state", log, f.clock, [&](const Changes& changes) { reader.Restore(changes); }).ok());
  CHECK(reader.silences().Find(*id) != nullptr);
  f.service->Stop();
}

TEST_CASE("a journal that could not be written is whole again soon after its disk is, though nothing else happens") {
  Fixture f;
  REQUIRE(f.fs.CreateDirectory("/state").ok());
  f.Start();
  const auto healthy = [&] { return f.service->journal_metrics().healthy; };
  f.disk.set_plan({.fail_at = 1, .keep_failing = true, .path_contains = "/notify-"});
  f.service->SetPosition("telegram/1", 7);
  REQUIRE(WaitFor([&] { return !healthy(); }));
  const uint64_t failures = f.service->journal_metrics().failures;
  REQUIRE(WaitFor([&] {
    f.clock.Advance(base::seconds(1));
    return f.service->journal_metrics().failures > failures;
  }));
  CHECK_FALSE(healthy());
  f.disk.set_plan({});
  CHECK(WaitFor([&] {
    f.clock.Advance(base::seconds(1));
    return healthy();
  }));
  base::SeededRandom random(1);
  Notifier reader({}, random, nullptr);
  base::CaptureLogger log;
  REQUIRE(
      NotifyJournal::Open(f.fs, "/state", log, f.clock, [&](const Changes& changes) { reader.Restore(changes); }).ok());
  CHECK(reader.Position("telegram/1") == 7);
  f.service->Stop();
}

TEST_CASE("a batch that writes nothing does not make a journal whole that is not") {
  base::MemoryFileSystem fs;
  base::FaultyFileSystem disk(fs);
  REQUIRE(fs.CreateDirectory("/state").ok());
  base::CaptureLogger log;
  base::FakeClock clock;
  auto journal = NotifyJournal::Open(disk, "/state", log, clock, [](const Changes&) {});
  REQUIRE(journal.ok());
  const NotifyJournal::Snapshots snapshots = {[] { return Changes(); }, [] { return Changes(); }};
  Changes changes;
  changes.sequence = 1;
  changes.positions.emplace_back("x", 1);
  disk.set_plan({.fail_at = 1, .keep_failing = true, .path_contains = "/notify-"});
  CHECK_FALSE((*journal)->Write({changes}, snapshots).ok());
  CHECK_FALSE((*journal)->Write({Changes()}, snapshots).ok());
  CHECK_FALSE((*journal)->metrics().healthy);
  disk.set_plan({});
  CHECK((*journal)->Write({}, snapshots).ok());
  CHECK((*journal)->metrics().healthy);
}

TEST_CASE("from where to go on in what others number is on the disk when the call returns, and the last one counts") {
  Fixture f;
  REQUIRE(f.fs.CreateDirectory("/state").ok());
  f.Start();
  f.service->SetPosition("telegram/1", 7);
  f.service->SetPosition("telegram/1", 9);
  f.service->SetPosition("telegram/2", 3);
  f.service->Stop();
  f.Start();
  f.service->Inspect([](Notifier& notifier, Instant) {
    CHECK(notifier.Position("telegram/1") == 9);
    CHECK(notifier.Position("telegram/2") == 3);
    CHECK(notifier.Position("telegram/3") == 0);
  });
  f.service->Stop();
}

}  // namespace
}  // namespace bekci::notify::notify_service_test
