// The pages about rules: what they show, what comes first, and that nothing from outside becomes markup.
#include "agent/web/rule_pages.h"

#include <doctest/doctest.h>

#include "agent/ruler/rule_file.h"
#include "agent/storage/memory_storage.h"
#include "agent/web/alerts_page.h"
#include "agent/web/slo_page.h"

namespace bekci::web::rule_pages_test {
namespace {

constexpr int64_t kNow = 1'600'000'000'000;

constexpr const char* kRules = R"yaml(
groups:
- name: shop
  rules:
  - record: job:up:sum
    expr: sum by (job) (up)
  - alert: Slow
    expr: up == 0
    for: 10m
    labels: {severity: low}
  - alert: Down
    expr: up == 0
    labels: {severity: critical, team: "<b>shop</b>"}
    annotations: {summary: "{{ $labels.job }} <script>alert(1)</script>", runbook_url: "https://runbooks/down?a=1&b=2"}
  - alert: Trap
    expr: up == 0
    labels: {severity: medium}
    annotations: {runbook_url: "javascript:alert(1)"}
  - alert: Quiet
    expr: up > 5
- name: broken
  rules:
  - {alert: Many, expr: "up + on() vector(1) + on() up"}
)yaml";

bool Contains(const std::string& page, std::string_view text) {
  return page.find(text) != std::string::npos;
}

struct World {
  storage::MemoryStorage store;
  base::FakeClock clock{base::Timestamp{kNow}};
  base::CaptureLogger log;
  promql::Engine engine{{}, clock};
  ruler::TemplateCounters counters;
  std::vector<std::shared_ptr<ruler::RuleGroup>> groups;
  std::vector<ruler::slo::BudgetReport> reports;
  RulePages pages;
  RouteTable routes;

