#include "agent/web/notify/incidents_api.h"

#include "agent/base/rfc3339.h"
#include "agent/base/text.h"
#include "agent/web/api_answer.h"
#include "agent/web/notify/envelope.h"
#include "agent/web/notify/incident_page.h"
#include "agent/web/notify/incident_query.h"
#include "agent/web/notify/words.h"

namespace bekci::web::notify {
namespace {

constexpr std::string_view kListPath = "/api/v1/incidents";
constexpr std::string_view kOnePath = "/api/v1/incidents/";
constexpr std::string_view kListPagePath = "/incidents";
constexpr std::string_view kOnePagePath = "/incidents/";

void WriteSpan(wire::JsonWriter* json, std::string_view name, base::Timestamp from, base::Timestamp to) {
  if (to.ms == 0) return;
  json->Key(name);
  json->Number(base::ToSeconds(to - from));
}

// Members of the object that both forms have.
void WriteSummary(wire::JsonWriter* json, const IncidentSummary& incident) {
  json->Member("id", incident.id);
  json->Key("labels");
  WriteLabels(json, incident.labels);
  json->Member("state", StageName(incident.stage));
  json->Member("firedAt", base::Rfc3339Millis(incident.fired_at.ms));
  if (incident.acknowledged_at.ms != 0) {
    json->Member("acknowledgedAt", base::Rfc3339Millis(incident.acknowledged_at.ms));
  }
  if (incident.resolved_at.ms != 0) json->Member("resolvedAt", base::Rfc3339Millis(incident.resolved_at.ms));
  WriteSpan(json, "timeToAcknowledgeSeconds", incident.fired_at, incident.acknowledged_at);
  WriteSpan(json, "timeToResolveSeconds", incident.fired_at, incident.resolved_at);
  json->Member("messages", static_cast<int64_t>(incident.messages));
  json->Member("messagesFailed", static_cast<int64_t>(incident.failed_messages));
}

void WriteEvents(wire::JsonWriter* json, const bekci::notify::Incident& incident) {
  json->Key("events");
  json->BeginArray();
  for (const bekci::notify::IncidentEvent& event : incident.events) {
    json->BeginObject();
    json->Member("at", base::Rfc3339Millis(event.at.ms));
    json->Member("event", EventKindName(event.kind));
    if (!event.text->empty()) json->Member("text", *event.text);
    json->EndObject();
  }
  json->EndArray();
  json->Member("droppedEvents", static_cast<int64_t>(incident.dropped_events));
}

net::HttpResponse Finished(const net::HttpRequest& request, net::HttpResponse response) {
  response.headers.emplace_back("Cache-Control", "no-store");
  CompressAnswer(request, &response);
  return response;
}

}  // namespace

std::vector<Route> IncidentsApi::Routes() {
  return {
      {.methods = "GET",
       .path = kListPath,
       .name = "incidents",
       .help = "The lives of alerts, the newest first. state=, matcher= and limit= choose.",
       .handle = [this](const net::HttpRequest& request) { return List(request); }},
      {.methods = "GET",
       .path = kOnePath,
       .below = true,
       .name = "incident",
       .help = "<id>: what happened to one alert; format=html is a page to be kept.",
       .handle = [this](const net::HttpRequest& request) { return One(request); }},
      {.methods = "GET",
       .path = kListPagePath,
       .name = "incidents_page",
       .help = "Incidents, for people.",
       .handle = [this](const net::HttpRequest& request) { return ListPage(request); }},
      {.methods = "GET",
       .path = kOnePagePath,
       .below = true,
       .name = "incident_page",
       .help = "<id>: one incident: who was told, who took it, when it was over.",
       .handle =
           [this](const net::HttpRequest& request) { return OnePage(request, Below(request.path, kOnePagePath)); }},
  };
}

std::optional<bekci::notify::Incident> IncidentsApi::Find(std::string_view id) const {
  std::optional<bekci::notify::Incident> found;
  if (!LooksLikeId(id)) return found;
  sources_.find(id, [&](const bekci::notify::Incident& incident) {
    found = incident;
    return true;
  });
  return found;
}

net::HttpResponse IncidentsApi::List(const net::HttpRequest& request) {
  const auto query = IncidentQuery::Read(request);
  if (!query.ok()) return BadRequest(query.status().message());
  const IncidentList list = query->Run(sources_);
  ApiAnswer answer;
  answer.json().BeginArray();
  for (const IncidentSummary& incident : list.incidents) {
    answer.json().BeginObject();
    WriteSummary(&answer.json(), incident);
    answer.json().EndObject();
  }
  answer.json().EndArray();
  std::vector<std::string> warnings;
  if (list.more)
    warnings.push_back("there are older ones; limit= asks for more than " + std::to_string(query->limit()));
  return Finished(request, answer.Finish(warnings));
}

net::HttpResponse IncidentsApi::One(const net::HttpRequest& request) {
  const std::string_view id = Below(request.path, kOnePath);
  const std::string_view form = request.Query("format");
  if (form == "html") return OnePage(request, id);
  if (!form.empty() && form != "json") return BadRequest("invalid parameter \"format\": must be json or html");
  const auto incident = Find(id);
  if (!incident) return NotFound("there is no incident " + base::Quoted(id.substr(0, 60)) + " in the records");
  ApiAnswer answer;
  answer.json().BeginObject();
  WriteSummary(&answer.json(), SummaryOf(*incident));
  WriteEvents(&answer.json(), *incident);
  answer.json().EndObject();
  return Finished(request, answer.Finish());
}

net::HttpResponse IncidentsApi::ListPage(const net::HttpRequest& request) {
  IncidentListFacts facts;
  facts.now = sources_.clock.Now();
  facts.state = request.Query("state");
  facts.matcher = request.Query("matcher");
  const auto query = IncidentQuery::Read(request);
  if (query.ok()) {
    facts.list = query->Run(sources_);
    facts.limit = query->limit();
  } else {
    facts.error = query.status().message();
  }
  net::HttpResponse response = IncidentListPage(facts);
  CompressAnswer(request, &response);
  return response;
}

net::HttpResponse IncidentsApi::OnePage(const net::HttpRequest& request, std::string_view id) {
  const auto incident = Find(id);
  if (!incident) return NoIncidentPage(id);
  net::HttpResponse response = IncidentPage(*incident, sources_.clock.Now());
  CompressAnswer(request, &response);
  return response;
}

}  // namespace bekci::web::notify
