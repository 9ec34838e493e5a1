#include "agent/app/commands/recorded_alerts.h"

#include <doctest/doctest.h>

#include "agent/base/log.h"
#include "agent/base/memory_file_system.h"
#include "agent/notify/notify_journal.h"

namespace bekci::app::commands::recorded_alerts_test {
namespace {

constexpr base::Timestamp kFirst = {1'700'000'000'000};
constexpr const char* kDirectory = "/state/bekci-notify";

notify::Changes Fired(uint64_t number, const std::string& name) {
  notify::RecordChange change;
  change.id = "01JD000000000000000000000" + std::to_string(number);
  change.labels = {{"alertname", name}};
  change.fired_at = kFirst + base::minutes(static_cast<int64_t>(number));
  change.event = {change.fired_at, notify::EventKind::kFired, std::make_shared<const std::string>()};
  change.incidents = {number};
  notify::Changes changes;
  changes.sequence = number;
  changes.records.push_back(std::move(change));
  return changes;
}

void WriteJournal(base::MemoryFileSystem& fs) {
  base::CaptureLogger log;
  base::FakeClock clock{kFirst};
  REQUIRE(fs.CreateDirectory("/state").ok());
  auto journal = notify::NotifyJournal::Open(fs, kDirectory, log, clock, [](const notify::Changes&) {});
  REQUIRE(journal.ok());
  const notify::NotifyJournal::Snapshots snapshots = {[] { return notify::Changes(); },
                                                      [] { return Fired(1, "First"); }};
  REQUIRE((*journal)->WriteHistory({Fired(1, "First")}, snapshots).ok());
  REQUIRE((*journal)->WriteHistory({Fired(2, "Second")}, snapshots).ok());
  REQUIRE((*journal)->WriteHistory({Fired(3, "Third")}, snapshots).ok());
}

// The byte of `name` in the journal is another one now.
void Damage(base::MemoryFileSystem& fs, const std::string& name) {
  size_t damaged = 0;
  const auto names = fs.ListDirectory(kDirectory);
  REQUIRE(names.ok());
  for (const std::string& file : *names) {
    const std::string path = std::string(kDirectory) + "/" + file;
    auto bytes = fs.ReadFile(path, size_t{1} << 30);
    REQUIRE(bytes.ok());
    const size_t at = bytes->find(name);
    if (at == std::string::npos) continue;
    (*bytes)[at] = '?';
    fs.Put(path, *bytes);
    ++damaged;
  }
  REQUIRE(damaged > 0);
}

std::string NamesOf(const std::vector<RecordedAlert>& alerts) {
  std::string names;
  for (const RecordedAlert& alert : alerts) names += std::string(alert.labels.Get("alertname")) + " ";
  return names;
}

TEST_CASE("alerts of a state directory come newest first, and a whole journal has no warning") {
  base::MemoryFileSystem fs;
  WriteJournal(fs);
  std::vector<std::string> warnings;
  const auto alerts = AlertsOfDirectory(fs, "/state", &warnings);
  REQUIRE_MESSAGE(alerts.ok(), alerts.status().message());
  CHECK(NamesOf(*alerts) == "Third Second First ");
  CHECK(warnings.empty());
}

TEST_CASE("what of a damaged journal can be read is told with a warning that names the directory") {
  base::MemoryFileSystem fs;
  WriteJournal(fs);
  Damage(fs, "Second");
  std::vector<std::string> warnings;
  const auto alerts = AlertsOfDirectory(fs, "/state", &warnings);
  REQUIRE_MESSAGE(alerts.ok(), alerts.status().message());
  CHECK(NamesOf(*alerts) == "Third First ");
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("/state/bekci-notify: the journal is damaged (1 place)") == 0);
}

}  // namespace
}  // namespace bekci::app::commands::recorded_alerts_test
