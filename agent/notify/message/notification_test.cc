#include "agent/notify/message/notification.h"

#include <doctest/doctest.h>

namespace bekci::notify::message::notification_test {
namespace {

TEST_CASE("a fingerprint is the one that Alertmanager prints") {
  CHECK(FingerprintText(Fingerprint({{"alertname", "M1"}, {"kind", "many"}})) == "308e85ef5ccc29a7");
}

TEST_CASE("a notification fires as long as one of its alerts does") {
  Notification notification;
  CHECK_FALSE(notification.firing());
  notification.alerts.push_back({.labels = {{"a", "1"}}, .resolved = true});
  CHECK_FALSE(notification.firing());
  notification.alerts.push_back({.labels = {{"a", "2"}}});
  CHECK(notification.firing());
}

}  // namespace
}  // namespace bekci::notify::message::notification_test
