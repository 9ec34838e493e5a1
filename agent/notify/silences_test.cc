#include "agent/notify/silences.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace bekci::notify::silences_test {
namespace {

base::Timestamp At(int64_t seconds) {
  return {seconds * 1000};
}

Silence Make(int64_t start, int64_t end, const std::string& value = "1") {
  Silence silence;
  silence.matchers = {model::Matcher::Equal("a", value)};
  silence.starts_at = At(start);
  silence.ends_at = At(end);
  silence.created_by = "ana";
  return silence;
}

struct Fixture {
  base::SeededRandom random{1};
  Silences silences{random};
  std::vector<SilencePtr> changed;

  std::string Add(const Silence& silence, int64_t now) {
    const auto id = silences.Set(silence, At(now), &changed);
    REQUIRE_MESSAGE(id.ok(), id.status().message());
    return *id;
  }
};

TEST_CASE("a silence gets a UUID of version 4, and one that begins in the past begins now") {
  Fixture f;
  const std::string id = f.Add(Make(50, 200), 100);
  CHECK(id.size() == 36);
  CHECK(id[14] == '4');
  CHECK(std::string("89ab").find(id[19]) != std::string::npos);
  CHECK(f.silences.Find(id)->starts_at == At(100));
}

// A silence from `start` to 300 is made at 100 and updated at `now`.
struct Update {
  const char* what;
  int64_t start;
  int64_t now;
  int64_t new_start;
  int64_t new_end;
  const char* value;
  bool in_place;
};
constexpr Update kUpdates[] = {
    {"active, only longer", 100, 200, 100, 400, "1", true},
    {"active, shorter", 100, 200, 100, 250, "1", true},
    {"active, other matchers", 100, 200, 100, 300, "2", false},
    {"active, another start", 100, 200, 150, 300, "1", false},
    {"pending, another start", 150, 120, 200, 300, "1", true},
    {"pending, a start that is over", 150, 120, 110, 300, "1", false},
    {"pending, other matchers", 150, 120, 150, 300, "2", false},
    {"expired", 100, 310, 100, 400, "1", false},
};

TEST_CASE(
    "an update keeps the id where the same alerts stay silenced from the same moment, else it takes the old one's "
    "place") {
  for (const Update& update : kUpdates) {
    CAPTURE(std::string(update.what));
    Fixture f;
    const std::string id = f.Add(Make(update.start, 300), 100);
    Silence changed = Make(update.new_start, update.new_end, update.value);
    changed.id = id;
    const std::string now_id = f.Add(changed, update.now);
    CHECK((now_id == id) == update.in_place);
    CHECK(f.silences.size() == (update.in_place ? 1 : 2));
    if (update.in_place) continue;
    CHECK(f.silences.Find(id)->StateAt(At(update.now)) == SilenceState::kExpired);
    CHECK(f.silences.Find(now_id)->starts_at >= At(update.now));
  }
}

TEST_CASE("what cannot be a silence is refused and changes nothing") {
  Fixture f;
  const auto refuse = [&](const Silence& silence, std::string_view why) {
    const auto id = f.silences.Set(silence, At(100), &f.changed);
    REQUIRE_FALSE(id.ok());
    CHECK(id.status().message() == why);
    CHECK(f.changed.empty());
  };
  Silence none = Make(100, 200);
  none.matchers.clear();
  refuse(none, "silence invalid: at least one matcher required");
  refuse(Make(100, 200, ""), "silence invalid: at least one matcher must not match the empty string");
  refuse(Make(200, 150), "Failed to create silence: start time must be before end time");
  refuse(Make(50, 90), "Failed to create silence: end time can't be in the past");
  Silence unknown = Make(100, 200);
  unknown.id = "x";
  refuse(unknown, "silence not found");
  Silence huge = Make(100, 200);
  huge.comment = std::string(kMaxSilenceBytes + 1, 'x');
  CHECK_FALSE(f.silences.Set(huge, At(100), &f.changed).ok());
}

TEST_CASE("ending an active one ends it now, a pending one never begins, an expired one stays as it is") {
  Fixture f;
  const std::string active = f.Add(Make(100, 300), 100);
  const std::string pending = f.Add(Make(200, 300), 100);
  REQUIRE(f.silences.Expire(active, At(150), &f.changed).ok());
  REQUIRE(f.silences.Expire(pending, At(150), &f.changed).ok());
  CHECK(f.silences.Find(active)->ends_at == At(150));
  CHECK(f.silences.Find(pending)->starts_at == At(150));
  CHECK(f.silences.Find(pending)->StateAt(At(150)) == SilenceState::kExpired);
  const size_t before = f.changed.size();
  REQUIRE(f.silences.Expire(active, At(160), &f.changed).ok());
  CHECK(f.changed.size() == before);
  CHECK(f.silences.Expire("x", At(160), &f.changed).code() == base::Code::kNotFound);
}

TEST_CASE("the list has active ones by end, pending ones by start, expired ones by end, the latest first") {
  Fixture f;
  const std::string late = f.Add(Make(100, 400), 100);
  const std::string soon = f.Add(Make(100, 300), 100);
  const std::string pending2 = f.Add(Make(250, 300), 100);
  const std::string pending1 = f.Add(Make(220, 300), 100);
  const std::string over1 = f.Add(Make(100, 150), 100);
  const std::string over2 = f.Add(Make(100, 160), 100);
  std::vector<std::string> ids;
  for (const SilencePtr& silence : f.silences.List(At(200))) ids.push_back(silence->id);
  CHECK(ids == std::vector<std::string>{soon, late, pending1, pending2, over2, over1});
}

TEST_CASE("what is over is forgotten after the retention time, not before") {
  Fixture f;
  f.Add(Make(100, 200), 100);
  CHECK(f.silences.Collect(At(299), base::seconds(100)).empty());
  CHECK(f.silences.Collect(At(300), base::seconds(100)).size() == 1);
  CHECK(f.silences.size() == 0);
}

TEST_CASE("the check that remembers says what a check of every silence says, whatever changes between") {
  base::SeededRandom random(5);
  for (int round = 0; round < 30; ++round) {
    Fixture f;
    std::vector<SilenceMark> marks(8);
    std::vector<std::string> ids;
    int64_t now = 100;
    for (int step = 0; step < 60; ++step) {
      now += static_cast<int64_t>(random.Below(20));
      const std::string value = std::to_string(random.Below(8));
      if (random.Below(3) == 0 || ids.empty()) {
        const auto start = now + static_cast<int64_t>(random.Below(30));
        ids.push_back(f.Add(Make(start, start + 1 + static_cast<int64_t>(random.Below(80)), value), now));
      } else if (random.Below(4) == 0) {
        REQUIRE(f.silences.Expire(ids[random.Below(ids.size())], At(now), &f.changed).ok());
      } else if (random.Below(8) == 0) {
        f.silences.Collect(At(now), base::seconds(30));
        std::erase_if(ids, [&](const std::string& id) { return f.silences.Find(id) == nullptr; });
      }
      for (size_t i = 0; i < marks.size(); ++i) {
        if (random.Below(2) == 0) continue;
        const model::Labels labels{{"a", std::to_string(i)}};
        std::vector<std::string> expected;
        for (const auto& [id, entry] : f.silences.by_id()) {
          const Silence& silence = *entry.silence;
          if (silence.StateAt(At(now)) == SilenceState::kActive && model::MatchesAll(silence.matchers, labels)) {
            expected.push_back(id);
          }
        }
        CHECK(f.silences.Matching(labels, At(now), &marks[i]) == expected);
      }
    }
  }
}

}  // namespace
}  // namespace bekci::notify::silences_test
