// The commands against a server on the loopback address: bekci's API as it is, Alertmanager's as it answers.
#include "agent/app/commands/notify_commands.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "agent/app/commands/notify_client.h"
#include "agent/base/file_system.h"
#include "agent/base/mutex.h"
#include "agent/net/server.h"
#include "agent/web/notify/escalations_api.h"
#include "agent/web/notify/incidents_api.h"
#include "agent/web/notify/sources_for_tests.h"

namespace bekci::app::commands::notify_commands_test {
namespace {

constexpr const char* kSilenceId = "fdf15a0e-a025-4fdb-b4f7-88f0f46efc23";
constexpr const char* kAlerts =
    R"([{"labels":{"alertname":"M1","severity":"high"},"annotations":{"summary":"it is\u001b[31m hot"},)"
    R"("startsAt":"2026-11-21T10:57:46.826Z","status":{"state":"active","silencedBy":[],"inhibitedBy":[]}}])";
constexpr const char* kSilences =
    R"([{"id":"fdf15a0e-a025-4fdb-b4f7-88f0f46efc23","status":{"state":"active"},"comment":"c","createdBy":"me",)"
    R"("endsAt":"2026-11-21T11:57:49.505Z","matchers":[)"
    R"({"isEqual":true,"isRegex":false,"name":"alertname","value":"A"},)"
    R"({"isEqual":true,"isRegex":true,"name":"x","value":"y.*"}]},)"
    R"({"id":"00000000-0000-0000-0000-000000000000","status":{"state":"expired"},"comment":"","createdBy":"bo",)"
    R"("endsAt":"2026-11-20T11:57:49.505Z","matchers":[]}])";

struct World {
  base::FakeClock clock{web::notify::kTestNow};
  web::notify::Escalations engine{clock};
  web::notify::Refusals refusals;
  notify::Incident record;
  web::notify::EscalationsApi escalations{engine.Sources(), refusals};
  web::notify::IncidentsApi incidents{
      {.clock = clock,
       .each = [this](const web::notify::IncidentVisitor& visit) { visit(record); },
       .find = [this](std::string_view id,
                      const web::notify::IncidentVisitor& visit) { return id == record.id && (visit(record), true); }}};
  web::RouteTable routes{AllRoutes()};
  base::CaptureLogger log;
  base::Mutex mutex;
  std::vector<net::HttpRequest> asked GUARDED_BY(mutex);
  std::unique_ptr<net::Server> server;

  World() {
    record.id = web::notify::kFirstId;
    record.labels = {{"alertname", "MySQLDown"}, {"instance", "db-1"}};
    record.fired_at = web::notify::kTestNow - base::minutes(9);
    record.acknowledged_at = record.fired_at + base::minutes(2);
    record.events.push_back({record.fired_at, notify::EventKind::kFired, std::make_shared<const std::string>()});
    net::ServerOptions options;
    options.listen_addresses = {"127.0.0.1:0"};
    options.handler_threads = 2;
    auto started = net::StartServer(
        options, [this](const net::HttpRequest& request) { return Answer(request); }, log);
    REQUIRE_MESSAGE(started.ok(), started.status().message());
    server = *std::move(started);
  }

  std::vector<web::Route> AllRoutes() {
    std::vector<web::Route> all = escalations.Routes();
    for (web::Route& route : incidents.Routes()) all.push_back(std::move(route));
    return all;
  }
  net::HttpResponse Answer(const net::HttpRequest& request) {
    {
      base::MutexLock lock(mutex);
      asked.push_back(request);
    }
    const web::Route* const route = routes.Find(request.path);
    if (route != nullptr) return route->handle(request);
    net::HttpResponse response;
    response.content_type = "application/json";
    if (request.path == "/api/v2/alerts") response.body = kAlerts;
    if (request.path == "/api/v2/silences") {
      response.body = request.method == "POST" ? R"({"silenceID":")" + std::string(kSilenceId) + "\"}" : kSilences;
    }
    if (request.path == "/api/v2/silence/00000000-0000-0000-0000-000000000009") response.status = 404;
    return response;
  }
  net::HttpRequest LastAsked() {
    base::MutexLock lock(mutex);
    REQUIRE_FALSE(asked.empty());
    return asked.back();
  }

  int code = 0;
  std::string out, err;
  void Run(std::vector<std::string> words) {
    words.push_back("--server=http://" + server->addresses().front() + "/");
    std::ostringstream out_stream, err_stream;
    code = RunCommandLine(AllCommands(), words, {out_stream, err_stream});
    out = out_stream.str();
    err = err_stream.str();
  }
};

TEST_CASE("bekci alerts asks as amtool does and prints what fires, without the terminal codes of strangers") {
  World world;
  world.Run({"alerts", "M1", "severity=~hi.*", "--silenced"});
  CHECK(world.code == kExitGood);
  CHECK(world.out ==
        "Alertname  State   Starts At                Labels           Summary\n"
        "M1         active  2026-11-21 10:57:46 UTC  severity=\"high\"  it is [31m hot\n");
  const net::HttpRequest asked = world.LastAsked();
  CHECK(asked.Query("active") == "false");
  CHECK(asked.Query("silenced") == "true");
  CHECK(asked.QueryAll("filter") == std::vector<std::string_view>{"alertname=\"M1\"", "severity=~\"hi.*\""});
  world.Run({"alerts"});
  CHECK(world.LastAsked().Query("active") == "true");
  CHECK(world.LastAsked().Query("silenced") == "false");
  world.Run({"alerts", "--output=json"});
  CHECK(nlohmann::json::parse(world.out).size() == 1);
  world.Run({"alerts", "a=b", "c"});
  CHECK(world.code == kExitUsage);
  CHECK(world.err.find("c: ") != std::string::npos);
}

TEST_CASE("bekci silence list has amtool's columns, and chooses what is over or by whom") {
  World world;
  world.Run({"silence", "list"});
  CHECK(world.out ==
        "ID                                    Matchers                Ends At                  Created By  Comment\n"
        "fdf15a0e-a025-4fdb-b4f7-88f0f46efc23  alertname=\"A\" x=~\"y.*\"  2026-11-21 11:57:49 UTC  me          c\n");
  world.Run({"silence", "list", "--expired", "--quiet"});
  CHECK(world.out == "00000000-0000-0000-0000-000000000000\n");
  world.Run({"silence", "list", "--created-by=bo", "--quiet"});
  CHECK(world.out.empty());
}

TEST_CASE("bekci silence add sends the silence and prints its id; without a reason it asks for one") {
  World world;
  world.Run({"silence", "add", "A", "x=~y.*", "z!=1", "--comment=c", "--author=me", "-d", "2h"});
  CHECK(world.code == kExitGood);
  CHECK(world.out == std::string(kSilenceId) + "\n");
  const auto body = nlohmann::json::parse(world.LastAsked().body);
  CHECK(world.LastAsked().Header("Content-Type") == "application/json");
  REQUIRE(body.at("matchers").size() == 3);
  CHECK(body.at("matchers")[0] ==
        nlohmann::json({{"name", "alertname"}, {"value", "A"}, {"isRegex", false}, {"isEqual", true}}));
  CHECK(body.at("matchers")[1].at("isRegex") == true);
  CHECK(body.at("matchers")[2].at("isEqual") == false);
  CHECK(body.at("createdBy") == "me");
  CHECK(body.at("comment") == "c");
  for (const std::vector<std::string>& words : {std::vector<std::string>{"silence", "add", "A"},
                                                {"silence", "add", "A", "--comment=c", "-d", "soon"},
                                                {"silence", "add", "A", "--comment=c", "--start=tomorrow"},
                                                {"silence", "add", "A", "--comment=c", "--end=2001-01-01T00:00:00Z"},
                                                {"silence", "add", "--comment=c"}}) {
    world.Run(words);
    CHECK(world.code == kExitUsage);
    CHECK(world.out.empty());
    CHECK_FALSE(world.err.empty());
  }
}

TEST_CASE("bekci silence expire ends each, and says which is not there") {
  World world;
  world.Run({"silence", "expire", kSilenceId});
  CHECK(world.code == kExitGood);
  CHECK(world.LastAsked().method == "DELETE");
  CHECK(world.LastAsked().path == std::string("/api/v2/silence/") + kSilenceId);
  world.Run({"silence", "expire", "00000000-0000-0000-0000-000000000009", kSilenceId});
  CHECK(world.code == kExitNo);
  CHECK(world.err == "bekci: there is no silence 00000000-0000-0000-0000-000000000009\n");
  world.Run({"silence", "expire", "../alerts"});
  CHECK(world.code == kExitUsage);
}

TEST_CASE("bekci ack finds the incident by the alert's name and acknowledges it") {
  World world;
  world.Run({"ack", "HighLatency", "--by=ana", "--comment=on it", "--for=2h"});
  CHECK(world.code == kExitGood);
  CHECK(world.out ==
        std::string(web::notify::kFirstId) + " HighLatency: acknowledged by ana until 2023-11-15 00:13:20 UTC\n");
  REQUIRE(world.engine.actions().size() == 1);
  CHECK(world.engine.actions()[0].comment == "on it");
  CHECK(world.engine.actions()[0].lasts_for == base::hours(2));
  world.Run({"ack", web::notify::kFirstId, "--by=bo"});
  CHECK(world.code == kExitGood);
}

TEST_CASE("bekci ack of a name that several have acknowledges none of them and lists them, unless all are meant") {
  World world;
  world.engine.Add(web::notify::kSecondId, "HighLatency");
  world.Run({"ack", "HighLatency", "--by=ana"});
  CHECK(world.code == kExitUsage);
  CHECK(world.engine.actions().empty());
  CHECK(world.err.find(web::notify::kFirstId) != std::string::npos);
  CHECK(world.err.find(web::notify::kSecondId) != std::string::npos);
  world.Run({"ack", "HighLatency", "--by=ana", "--all"});
  CHECK(world.code == kExitGood);
  CHECK(world.engine.actions().size() == 2);
}

TEST_CASE("bekci ack of what is not there, or is over, is a no that says so") {
  World world;
  world.Run({"ack", "HighLatncy", "--by=ana"});
  CHECK(world.code == kExitNo);
  CHECK(world.err.find("nothing that escalates is called \"HighLatncy\"; these are open") != std::string::npos);
  CHECK(world.err.find("HighLatency") != std::string::npos);
  world.engine.Get().state = notify::escalation::State::kResolved;
  world.Run({"ack", web::notify::kFirstId, "--by=ana"});
  CHECK(world.code == kExitNo);
  CHECK(world.err.find("is resolved") != std::string::npos);
  world.Run({"ack", "HighLatency", "--for=soon"});
  CHECK(world.code == kExitUsage);
}

TEST_CASE("bekci escalation list and show say who has it and what lies ahead") {
  World world;
  world.Run({"ack", "HighLatency", "--by=ana"});
  world.Run({"escalation", "list"});
  CHECK(world.code == kExitGood);
  CHECK(world.out.find("HighLatency  critical  acked  L1") != std::string::npos);
  world.Run({"escalation", "list", "--state=resolved"});
  CHECK(world.out.find("HighLatency") == std::string::npos);
  world.Run({"escalation", "list", "--state=resolvd"});
  CHECK(world.code == kExitUsage);
  CHECK(world.err.find("did you mean \"resolved\"?") != std::string::npos);
  world.Run({"escalation", "show", web::notify::kFirstId});
  CHECK(world.code == kExitGood);
  CHECK(world.out.find("acknowledged  by ana at") != std::string::npos);
  CHECK(world.out.find("L2 cross-team when its clock shows 5m: cross-team") != std::string::npos);
  world.Run({"escalation", "show", web::notify::kSecondId});
  CHECK(world.code == kExitNo);
  world.Run({"escalation", "show", "x"});
  CHECK(world.code == kExitUsage);
}

TEST_CASE("bekci incident lists, tells one, and writes its page into a file") {
  World world;
  world.Run({"incident"});
  CHECK(world.out.find("MySQLDown  acknowledged") != std::string::npos);
  world.Run({"incident", "--matcher=instance=db-2"});
  CHECK(world.out.find("MySQLDown") == std::string::npos);
  world.Run({"incident", web::notify::kFirstId});
  CHECK(world.out.find("time to acknowledge  2m") != std::string::npos);
  CHECK(world.out.find("fired") != std::string::npos);
  const std::string file = std::string(std::getenv("TMPDIR") == nullptr ? "/tmp" : std::getenv("TMPDIR")) +
                           "/bekci-incident-test-" + std::to_string(::getpid()) + ".html";
  world.Run({"incident", web::notify::kFirstId, "--html=" + file});
  CHECK(world.code == kExitGood);
  base::RealFileSystem fs;
  const auto page = fs.ReadFile(file, size_t{1} << 20);
  REQUIRE(page.ok());
  CHECK(page->find("MySQLDown") != std::string::npos);
  CHECK(fs.Remove(file).ok());
  world.Run({"incident", web::notify::kSecondId, "--html=" + file});
  CHECK(world.code == kExitNo);
}

TEST_CASE("an agent that is not there, or something else that answers, is told in words") {
  World world;
  std::ostringstream out, err;
  const std::vector<std::string> words = {"ack", "X", "--server=http://127.0.0.1:1"};
  CHECK(RunCommandLine(AllCommands(), words, {out, err}) == kExitUsage);
  CHECK(err.str().find("127.0.0.1:1") != std::string::npos);
  world.routes = web::RouteTable({});
  world.Run({"ack", "X", "--by=ana"});
  CHECK(world.code == kExitUsage);
  CHECK(world.err.find("is it an agent, and does it notify") != std::string::npos);
}

}  // namespace
}  // namespace bekci::app::commands::notify_commands_test
