// /api/v1/rules and /api/v1/alerts: what they say of groups, and what may be asked of them.
#include <doctest/doctest.h>

#include "agent/ruler/rule_file.h"
#include "agent/ruler/rule_group.h"
#include "agent/storage/memory_storage.h"
#include "agent/web/api.h"

namespace bekci::web::api_rules_test {
namespace {

constexpr int64_t kNow = 1'600'000'000'000;

constexpr const char* kRules = R"yaml(
groups:
- name: a
  limit: 9
  rules:
  - {record: "job:up:sum", expr: "sum(up)by(job)", labels: {team: shop}}
  - alert: Down
    expr: up == 0
    for: 1m
    keep_firing_for: 5m
    labels: {severity: page, what: "{{ $value }}"}
    annotations: {text: "{{ $labels.job }} is down"}
- name: b
  rules:
  - {record: bad, expr: "1 / up", labels: {}}
  - {alert: Always, expr: vector(1)}
- name: c
  rules:
  - {record: later, expr: "1"}
)yaml";

struct World {
  storage::MemoryStorage store;
  base::FakeClock clock{base::Timestamp{kNow}};
  base::CaptureLogger log;
  promql::Engine engine{{}, clock};
  ruler::TemplateCounters counters;
  std::vector<std::shared_ptr<ruler::RuleGroup>> groups;
  int quiet_asked = 0;
  PrometheusApi api;
  RouteTable routes;

