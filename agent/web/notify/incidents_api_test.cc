#include "agent/web/notify/incidents_api.h"

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "agent/notify/receivers/digest.h"
#include "agent/notify/records.h"
#include "agent/web/notify/incident_page.h"
#include "agent/web/notify/sources_for_tests.h"
#include "agent/web/notify/words.h"

namespace bekci::web::notify::incidents_api_test {
namespace {

using bekci::notify::EventKind;
using bekci::notify::Incident;
using Json = nlohmann::json;

struct World {
  base::FakeClock clock{kTestNow};
  std::map<std::string, Incident, std::less<>> incidents;
  IncidentsApi api{{.clock = clock,
                    .each =
                        [this](const IncidentVisitor& visit) {
                          for (auto it = incidents.rbegin(); it != incidents.rend(); ++it) {
                            if (!visit(it->second)) return;
                          }
                        },
                    .find =
                        [this](std::string_view id, const IncidentVisitor& visit) {
                          const auto found = incidents.find(id);
                          if (found != incidents.end()) visit(found->second);
                          return found != incidents.end();
                        }}};
  RouteTable routes{api.Routes()};

  World() {
    Incident& first = Add(kFirstId, {{"alertname", "MySQLDown"}, {"severity", "critical"}, {"instance", "db-1"}});
    Happens(&first, 0, EventKind::kFired, "");
    Happens(&first, 30, EventKind::kGrouped, "{}:{alertname=\"MySQLDown\"}");
    Happens(&first, 31, EventKind::kSent, "L1 team-page/webhook[0]: delivered: 200 OK");
    Happens(&first, 33, EventKind::kSendFailed, "L1 team-page/email[0]: permanent: 550 no such user");
    Happens(&first, 330, EventKind::kEscalated, "L2 cross-team entered: due");
    Happens(&first, 331, EventKind::kSent, "L2 cross-team/slack[0]: accepted");
    Happens(&first, 420, EventKind::kAcknowledged, "by ana, via link: \"looking\" <now>");
    Happens(&first, 1800, EventKind::kResolved, "");
    Happens(&first, 1801, EventKind::kSent, "L1 team-page/webhook[0]: delivered: 200 OK");
    first.acknowledged_at = first.fired_at + base::seconds(420);
    first.resolved_at = first.fired_at + base::seconds(1800);
    Happens(&Add(kSecondId, {{"alertname", "DiskFull"}, {"severity", "high"}}), 0, EventKind::kFired, "");
  }
  Incident& Add(const std::string& id, model::Labels labels) {
    Incident& incident = incidents[id];
    incident.id = id;
    incident.labels = std::move(labels);
    incident.fired_at = kTestNow - base::hours(1);
    return incident;
  }
  static void Happens(Incident* incident, int64_t seconds, EventKind kind, const std::string& text) {
    incident->events.push_back(
        {incident->fired_at + base::seconds(seconds), kind, std::make_shared<const std::string>(text)});
  }
  net::HttpResponse Get(const std::string& path, QueryPairs query = {}) {
    const Route* const route = routes.Find(path);
    REQUIRE(route != nullptr);
    return route->handle(RequestFor("GET", path, std::move(query)));
  }
  std::vector<std::string> Ids(QueryPairs query) {
    const net::HttpResponse response = Get("/api/v1/incidents", std::move(query));
    REQUIRE(response.status == 200);
    std::vector<std::string> ids;
    const Json document = Json::parse(response.body);
    for (const Json& one : document.at("data")) ids.push_back(one.at("id"));
    return ids;
  }
};

TEST_CASE("incidents are listed newest first; state, matchers and limit choose") {
  World world;
  CHECK(world.Ids({}) == std::vector<std::string>{kSecondId, kFirstId});
  CHECK(world.Ids({{"state", "resolved"}}) == std::vector<std::string>{kFirstId});
  CHECK(world.Ids({{"state", "open"}}) == std::vector<std::string>{kSecondId});
  CHECK(world.Ids({{"matcher", "severity=~\"crit.*\""}}) == std::vector<std::string>{kFirstId});
  CHECK(world.Ids({{"matcher", "severity=critical"}, {"filter", "instance=db-2"}}).empty());
  CHECK(world.Ids({{"matcher", "severity=critical, instance=\"db-1\""}}).size() == 1);
  CHECK(world.Ids({{"limit", "1"}}) == std::vector<std::string>{kSecondId});
  CHECK(Holds(world.Get("/api/v1/incidents", {{"limit", "1"}}), "there are older ones"));
  CHECK_FALSE(Holds(world.Get("/api/v1/incidents", {{"limit", "2"}}), "there are older ones"));
}

TEST_CASE("questions that make no sense are refused with the parameter's name") {
  World world;
  for (const auto& [name, value] :
       QueryPairs{{"state", "over"}, {"limit", "0"}, {"limit", "10001"}, {"limit", "x"}, {"matcher", "a=~\"(\""}}) {
    const std::string given(value);
    CAPTURE(given);
    const net::HttpResponse response = world.Get("/api/v1/incidents", {{name, value}});
    CHECK(response.status == 400);
    CHECK(Holds(response, "invalid parameter \\\"" + name + "\\\""));
    CHECK(world.Get("/incidents", {{name, value}}).status == 400);
  }
}

TEST_CASE("one incident tells its whole life with the times to acknowledge and to resolve") {
  World world;
  const Json data = Json::parse(world.Get(std::string("/api/v1/incidents/") + kFirstId).body).at("data");
  CHECK(data.at("state") == "resolved");
  CHECK(data.at("timeToAcknowledgeSeconds") == 420);
  CHECK(data.at("timeToResolveSeconds") == 1800);
  CHECK(data.at("messages") == 3);
  CHECK(data.at("messagesFailed") == 1);
  REQUIRE(data.at("events").size() == 9);
  CHECK(data.at("events").at(6).at("event") == "acknowledged");
  CHECK(data.at("droppedEvents") == 0);
}

TEST_CASE("the page of an incident is one file: no script, nothing from elsewhere, all texts escaped") {
  World world;
  for (const net::HttpResponse& page :
       {world.Get(std::string("/incidents/") + kFirstId),
        world.Get(std::string("/api/v1/incidents/") + kFirstId, {{"format", "html"}})}) {
    CHECK(page.status == 200);
    CHECK(page.content_type == "text/html; charset=utf-8");
    for (const char* const said : {"MySQLDown", "7m", "30m", "team-page/webhook[0]", "200 OK", "550 no such user",
                                   "Acknowledged", "&quot;looking&quot; &lt;now&gt;"}) {
      CAPTURE(said);
      CHECK(Holds(page, said));
    }
    for (const char* const outside : {"<script", "src=", "@import", "url(", "<now>", "stylesheet"}) {
      CAPTURE(outside);
      CHECK_FALSE(Holds(page, outside));
    }
    CHECK(HeaderOf(page, "Content-Security-Policy").find("default-src 'none'") == 0);
  }
}

TEST_CASE("the content policy allows exactly the style that is in the page") {
  World world;
  const net::HttpResponse page = world.Get("/incidents");
  const size_t begin = page.body.find("<style>") + 7;
  const std::string style = page.body.substr(begin, page.body.find("</style>") - begin);
  const std::string hash = bekci::notify::receivers::Base64(bekci::notify::receivers::Sha256(style));
  CHECK(HeaderOf(page, "Content-Security-Policy").find("'sha256-" + hash + "'") != std::string::npos);
}

TEST_CASE("an incident that is not there is told so in the form that was asked for") {
  World world;
  CHECK(world.Get("/api/v1/incidents/01JD0000000000000000000009").status == 404);
  const net::HttpResponse page = world.Get("/incidents/<b>");
  CHECK(page.status == 404);
  CHECK(Holds(page, "&lt;b&gt;"));
  CHECK(world.Get(std::string("/api/v1/incidents/") + kFirstId, {{"format", "pdf"}}).status == 400);
}

TEST_CASE("the list for people links every incident and keeps what was asked for in its form") {
  World world;
  const net::HttpResponse page = world.Get("/incidents", {{"state", "open"}, {"matcher", "severity=\"high\""}});
  CHECK(Holds(page, std::string("href=\"incidents/") + kSecondId));
  CHECK_FALSE(Holds(page, kFirstId));
  CHECK(Holds(page, "<option value=\"open\" selected>"));
  CHECK(Holds(page, "value=\"severity=&quot;high&quot;\""));
}

TEST_CASE("spans and lines of the records read as they should") {
  CHECK(SpanWords(base::milliseconds(400)) == "0s");
  CHECK(SpanWords(base::seconds(-5)) == "0s");
  CHECK(SpanWords(base::seconds(252)) == "4m 12s");
  CHECK(SpanWords(base::hours(2)) == "2h");
  CHECK(SpanWords(base::hours(76)) == "3d 4h");
  CHECK(SpanWords(base::hours(24) + base::seconds(9)) == "1d");
  const auto words = ReadSend("L2 a]: x/webhook[0]: retryable: 503: delivered");
  REQUIRE(words.has_value());
  CHECK(words->who == "L2 a]: x/webhook[0]");
  CHECK(words->outcome == "retryable");
  CHECK(words->detail == "503: delivered");
  CHECK_FALSE(ReadSend("somebody said something").has_value());
  CHECK(CleanText(" a\nb\x01 ", 10) == "a b");
  CHECK(CleanText("ğğğ", 5) == "ğğ");
}

// For looking at the pages: BEKCI_PAGES=<directory> writes them there.
TEST_CASE("pages can be written to a directory to be looked at") {
  World world;
  const char* const directory = std::getenv("BEKCI_PAGES");
  const std::vector<std::pair<std::string, net::HttpResponse>> pages = {
      {"incident.html", world.Get(std::string("/incidents/") + kFirstId)},
      {"open.html", world.Get(std::string("/incidents/") + kSecondId)},
      {"incidents.html", world.Get("/incidents")},
      {"none.html", world.Get("/incidents/x")}};
  for (const auto& [name, page] : pages) {
    CHECK(page.body.ends_with("</html>\n"));
    if (directory != nullptr) std::ofstream(std::string(directory) + "/" + name) << page.body;
  }
}

}  // namespace
}  // namespace bekci::web::notify::incidents_api_test
