#include "agent/notify/outbox.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace bekci::notify::outbox_test {
namespace {

using receivers::Outcome;

class Nobody : public receivers::Integration {
 public:
  std::string_view kind() const override { return "webhook"; }
  receivers::Delivery Deliver(const message::Notification&, base::MonotonicTime) override { return {}; }
};

struct Fixture {
  base::SeededRandom random{3};
  Outbox outbox{random};
  Instant now{{1'000'000}, {1'000'000'000}};
  uint64_t last_id = 0;

  Fixture() {
    std::map<IntegrationKey, IntegrationPtr> integrations;
    for (const char* name : {"x", "y"}) integrations[{name, "webhook", 0}] = std::make_shared<Nobody>();
    outbox.SetIntegrations(integrations);
  }
  RowPtr Row(const std::string& receiver, const std::string& group, bool urgent = false) {
    auto row = std::make_shared<RowText>();
    row->id = ++last_id;
    row->delivery_id = "d" + std::to_string(row->id);
    row->target = {group, {receiver, "webhook", 0}};
    row->content = std::make_shared<Content>();
    row->logs = !urgent;
    if (urgent) row->escalation.emplace();
    return row;
  }
  RowPtr Add(const std::string& receiver, const std::string& group, bool urgent = false) {
    RowPtr row = Row(receiver, group, urgent);
    REQUIRE(outbox.Add(row, 1, now));
    outbox.Committed(1, true);
    return row;
  }
  std::vector<uint64_t> Take() {
    std::vector<uint64_t> ids;
    for (const Attempt& attempt : outbox.TakeAttempts(now)) ids.push_back(attempt.row_id);
    return ids;
  }
  Verdict Answer(uint64_t id, Outcome outcome, base::Duration retry_after = {}, bool deduplicates = false) {
    receivers::Delivery delivery;
    delivery.outcome = outcome;
    delivery.reason = "serverError";
    delivery.retry_after = retry_after;
    delivery.deduplicates = deduplicates;
    return outbox.Answer(id, delivery, base::seconds(1), now);
  }
};
using Ids = std::vector<uint64_t>;

TEST_CASE("nothing leaves before the journal has it, or has had its time") {
  Fixture f;
  REQUIRE(f.outbox.Add(f.Row("x", "g"), 5, f.now));
  CHECK(f.Take().empty());
  f.outbox.Committed(4, true);
  CHECK(f.Take().empty());
  f.outbox.Committed(5, true);
  CHECK(f.Take() == Ids{1});
  CHECK(f.outbox.sent_unjournaled() == 0);
  REQUIRE(f.outbox.Add(f.Row("x", "h"), 6, f.now));
  CHECK(f.outbox.NextDue() == f.now.steady + kJournalPatience);
  f.now = f.now + kJournalPatience;
  f.outbox.ReleaseLate(f.now);
  CHECK(f.Take() == Ids{2});
  CHECK(f.outbox.sent_unjournaled() == 1);
}

TEST_CASE("a lane sends four at once, one of each group, levels first, then by age") {
  Fixture f;
  for (const char* group : {"a", "a", "b", "c", "d", "e"}) f.Add("x", group, false);
  f.Add("x", "z", true);
  CHECK(f.Take() == Ids{7, 1, 3, 4});
  CHECK(f.Take().empty());
  CHECK(f.Answer(1, Outcome::kDelivered) == Verdict::kDone);
  CHECK(f.Take() == Ids{2});
}

TEST_CASE("a lane that hangs or fails takes nothing from another") {
  Fixture f;
  for (const char* group : {"a", "b", "c", "d", "e"}) f.Add("x", group);
  CHECK(f.Take().size() == 4);
  f.Add("y", "a");
  CHECK(f.Take() == Ids{6});
}

TEST_CASE("what may work later is tried again with growing pauses, under the same name") {
  Fixture f;
  f.Add("x", "g");
  base::Duration last{};
  for (size_t n = 0; n < 4; ++n) {
    REQUIRE(f.Take() == Ids{1});
    CHECK(f.Answer(1, Outcome::kRetryable) == Verdict::kRetry);
    const base::Duration wait = f.outbox.NextDue() - f.now.steady;
    CHECK(wait >= base::milliseconds(250));
    CHECK(wait <= base::milliseconds(750 << n));
    f.now = f.now + (wait - base::milliseconds(1));
    CHECK(f.Take().empty());
    f.now = f.now + base::milliseconds(1);
    last = wait;
  }
  CHECK(last > base::milliseconds(700));
}

TEST_CASE("a back-off is never longer than a minute and a half") {
  base::SeededRandom random(1);
  for (size_t n = 0; n < 200; ++n) {
    const base::Duration wait = BackOff(n, random);
    CHECK(wait >= base::milliseconds(250));
    CHECK(wait <= base::seconds(90));
  }
}

TEST_CASE("a wait that was asked for holds for the whole lane, levels too, and is bounded") {
  Fixture f;
  f.Add("x", "a");
  REQUIRE(f.Take() == Ids{1});
  CHECK(f.Answer(1, Outcome::kRateLimited, base::seconds(40)) == Verdict::kRetry);
  f.Add("x", "b", true);
  CHECK(f.Take().empty());
  CHECK(f.outbox.NextDue() == f.now.steady + base::seconds(40));
  f.now = f.now + base::seconds(40);
  CHECK(f.Take() == Ids{2, 1});
  CHECK(f.Answer(2, Outcome::kRateLimited, base::hours(40)) == Verdict::kRetry);
  CHECK(f.outbox.NextDue() == f.now.steady + kMaxRetryAfter);
}

TEST_CASE(
    "after failures in a row a lane probes with one message, a level's first attempt is a probe of its own, and one "
    "success opens it for all") {
  Fixture f;
  for (const char* group : {"a", "b", "c", "d", "e", "f"}) f.Add("x", group);
  for (size_t failures = 0; failures < kCircuitFailures;) {
    const Ids ids = f.Take();
    for (const uint64_t id : ids) {
      f.Answer(id, Outcome::kRetryable);
      ++failures;
    }
    f.now = f.now + base::seconds(1);
  }
  CHECK(f.outbox.Metrics(f.now)[0].circuit_open);
  f.now = f.now + base::minutes(2);
  const Ids probe = f.Take();
  REQUIRE(probe.size() == 1);
  f.Add("x", "z", true);
  CHECK(f.Take() == Ids{7});
  f.Answer(7, Outcome::kRetryable);
  CHECK(f.Take().empty());
  f.Answer(probe[0], Outcome::kDelivered);
  CHECK(f.Take().size() == 4);
}

TEST_CASE(
    "what is refused for good is given up at once and counted; one that was lost is tried once more where it could "
    "come twice, and again and again where it could not") {
  Fixture f;
  f.Add("x", "a");
  f.Add("x", "b");
  f.Add("x", "c");
  f.Add("x", "d");
  REQUIRE(f.Take() == Ids{1, 2, 3, 4});
  CHECK(f.Answer(1, Outcome::kPermanent) == Verdict::kGivenUp);
  CHECK(f.Answer(2, Outcome::kAuthError) == Verdict::kGivenUp);
  CHECK(f.Answer(3, Outcome::kAmbiguous) == Verdict::kRetry);
  CHECK(f.Answer(4, Outcome::kAmbiguous, {}, true) == Verdict::kRetry);
  f.now = f.now + base::minutes(2);
  REQUIRE(f.Take() == Ids{3, 4});
  CHECK(f.Answer(3, Outcome::kAmbiguous) == Verdict::kGivenUp);
  CHECK(f.Answer(4, Outcome::kAmbiguous, {}, true) == Verdict::kRetry);
  const IntegrationMetrics metrics = f.outbox.Metrics(f.now)[0];
  CHECK(metrics.dead_letters == 3);
  CHECK(metrics.maybe_duplicates == 2);
  CHECK(metrics.failed.at("serverError") == 3);
  CHECK(metrics.queued == 1);
}

TEST_CASE("a row that takes another's place takes its place in the back-off too") {
  Fixture f;
  f.Add("x", "a");
  REQUIRE(f.Take() == Ids{1});
  f.Answer(1, Outcome::kRetryable);
  const base::MonotonicTime due = f.outbox.NextDue();
  REQUIRE(f.outbox.Replace(1, f.Row("x", "a"), 2, f.now));
  f.outbox.Committed(2, true);
  CHECK(f.outbox.NextDue() == due);
  CHECK(f.outbox.size() == 1);
  CHECK(f.outbox.Metrics(f.now)[0].failed.at("serverError") == 1);  // the first one was never delivered
}

TEST_CASE("what waits for an integration that is gone is handed back, and nothing more is taken for it") {
  Fixture f;
  f.Add("x", "a");
  f.Add("x", "b");
  f.outbox.SetIntegrations({{{"y", "webhook", 0}, std::make_shared<Nobody>()}});
  CHECK(f.outbox.size() == 0);
  CHECK_FALSE(f.outbox.Add(f.Row("x", "c"), 1, f.now));
  CHECK(f.outbox.refused() == 1);
}

TEST_CASE("how long an attempt may take is told beside how long a message has waited") {
  class Slow : public Nobody {
   public:
    base::Duration longest() const override { return base::minutes(10); }
  };
  Fixture f;
  f.outbox.SetIntegrations({{{"x", "webhook", 0}, std::make_shared<Slow>()}});
  f.Add("x", "a", true);
  f.now = f.now + base::minutes(3);
  const IntegrationMetrics metrics = f.outbox.Metrics(f.now)[0];
  CHECK(metrics.longest == base::minutes(10));
  CHECK(metrics.oldest_call == base::minutes(3));
  CHECK(f.outbox.Metrics(f.now)[1].longest == base::Duration::zero());
}

TEST_CASE("what was tried for a day is given up") {
  Fixture f;
  f.Add("x", "a");
  REQUIRE(f.Take() == Ids{1});
  f.Answer(1, Outcome::kRetryable);
  f.now = f.now + (kMaxRowAge - base::seconds(1));
  CHECK(f.outbox.TakeOverdue(f.now).empty());
  f.now = f.now + base::seconds(1);
  CHECK(f.outbox.TakeOverdue(f.now).size() == 1);
  CHECK(f.outbox.size() == 0);
}

}  // namespace
}  // namespace bekci::notify::outbox_test
