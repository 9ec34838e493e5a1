#include "agent/app/commands/recorded_alerts.h"

#include <utility>

#include "agent/app/commands/notify_client.h"
#include "agent/base/log.h"
#include "agent/base/memory_file_system.h"
#include "agent/base/random.h"
#include "agent/base/rfc3339.h"
#include "agent/notify/notifier.h"
#include "agent/notify/notify_journal.h"

namespace bekci::app::commands {
namespace {

constexpr size_t kMaxJournalBytes = size_t{1} << 30;

base::Timestamp TimeAt(const Json& object, const char* key) {
  return {base::ParseRfc3339(TextOf(object, key)).value_or(0)};
}

model::Labels LabelsFrom(const Json& object) {
  std::vector<model::Labels::Pair> pairs;  // they point into `object`
  for (auto one = object.begin(); object.is_object() && one != object.end(); ++one) {
    if (one->is_string()) pairs.emplace_back(one.key(), one->get_ref<const std::string&>());
  }
  return model::Labels::FromPairs(std::move(pairs));
}

}  // namespace

base::Result<std::vector<RecordedAlert>> AlertsOfServer(const std::string& server) {
  ASSIGN_OR_RETURN(const Json list,
                   AskBekci(server, {.path = "/api/v1/incidents", .parameters = {{"limit", "10000"}}}));
  if (!list.is_array()) return base::Invalid("the answer of " + server + " is not that of bekci's API");
  std::vector<RecordedAlert> alerts;
  for (const Json& one : list) {
    alerts.push_back({LabelsFrom(MemberOf(one, "labels")), TimeAt(one, "firedAt"), TimeAt(one, "acknowledgedAt"),
                      TimeAt(one, "resolvedAt")});
  }
  return alerts;
}

base::Result<std::vector<RecordedAlert>> AlertsOfDirectory(base::FileSystem& fs, const std::string& storage_path,
                                                           std::vector<std::string>* warnings) {
  const std::string directory = storage_path + "/bekci-notify";
  ASSIGN_OR_RETURN(const std::vector<std::string> names, fs.ListDirectory(directory));
  // A journal is opened to be written to, and an agent may have it: so a copy is, as a crash would have left it.
  base::MemoryFileSystem copy;
  for (const std::string& name : names) {
    if (!name.starts_with("notify-") && !name.starts_with("records-")) continue;
    ASSIGN_OR_RETURN(const std::string bytes, fs.ReadFile(directory + "/" + name, kMaxJournalBytes));
    copy.Put("/copy/" + name, bytes);
  }
  base::SystemRandom random;
  base::RealClock clock;
  base::CaptureLogger log;  // names the copy; what it hears is said below of the directory itself
  notify::Notifier reader({}, random, nullptr);
  const auto journal = notify::NotifyJournal::Open(copy, "/copy", log, clock,
                                                   [&](const notify::Changes& changes) { reader.Restore(changes); });
  if (!journal.ok()) return journal.status();
  if (const uint64_t places = (*journal)->metrics().damaged_places; places > 0) {
    warnings->push_back(directory + ": the journal is damaged (" + std::to_string(places) +
                        (places == 1 ? " place" : " places") + "): what could be read counts, alerts may be missing");
  }
  std::vector<RecordedAlert> alerts;
  const auto& incidents = reader.records().incidents();
  for (auto one = incidents.rbegin(); one != incidents.rend(); ++one) {
    const notify::Incident& incident = one->second;
    alerts.push_back({incident.labels, incident.fired_at, incident.acknowledged_at, incident.resolved_at});
  }
  return alerts;
}

}  // namespace bekci::app::commands
