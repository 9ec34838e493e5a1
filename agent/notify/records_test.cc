// Which incidents are kept, and that keeping few costs nothing while many fire.
#include "agent/notify/records.h"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "agent/notify/message/message_data.h"

namespace bekci::notify::records_test {
namespace {

constexpr base::Timestamp kBegin = {1'700'000'000'000};

AlertPtr MakeAlert(const std::string& name) {
  auto alert = std::make_shared<Alert>();
  alert->labels = {{"alertname", name}};
  alert->fingerprint = message::Fingerprint(alert->labels);
  alert->starts_at = kBegin;
  alert->memo = std::make_shared<AlertMemo>();
  return alert;
}

std::vector<std::string> Names(const Records& records) {
  std::vector<std::string> names;
  for (const auto& [number, incident] : records.incidents()) {
    names.emplace_back(incident.labels.Get("alertname"));
  }
  return names;
}

struct Kept {
  base::SeededRandom random{1};
  Records records;

  explicit Kept(size_t most) : records({.max_incidents = most}, random) {}
  AlertPtr Fire(const std::string& name) {
    AlertPtr alert = MakeAlert(name);
    records.Fired(*alert, kBegin);
    return alert;
  }
};

TEST_CASE("where there is no room the oldest incident that is over goes, and where none is over the oldest") {
  Kept kept(3);
  const AlertPtr a = kept.Fire("a");
  const AlertPtr b = kept.Fire("b");
  const AlertPtr c = kept.Fire("c");
  kept.records.Resolved(*c, kBegin);
  kept.records.Resolved(*b, kBegin);
  kept.Fire("d");
  CHECK(Names(kept.records) == std::vector<std::string>{"a", "c", "d"});
  kept.Fire("e");
  CHECK(Names(kept.records) == std::vector<std::string>{"a", "d", "e"});
  kept.Fire("f");
  CHECK(Names(kept.records) == std::vector<std::string>{"d", "e", "f"});
}

TEST_CASE("what is over goes when its time has passed, what is open stays; also where it was read from the journal") {
  Kept kept(10);
  kept.Fire("open");
  const AlertPtr over = kept.Fire("over");
  kept.records.Resolved(*over, kBegin);
  Kept again(10);
  for (const RecordChange& change : kept.records.TakeChanges()) again.records.Replay(change);
  for (Records* records : {&kept.records, &again.records}) {
    records->Collect(kBegin + base::hours(24 * 30) - base::milliseconds(1));
    CHECK(Names(*records) == std::vector<std::string>{"open", "over"});
    records->Collect(kBegin + base::hours(24 * 30));
    CHECK(Names(*records) == std::vector<std::string>{"open"});
  }
}

TEST_CASE("an incident beyond the bound costs no walk over all that are open") {
  Kept kept(20'000);
  for (int i = 0; i < 20'000; ++i) kept.Fire("n" + std::to_string(i));
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 50'000; ++i) kept.Fire("m" + std::to_string(i));
  // A walk for each is a thousand million steps: half a minute and more, ten times that under sanitizers.
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
  CHECK(kept.records.incidents().size() == 20'000);
}

}  // namespace
}  // namespace bekci::notify::records_test
