#include "agent/notify/wiring/reach.h"

#include <doctest/doctest.h>

#include "agent/base/memory_file_system.h"
#include "agent/notify/wiring/notify_config.h"

namespace bekci::notify::wiring::reach_test {
namespace {

constexpr std::string_view kRoutes = R"(
global: {smtp_smarthost: 'localhost:25', smtp_from: b@x.test}
route: {receiver: plain}
receivers:
- name: plain
  webhook_configs: [{url: 'http://127.0.0.1/'}]
- name: on-call
  email_configs: [{to: '{{ .OnCall "platform" "email" }}', html: '{{ .OnCall "platform" "member" }}'}]
- name: on-call-and-boss
  email_configs: [{to: '{{ .OnCall "platform" "email" }}, boss@x.test'}]
- name: either
  email_configs: [{to: '{{ .OnCall "platform" "email" }}, {{ .OnCall "other" "email" }}'}]
- name: mail-or-chat
  email_configs: [{to: '{{ .OnCall "platform" "email" }}'}]
  webhook_configs: [{url: 'http://127.0.0.1/'}]
- name: only-words
  email_configs: [{to: 'a@x.test', html: 'on call: {{ .OnCall "platform" "member" }}'}]
- name: fallback
  email_configs: [{to: '{{ or (.OnCall "platform" "email") "ops@x.test" }}'}]
- name: condition
  email_configs: [{to: '{{ with .OnCall "platform" "email" }}{{ . }}{{ else }}ops@x.test{{ end }}'}]
- name: piped
  email_configs: [{to: '{{ .OnCall "platform" "email" | printf "%s ops@x.test" }}'}]
- name: trimmed
  email_configs: [{to: '{{- $.OnCall "platform" "email" -}}'}]
- name: hidden
  email_configs: [{to: '{{ $s := "platform" }}{{ .OnCall $s "email" }}'}]
)";
// Ana is always on call from the fifth of January on, but has no phone; Bo's turns begin in March.
constexpr std::string_view kLadder = R"(
oncall_schedules:
- name: platform
  rotations: [{members: [ana], start: "2026-01-05T09:00", length: 7d}]
  contacts: {ana: {email: ana@x.test}}
- name: other
  rotations: [{members: [bo], start: "2026-03-01T09:00", length: 7d}]
  contacts: {bo: {email: bo@x.test}}
receivers:
- name: phone
  sms_configs: [{url: 'http://127.0.0.1/', to: '+90{{ .OnCall "platform" "phone" }}'}]
)";
constexpr base::Timestamp kBefore = {1'767'000'000'000};  // 2025-12-29
constexpr base::Timestamp kDuring = {1'768'000'000'000};  // 2026-01-09

struct Host {
  Host() {
    REQUIRE(fs.CreateDirectory("/etc").ok());
    REQUIRE(fs.WriteFileAtomic("/etc/alertmanager.yml", kRoutes).ok());
    REQUIRE(fs.WriteFileAtomic("/etc/escalation.yml", kLadder).ok());
    auto loaded = LoadNotifyConfig(fs, "/etc/alertmanager.yml", "/etc/escalation.yml");
    REQUIRE_MESSAGE(loaded.ok(), loaded.status().message());
    config = *std::move(loaded);
  }
  bool Told(const std::string& receiver, base::Timestamp at) const {
    const std::vector<routing::ReceiverConfig>* const lists[] = {&config.alertmanager->receivers,
                                                                 &config.own_receivers};
    return Reach(lists, config.escalation).CanBeTold(receiver, at);
  }

  base::MemoryFileSystem fs;
  NotifyConfig config;
};

TEST_CASE("a receiver whose only address is that of who is on call cannot be told while nobody is") {
  const Host host;
  CHECK(!host.Told("on-call", kBefore));
  CHECK(host.Told("on-call", kDuring));
  CHECK(!host.Told("trimmed", kBefore));
  CHECK(!host.Told("either", kBefore));
  CHECK(host.Told("either", kDuring));
  CHECK(!host.Told("phone", kDuring));
}

TEST_CASE("one address that asks nobody is enough, and words of a message are no address") {
  const Host host;
  for (const char* const name : {"plain", "on-call-and-boss", "mail-or-chat", "only-words", "hidden", "fallback",
                                 "condition", "piped", "unknown"}) {
    CAPTURE(name);
    CHECK(host.Told(name, kBefore));
  }
}

}  // namespace
}  // namespace bekci::notify::wiring::reach_test
