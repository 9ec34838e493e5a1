#include "agent/web/landing_page.h"

#include <doctest/doctest.h>

#include "agent/web/fake_collection.h"
#include "agent/web/html.h"

namespace bekci::web::landing_page_test {
namespace {

LandingFacts Facts() {
  LandingFacts facts;
  facts.host = "web-1";
  facts.version = "0.1.0 (abc)";
  facts.now = {1'700'000'100'000};
  facts.uptime = base::seconds(100);
  facts.worker = {true, 4711, 1, {{"crash", 0}, {"hang", 2}}, 5 << 20, 0.5};
  return facts;
}

// One that is up, one that is down for this reason.
std::vector<collect::ActiveTarget> Targets(const std::string& reason) {
  std::vector<collect::ActiveTarget> targets(2);
  targets[0].target.scrape_pool = "nginx";
  targets[0].target.labels = model::Labels::FromPairs({{"instance", "web-1:9113"}});
  targets[0].health = collect::TargetHealth::kUp;
  targets[0].last_scrape = {1'700'000'095'000};
  targets[1].target.scrape_pool = reason;
  targets[1].target.labels = model::Labels::FromPairs({{"instance", reason}});
  targets[1].health = collect::TargetHealth::kDown;
  targets[1].last_error = reason;
  return targets;
}

bool Contains(const std::string& page, std::string_view text) {
  return page.find(text) != std::string::npos;
}

TEST_CASE("the page says how each instance is doing, and why not") {
  FakeCollection collection;
  collection.Add("host", "web-1", RoundOf({Gauge("a", 1), Gauge("b", 1)})).at = {1'700'000'097'000};
  collection.Add("mysql", "primary", nullptr, base::Timeout("connect 127.0.0.1:3306: no answer"));
  collection.Add("systemd", "web-1", nullptr, base::NoData("no systemd here"));
  collection.Add("redis", "cache").rounds = 0;
  const std::vector<Route> routes = {{.methods = "GET", .path = "/metrics", .help = "Everything."},
                                     {.methods = "POST PUT", .path = "/-/reload", .help = "Again."}};
  const std::string page = LandingPage(Facts(), collection.States(), {}, routes);
  CHECK(Contains(page, "<title>web-1 - bekci</title>"));
  CHECK(Contains(page, "2 of 4"));
  CHECK(Contains(page, "3 s ago"));
  CHECK(Contains(page, "state good\">working"));
  CHECK(Contains(page, "state bad\">timed out"));
  CHECK(Contains(page, "connect 127.0.0.1:3306: no answer"));
  CHECK(Contains(page, "state wait\">nothing here"));
  CHECK(Contains(page, "state wait\">waiting"));
  CHECK(Contains(page, "href=\"metrics/mysql/primary\""));
  CHECK(Contains(page, "replaced after: hang 2×"));
  CHECK(Contains(page, "href=\"./metrics\""));
  CHECK(Contains(page, "POST /-/reload"));
}

TEST_CASE("the page says how each target is doing, and of many first those that are down") {
  std::vector<collect::ActiveTarget> targets = Targets("connection refused");
  std::string page = LandingPage(Facts(), {}, targets, {});
  CHECK(Contains(page, "web-1:9113"));
  CHECK(Contains(page, "state good\">up"));
  CHECK(Contains(page, "5 s ago"));
  CHECK(Contains(page, "state bad\">down"));
  CHECK(Contains(page, "connection refused</span>"));
  CHECK_FALSE(Contains(page, "all targets"));
  CHECK_FALSE(Contains(LandingPage(Facts(), {}, {}, {}), "What is scraped"));

  for (int i = 0; i < 200; ++i) targets.insert(targets.begin(), targets[targets.size() - 2]);
  page = LandingPage(Facts(), {}, targets, {});
  CHECK(Contains(page, "connection refused</span>"));
  CHECK(Contains(page, "and 102 more"));
}

TEST_CASE("nothing that comes from outside can become markup") {
  FakeCollection collection;
  const std::string evil = "<script>alert('x')</script>\"&\x01";
  collection.Add(evil, evil, nullptr, base::Internal(evil));
  LandingFacts facts = Facts();
  facts.host = facts.config_file = facts.not_ready = facts.reload_error = evil;
  const std::string page = LandingPage(facts, collection.States(), Targets(evil), {});
  CHECK_FALSE(Contains(page, "<script"));
  CHECK_FALSE(Contains(page, "alert('"));
  CHECK_FALSE(Contains(page, "\x01"));
  CHECK(Contains(page, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;\xEF\xBF\xBD"));
}

TEST_CASE("the page loads nothing from elsewhere and holds no script and no inline style") {
  FakeCollection collection;
  collection.Add("host", "web-1", RoundOf({Gauge("a", 1)}));
  const std::string page = LandingPage(Facts(), collection.States(), {}, {});
  for (const char* forbidden : {"<script", "style=", "<style", "src=\"http", "href=\"http", "@import", "onclick"}) {
    CAPTURE(std::string(forbidden));
    CHECK_FALSE(Contains(page, forbidden));
  }
}

TEST_CASE("how long ago is told in one unit") {
  CHECK(Ago(base::milliseconds(400)) == "now");
  CHECK(Ago(base::seconds(-5)) == "now");
  CHECK(Ago(base::seconds(119)) == "119 s ago");
  CHECK(Ago(base::minutes(5)) == "5 min ago");
  CHECK(Ago(base::hours(47)) == "47 h ago");
  CHECK(Ago(base::hours(24 * 9)) == "9 d ago");
}

}  // namespace
}  // namespace bekci::web::landing_page_test
