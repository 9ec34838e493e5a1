#include "agent/web/notify/webhook_intake.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "agent/web/notify/sources_for_tests.h"

namespace bekci::web::notify::webhook_intake_test {
namespace {

using Json = nlohmann::json;

constexpr base::Timestamp kLater = {1'795'258'600'000};  // 2026-11-21 11:36:40

// As Alertmanager 0.25 sent it.
constexpr const char* kPayload =
    R"({"receiver":"bekci","status":"firing","alerts":[)"
    R"({"status":"resolved","labels":{"alertname":"HighLatency","instance":"web-1:9100","severity":"critical"},)"
    R"("annotations":{"summary":"Latency is high \u003c\u0026\u003e"},"startsAt":"2026-11-21T10:55:26.547Z",)"
    R"("endsAt":"2026-11-21T10:55:28.955Z","generatorURL":"http://p.example.test/graph",)"
    R"("fingerprint":"10ccca64973d305e"},)"
    R"({"status":"firing","labels":{"alertname":"HighLatency","instance":"web-2:9100","severity":"critical"},)"
    R"("annotations":{},"startsAt":"2026-11-21T10:55:26.547123456Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"",)"
    R"("fingerprint":"aaa"}],"groupLabels":{"alertname":"HighLatency"},"commonLabels":{},"commonAnnotations":{},)"
    R"("externalURL":"http://am.example.test:9093","version":"4","groupKey":"{}:{}","truncatedAlerts":3})";

struct World {
  base::FakeClock clock{kLater};
  Refusals refusals;
  base::Status answer;
  std::vector<bekci::notify::PostedAlert> posted;
  WebhookIntake intake{clock,
                       [this](std::vector<bekci::notify::PostedAlert> alerts) {
                         posted = std::move(alerts);
                         return answer;
                       },
                       refusals};

