#include <doctest/doctest.h>

#include <algorithm>

#include "agent/base/file_system.h"
#include "agent/base/text.h"
#include "agent/notify/escalation/timeline_script_test.h"

namespace bekci::notify::escalation::timelines_test {
namespace {

std::vector<std::string> ScriptNames() {
  base::RealFileSystem fs;
  auto names = fs.ListDirectory(std::string(BEKCI_SOURCE_DIR) + "/agent/notify/escalation/testdata/timelines");
  REQUIRE(names.ok());
  std::erase_if(*names, [](const std::string& name) { return !name.ends_with(".timeline"); });
  return *std::move(names);
}

TimelineScript ScriptOf(const std::string& name) {
  return TimelineScript(TestFile("timelines/" + name), "timelines");
}

// Repeats that were missed while the process was away are not sent later, and a command is run at most once.
bool MayBeLost(const std::string& key) {
  const std::string_view number = std::string_view(key).substr(key.rfind('/') + 1);
  return (number != "0" && base::ParseInt(number).has_value()) || key.find("/hook/") != std::string::npos;
}

std::vector<std::string> Told(const ScriptResult& result) {
  std::vector<std::string> keys;
  for (const auto& [key, times] : result.deliveries) {
    if (!MayBeLost(key)) keys.push_back(key);
  }
  return keys;
}

TEST_CASE("every timeline of testdata comes out as it says, to the second") {
  const std::vector<std::string> names = ScriptNames();
  CHECK(names.size() >= 12);
  for (const std::string& name : names) {
    TimelineScript script = ScriptOf(name);
    const ScriptResult result = script.Run();
    INFO(name << ":\n" << base::Join(result.lines, "\n"));
    CHECK(result.lines == script.expected());
  }
}

TEST_CASE("killed after any record, no level is lost, none is entered twice, and nobody is left out") {
  for (const std::string& name : ScriptNames()) {
    const ScriptResult whole = ScriptOf(name).Run();
    REQUIRE_FALSE(whole.events.empty());
    for (size_t after = 1; after <= whole.events.size(); ++after) {
      for (const bool compact : {false, true}) {
        const ScriptResult killed = ScriptOf(name).Run(after, compact);
        INFO(name << " killed after " << after << (compact ? ", compacted" : "") << ":\n"
                  << base::Join(killed.lines, "\n"));
        CHECK(base::Join(killed.levels, " ") == base::Join(whole.levels, " "));
        CHECK(base::Join(Told(killed), " ") == base::Join(Told(whole), " "));
        for (const auto& [key, times] : killed.deliveries) {
          // Once more at most, and only what the kill left unanswered; a command never.
          CHECK(times <= whole.DeliveriesOf(key) + (MayBeLost(key) ? 0 : 1));
        }
      }
    }
  }
}

}  // namespace
}  // namespace bekci::notify::escalation::timelines_test