  explicit World(const std::string& rules = kRules)
      : pages({.frame = {"web-1", "0.1.0"},
               .engine = engine,
               .store = store,
               .clock = clock,
               .rule_groups = [this](ruler::Detail) { return Statuses(); },
               .objectives = [this] { return reports; }}),
        routes(pages.Routes()) {
    const auto appender = store.NewAppender();
    for (const char* const job : {"x", "y"}) {
      REQUIRE(appender->Append(0, {{"__name__", "up"}, {"job", job}}, kNow, 0).ok());
    }
    REQUIRE(appender->Commit().ok());
    ruler::GroupContext context{engine, store, store, clock, log};
    context.counters = &counters;
    auto file = ruler::ParseRuleFile(rules, "/etc/r.yml", {});
    REQUIRE_MESSAGE(file.ok(), file.status().message());
    for (const ruler::GroupText& text : file->groups) {
      auto group = ruler::RuleGroup::Make(text, base::seconds(15), {}, context);
      REQUIRE(group.ok());
      groups.push_back(*group);
      groups.back()->Evaluate({kNow});
    }
  }
  std::vector<ruler::GroupStatus> Statuses() const {
    std::vector<ruler::GroupStatus> statuses;
    for (const auto& group : groups) statuses.push_back(group->Status());
    return statuses;
  }
  net::HttpResponse Get(const std::string& path, std::vector<std::pair<std::string, std::string>> query = {}) const {
    net::HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.query = std::move(query);
    return routes.Find(path)->handle(request);
  }
};

TEST_CASE(
    "the alerts page shows what fires, the worst first, what is pending and when it will fire, and why a rule fails") {
  const World world;
  const std::string page = world.Get("/alerts").body;
  CHECK(Contains(page, "<title>(4) Alerts - web-1 - bekci</title>"));
  CHECK(page.find("why?alert=Down") < page.find("why?alert=Trap"));
  CHECK(Contains(page, "the worst is critical"));
  CHECK(Contains(page, "fires in 10m"));
  CHECK(Contains(page, "state bad\">failed"));
  CHECK(Contains(page, "up + on ()"));
  CHECK(Contains(page, "href=\"https://runbooks/down?a=1&amp;b=2\">Runbook</a>"));
  CHECK(Contains(page, "<span>job=x</span>"));
  CHECK(Contains(page, "state good\">recorded"));
}

TEST_CASE("what comes from rules and labels stays text, and only web addresses become links") {
  const World world;
  for (const std::string& page : {world.Get("/alerts").body, world.Get("/why", {{"alert", "Down"}}).body,
                                  world.Get("/why", {{"alert", "Trap"}}).body}) {
    CHECK_FALSE(Contains(page, "<script"));
    CHECK_FALSE(Contains(page, "<b>"));
    CHECK_FALSE(Contains(page, "href=\"javascript"));
  }
  CHECK(Contains(world.Get("/why", {{"alert", "<i>"}}).body, "&lt;i&gt;"));
}

TEST_CASE("a calm host is told so, and an agent without rules how to get some") {
  const World calm("groups: [{name: a, rules: [{alert: Quiet, expr: up > 5}]}]");
  CHECK(Contains(calm.Get("/alerts").body, "Nothing fires and nothing is about to."));
  const World none("");
  CHECK(Contains(none.Get("/alerts").body, "rule_files"));
}

TEST_CASE("very many alerts and rules are counted, and those that matter are shown") {
  std::string rules = "groups:\n";
  for (int i = 0; i < 12; ++i) {
    rules += "- name: g" + std::to_string(i) + "\n  rules:\n";
    for (int j = 0; j < 100; ++j) {
      rules += "  - {alert: A" + std::to_string(j) + ", expr: 'up > " + std::string(i == 11 ? "-1" : "1") + "'}\n";
    }
  }
  const World world(rules);
  const std::string page = world.Get("/alerts").body;
  CHECK(Contains(page, "and 200 more rules"));
  CHECK_FALSE(Contains(page, "and 0 more"));
  CHECK(Contains(page, "<strong>g11</strong>"));
  CHECK(page.find("<strong>g11</strong>") < page.find("<strong>g0</strong>"));
}

TEST_CASE("the page of why says it in words, marks the part that decides and leads to other times") {
  const World world;
  std::string page = world.Get("/why", {{"alert", "Quiet"}}).body;
  CHECK(Contains(page, "Quiet does not fire"));
  CHECK(Contains(page, "decides\"><code>up &gt; 5</code>"));
  CHECK(Contains(page, "why?alert=Quiet&amp;time=2020-09-13T11%3A26%3A40Z\">1 h earlier"));
  CHECK_FALSE(Contains(page, "1 min later"));
  CHECK(Contains(page, ", group shop"));
  page = world.Get("/why", {{"alert", "Quiet"}, {"time", "2020-09-13T11:26:40Z"}}).body;
  CHECK(Contains(page, "at 2020-09-13T11:26:40Z"));
  CHECK(Contains(page, "1 min later"));
  CHECK(Contains(page, ">now</a>"));
}

TEST_CASE("asked about no alert, or one that is none, the page of why names those there are") {
  const World world;
  CHECK(world.Get("/why").status == 200);
  CHECK(Contains(world.Get("/why").body, "why?alert=Many"));
  const net::HttpResponse unknown = world.Get("/why", {{"alert", "Dwon"}});
  CHECK(unknown.status == 404);
  CHECK(Contains(unknown.body, "did you mean &quot;Down&quot;?"));
  CHECK(world.Get("/why", {{"alert", "Down"}, {"time", "soon"}}).status == 400);
}

TEST_CASE("the page of objectives shows those in trouble first, each with what is left and how fast it goes") {
  World world;
  CHECK(Contains(world.Get("/slo").body, "slo_files"));
  ruler::slo::BudgetReport fine;
  fine.service = "shop";
  fine.name = "fine";
  fine.objective_percent = 99.9;
  fine.period = base::hours(24 * 30);
  fine.observed = base::hours(24 * 3);
  fine.good_ratio = 0.9995;
  fine.budget_left = 0.5;
  fine.events = {5, 10'000};
  fine.budget_left_events = 5;
  fine.state = ruler::slo::BudgetState::kWarmingUp;
  ruler::slo::BudgetReport burning = fine;
  burning.name = "<burning>";
  burning.budget_left = -0.25;
  burning.budget_left_events = -2.5;
  burning.burns = {{base::minutes(5), {5, 10}, 14.4}, {base::hours(1), {}, std::nullopt}};
  burning.exhaustion = base::Duration::zero();
  burning.state = ruler::slo::BudgetState::kBurning;
  world.reports = {fine, burning};
  const std::string page = world.Get("/slo").body;
  CHECK(page.find("shop/&lt;burning&gt;") < page.find("shop/fine"));
  CHECK(Contains(page, "warming up, 3 of 30 d"));
  CHECK(Contains(page, "99.950 %"));
  CHECK(Contains(page, "5 bad of 10000"));
  CHECK(Contains(page, "class=\"left\" width=\"50\""));
  CHECK(Contains(page, "class=\"left\" width=\"0\""));
  CHECK(Contains(page, "2 bad events too many"));
  CHECK(Contains(page, "class=\"fast\" title=\"5 bad of 10\">5m 14.40</span>"));
}

}  // namespace
}  // namespace bekci::web::rule_pages_test
