// The process dies and the disk fails, at every place where it can: nothing is lost, nothing answered is sent again.
#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

#include "agent/notify/notify_story.h"

namespace bekci::notify::crash_test {
namespace {

TEST_CASE("a power loss at any second says everything, and nothing twice that was answered") {
  for (int second = 0; second <= 60; second += 1) {
    CAPTURE(second);
    Story story;
    const std::string crash = std::to_string(second) + "s crash\n";
    std::vector<std::string> script = {"0s post a=1 end=+10h", "5s silence s 1h a=3", "10s post a=3 end=+10h",
                                       "20s post a=2 end=+10h", "50s post a=2 resolved"};
    std::string text;
    bool done = false;
    for (const std::string& line : script) {
      const int at = std::stoi(line);
      if (!done && at >= second) {
        text += crash;
        done = true;
      }
      text += line + "\n";
    }
    if (!done) text += crash;
    text += "20m\n";
    const auto sends = story.Run(text);
    // Whatever happened: a=1 was told as firing once, a=2 as resolved if it was told, a=3 never.
    for (const std::string& line : sends) {
      const std::string alerts = line.substr(line.rfind(' ') + 1);
      CHECK(alerts.find('3') == std::string::npos);
    }
    REQUIRE_FALSE(sends.empty());
    CHECK(sends.front().substr(sends.front().rfind(' ') + 1).find('1') != std::string::npos);
    std::set<std::string> ids(story.delivery_ids().begin(), story.delivery_ids().end());
    CHECK(ids.size() == story.delivery_ids().size());
    CHECK(story.notifier().outbox().size() == 0);
    CHECK(story.notifier().silences().size() == 1);
  }
}

// What the receivers must have heard in the end, whatever the disk did meanwhile.
void RunWithFaults(uint64_t fail_at, bool keep_failing, bool* hit) {
  Story story;
  story.StartProcess();
  story.disk().set_plan({.fail_at = fail_at, .keep_failing = keep_failing, .tear_writes = true});
  const auto sends = story.Run(R"(0s post a=1 end=+10h
                                  40s silence s 1h a=9
                                  1m post a=2 end=+10h
                                  7m post a=1 resolved
                                  12m)");
  *hit = story.disk().failures() > 0;
  // Nobody waits for the disk, and nobody hears anything twice while the process lives.
  CHECK(sends == std::vector<std::string>{"30s hook firing 1", "5m30s hook firing 1,2", "10m30s hook firing 1!,2"});
  story.disk().set_plan({});
  story.Run(R"(13m post a=3 end=+10h
               16m)");
  // The first write that works brings all that counts: after a power loss nothing is said again.
  const auto after = story.Run(R"(16m crash
                                  30m)");
  CHECK(after.empty());
  CHECK(story.notifier().silences().size() == 1);
}

TEST_CASE(
    "a disk that fails at any operation, once or for good, keeps no message back, and heals with the first write") {
  for (const bool keep_failing : {false, true}) {
    for (uint64_t n = 1;; ++n) {
      CAPTURE(n);
      CAPTURE(keep_failing);
      bool hit = false;
      RunWithFaults(n, keep_failing, &hit);
      if (!hit) break;
    }
  }
}

TEST_CASE("a process that dies after any number of writes loses nothing, and repeats only what had no answer") {
  // Every write is a moment at which the process can die: the disk takes nothing from then on, and the next process
  // finds what was there.
  for (uint64_t n = 1; n < 200; ++n) {
    CAPTURE(n);
    Story story;
    story.StartProcess();
    story.disk().set_plan({.fail_at = n, .keep_failing = true});
    const auto before = story.Run(R"(0s post a=1 end=+10h
                                     45s)");
    const bool hit = story.disk().failures() > 0;
    const auto ids_before = story.delivery_ids();
    story.disk().set_plan({});
    const auto after = story.Run(R"(46s crash
                                    46s post a=1 end=+10h
                                    20m)");
    REQUIRE(before.size() == 1);
    // Sent while the journal could not be written: it may come once more, never more often.
    CHECK(after.size() <= (hit ? 1 : 0));
    if (!hit) break;
  }
}

TEST_CASE("alerts, rows, log and silences read back as they were written, in pieces and as a snapshot") {
  Story story;
  story.Run(R"(0s silence s 1h a=5
               0s post a=1 note=text end=+10h
               20s hang hook
               1m)");
  const Changes before = story.notifier().Snapshot(story.now());
  ChangesReader reader;
  Changes read;
  for (const std::string& record : EncodeChanges(before)) {
    Changes one = reader.Read(record);
    read.alerts.insert(read.alerts.end(), one.alerts.begin(), one.alerts.end());
    read.rows.insert(read.rows.end(), one.rows.begin(), one.rows.end());
    read.silences.insert(read.silences.end(), one.silences.begin(), one.silences.end());
  }
  REQUIRE(read.alerts.size() == 1);
  CHECK(read.alerts[0]->labels == before.alerts[0]->labels);
  CHECK(read.alerts[0]->annotations == before.alerts[0]->annotations);
  CHECK(read.alerts[0]->ends_at == before.alerts[0]->ends_at);
  REQUIRE(read.rows.size() == 1);
  CHECK(read.rows[0]->delivery_id == before.rows[0]->delivery_id);
  CHECK(read.rows[0]->content->firing == before.rows[0]->content->firing);
  CHECK(read.rows[0]->log_lifetime == before.rows[0]->log_lifetime);
  REQUIRE(read.silences.size() == 1);
  CHECK(read.silences[0]->matchers == before.silences[0]->matchers);
}

TEST_CASE("whatever bytes a journal holds, reading them ends, and what is good in them counts") {
  base::SeededRandom random(9);
  Story story;
  story.Run(R"(0s silence s 1h a=5
               0s post a=1 end=+10h
               20s hang hook
               1m)");
  const std::vector<std::string> records = EncodeChanges(story.notifier().Snapshot(story.now()));
  for (int round = 0; round < 2000; ++round) {
    ChangesReader reader;
    Notifier notifier({}, random, nullptr);
    for (std::string record : records) {
      for (uint64_t flips = random.Below(4); flips > 0; --flips) {
        record[random.Below(record.size())] = static_cast<char>(random.Next());
      }
      notifier.Restore(reader.Read(record));
      notifier.Restore(reader.ReadRecords(record));
    }
    CHECK(notifier.silences().size() <= 1);
  }
}

}  // namespace
}  // namespace bekci::notify::crash_test
