// The store of one directory under faults that it meets when it starts, in its files, and on its clock. What was
// acknowledged is there afterwards, or, where bytes of it were damaged, all of it but what these bytes held; and what
// was lost is said.
#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/tsdb/test_database.h"

namespace bekci::tsdb::database_faults_test {
namespace {

constexpr uint64_t kSeries = 3;
constexpr int64_t kTicks = 400;  // minutes: two blocks, a checkpoint and some segments of the log

using Content = std::map<std::string, std::map<int64_t, double>>;

model::Labels Series(uint64_t number) {
  return {{"__name__", "m"}, {"n", std::to_string(number)}};
}

struct Store : TestDatabase {
  Content acknowledged;

  Store() { options.wal_segment_bytes = 2000; }
  // One batch at the clock's time; what is acknowledged is remembered. Returns how many samples were refused.
  uint64_t Append() {
    auto appender = db->NewAppender();
    const int64_t now_ms = clock.Now().ms;
    std::vector<uint64_t> taken;
    for (uint64_t i = 0; i < kSeries; ++i) {
      if (appender->Append(0, Series(i), now_ms, static_cast<double>(now_ms) / 7).ok()) taken.push_back(i);
    }
    const bool durable = appender->Commit().ok();
    for (const uint64_t i : taken) {
      if (durable) acknowledged[Series(i).ToString()][now_ms] = static_cast<double>(now_ms) / 7;
    }
    return kSeries - taken.size();
  }
  void Run(int64_t ticks) {
    for (int64_t tick = 0; tick < ticks; ++tick) {
      clock.Advance(base::minutes(1));
      (void)Append();
      if (tick % 60 == 59) (void)db->Maintain();
      (void)db->Sync();
    }
  }
  struct Answer {
    Content content;
    std::vector<std::string> warnings;
  };
  Answer Read() {
    Answer answer;
    auto querier = db->OpenQuerier(INT64_MIN, INT64_MAX);
    REQUIRE(querier.ok());
    auto list = (*querier)->Select({}, {});
    REQUIRE(list.ok());
    storage::Samples samples;
    for (const auto& series : *list) {
      REQUIRE(series->Read(INT64_MIN, INT64_MAX, &samples).ok());
      auto& column = answer.content[series->labels().ToString()];
      for (size_t i = 0; i < samples.times.size(); ++i) column[samples.times[i]] = samples.values[i];
    }
    answer.warnings = (*querier)->warnings();
    return answer;
  }
  size_t Missing(const Content& content) const {
    size_t missing = 0;
    for (const auto& [labels, samples] : acknowledged) {
      const auto found = content.find(labels);
      for (const auto& [time, value] : samples) {
        if (found == content.end() || !found->second.contains(time)) ++missing;
      }
    }
    return missing;
  }
  // Samples that nobody ever appended.
  size_t Wrong(const Content& content) const {
    size_t wrong = 0;
    for (const auto& [labels, samples] : content) {
      for (const auto& [time, value] : samples) {
        if (value != static_cast<double>(time) / 7) ++wrong;
      }
    }
    return wrong;
  }
  // Files below `directory`, with paths.
  std::vector<std::string> Files(const std::string& directory) {
    std::vector<std::string> files;
    const std::vector<std::string> names = *memory.ListDirectory(directory);
    for (const std::string& name : names) {
      const std::string path = directory + "/" + name;
      if (memory.Stat(path)->kind == base::FileKind::kDirectory) {
        const std::vector<std::string> below = Files(path);
        files.insert(files.end(), below.begin(), below.end());
      } else {
        files.push_back(path);
      }
    }
    return files;
  }
};

}  // namespace

TEST_CASE("a fault at any file operation of a start costs nothing of what was there, nor of what comes then") {
  for (const int error : {EIO, EMFILE}) {
    for (const bool keep_failing : {false, true}) {
      if (error == EMFILE && keep_failing) continue;  // as EIO
      for (uint64_t n = 1;; ++n) {
        CAPTURE(error);
        CAPTURE(keep_failing);
        CAPTURE(n);
        Store store;
        REQUIRE(store.Open().ok());
        store.Run(kTicks);
        REQUIRE(store.db->Close().ok());
        store.db.reset();
        store.fs.set_plan({.fail_at = n, .error_number = error, .keep_failing = keep_failing, .tear_writes = true});
        const base::Status opened = store.Open();
        const bool done = store.fs.operations() < n;
        if (opened.ok()) {
          CHECK(store.Wrong(store.Read().content) == 0);
          store.fs.set_plan({});
          store.Run(200);  // collecting, blocks and the log's own tidying go on
        } else {
          CHECK(!opened.message().empty());
        }
        store.db.reset();
        store.fs.set_plan({});
        REQUIRE(store.Open().ok());
        (void)store.db->Maintain();
        const Store::Answer answer = store.Read();
        CHECK(store.Missing(answer.content) == 0);
        CHECK(store.Wrong(answer.content) == 0);
        if (done) break;
      }
    }
  }
}

TEST_CASE("a disk that is full after any number of bytes loses nothing it took, and is used again when it has room") {
  Store whole;
  whole.fs.set_plan({.room = 1 << 30});
  REQUIRE(whole.Open().ok());
  whole.Run(kTicks);
  uint64_t bytes = 0;
  for (const std::string& file : whole.Files("/data")) bytes += whole.memory.Stat(file)->size_bytes;
  for (uint64_t room = 0; room < 2 * bytes; room += 1 + bytes / 40) {
    CAPTURE(room);
    Store store;
    REQUIRE(store.Open().ok());
    store.fs.set_plan({.room = room});
    store.Run(kTicks);
    CHECK(store.Wrong(store.Read().content) == 0);
    const Content in_memory = store.Read().content;  // collecting went on
    for (const auto& [labels, samples] : in_memory) CHECK(samples.size() == kTicks);
    store.fs.set_plan({});
    store.Run(10);
    store.db.reset();
    REQUIRE(store.Open().ok());
    const Content content = store.Read().content;
    CHECK(store.Missing(content) == 0);
    CHECK(store.Wrong(content) == 0);
  }
}

TEST_CASE("any bit turned and any cut in any file costs what is there, is told, and never gives another sample") {
  Store store;
  REQUIRE(store.Open().ok());
  store.Run(kTicks);
  REQUIRE(store.db->Close().ok());
  store.db.reset();
  std::map<std::string, std::string> files;
  for (const std::string& file : store.Files("/data/store")) files[file] = *store.memory.ReadFile(file);
  REQUIRE(files.size() > 8);
  const size_t all = 3 * static_cast<size_t>(kTicks);

  std::string last_segment;
  for (const auto& [path, content] : files) {
    if (path.find("bekci-wal/0") != std::string::npos) last_segment = std::max(last_segment, path);
  }

  const auto check = [&](const std::string& damaged, const std::string& bytes) {
    Store copy;
    copy.clock.Advance(base::minutes(kTicks));
    for (const auto& [path, content] : files) copy.memory.Put(path, path == damaged ? bytes : content);
    copy.acknowledged = store.acknowledged;
    CAPTURE(bytes.size());
    REQUIRE(copy.Open().ok());
    const Store::Answer answer = copy.Read();
    CHECK(copy.Wrong(answer.content) == 0);
    const size_t missing = copy.Missing(answer.content);
    CHECK(missing < all);                                 // the other files are as they were
    const bool is_meta = damaged.ends_with("meta.json");  // has no check sum: another time in it is a time
    // Where the last file ends between records, it may have been the end.
    const bool is_end = bytes.empty() || (damaged == last_segment && bytes.size() < files.at(damaged).size());
    // An end of the log that is not whole is what a killed process leaves, and is told as such.
    const size_t lines = copy.log.CountContaining("level=warn") + copy.log.CountContaining("level=error") +
                         copy.log.CountContaining("is cut off");
    if (missing > 0 && !is_meta && !is_end) CHECK(lines + answer.warnings.size() > 0);
    // It can go on from there, and what is left stays.
    copy.acknowledged = answer.content;
    copy.Run(130);
    copy.db.reset();
    REQUIRE(copy.Open().ok());
    CHECK(copy.Missing(copy.Read().content) == 0);
  };
  for (const auto& file : files) {
    const std::string& path = file.first;
    const std::string& content = file.second;
    CAPTURE(path);
    const size_t step = std::max<size_t>(1, content.size() / 25);
    for (size_t at = 0; at < content.size(); at += step) {
      CAPTURE(at);
      std::string turned = content;
      turned[at] = static_cast<char>(turned[at] ^ (1 << (at % 8)));
      check(path, turned);
      check(path, content.substr(0, at));
    }
  }
}

TEST_CASE("a clock that jumps costs the samples of the jump, and nothing that was stored") {
  for (const auto jump : {base::Duration(base::hours(24 * 365)), base::Duration(base::hours(5)),
                          base::Duration(-base::hours(24 * 365)), base::Duration(-base::hours(5))}) {
    for (const int64_t stay : {1, 100, 400}) {  // minutes until it jumps back
      CAPTURE(base::ToSeconds(jump));
      CAPTURE(stay);
      Store store;
      REQUIRE(store.Open().ok());
      store.Run(kTicks);
      const Content before = store.acknowledged;
      store.clock.JumpWall(jump);
      store.Run(stay);
      REQUIRE(store.db->Maintain().ok());
      store.clock.JumpWall(-jump);
      store.Run(kTicks);
      REQUIRE(store.db->Maintain().ok());
      Content content = store.Read().content;
      CHECK(store.Missing(content) == 0);
      CHECK(store.Wrong(content) == 0);
      store.db.reset();
      REQUIRE(store.Open().ok());
      content = store.Read().content;
      CHECK(store.Missing(content) == 0);
      CHECK(store.Wrong(content) == 0);
      for (const auto& [labels, samples] : before) CHECK(content[labels].size() >= samples.size());
      CHECK(store.log.CountContaining("the newest sample is of the future") > 0);
    }
  }
}

}  // namespace bekci::tsdb::database_faults_test
