// TimelineScript: a story in a file for the tests: what happens when, and, behind a line of dashes, what must come of
// it. testdata/timelines/README.md has the words.
//
// The script drives the engine as the pipeline does: events are "written" one by one, then sends go out and are
// answered. It can be killed after any number of written events and begins again from what was written.
//
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/base/random.h"
#include "agent/notify/escalation/incidents.h"

namespace bekci::notify::escalation {

struct ScriptResult {
  std::vector<std::string> lines;         // what came of it, in words
  std::vector<std::string> levels;        // "cycle/level" as entered, in order, with a "|" between incidents
  std::map<std::string, int> deliveries;  // key without the incident's id -> how often it was sent
  std::vector<Event> events;              // written

  int DeliveriesOf(const std::string& key) const {
    const auto found = deliveries.find(key);
    return found == deliveries.end() ? 0 : found->second;
  }
};

class TimelineScript {
 public:
  static constexpr size_t kNever = SIZE_MAX;

  // `text` is a script; configurations are files beside it, in `directory`.
  TimelineScript(std::string text, std::string directory);

  // What must come of it.
  const std::vector<std::string>& expected() const { return expected_; }
  // Runs it, killed once after `kill_after` written events; with `compact`, what was written is replaced by a snapshot
  // before it is read again.
  ScriptResult Run(size_t kill_after = kNever, bool compact = false);

 private:
  class Player;
  struct Input {
    base::Duration at{};
    std::vector<std::string> words;
  };
  std::string directory_;
  std::vector<Input> inputs_;
  std::vector<std::string> expected_;
  base::Timestamp begin_{1'767'225'600'000};  // 2026-01-01T00:00:00Z
  base::Duration group_wait_{};
  base::Duration end_ = base::hours(1);
  bool show_repeats_ = true;
  bool show_keys_ = false;
};

// The configuration of a file in testdata with its surroundings: receivers of one webhook each, and quiet-hours and
// nights, both 22:00 to 07:00 UTC.
base::Result<std::shared_ptr<const EscalationConfig>> LoadTestConfig(const std::string& text, const std::string& name);
Surroundings TestSurroundings();
std::string TestFile(const std::string& name);  // the text of testdata/NAME

}  // namespace bekci::notify::escalation
