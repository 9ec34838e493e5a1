// Promises of alertmanager_config.h about whole files: what loads, what is refused and how it is told, what is printed.
#include "agent/notify/routing/alertmanager_config.h"

#include <doctest/doctest.h>

#include "agent/base/text.h"
#include "agent/notify/routing/load_for_tests.h"
#include "agent/notify/routing/receiver_kinds.h"

namespace bekci::notify::routing::alertmanager_config_test {
namespace {

const std::string kTestData = std::string(BEKCI_SOURCE_DIR) + "/agent/notify/routing/testdata/";
const std::string kShared = std::string(BEKCI_SOURCE_DIR) + "/../shared/alertmanager-configs/";

std::string FileText(const std::string& path) {
  base::RealFileSystem fs;
  auto text = fs.ReadFile(path);
  REQUIRE_MESSAGE(text.ok(), text.status().message());
  return *std::move(text);
}

TEST_CASE("every file of the corpus has Alertmanager's verdict") {
  base::RealFileSystem fs;
  const auto index = fs.ReadFile(kShared + "index.tsv");
  if (!index.ok()) return;
  base::LineReader lines(*index);
  int files = 0;
  for (std::string_view line; lines.Next(&line);) {
    const auto fields = base::Split(line, '\t');
    if (fields.size() < 4 || fields[0] == "file") continue;
    const std::string file(fields[0]);
    CAPTURE(file);
    const auto config = TryLoad(FileText(kShared + file), kShared + file);
    CHECK_MESSAGE((config.ok() ? "valid" : "invalid") == std::string(fields[2]), config.status().message());
    if (!config.ok()) CHECK(config.status().message().find(file) != std::string::npos);
    ++files;
  }
  CHECK(files > 60);
}

TEST_CASE("a file of every kind loads, and its routes have what they inherit") {
  const Config config = Load(FileText(kTestData + "every_kind.yml"), kTestData + "every_kind.yml");
  CHECK(config->warnings.empty());
  CHECK(config->resolve_timeout == base::minutes(5));
  CHECK(config->template_globs == std::vector<std::string>{kTestData + "templates/*.tmpl", "/etc/bekci/more.tmpl"});
  REQUIRE(config->routes.size() == 4);
  const Route& root = config->routes[0];
  const Route& critical = config->routes[1];
  const Route& all = config->routes[2];
  const Route& ungrouped = config->routes[3];
  CHECK(root.key == "{}");
  CHECK(root.group_by == std::vector<std::string>{"alertname", "cluster"});
  CHECK(root.group_wait == base::seconds(30));
  CHECK(root.group_interval == base::minutes(5));
  CHECK(root.repeat_interval == base::hours(4));
  CHECK(root.children == std::vector<size_t>{1, 3});
  CHECK(critical.parent == 0);
  CHECK(critical.key == "{}/{env!=\"test\",owner=\"x\",service=~\"^(?:a|b)$\",severity=\"critical\",team=~\"db|dba\"}");
  CHECK(critical.id == critical.key + "/0");
  CHECK(critical.receiver == "every kind");
  CHECK(critical.continues);
  CHECK(critical.group_wait == base::Duration::zero());
  CHECK(critical.group_interval == base::seconds(90));
  CHECK(critical.mute_time_intervals == std::vector<std::string>{"nights"});
  CHECK(critical.labels == model::Labels{{"team", "db"}, {"kind", "{{ .CommonLabels.kind }}"}});
  CHECK(all.key == critical.key + "/{}");
  CHECK(all.id == critical.id + "/{}/0");
  CHECK(all.group_by_all);
  CHECK(all.receiver == "quiet");
  CHECK(all.group_wait == base::Duration::zero());
  CHECK(all.repeat_interval == base::hours(48));
  CHECK(all.mute_time_intervals.empty());
  CHECK(all.active_time_intervals == std::vector<std::string>{"offhours"});
  CHECK_FALSE(all.continues);
  CHECK(ungrouped.group_by.empty());
  CHECK_FALSE(ungrouped.group_by_all);
  REQUIRE(config->inhibit_rules.size() == 2);
  CHECK(config->inhibit_rules[0].source.size() == 1);
  CHECK(config->inhibit_rules[0].target.size() == 2);
  CHECK(config->inhibit_rules[0].equal == std::vector<std::string>{"cluster", "a b"});
  CHECK(config->inhibit_rules[1].source.empty());
  CHECK(config->FindInterval("nights") == &config->time_intervals[0]);
  CHECK(config->FindInterval("offhours") == &config->time_intervals[1]);
  CHECK(config->FindInterval("mornings") == nullptr);
  CHECK(config->FindReceiver("nobody") == nullptr);
}

TEST_CASE("integrations stand in Alertmanager's order, each counted within its kind") {
  const Config config = Load(FileText(kTestData + "every_kind.yml"), kTestData + "every_kind.yml");
  const ReceiverConfig* receiver = config->FindReceiver("every kind");
  REQUIRE(receiver != nullptr);
  CHECK(receiver->labels == model::Labels{{"name", "every kind"}, {"team", "shop"}});
  std::string kinds;
  for (const IntegrationConfig& one : receiver->integrations) {
    kinds += std::string(one.kind) + std::to_string(one.index) + (one.send_resolved ? "+ " : "- ");
  }
  CHECK(kinds ==
        "webhook0+ webhook1- email0- pagerduty0+ opsgenie0+ wechat0- slack0- victorops0+ pushover0+ sns0+ telegram0+ "
        "discord0+ webex0+ msteams0+ msteamsv20+ jira0+ rocketchat0- mattermost0+ incidentio0+ ");
}

TEST_CASE("what is printed loads again, prints the same, and holds no secret") {
  const std::string path = kTestData + "every_kind.yml";
  const Config config = Load(FileText(path), path);
  CHECK_MESSAGE(config->original.find("s3cret") == std::string::npos, config->original);
  CHECK(config->original.find("hunter2") == std::string::npos);
  const Config again = Load(config->original, path);
  CHECK(again->original == config->original);
  REQUIRE(again->routes.size() == config->routes.size());
  for (size_t i = 0; i < config->routes.size(); ++i) CHECK(again->routes[i].id == config->routes[i].id);
}

TEST_CASE("of a short file the defaults are printed, and no key that old Alertmanagers do not know") {
  const Config config = Load("route: {receiver: r}\nreceivers: [{name: r, webhook_configs: [{url: 'http://x/y'}]}]");
  CHECK(config->original == R"(global:
  resolve_timeout: 5m
  http_config:
    follow_redirects: true
    enable_http2: true
  smtp_hello: localhost
  smtp_require_tls: true
  pagerduty_url: https://events.pagerduty.com/v2/enqueue
  opsgenie_api_url: https://api.opsgenie.com/
  wechat_api_url: https://qyapi.weixin.qq.com/cgi-bin/
  victorops_api_url: https://alert.victorops.com/integrations/generic/20131114/alert/
  telegram_api_url: https://api.telegram.org
  webex_api_url: https://webexapis.com/v1/messages
route:
  receiver: r
  continue: false
receivers:
  - name: r
    webhook_configs:
      - send_resolved: true
        http_config:
          follow_redirects: true
          enable_http2: true
        url: "http://<secret>"
        max_alerts: 0
templates: []
)");
}

TEST_CASE("all mistakes of a file are told, each with its line") {
  const auto config = TryLoad(R"(global:
  smtp_smarthost: localhost
  resolve_timeout: 5
route:
  receiver: nobody
  group_bye: [a]
  continue: true
  routes:
    - matchers: [abc]
      mute_time_intervals: [night]
    - ~
receivers:
  - name: nobodi
    webhok_configs: []
  - name: nobodi
    telegram_configs: [{bot_token: t}]
time_intervals:
  - name: nights
)",
                              "/etc/am.yml");
  REQUIRE_FALSE(config.ok());
  CHECK(config.status().message() ==
        "/etc/am.yml:2: smtp_smarthost: address localhost: missing port in address; write HOST:PORT, such as "
        "mail.example.org:587\n"
        "/etc/am.yml:3: resolve_timeout: \"5\" is not a duration: a unit (y w d h m s ms) is missing after 5\n"
        "/etc/am.yml:5: undefined receiver \"nobody\" used in route, did you mean \"nobodi\"?\n"
        "/etc/am.yml:6: unknown key \"group_bye\", did you mean \"group_by\"?\n"
        "/etc/am.yml:7: cannot have continue in root route\n"
        "/etc/am.yml:9: undefined time interval \"night\" used in route, did you mean \"nights\"?\n"
        "/etc/am.yml:9: matchers: bad matcher format: abc (write for example severity=\"critical\")\n"
        "/etc/am.yml:11: routes: an entry says nothing (null child route)\n"
        "/etc/am.yml:14: unknown key \"webhok_configs\", did you mean \"webhook_configs\"?\n"
        "/etc/am.yml:15: notification config name \"nobodi\" is not unique\n"
        "/etc/am.yml:16: missing chat_id or chat_id_file on telegram_config");
}

TEST_CASE("what Alertmanager refuses of a file's parts is refused in its words") {
  const std::string kGood = "receivers: [{name: r}]\n";
  const struct {
    std::string text;
    const char* error;
  } rows[] = {
      {"", "no route provided in config"},
      {"BAD", "expected a mapping"},
      {kGood, "no route provided in config"},
      {kGood + "route:\n", "no route provided in config"},
      {kGood + "route: {}", "root route must specify a default receiver"},
      {kGood + "route: {receiver: r, matchers: [a=b]}", "root route must not have any matchers"},
      {kGood + "route: {receiver: r, match: {a: b}}", "root route must not have any matchers"},
      {kGood + "route: {receiver: r, match_re: {a: b}}", "root route must not have any matchers"},
      {kGood + "route: {receiver: r, mute_time_intervals: [x]}", "must not have any mute time intervals"},
      {kGood + "route: {receiver: r, active_time_intervals: [x]}", "must not have any active time intervals"},
      {kGood + "route: {receiver: r, group_by: [a, '...']}", "cannot have wildcard group_by (`...`)"},
      {kGood + "route: {receiver: r, group_by: [a, b, a]}", "duplicated label \"a\" in group_by"},
      {kGood + "route: {receiver: r, group_by: ['']}", "invalid label name \"\" in group_by list"},
      {kGood + "route: {receiver: r, group_by: a}", "expected a list"},
      {kGood + "route: {receiver: r, group_interval: 0s}", "group_interval cannot be zero"},
      {kGood + "route: {receiver: r, repeat_interval: '0'}", "repeat_interval cannot be zero"},
      {kGood + "route: {receiver: r, group_wait: 30}", "unit"},
      {kGood + "route: {receiver: r, group_wait: 30m1h}", "units must fall"},
      {kGood + "route: {receiver: r, routes: {receiver: r}}", "routes: expected a list"},
      {kGood + "route: {receiver: r, routes: [{match: {bad-name: x}}]}", "invalid label name \"bad-name\""},
      {kGood + "route: {receiver: r, routes: [{match_re: {a: '('}}]}", "missing closing ): `^(?:()$`"},
      {kGood + "route: {receiver: r, routes: [{match_re: {a: }}]}", "invalid regexp value for \"a\""},
      {kGood + "route: {receiver: r, routes: [{matchers: a=b}]}", "matchers: expected a list"},
      {kGood + "route: {receiver: r, routes: [{receiver: q}]}", "undefined receiver \"q\" used in route"},
      {"route: {receiver: r}", "undefined receiver \"r\" used in route"},
      {"route: {receiver: r}\nreceivers: [{}]", "missing name in receiver"},
      {"route: {receiver: r}\nreceivers: [~]", "an entry says nothing"},
      {"route: {receiver: r}\nreceivers: {name: r}", "receivers: expected a list"},
      {"route: {receiver: r}\nreceivers: [{name: r, labels: {name: q}}]", "cannot be another"},
      {"route: {receiver: r}\nreceivers: [{name: r, webhook_configs: {url: 'http://x'}}]", "expected a list"},
      {"route: {receiver: r}\nreceivers: [{name: r, webhook_configs: [~]}]", "an entry says nothing"},
      {kGood + "route: {receiver: r}\ninhibit_rules: {}", "inhibit_rules: expected a list"},
      {kGood + "route: {receiver: r}\ninhibit_rules: [{equal: ['']}]", "invalid label name \"\" in equal list"},
      {kGood + "route: {receiver: r}\ninhibit_rules: [{source_match_re: {a: }}]", "invalid regexp value for \"a\""},
      {kGood + "route: {receiver: r}\nroute: {receiver: r}", "key \"route\""},
      {kGood + "route: {receiver: r}\ntemplates: x.tmpl", "templates: expected a list"},
      {kGood + "route: {receiver: r}\nescalation_policies: []", "unknown key \"escalation_policies\""},
      {kGood + "route: {receiver: r}\ntime_intervals: [{name: x}]\nmute_time_intervals: [{name: x}]",
       "time interval \"x\" is not unique"},
      {kGood + "route: {receiver: r}\ntime_intervals: [~]", "missing name in time interval"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto config = TryLoad(row.text);
    REQUIRE_FALSE(config.ok());
    CHECK(config.status().message().starts_with("am.yml"));
    CHECK_MESSAGE(config.status().message().find(row.error) != std::string::npos, config.status().message());
  }
}

TEST_CASE("what Alertmanager takes without a word is taken") {
  const std::string kGood = "receivers: [{name: r}]\n";
  const std::string rows[] = {
      "global:\nroute: {receiver: r}\nreceivers: [{name: r}]",
      kGood + "route: {receiver: r}\ninhibit_rules: [~]\ntemplates: []\ntime_intervals:\nmute_time_intervals: []",
      kGood + "route: {receiver: r, routes: [{}]}",
      kGood + "route: {receiver: r, routes: [{matchers: ['', '{}']}, {matchers: []}, {group_by: [é]}]}",
      kGood + "route: {receiver: r, continue: n, group_wait: '0', matchers: [], match: {}}",
      kGood + "route: {receiver: r}\ntracing: {endpoint: x}\nevent_recorder: {a: b}",
      "route: {receiver: '1'}\nreceivers: [{name: 1, webhook_configs: , email_configs: []}]",
      "x: &x {receiver: r}\n",
  };
  for (const std::string& text : std::span(rows).first(std::size(rows) - 1)) {
    CAPTURE(text);
    const auto config = TryLoad(text);
    CHECK_MESSAGE(config.ok(), config.status().message());
  }
  CHECK_FALSE(TryLoad(rows[std::size(rows) - 1]).ok());
}

TEST_CASE("texts of matchers that old and new Alertmanagers read differently are warned of with their line") {
  const Config config =
      Load("receivers: [{name: r}]\nroute:\n  receiver: r\n  routes:\n    - matchers: [foo=bar baz]\n");
  REQUIRE(config->warnings.size() == 1);
  CHECK(config->warnings[0].starts_with("am.yml:5: matchers: matchers \"foo=bar baz\" are no matchers in the newer"));
}

TEST_CASE("regular expressions of a whole file have one bound") {
  std::string text = "receivers: [{name: r}]\nroute:\n  receiver: r\n  routes:\n";
  for (int i = 0; i < 40; ++i) text += "    - match_re: {a: '\\pL{1,200}" + std::to_string(i) + "'}\n";
  const auto config = TryLoad(text);
  REQUIRE_FALSE(config.ok());
  CHECK(config.status().message().find("too large together") != std::string::npos);
  CHECK(base::Split(config.status().message(), '\n').size() == 1);
}

}  // namespace
}  // namespace bekci::notify::routing::alertmanager_config_test
