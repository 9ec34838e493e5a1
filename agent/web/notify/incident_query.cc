#include "agent/web/notify/incident_query.h"

#include <algorithm>
#include <array>

#include "agent/base/text.h"
#include "agent/notify/routing/matcher_text.h"

namespace bekci::web::notify {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"firing", "acknowledged", "resolved", "open"};
constexpr std::array<unsigned, 4> kBits = {1, 2, 4, 3};

base::Status ReadStages(const net::HttpRequest& request, unsigned* stages) {
  for (const std::string_view list : request.QueryAll("state")) {
    for (const std::string_view word : base::Split(list, ',')) {
      if (word.empty()) continue;
      const auto found = std::find(kNames.begin(), kNames.end(), word);
      if (found == kNames.end()) {
        return base::Invalid("invalid parameter \"state\": there is no state " + base::Quoted(word.substr(0, 40)) +
                             "; there are firing, acknowledged, resolved, and open for the first two");
      }
      *stages |= kBits[static_cast<size_t>(found - kNames.begin())];
    }
  }
  return base::OkStatus();
}

}  // namespace

std::string_view StageName(Stage stage) {
  return kNames[static_cast<size_t>(stage)];
}

Stage StageOf(const bekci::notify::Incident& incident) {
  if (incident.resolved_at.ms != 0) return Stage::kResolved;
  return incident.acknowledged_at.ms != 0 ? Stage::kAcknowledged : Stage::kFiring;
}

IncidentSummary SummaryOf(const bekci::notify::Incident& incident) {
  IncidentSummary summary{incident.id,       incident.labels,          StageOf(incident),
                          incident.fired_at, incident.acknowledged_at, incident.resolved_at};
  for (const bekci::notify::IncidentEvent& event : incident.events) {
    summary.messages += event.kind == bekci::notify::EventKind::kSent ? 1 : 0;
    summary.failed_messages += event.kind == bekci::notify::EventKind::kSendFailed ? 1 : 0;
  }
  return summary;
}

base::Result<IncidentQuery> IncidentQuery::Read(const net::HttpRequest& request) {
  IncidentQuery query;
  RETURN_IF_ERROR(ReadStages(request, &query.stages_));
  for (const char* const name : {"matcher", "filter"}) {
    for (const std::string_view text : request.QueryAll(name)) {
      if (text.empty()) continue;  // a form's field that was left alone
      auto matchers = bekci::notify::routing::ParseMatchers(text);
      if (!matchers.ok()) {
        return base::Invalid("invalid parameter \"" + std::string(name) + "\": " + matchers.status().message());
      }
      std::move(matchers->begin(), matchers->end(), std::back_inserter(query.matchers_));
    }
  }
  if (query.matchers_.size() > kMaxMatchers) {
    return base::Invalid("invalid parameter \"matcher\": more than " + std::to_string(kMaxMatchers) + " matchers");
  }
  if (const std::string_view text = request.Query("limit"); !text.empty()) {
    const auto limit = base::ParseUint(text);
    if (!limit || *limit == 0 || *limit > kMaxLimit) {
      return base::Invalid("invalid parameter \"limit\": must be a number from 1 to " + std::to_string(kMaxLimit));
    }
    query.limit_ = *limit;
  }
  return query;
}

bool IncidentQuery::Wants(const bekci::notify::Incident& incident) const {
  const unsigned bit = kBits[static_cast<size_t>(StageOf(incident))];
  return (stages_ == 0 || (stages_ & bit) != 0) && model::MatchesAll(matchers_, incident.labels);
}

IncidentList IncidentQuery::Run(const IncidentSources& sources) const {
  IncidentList list;
  sources.each([&](const bekci::notify::Incident& incident) {
    if (!Wants(incident)) return true;
    list.more = list.incidents.size() == limit_;
    if (!list.more) list.incidents.push_back(SummaryOf(incident));
    return !list.more;
  });
  return list;
}

}  // namespace bekci::web::notify
