#include "agent/notify/wiring/heartbeats.h"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>

#include "tests/support/wait_for.h"

namespace bekci::notify::wiring::heartbeats_test {
namespace {

using receivers::Delivery;
using receivers::Outcome;
using State = receivers::Heartbeat::State;

const std::vector<Ailment> kWell;
const std::vector<Ailment> kIll = {{"rules", "rule group node: not evaluated for 3m"}, {"rules", "and 1 more"}};

Delivery Said(Outcome outcome, const std::string& detail = "") {
  Delivery delivery;
  delivery.outcome = outcome;
  delivery.detail = detail;
  return delivery;
}

const Delivery kLost = Said(Outcome::kRetryable, "connection refused");

struct Patient {
  base::CaptureLogger log;
  Instant now{{1'700'000'000'000}, {1'000'000'000}};
  Pulse pulse{"hc", base::minutes(1), now.steady, log};

  // Goes to the next look and takes it.
  std::optional<Pulse::Beat> Look(const std::vector<Ailment>& ailments, const Delivery& answer = {}) {
    now = now + (pulse.next() - now.steady);
    auto beat = pulse.Look(ailments, now.steady);
    if (beat) pulse.OnDelivery(*beat, answer, now);
    return beat;
  }
};

TEST_CASE("a heartbeat beats soon after the start and then once in its interval, at its own pace") {
  Patient patient;
  const base::MonotonicTime start = patient.now.steady;
  CHECK(patient.pulse.next() == start + base::seconds(10));
  REQUIRE(patient.Look(kWell));
  CHECK(patient.pulse.next() == start + base::seconds(70));
  patient.now = patient.now + base::seconds(75);  // a little late
  CHECK(patient.pulse.Look(kWell, patient.now.steady)->state == State::kAlive);
  CHECK(patient.pulse.next() == start + base::seconds(130));
  patient.now = patient.now + base::minutes(10);  // what was missed is not made up for
  CHECK(patient.pulse.Look(kWell, patient.now.steady));
  CHECK(patient.pulse.next() == patient.now.steady + base::minutes(1));
  CHECK(patient.log.Take().empty());
}

TEST_CASE(
    "while a part is not well nothing beats, each interval counts once, and it is logged once and once when over") {
  Patient patient;
  CHECK(patient.Look(kWell)->state == State::kAlive);
  const base::Timestamp last = patient.pulse.stats().last_success;
  CHECK(last == patient.now.wall);
  const base::MonotonicTime begin = patient.pulse.next();
  int failing = 0;
  while (patient.pulse.next() < begin + base::minutes(3)) {
    const auto beat = patient.Look(kIll, Said(Outcome::kNothing));
    if (!beat) continue;
    CHECK(beat->state == State::kFailing);
    CHECK(beat->why == "rule group node: not evaluated for 3m\nand 1 more");
    ++failing;
  }
  CHECK(failing == 3);
  CHECK(patient.pulse.stats().withheld.at("rules") == 3);
  CHECK(patient.pulse.stats().withheld.at("outbox") == 0);
  CHECK(patient.pulse.stats().sent == 1);
  CHECK(patient.pulse.stats().last_success == last);
  CHECK(patient.Look(kWell)->state == State::kAlive);
  CHECK(patient.now.steady <= begin + base::minutes(3) + base::seconds(10));
  CHECK(patient.log.CountContaining("the heartbeat is withheld") == 1);
  CHECK(patient.log.CountContaining("not_well=rules") == 1);
  CHECK(patient.log.CountContaining("beats again") == 1);
  CHECK(patient.pulse.stats().sent == 2);
}

TEST_CASE("a beat that is lost is tried again soon, and told once") {
  Patient patient;
  CHECK(patient.Look(kWell, kLost));
  CHECK(patient.pulse.next() == patient.now.steady + base::seconds(10));
  CHECK(patient.Look(kWell, kLost));
  CHECK(patient.pulse.stats().failed == 2);
  CHECK(patient.pulse.stats().last_success.ms == 0);
  CHECK(patient.Look(kWell));
  CHECK(patient.pulse.next() == patient.now.steady + base::minutes(1));
  CHECK(patient.log.CountContaining("did not arrive") == 1);
  CHECK(patient.log.CountContaining("connection refused") == 1);
  CHECK(patient.log.CountContaining("arrives again") == 1);
}

TEST_CASE("a lost word that something ails is sent again soon, and the interval counts once all the same") {
  Patient patient;
  REQUIRE(patient.Look(kIll, kLost));
  const base::MonotonicTime begin = patient.now.steady;
  REQUIRE(patient.Look(kIll, kLost));
  CHECK(patient.now.steady == begin + base::seconds(10));
  CHECK(patient.Look(kIll)->state == State::kFailing);
  CHECK(patient.now.steady == begin + base::seconds(20));
  CHECK(patient.pulse.stats().withheld.at("rules") == 1);
  CHECK(patient.pulse.stats().failed == 2);
  CHECK_FALSE(patient.Look(kIll));  // it is known now
  while (patient.now.steady < begin + base::minutes(1)) patient.Look(kIll, Said(Outcome::kNothing));
  CHECK(patient.pulse.stats().withheld.at("rules") == 2);
  CHECK(patient.log.CountContaining("tried again soon") == 1);
}

TEST_CASE("a word that something ails is not repeated where it will never be taken, or before it may be") {
  Patient patient;
  REQUIRE(patient.Look(kIll, Said(Outcome::kPermanent)));
  CHECK_FALSE(patient.Look(kIll));
  CHECK(patient.log.CountContaining("goes when it is due") == 1);
  Patient busy;
  Delivery later = kLost;
  later.retry_after = base::seconds(30);
  REQUIRE(busy.Look(kIll, later));
  CHECK_FALSE(busy.Look(kIll));
  CHECK_FALSE(busy.Look(kIll));
  CHECK(busy.Look(kIll));
}

TEST_CASE("a beat that will never be taken is not repeated before its time") {
  Patient patient;
  CHECK(patient.Look(kWell, Said(Outcome::kAuthError)));
  CHECK(patient.pulse.next() == patient.now.steady + base::minutes(1));
}

// Heartbeats on a clock that moves when told.
struct Ward {
  base::CaptureLogger log;
  base::FakeClock clock;
  std::atomic<int> beats{0};
  std::atomic<bool> ill{false};
  Heartbeats heartbeats{clock, log};

  Heart HeartNamed(const std::string& name, base::Duration interval = base::minutes(1)) {
    return {name, interval, [this](State state, std::string_view, base::MonotonicTime) {
              if (state == State::kAlive) ++beats;
              return Said(state == State::kAlive ? Outcome::kDelivered : Outcome::kNothing);
            }};
  }
  void Start() {
    heartbeats.Start([this] { return ill ? kIll : kWell; });
  }
  // Whether, so much later, it comes to this.
  bool After(base::Duration time, const std::function<bool()>& becomes) {
    clock.Advance(time);
    return WaitFor(becomes);
  }
};

TEST_CASE("heartbeats beat from the start on, keep still while something ails, and go on over reloads until the end") {
  Ward ward;
  const auto stats = [&](size_t i) { return ward.heartbeats.stats().at(i); };
  ward.heartbeats.Reload({ward.HeartNamed("a")});
  ward.Start();
  CHECK(ward.After(base::seconds(10), [&] { return stats(0).sent == 1; }));
  CHECK(ward.After(base::seconds(60), [&] { return stats(0).sent == 2; }));
  ward.ill = true;
  CHECK(ward.After(base::seconds(60), [&] { return stats(0).withheld.at("rules") == 1; }));
  CHECK(ward.After(base::seconds(60), [&] { return stats(0).withheld.at("rules") == 2; }));
  CHECK(ward.beats == 2);
  ward.ill = false;
  CHECK(ward.After(base::seconds(10), [&] { return stats(0).sent == 3; }));

  ward.heartbeats.Reload({ward.HeartNamed("b"), ward.HeartNamed("a")});
  CHECK(stats(1).sent == 3);
  CHECK(ward.After(base::seconds(10), [&] { return stats(0).sent == 1; }));
  CHECK(ward.After(base::seconds(50), [&] { return stats(1).sent == 4; }));
  ward.heartbeats.Reload({});
  CHECK(ward.heartbeats.stats().empty());
  ward.heartbeats.Stop();
  const int beats = ward.beats;
  ward.heartbeats.Reload({ward.HeartNamed("c")});
  ward.clock.Advance(base::minutes(5));
  CHECK(ward.beats == beats);
}

}  // namespace
}  // namespace bekci::notify::wiring::heartbeats_test