  net::HttpResponse Post(const std::string& body, QueryPairs query = {}) {
    return intake.Routes().front().handle(RequestFor("POST", "/api/v1/alertmanager-webhook", std::move(query), body));
  }
};

TEST_CASE("a webhook of Alertmanager becomes alerts: firing ones hold for a day, resolved ones end when they say") {
  World world;
  const net::HttpResponse response = world.Post(kPayload);
  CHECK(response.status == 200);
  const Json answer = Json::parse(response.body);
  CHECK(answer.at("data").at("firing") == 1);
  CHECK(answer.at("data").at("resolved") == 1);
  CHECK(Holds(response, "3 alerts were left out by the sender"));
  REQUIRE(world.posted.size() == 2);
  const auto& resolved = world.posted[0];
  CHECK(resolved.labels.Get("instance") == "web-1:9100");
  CHECK(resolved.annotations.at("summary") == "Latency is high <&>");
  CHECK(resolved.generator_url == "http://p.example.test/graph");
  CHECK(resolved.ends_at.ms - resolved.starts_at.ms == 2408);
  CHECK(resolved.ends_at < kLater);
  CHECK(world.posted[1].ends_at == kLater + base::hours(24));
  CHECK(world.posted[1].starts_at == resolved.starts_at);
}

TEST_CASE("hold= says how long a firing alert holds, between a minute and thirty days") {
  World world;
  CHECK(world.Post(kPayload, {{"hold", "2d"}}).status == 200);
  CHECK(world.posted[1].ends_at == kLater + base::hours(48));
  for (const char* const hold : {"1s", "31d", "soon", "-1h"}) {
    CAPTURE(hold);
    CHECK(world.Post(kPayload, {{"hold", hold}}).status == 400);
  }
}

TEST_CASE("a sender whose clock is ahead of ours neither starts alerts in the future nor keeps resolved ones alive") {
  const auto read = ReadWebhook(
      R"({"version":"4","alerts":[{"status":"resolved","labels":{"a":"b"},"startsAt":"2099-01-01T00:00:00Z",)"
      R"("endsAt":"2099-01-01T00:05:00Z"},)"
      R"({"status":"firing","labels":{"a":"c"},"startsAt":"2099-01-01T00:00:00Z"},)"
      R"({"status":"resolved","labels":{"a":"d"}}]})",
      kWebhookHold, kLater);
  REQUIRE(read.ok());
  CHECK(read->alerts[0].ends_at == kLater);
  CHECK(read->alerts[0].starts_at == kLater);
  CHECK(read->alerts[1].starts_at == kLater);
  CHECK(read->alerts[2].ends_at == kLater);
}

TEST_CASE("keys that newer versions add are passed over") {
  const auto read = ReadWebhook(R"({"version":"4","notification_reason":"x","routeLabels":{},)"
                                R"("alerts":[{"status":"firing","labels":{"a":"b"},"new":{"x":[1]}}]})",
                                kWebhookHold, kLater);
  REQUIRE(read.ok());
  CHECK(read->firing == 1);
}

TEST_CASE("what is no payload of version 4 is refused whole, with the place of what is wrong, and counted") {
  struct Case {
    const char* body;
    const char* error;
  };
  constexpr Case kCases[] = {
      {"", "the body is empty"},
      {"[]", "the body must be an object"},
      {R"({"alerts":[]})", "version: is missing"},
      {R"({"version":"3","alerts":[]})", "version: must be \"4\", not \"3\""},
      {R"({"version":4,"alerts":[]})", "version: must be text"},
      {R"({"version":"4"})", "alerts: is missing"},
      {R"({"version":"4","alerts":{}})", "alerts: must be a list"},
      {R"({"version":"4","alerts":[5]})", "alerts[0]: must be an object"},
      {R"({"version":"4","alerts":[{"labels":{"a":"b"}}]})", "alerts[0].status: must be firing or resolved"},
      {R"({"version":"4","alerts":[{"status":"firing"}]})", "alerts[0].labels: there are none"},
      {R"({"version":"4","alerts":[{"status":"firing","labels":{"a":1}}]})", "alerts[0].labels.a: must be text"},
      {R"({"version":"4","alerts":[{"status":"firing","labels":{"a":"b"},"startsAt":"now"}]})",
       "alerts[0].startsAt: \"now\" is no time"},
      {R"({"version":"4","alerts":[],"truncatedAlerts":"3"})", "truncatedAlerts: must be a whole number"},
  };
  World world;
  for (const Case& one : kCases) {
    CAPTURE(one.body);
    const net::HttpResponse response = world.Post(one.body);
    CHECK(response.status == 400);
    CHECK(Json::parse(response.body).at("error").get<std::string>().find(one.error) == 0);
  }
  CHECK(world.refusals.Get(Door::kIntake, Why::kMalformed) == std::size(kCases));
  CHECK(world.posted.empty());
}

TEST_CASE("bodies beyond the bounds are refused and counted") {
  World world;
  CHECK(world.Post(std::string(kMaxWebhookBytes + 1, ' ')).status == 413);
  CHECK(world.refusals.Get(Door::kIntake, Why::kTooLarge) == 1);
  std::string many = R"({"version":"4","alerts":[{})";
  for (size_t i = 0; i < kMaxWebhookAlerts; ++i) many += ",{}";
  CHECK(Holds(world.Post(many + "]}"), "more than the 20000 allowed"));
  net::HttpRequest form = RequestFor("POST", "/api/v1/alertmanager-webhook", {}, kPayload);
  form.headers = {{"Content-Type", "text/plain"}};
  CHECK(world.intake.Routes().front().handle(form).status == 415);
}

TEST_CASE("what the store refuses is the sender's to know: 400 for bad alerts, 503 where trying again helps") {
  World world;
  world.answer = base::Invalid("\"a b\" is not a valid label name");
  CHECK(world.Post(kPayload).status == 400);
  world.answer = base::Unavailable("the agent is starting");
  CHECK(world.Post(kPayload).status == 503);
}

TEST_CASE("every webhook that was captured from Alertmanager is read whole") {
  const std::filesystem::path folder = std::filesystem::path(BEKCI_SOURCE_DIR) / "../shared/alertmanager-captures";
  if (!std::filesystem::exists(folder)) return;
  size_t read_files = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    const std::string name = file.path().filename().string();
    if (!name.starts_with("webhook-") || name.find("headers") != std::string::npos) continue;
    CAPTURE(name);
    std::ifstream in(file.path());
    const std::string body((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    const auto read = ReadWebhook(body, kWebhookHold, kLater);
    REQUIRE_MESSAGE(read.ok(), read.status().message());
    const Json document = Json::parse(body);
    CHECK(read->alerts.size() == document.at("alerts").size());
    CHECK((read->firing > 0) == (document.at("status") == "firing"));
    CHECK(read->truncated == document.at("truncatedAlerts"));
    ++read_files;
  }
  CHECK(read_files == 7);
}

TEST_CASE("the intake is a route that the site holds against other sites") {
  World world;
  CHECK(world.intake.Routes().front().changes_state);
}

}  // namespace
}  // namespace bekci::web::notify::webhook_intake_test
