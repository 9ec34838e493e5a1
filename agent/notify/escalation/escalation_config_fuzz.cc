// Any bytes as an escalation.yml: it must load or be refused with places, and what loads must run: incidents open, a
// day goes by in its own steps, everything is read back from its records, and no level is entered twice in a cycle.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "agent/base/memory_file_system.h"
#include "agent/notify/escalation/incidents.h"
#include "agent/notify/routing/matcher_text.h"

namespace bekci::notify::escalation {
namespace {

constexpr int kMostSteps = 300;

void Fail(const char* what, const std::string& detail) {
  std::fprintf(stderr, "%s\n%s\n", what, detail.c_str());
  std::abort();
}

GroupState NothingFires() {
  GroupState group;
  group.key = "g";
  return group;
}

class Driver {
 public:
  explicit Driver(std::shared_ptr<const EscalationConfig> config)
      : config_(std::move(config)), engine_(std::make_unique<Incidents>(config_, random_)) {}

  void Run() {
    Take(engine_->Start("boot", Present()));
    GroupState group;
    group.key = "g";
    group.firing = {{{{"severity", "critical"}, {"class", "data_corruption"}}, false}, {{{"severity", "low"}}, false}};
    group.at_flush = true;
    Take(engine_->OnGroup(group, Present()));
    for (int i = 0; i < kMostSteps; ++i) {
      const auto due = engine_->NextDue();
      if (!due) break;
      now_ = std::max(base::Duration(due->ns), now_ + base::milliseconds(1));
      if (now_ > base::hours(24 * 60)) break;
      if (i == kMostSteps / 2) Reread();
      Take(engine_->Advance(Present()));
    }
    Take(engine_->OnGroup(NothingFires(), Present()));
  }

 private:
  Now Present() const { return {base::Timestamp{1'700'000'000'000} + now_, base::MonotonicTime{now_.count()}}; }

  void Take(const Step& step) {
    for (const Event& event : step.events) {
      if (event.kind == EventKind::kMoved || event.kind == EventKind::kOpened) entered_.clear();
      if (event.kind == EventKind::kLevelEntered && !entered_.insert({event.cycle, event.level}).second) {
        Fail("a level was entered twice", event.level);
      }
      records_.push_back(EncodeEvent(event));
    }
  }

  void Reread() {
    const size_t before = engine_->All().size();
    engine_ = std::make_unique<Incidents>(config_, random_);
    for (const std::string& record : records_) {
      if (!engine_->Replay(record).ok()) Fail("a record cannot be read back", "");
    }
    if (engine_->All().size() != before) Fail("incidents were lost", "");
    Take(engine_->Start("boot", Present()));
  }

  const std::shared_ptr<const EscalationConfig> config_;
  base::SeededRandom random_{1};
  std::unique_ptr<Incidents> engine_;
  base::Duration now_ = base::seconds(10);
  std::vector<std::string> records_;
  std::set<std::pair<int, std::string>> entered_;
};

void Try(std::string_view text) {
  base::MemoryFileSystem fs;
  Surroundings surroundings;
  for (const char* name : {"team-page", "cross-team", "all-teams", "management", "chat"}) {
    surroundings.receivers[name] = {"webhook/0"};
  }
  surroundings.intervals.emplace_back();
  surroundings.intervals.back().name = "quiet-hours";
  surroundings.intervals.back().intervals.emplace_back();
  surroundings.intervals.back().intervals.back().times = {{0, 7 * 60}, {22 * 60, 24 * 60}};
  surroundings.read_matchers = [](std::string_view matchers) { return routing::ParseMatchers(matchers); };
  const auto config = LoadEscalationConfig(text, "fuzz.yml", surroundings, fs);
  if (!config.ok()) {
    if (!config.status().message().starts_with("fuzz.yml")) Fail("an error without a place", config.status().message());
    return;
  }
  for (const Schedule& schedule : (*config)->schedules) {
    static_cast<void>(schedule.Lookup("email", {1'767'225'600'000}));
  }
  Driver(*config).Run();
}

}  // namespace
}  // namespace bekci::notify::escalation

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  bekci::notify::escalation::Try(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
