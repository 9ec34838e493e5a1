#include "agent/notify/escalation/escalation_config.h"

#include <doctest/doctest.h>

#include "agent/base/file_system.h"
#include "agent/notify/escalation/surroundings.h"
#include "agent/notify/escalation/timeline_script_test.h"

namespace bekci::notify::escalation::escalation_config_test {
namespace {

std::string ErrorOf(const std::string& text) {
  const auto config = LoadTestConfig(text, "e.yml");
  return config.ok() ? "" : config.status().message();
}

// A policy with these levels, one line each.
std::string PolicyWith(const std::string& levels, const std::string& more = "") {
  return "policies:\n- name: p\n" + more + "  levels:\n" + levels + "escalations:\n- {policy: p}\n";
}

TEST_CASE("the example of escalation.md loads, every part of it") {
  const auto loaded = LoadTestConfig(TestFile("escalation.yml"), "escalation.yml");
  REQUIRE_MESSAGE(loaded.ok(), loaded.status().message());
  const EscalationConfig& config = **loaded;
  REQUIRE(config.policies.size() == 6);
  const Policy& high = config.policies[1];
  CHECK(high.name == "high");
  CHECK(high.ack_within == base::minutes(15));
  CHECK(high.until == Until::kAck);
  CHECK(high.cycles->every == base::hours(2));
  CHECK(high.cycles->max == 1);
  REQUIRE(high.levels.size() == 4);
  CHECK(high.levels[3].title == "management");
  CHECK(high.levels[3].after == base::hours(1));
  CHECK(high.levels[3].outside == Outside::kDefer);
  CHECK(config.policies[0].levels[0].repeat_every == base::minutes(5));
  CHECK(config.policies[4].until == Until::kResolved);
  CHECK(config.policies[5].levels[0].outside_receivers == std::vector<std::string>{"chat"});
  CHECK(config.assignments[0].policy.empty());
  CHECK(config.assignments[1].immediate);
  CHECK(config.Assign({{"severity", "page"}}) == 3);
  CHECK(config.Assign({{"severity", "page"}, {"escalate", "never"}}) == 0);
  CHECK_FALSE(config.Assign({{"severity", "strange"}}).has_value());
  CHECK(config.ack.timeout == base::hours(4));
  CHECK(config.reopen_within == base::minutes(10));
  CHECK(config.links.base_url == "https://bekci.example.test:10113");
  CHECK(config.links.key_file == "ack.key");
  CHECK(config.hooks_enabled);
  CHECK(config.hooks[0].values.Duration("timeout") == base::minutes(10));
  CHECK(config.parts.at("rollback") == std::vector<std::string>{"hook/0"});
  CHECK(config.schedules[0].rotations.size() == 2);
  CHECK(config.warnings.size() == 3);  // cy, dee and ed have no contacts
}

TEST_CASE("an empty file is no escalation, and paths are seen from the file") {
  const auto config = LoadTestConfig("", "/etc/bekci/escalation.yml");
  REQUIRE(config.ok());
  CHECK((*config)->policies.empty());
  CHECK((*config)->links.base_url.empty());
  CHECK((*config)->links.key_file == "/etc/bekci/ack.key");
}

TEST_CASE("every mistake is told with its line and with what was probably meant") {
  const struct {
    std::string text;
    std::string error;
  } rows[] = {
      {PolicyWith("  - {name: L1, after: 0s, receivers: [team-pgae]}\n"),
       "e.yml:4: receiver \"team-pgae\" is neither in alertmanager.yml nor here, did you mean \"team-page\"?"},
      {PolicyWith("  - {name: L1, after: 0s, receivers: []}\n"), "e.yml:4: receivers: a level must tell somebody"},
      {PolicyWith("  - {name: L1, after: 0s}\n"), "e.yml:4: required key \"receivers\" is missing"},
      {PolicyWith("  - {name: L1, after: 1m, receivers: [chat]}\n"),
       "e.yml:4: after: the first level begins with the incident, 0s; to wait longer, give the rule a longer `for`"},
      {PolicyWith("  - {name: L1, after: 0s, receivers: [chat]}\n  - {name: L2, after: 5m, receivers: [chat]}\n"
                  "  - {name: L3, after: 4m, receivers: [chat]}\n"),
       "e.yml:6: after: is earlier than that of \"L2\" before it"},
      {PolicyWith("  - {name: L1, after: 0s, receivers: [chat]}\n  - {name: L1, after: 5m, receivers: [chat]}\n"),
       "e.yml:5: level \"L1\" is in this policy already"},
      {PolicyWith("  - {name: L1, after: 0s, receivers: [chat, chat]}\n"), "e.yml:4: receiver \"chat\" is named twice"},
      {PolicyWith("  - {name: L1, after: 0s, receivers: [chat], repeat_every: 1ms}\n"),
       "e.yml:4: repeat_every: must be at least 1s, or 0s for never"},
      {PolicyWith("  - {name: a/b, after: 0s, receivers: [chat]}\n"),
       "e.yml:4: name: must not have a slash or a control character in it"},
      {PolicyWith("  - {name: L1, after: 0s, receivers: [chat], mute_time_intervals: [quiet-hour]}\n"),
       "e.yml:4: time interval \"quiet-hour\" is not in alertmanager.yml, did you mean \"quiet-hours\"?"},
      {PolicyWith("  - {name: L1, after: 0s, receivers: [chat], mute_time_intervals: [nights], outside: defre}\n"),
       "e.yml:4: outside: must be defer, skip or {receivers: [...]}, did you mean \"defer\"?"},
      {PolicyWith("  - {name: L1, after: 0s, recievers: [chat], receivers: [chat]}\n"),
       "e.yml:4: unknown key \"recievers\", did you mean \"receivers\"?"},
      {PolicyWith("  - {name: L1, after: 0s, receivers: [chat]}\n  - {name: L2, after: 2h, receivers: [chat]}\n",
                  "  cycles: {every: 1h}\n"),
       "e.yml:6: after: the ladder starts over before this level is reached (cycles: every)"},
      {PolicyWith("  - {name: L1, after: 0s, receivers: [chat]}\n", "  until: acked\n"),
       "e.yml:3: until: \"acked\" is not one of ack, resolved"},
      {"policies:\n- {name: none, levels: [{name: L1, after: 0s, receivers: [chat]}]}\n",
       "e.yml:2: name: \"none\" means that there is no policy; choose another"},
      {"policies:\n- {name: p, levels: []}\n", "e.yml:2: levels: at least one is needed"},
      {"policies:\n- &p {name: p, levels: [{name: L1, after: 0s, receivers: [chat]}]}\n- *p\n",
       "e.yml:2: policy \"p\" is there already, in e.yml:2"},
      {"escalations:\n- {policy: critcal}\n", "e.yml:2: policy \"critcal\" is not there"},
      {"escalations:\n- {matchers: ['a=~\"(\"'], policy: none}\n", "e.yml:2: matchers: "},
      {"escalations:\n- {matchers: ['a'], policy: none}\n", "e.yml:2: matchers: "},
      {"links: {base_url: bekci.example.test}\n", "e.yml:1: base_url: must be an URL"},
      {"hook_receivers:\n- {name: h, command: rollback}\n", "e.yml:2: command: must begin with an absolute path"},
      {"hook_receivers:\n- {name: h, command: /bin/x --now}\n",
       "e.yml:2: command: is a list, [program, argument, ...]; no shell takes it apart"},
      {"hook_receivers:\n- {name: chat, command: /bin/x}\n",
       "e.yml:2: receiver \"chat\" is there already, in alertmanager.yml"},
      {"receivers:\n- {name: chat}\n", "e.yml:2: receiver \"chat\" is there already, in alertmanager.yml"},
      {"receivers: x\n", "e.yml:1: receivers: must be a list (- name: ...)"},
      {"oncall_schedules:\n- {name: s}\n", "e.yml:2: rotations: is missing; nobody would ever be on call"},
      {"oncall_schedules:\n- {name: s, location: Europe/Istambul, rotations: {members: [a], start: \"2026-01-01\"}}\n",
       "e.yml:2: location: \"Europe/Istambul\" is no time zone of this host"},
      {"oncall_schedules:\n- {name: s, location: ../../passwd, rotations: {members: [a], start: \"2026-01-01\"}}\n",
       "e.yml:2: location: "},
      {"oncall_schedules:\n- {name: s, rotations: {members: [a], start: tomorrow}}\n",
       "e.yml:2: start: \"tomorrow\" must be a local time such as \"2026-01-05T09:00\""},
      {"oncall_schedules:\n- {name: s, rotations: {members: [], start: \"2026-01-01\"}}\n",
       "e.yml:2: members: at least one is needed"},
      {"oncall_schedules:\n- name: s\n  rotations: {members: [anna], start: \"2026-01-01\"}\n"
       "  overrides: [{member: ana, from: \"2026-01-02\", to: \"2026-01-02\"}]\n",
       "e.yml:4: member \"ana\" is in no rotation and has no contacts, did you mean \"anna\"?\n"
       "e.yml:4: to: is not after from"},
      {"oncall_schedules:\n- {name: s, contacts: {a: x}, rotations: {members: [a], start: \"2026-01-01\"}}\n",
       "e.yml:2: contacts: those of \"a\" must be a mapping"},
      {"ack: {timeout: 0s}\n", "e.yml:1: timeout: "},
      {"suppressed: stop\n", "e.yml:1: suppressed: \"stop\" is not one of pause, run"},
  };
  for (const auto& row : rows) {
    const std::string error = ErrorOf(row.text);
    INFO(row.text << "\n" << error);
    CHECK(error.starts_with(row.error));
  }
}

TEST_CASE("what loads and may not do what was meant is warned of") {
  const auto config = LoadTestConfig(
      "policies:\n- {name: p, levels: [{name: L1, after: 0s, receivers: [chat], outside: skip}]}\n"
      "escalations:\n- {policy: none}\n- {matchers: ['a=\"b\"'], policy: none}\n"
      "hook_receivers:\n- {name: h, command: /bin/x}\nlinks: {base_url: \"http://b.test\"}\n",
      "e.yml");
  REQUIRE(config.ok());
  CHECK((*config)->warnings ==
        std::vector<std::string>{"e.yml:8: base_url: without https, who reads the traffic can acknowledge",
                                 "e.yml:7: hook receiver \"h\" does not run: hooks: {enabled: true} is missing",
                                 "e.yml:2: outside: says nothing without mute_time_intervals or active_time_intervals",
                                 "e.yml:5: is never reached: e.yml:4 takes every alert",
                                 "e.yml:2: policy \"p\" is in none of the escalations"});
}

TEST_CASE("receivers of its own can be named by levels, with the parts that its keys give them") {
  const auto config = LoadTestConfig(
      "policies:\n- {name: p, levels: [{name: L1, after: 0s, receivers: [sms]}]}\nescalations:\n- {policy: p}\n"
      "receivers:\n- {name: sms, twilio_configs: [{to: \"1\"}, {to: \"2\"}], ntfy_configs: [{}]}\n",
      "e.yml");
  REQUIRE_MESSAGE(config.ok(), config.status().message());
  CHECK((*config)->parts.at("sms") == std::vector<std::string>{"twilio/0", "twilio/1", "ntfy/0"});
}

TEST_CASE("the ways back from chats are read, secrets by their files' full paths") {
  const std::string ladder = "policies:\n- {name: p, levels: [{name: L1, after: 0s, receivers: [chat]}]}\n";
  const auto none = LoadTestConfig(ladder, "e.yml");
  REQUIRE_MESSAGE(none.ok(), none.status().message());
  CHECK(!(*none)->chats.slack_buttons());
  CHECK(!(*none)->chats.telegram_buttons);
  const auto both =
      LoadTestConfig(ladder + "slack: {signing_secret_file: s.key}\ntelegram: {buttons: true, users: ['7', '@ana']}\n",
                     "/etc/bekci/e.yml");
  REQUIRE_MESSAGE(both.ok(), both.status().message());
  CHECK((*both)->chats.slack_buttons());
  CHECK((*both)->chats.slack_signing_secret_file == "/etc/bekci/s.key");
  CHECK((*both)->chats.telegram_buttons);
  CHECK((*both)->chats.telegram_users == std::vector<std::string>{"7", "@ana"});
}

TEST_CASE("what is wrong with the ways back is told where it stands, with what was probably meant, and no secret") {
  CHECK(ErrorOf("telegram: {buttons: true, users: [ana]}\n").find("did you mean \"@ana\"?") != std::string::npos);
  CHECK(ErrorOf("telegram: {button: true}\n").find("did you mean \"buttons\"?") != std::string::npos);
  const std::string two = ErrorOf("slack: {signing_secret: s3cret, signing_secret_file: f}\n");
  CHECK(two.find("at most one of signing_secret and signing_secret_file") != std::string::npos);
  CHECK(two.find("s3cret") == std::string::npos);
}

TEST_CASE("the shipped files load together, and their ladder is the one of the tests") {
  base::RealFileSystem fs;
  const std::string deploy = std::string(BEKCI_SOURCE_DIR) + "/deploy/";
  const auto routes =
      routing::LoadAlertmanagerConfig(*fs.ReadFile(deploy + "alertmanager.yml"), deploy + "alertmanager.yml", fs);
  REQUIRE_MESSAGE(routes.ok(), routes.status().message());
  const auto shipped = LoadEscalationConfig(*fs.ReadFile(deploy + "escalation.yml"), deploy + "escalation.yml",
                                            SurroundingsOf(**routes), fs);
  REQUIRE_MESSAGE(shipped.ok(), shipped.status().message());
  CHECK((*shipped)->parts.at("team-page") == std::vector<std::string>{"email/0"});
  CHECK((*shipped)->warnings.size() == 1);  // the hook is off
  const auto tested = LoadTestConfig(TestFile("escalation.yml"), "escalation.yml");
  REQUIRE(tested.ok());
  for (const Policy& policy : (*shipped)->policies) {
    const Policy* const same = (*tested)->FindPolicy(policy.name);
    REQUIRE(same != nullptr);
    REQUIRE(same->levels.size() == policy.levels.size());
    for (size_t i = 0; i < policy.levels.size(); ++i) CHECK(same->levels[i].after == policy.levels[i].after);
  }
}

TEST_CASE("regular expressions may not cost without bound") {
  std::string text = "escalations:\n";
  for (int i = 0; i < 400; ++i)
    text += "- {matchers: ['a=~\"(x{1,900}y){1}" + std::to_string(i) + "\"'], policy: none}\n";
  CHECK(ErrorOf(text).find("too costly together") != std::string::npos);
}

}  // namespace
}  // namespace bekci::notify::escalation::escalation_config_test
