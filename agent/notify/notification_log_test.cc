#include "agent/notify/notification_log.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>

namespace bekci::notify::notification_log_test {
namespace {

using message::Reason;

struct Row {
  const char* what;
  std::optional<LogEntry> entry;
  Hashes firing;
  Hashes resolved;
  bool send_resolved;
  int64_t seconds;  // since the last message; repeat_interval is 100
  std::optional<Reason> reason;
};

LogEntry Told(Hashes firing, Hashes resolved) {
  LogEntry entry;
  entry.at = {{1'000'000}, {1'000'000'000'000}};
  entry.firing = std::move(firing);
  entry.resolved = std::move(resolved);
  return entry;
}

TEST_CASE("whether an integration is told follows Alertmanager's table") {
  const Row rows[] = {
      {"never told, firing", std::nullopt, {1}, {}, true, 0, Reason::kFirst},
      {"never told, nothing fires", std::nullopt, {}, {1}, true, 0, std::nullopt},
      {"one more fires", Told({1}, {}), {1, 2}, {}, true, 0, Reason::kNewAlerts},
      {"fires after all was resolved", Told({}, {1}), {1}, {}, true, 0, Reason::kFirst},
      {"all is resolved", Told({1}, {}), {}, {1}, true, 0, Reason::kAllResolved},
      {"all is resolved, and nobody wants to hear it", Told({1}, {}), {}, {1}, false, 0, Reason::kAllResolved},
      {"all was told to be resolved", Told({}, {1}), {}, {1}, true, 1000, std::nullopt},
      {"one of two is resolved", Told({1, 2}, {}), {1}, {2}, true, 0, Reason::kSomeResolved},
      {"the same without send_resolved", Told({1, 2}, {}), {1}, {2}, false, 0, std::nullopt},
      {"one of two is silenced", Told({1, 2}, {}), {1}, {}, true, 0, std::nullopt},
      {"nothing new before repeat_interval", Told({1}, {}), {1}, {}, true, 99, std::nullopt},
      {"repeat_interval has passed", Told({1}, {}), {1}, {}, true, 100, Reason::kRepeat},
      {"all is silenced", Told({1}, {}), {}, {}, true, 0, Reason::kAllResolved},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.what));
    const Instant tick{{1'000'000 + row.seconds * 1000}, {1'000'000'000'000 + row.seconds * 1'000'000'000}};
    DedupInput input{row.entry ? &*row.entry : nullptr,
                     &row.firing,
                     &row.resolved,
                     row.send_resolved,
                     base::seconds(100),
                     tick,
                     false};
    CHECK(Decide(input) == row.reason);
    input.mutes_repeats = true;
    CHECK(Decide(input) == (row.reason == Reason::kRepeat ? std::nullopt : row.reason));
  }
}

TEST_CASE("a wall clock that is set back delays no reminder; an entry of an earlier process goes by the wall clock") {
  LogEntry entry = Told({1}, {});
  const Hashes firing = {1};
  const Hashes none;
  const Instant tick{{500'000}, {1'100'000'000'000}};
  DedupInput input{&entry, &firing, &none, true, base::seconds(100), tick, false};
  CHECK(Decide(input) == Reason::kRepeat);
  entry.at.steady = {};
  CHECK(Decide(input) == std::nullopt);
  input.tick.wall = {1'100'000};
  CHECK(Decide(input) == Reason::kRepeat);
}

TEST_CASE("entries are forgotten when they expire and their group is no more") {
  NotificationLog log;
  LogEntry entry = Told({1}, {});
  entry.expires_at = {100};
  const Target target{"g", {"r", "webhook", 0}};
  log.Put(target, entry);
  const auto dead = [](const std::string&) { return false; };
  CHECK(log.Collect({99}, dead).empty());
  CHECK(log.Collect({100}, [](const std::string& key) { return key == "g"; }).empty());
  CHECK(log.Collect({100}, dead).size() == 1);
  CHECK(log.Find(target) == nullptr);
}

}  // namespace
}  // namespace bekci::notify::notification_log_test
