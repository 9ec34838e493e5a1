// Promises of MatchRoutes, GroupLabels and GroupKey.
#include <doctest/doctest.h>

#include "agent/base/text.h"
#include "agent/notify/routing/alertmanager_config.h"
#include "agent/notify/routing/load_for_tests.h"

namespace bekci::notify::routing::route_tree_test {
namespace {

constexpr const char* kTree = R"(
route:
  receiver: default
  routes:
    - matchers: [severity="critical"]
      receiver: pager
      continue: true
      routes:
        - {matchers: [team=~"db|dba"], receiver: db}
        - {matchers: [team!=""], receiver: team, continue: true}
        - {matchers: [env="prod", team!~"web.*"], receiver: prod}
    - {matchers: [severity=~"warning|critical"], receiver: mail}
    - {match_re: {svc: a.*c}, receiver: legacy}
    - {matchers: [none="", has=~".+"], receiver: catchall, continue: true}
receivers: [{name: default}, {name: pager}, {name: db}, {name: team}, {name: prod}, {name: mail}, {name: legacy},
            {name: catchall}]
)";

std::string ReceiversOf(const AlertmanagerConfig& config, const model::Labels& labels) {
  std::vector<std::string> receivers;
  for (const Route* route : MatchRoutes(config, labels)) receivers.push_back(route->receiver);
  return base::Join(receivers, ",");
}

TEST_CASE("an alert goes to the leaf-most nodes, and continue is about siblings") {
  const Config config = Load(kTree);
  const struct {
    model::Labels labels;
    const char* receivers;
  } rows[] = {
      {{}, "default"},
      {{{"a", "b"}}, "default"},
      {{{"severity", "critical"}}, "pager,mail"},
      {{{"severity", "critical"}, {"team", "db"}}, "db,mail"},
      {{{"severity", "critical"}, {"team", "web1"}, {"env", "prod"}}, "team,mail"},
      {{{"severity", "critical"}, {"team", "ops"}, {"env", "prod"}}, "team,prod,mail"},
      {{{"severity", "warning"}, {"svc", "abc"}}, "mail"},
      {{{"svc", "abc"}}, "legacy"},
      {{{"svc", "abcx"}}, "default"},
      {{{"has", "1"}}, "catchall"},
      {{{"has", "1"}, {"none", "z"}}, "default"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.labels.ToString());
    CHECK(ReceiversOf(*config, row.labels) == row.receivers);
  }
}

TEST_CASE("the routes of the corpus are answered as amtool answers") {
  base::RealFileSystem fs;
  const std::string directory = std::string(BEKCI_SOURCE_DIR) + "/../shared/alertmanager-configs/";
  const auto expected = fs.ReadFile(directory + "routes-expected.tsv");
  if (!expected.ok()) return;
  const Config config = Load(*fs.ReadFile(directory + "routes.yml"), "routes.yml");
  base::LineReader lines(*expected);
  int rows = 0;
  for (std::string_view line; lines.Next(&line);) {
    const auto fields = base::Split(line, '\t');
    if (fields.size() != 2 || fields[0] == "labels") continue;
    std::vector<model::Labels::Pair> pairs;
    for (const std::string_view pair : base::Split(fields[0], ' ')) {
      const size_t equals = pair.find('=');
      pairs.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
    }
    CAPTURE(line);
    CHECK(ReceiversOf(*config, model::Labels::FromPairs(pairs)) == fields[1]);
    ++rows;
  }
  CHECK(rows >= 9);
}

TEST_CASE("group keys are Alertmanager's to the byte") {
  const struct {
    const char* route;
    model::Labels labels;
    const char* key;
  } rows[] = {
      {"{}", {{"alertname", "A"}}, "{}/{}:{}"},
      {"{group_by: [alertname, cluster]}",
       {{"alertname", "A"}, {"cluster", "eu"}, {"x", "y"}},
       R"({}/{}:{alertname="A", cluster="eu"})"},
      {"{group_by: [cluster, alertname]}", {{"alertname", "A"}}, R"({}/{}:{alertname="A"})"},
      {"{group_by: ['...']}", {{"b", "2"}, {"a", "1"}}, R"({}/{}:{a="1", b="2"})"},
      {"{group_by: [a], matchers: ['team!=\"x\"', 'kind=~\"a|b\"']}",
       {{"a", "q\"\\\n\t\u00e9"}, {"kind", "a"}},
       "{}/{kind=~\"a|b\",team!=\"x\"}:{a=\"q\\\"\\\\\\n\\t\u00e9\"}"},
      {"{group_by: [a], match_re: {k: x.*}}", {{"a", "1"}, {"k", "xy"}}, R"({}/{k=~"^(?:x.*)$"}:{a="1"})"},
      {"{group_by: ['a b'], matchers: ['\"k 1\"=\"v\"']}", {{"a b", "1"}, {"k 1", "v"}}, R"({}/{"k 1"="v"}:{a b="1"})"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.route);
    const Config config =
        Load("receivers: [{name: r}]\nroute: {receiver: r, routes: [" + std::string(row.route) + "]}");
    const auto routes = MatchRoutes(*config, row.labels);
    REQUIRE(routes.size() == 1);
    CHECK(GroupKey(*routes[0], GroupLabels(*routes[0], row.labels)) == row.key);
  }
}

TEST_CASE("an explicit list of a child ends a parent's grouping by all labels, an empty one too") {
  const Config config = Load(R"(
receivers: [{name: r}]
route: {receiver: r, group_by: ['...'], routes: [{matchers: [x="1"]}, {matchers: [x="2"], group_by: [a]},
        {matchers: [x="3"], group_by: []}]}
)");
  const auto group = [&](std::string_view x) {
    const model::Labels labels = {{"a", "1"}, {"x", x}};
    return GroupLabels(*MatchRoutes(*config, labels).front(), labels).ToString();
  };
  CHECK(group("1") == R"({a="1", x="1"})");
  CHECK(group("2") == R"({a="1"})");
  CHECK(group("3") == "{}");
}

}  // namespace
}  // namespace bekci::notify::routing::route_tree_test