  World()
      : api({.engine = engine,
             .store = store,
             .clock = clock,
             .rule_groups = [this](ruler::Detail) { return Statuses(); },
             .quiet_words =
                 [this](const std::string& name) {
                   ++quiet_asked;
                   return std::vector<std::string>{"Silenced: " + name + "."};
                 }}),
        routes(api.Routes()) {
    const auto appender = store.NewAppender();
    REQUIRE(appender->Append(0, {{"__name__", "up"}, {"job", "x"}}, kNow, 0).ok());
    REQUIRE(appender->Commit().ok());
    ruler::GroupContext context{engine, store, store, clock, log};
    context.counters = &counters;
    auto file = ruler::ParseRuleFile(kRules, "/etc/r.yml", {});
    REQUIRE_MESSAGE(file.ok(), file.status().message());
    for (const ruler::GroupText& text : file->groups) {
      auto group = ruler::RuleGroup::Make(text, base::seconds(15), {}, context);
      REQUIRE(group.ok());
      groups.push_back(*group);
    }
    groups[0]->Evaluate({kNow});
    groups[1]->Evaluate({kNow});
  }
  std::vector<ruler::GroupStatus> Statuses() const {
    std::vector<ruler::GroupStatus> statuses;
    for (const auto& group : groups) statuses.push_back(group->Status());
    return statuses;
  }
  std::string Get(const std::string& path, std::vector<std::pair<std::string, std::string>> query = {}) const {
    net::HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.query = std::move(query);
    const Route* route = routes.Find(path);
    REQUIRE(route != nullptr);
    return route->handle(request).body;
  }
  // The names of the groups and rules in an answer, in order.
  std::string Names(std::vector<std::pair<std::string, std::string>> query) const {
    const std::string body = Get("/api/v1/rules", std::move(query));
    std::string names;
    for (size_t at = body.find("\"name\":\""); at != std::string::npos; at = body.find("\"name\":\"", at + 1)) {
      names += body.substr(at + 8, body.find('"', at + 8) - at - 8) + " ";
    }
    return names;
  }
};

TEST_CASE("a group says all that Prometheus says of it, in its order") {
  const World world;
  CHECK(
      world.Get("/api/v1/rules", {{"rule_group[]", "a"}}) ==
      R"json({"status":"success","data":{"groups":[{"name":"a","file":"/etc/r.yml","rules":[)json"
      R"json({"name":"job:up:sum","query":"sum by (job) (up)","labels":{"team":"shop"},"health":"ok","evaluationTime":0,)json"
      R"json("lastEvaluation":"2020-09-13T12:26:40Z","type":"recording"},)json"
      R"json({"state":"pending","name":"Down","query":"up == 0","duration":60,"keepFiringFor":300,)json"
      R"json("labels":{"severity":"page","what":"{{ $value }}"},"annotations":{"text":"{{ $labels.job }} is down"},)json"
      R"json("alerts":[{"labels":{"alertname":"Down","job":"x","severity":"page","what":"0"},)json"
      R"json("annotations":{"text":"x is down"},"state":"pending","activeAt":"2020-09-13T12:26:40Z","value":"0e+00"}],)json"
      R"json("health":"ok","evaluationTime":0,"lastEvaluation":"2020-09-13T12:26:40Z","type":"alerting"}],)json"
      R"json("interval":15,"limit":9,"evaluationTime":0,"lastEvaluation":"2020-09-13T12:26:40Z"}]}})json");
  CHECK(world.Get("/api/v1/alerts").find(R"("alertname":"Always")") != std::string::npos);
  CHECK(world.Get("/api/v1/alerts").find(R"("value":"1e+00")") != std::string::npos);
}

TEST_CASE("what keeps an alert quiet is said of each of its rules and asked for once") {
  World world;
  world.groups.push_back(world.groups[0]);  // two rules of one name
  const std::string body = world.Get("/api/v1/why", {{"alert", "Down"}});
  const size_t first = body.find("Silenced: Down.");
  REQUIRE(first != std::string::npos);
  CHECK(body.find("Silenced: Down.", first + 1) != std::string::npos);
  CHECK(world.quiet_asked == 1);
}

TEST_CASE("rules are chosen by type, name, group, file and plain labels; what is left without rules is left out") {
  const World world;
  CHECK(world.Names({}) == "a job:up:sum Down b bad Always c later ");
  CHECK(world.Names({{"type", "alert"}}) == "a Down b Always ");
  CHECK(world.Names({{"type", "Record"}}) == "a job:up:sum b bad c later ");
  CHECK(world.Names({{"rule_name[]", "Down"}, {"rule_name[]", "bad"}}) == "a Down b bad ");
  CHECK(world.Names({{"rule_group[]", "c"}, {"type", "alert"}}).empty());
  CHECK(world.Names({{"file[]", "/etc/other.yml"}}).empty());
  CHECK(world.Names({{"match[]", "{severity=\"page\"}"}}) == "a Down ");
  CHECK(world.Names({{"match[]", "{team=\"shop\"}"}, {"match[]", "{severity=\"page\"}"}}) == "a job:up:sum Down ");
  CHECK(world.Names({{"match[]", "{what=\"{{ $value }}\"}"}}) == "a Down ");  // a template by its text
  CHECK(world.Get("/api/v1/rules", {{"match[]", "{what=\"\"}"}}).find("at least one non-empty matcher") !=
        std::string::npos);
  CHECK(world.Get("/api/v1/rules", {{"exclude_alerts", "true"}}).find("\"alerts\":null") != std::string::npos);
  // Without labels a recording rule says nothing of them.
  CHECK(world.Get("/api/v1/rules", {{"rule_name[]", "bad"}}).find("\"labels\"") == std::string::npos);
}

TEST_CASE("groups come in pages, and a page names the next") {
  const World world;
  std::string token;
  std::string names;
  for (int page = 0; page < 3; ++page) {
    std::vector<std::pair<std::string, std::string>> query = {{"group_limit", "1"}, {"exclude_alerts", "1"}};
    if (!token.empty()) query.emplace_back("group_next_token", token);
    const std::string body = world.Get("/api/v1/rules", query);
    names += world.Names(query);
    const size_t at = body.find("\"groupNextToken\":\"");
    CHECK((at == std::string::npos) == (page == 2));
    if (at != std::string::npos) token = body.substr(at + 18, body.find('"', at + 18) - at - 18);
  }
  CHECK(names == "a job:up:sum Down b bad Always c later ");
  // There is no further page when nothing that was asked for is left.
  CHECK(world.Get("/api/v1/rules", {{"group_limit", "1"}, {"rule_name[]", "Always"}}).find("groupNextToken") ==
        std::string::npos);
  CHECK(world.Get("/api/v1/rules", {{"group_limit", "1"}, {"group_next_token", "gone"}})
            .find("were rule groups changed?") != std::string::npos);
}

}  // namespace
}  // namespace bekci::web::api_rules_test
