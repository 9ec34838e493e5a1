#include "agent/notify/alert_store.h"

#include <doctest/doctest.h>

#include <string>

namespace bekci::notify::alert_store_test {
namespace {

base::Timestamp At(int64_t seconds) {
  return {seconds * 1000};
}

// An alert as a post of it at `updated` would make it; a post without an end gets 300 s.
struct Post {
  int64_t updated;
  int64_t start;  // 0: not given
  int64_t end;    // 0: not given
};

struct Row {
  const char* what;
  Post first;
  Post second;
  int64_t start;  // of what is known then
  int64_t end;
};

constexpr Row kMerges[] = {
    {"a post without times moves the end forward and keeps the start", {100, 0, 0}, {200, 0, 0}, 100, 500},
    {"a later explicit end wins over an earlier time-out", {100, 0, 0}, {200, 150, 1000}, 100, 1000},
    {"an explicit end outlasts a younger time-out", {100, 100, 1000}, {200, 0, 0}, 100, 1000},
    {"a time-out does not outlast a younger explicit end", {100, 0, 0}, {200, 150, 300}, 100, 300},
    {"an explicit end outlasts an earlier explicit one", {100, 100, 1000}, {200, 150, 600}, 100, 1000},
    {"a resolved post ends it at its own time", {100, 100, 1000}, {200, 0, 180}, 100, 180},
    {"of two resolved ones that overlap the later end counts", {100, 50, 90}, {110, 60, 80}, 50, 90},
    {"the earlier start counts when the younger one's is later", {100, 40, 400}, {200, 120, 500}, 40, 500},
    {"the earlier start counts when the younger one's is earlier", {100, 80, 400}, {200, 30, 300}, 30, 400},
    {"what begins when the first is over is a new alert", {100, 100, 150}, {200, 0, 0}, 200, 500},
    {"what begins exactly at the end is a new alert", {100, 100, 150}, {200, 150, 400}, 150, 400},
    {"the same start and a later end replaces", {100, 90, 300}, {200, 90, 500}, 90, 500},
};

PostedAlert Posted(const Post& post) {
  PostedAlert alert;
  alert.labels = {{"alertname", "A"}};
  alert.starts_at = At(post.start);
  alert.ends_at = At(post.end);
  return alert;
}

TEST_CASE("posts of the same labels are merged or replaced as Alertmanager does") {
  for (const Row& row : kMerges) {
    CAPTURE(std::string(row.what));
    AlertStore store({});
    REQUIRE(store.Ingest(Posted(row.first), At(row.first.updated)).ok());
    const auto alert = store.Ingest(Posted(row.second), At(row.second.updated));
    REQUIRE(alert.ok());
    CHECK((*alert)->starts_at == At(row.start));
    CHECK((*alert)->ends_at == At(row.end));
    CHECK(store.alerts().size() == 1);
  }
}

TEST_CASE("annotations and link are those of the last post") {
  AlertStore store({});
  PostedAlert posted = Posted({100, 0, 0});
  posted.annotations = {{"summary", "old"}};
  REQUIRE(store.Ingest(posted, At(100)).ok());
  posted.annotations = {{"summary", "new"}};
  posted.generator_url = "http://x";
  const auto alert = store.Ingest(posted, At(110));
  REQUIRE(alert.ok());
  CHECK((*alert)->annotations.at("summary") == "new");
  CHECK((*alert)->generator_url == "http://x");
}

TEST_CASE("an alert that is posted as ended begins where it ends, and counts as received resolved") {
  AlertStore store({});
  const auto alert = store.Ingest(Posted({100, 0, 80}), At(100));
  REQUIRE(alert.ok());
  CHECK((*alert)->starts_at == At(80));
  CHECK((*alert)->ResolvedAt(At(100)));
  CHECK(store.counters().received_resolved == 1);
}

TEST_CASE("what cannot be an alert is refused in Alertmanager's words, counted, and leaves the rest alone") {
  AlertStore store({.max_alerts = 1});
  CHECK(store.Ingest({}, At(100)).status().message() == "at least one label pair required");
  CHECK(store.Ingest(Posted({100, 90, 80}), At(100)).status().message() == "start time must be before end time");
  PostedAlert bad = Posted({100, 0, 0});
  bad.labels = {{"a", "\xff"}};
  CHECK(store.Ingest(bad, At(100)).status().code() == base::Code::kInvalid);
  PostedAlert huge = Posted({100, 0, 0});
  huge.annotations["x"] = std::string(kMaxAlertBytes, 'x');
  CHECK(store.Ingest(huge, At(100)).status().code() == base::Code::kInvalid);
  CHECK(store.counters().invalid == 4);
  REQUIRE(store.Ingest(Posted({100, 0, 0}), At(100)).ok());
  PostedAlert second = Posted({100, 0, 0});
  second.labels = {{"alertname", "B"}};
  CHECK(store.Ingest(second, At(100)).status().code() == base::Code::kLimit);
  CHECK(store.Ingest(Posted({100, 0, 0}), At(101)).ok());  // what is known is still heard
  CHECK(store.counters().refused == 1);
}

TEST_CASE("the end of an alert is told once, when it comes, and a renewal puts it off") {
  AlertStore store({});
  REQUIRE(store.Ingest(Posted({100, 0, 0}), At(100)).ok());
  CHECK(store.next_expiry() == At(400));
  REQUIRE(store.Ingest(Posted({200, 0, 0}), At(200)).ok());
  CHECK(store.TakeResolved(At(400), 10).empty());
  CHECK(store.TakeResolved(At(500), 10).size() == 1);
  CHECK(store.TakeResolved(At(600), 10).empty());
  CHECK(store.Collect(At(600), {}).size() == 1);
  CHECK(store.alerts().empty());
}

TEST_CASE("after a restart what fired holds until the grace has passed, and what was over stays over") {
  AlertStore store({});
  REQUIRE(store.Ingest(Posted({100, 0, 0}), At(100)).ok());
  PostedAlert over = Posted({100, 50, 90});
  over.labels = {{"alertname", "B"}};
  REQUIRE(store.Ingest(over, At(100)).ok());
  store.ExtendFiring(At(5000));
  CHECK(store.Find({{"alertname", "A"}})->ends_at == At(5000));
  CHECK(store.Find({{"alertname", "B"}})->ends_at == At(90));
}

}  // namespace
}  // namespace bekci::notify::alert_store_test
