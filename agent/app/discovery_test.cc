#include "agent/app/discovery.h"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "agent/app/discoverer.h"
#include "agent/base/memory_file_system.h"
#include "agent/config/yaml_printer.h"

namespace bekci::app::discovery_test {
namespace {

std::vector<collect::Found> FindTwo(const collect::Environment&, base::MonotonicTime) {
  return {{"b", "a server at b", {{"address", "unix:/run/b: \"x\".sock"}, {"count", "7"}}, "", ""},
          {"a", "a server at a", {{"address", "127.0.0.1:1"}}, "access denied", "GRANT ALL;\nFLUSH;"}};
}
std::vector<collect::Found> Throw(const collect::Environment&, base::MonotonicTime) {
  throw std::runtime_error("boom");
}

const collect::CollectorSpec kTwo = {.name = "two", .help = "h", .job = "two", .discover = FindTwo};
const collect::CollectorSpec kThrows = {.name = "throws", .help = "h", .job = "throws", .discover = Throw};
const collect::CollectorSpec kHost = {.name = "host", .help = "h", .job = "host", .on_by_default = true};
const collect::CollectorSpec kOther = {.name = "other", .help = "h", .job = "other"};
const collect::CollectorSpec* const kAll[] = {&kHost, &kOther, &kThrows, &kTwo};

struct Around {
  base::MemoryFileSystem fs;
  base::FakeClock clock;
  base::CaptureLogger log;
  std::vector<Discovery> Look() { return DiscoverHere(kAll, {&fs, &clock, &log}, base::seconds(5)); }
};

}  // namespace

TEST_CASE("what was found comes through the pipe as it is, and a collector that throws finds nothing") {
  Around around;
  const std::vector<Discovery> found = around.Look();
  REQUIRE(found.size() == 2);
  CHECK(found[0].found.instance == "a");
  CHECK(around.log.CountContaining("boom") == 1);
  const auto read = ParseDiscoveries(DiscoveriesText(found));
  REQUIRE(read.ok());
  REQUIRE(read->size() == 2);
  for (size_t i = 0; i < 2; ++i) {
    CHECK((*read)[i].collector == "two");
    CHECK((*read)[i].found.options == found[i].found.options);
    CHECK((*read)[i].found.problem == found[i].found.problem);
    CHECK((*read)[i].found.fix == found[i].found.fix);
  }
  CHECK(ParseDiscoveries("")->empty());
  CHECK(ParseDiscoveries("- 1\n- {collector: x}\n- [a]\n")->empty());
  CHECK_FALSE(ParseDiscoveries("{").ok());
}

TEST_CASE("the section holds what is on by default and what works, and nothing else") {
  Around around;
  CHECK(config::PrintYaml(SectionOf(around.Look(), kAll)) ==
        "host: {}\ntwo:\n  - instance: \"b\"\n    address: \"unix:/run/b: \\\"x\\\".sock\"\n    count: 7\n");
}

TEST_CASE("each find is told once, taken in once, and looked for often at first and rarely later") {
  base::FakeClock clock;
  base::CaptureLogger log;
  Around around;
  std::atomic<int> looks{0};
  std::atomic<int> taken{0};
  {
    Discoverer discoverer({.wanted = [] { return true; },
                           .look = [&]() -> base::Result<std::vector<Discovery>> {
                             ++looks;
                             return around.Look();
                           },
                           .take_in =
                               [&](const std::vector<Discovery>&) {
                                 ++taken;
                                 return base::OkStatus();
                               }},
                          clock, log);
    discoverer.Start();
    const auto await_look = [&](int number) {
      while (looks < number) std::this_thread::yield();
      clock.AwaitWaiters(1);
      CHECK(looks == number);
    };
    for (int i = 1; i <= 5; ++i) {
      await_look(i);
      clock.Advance(i < 5 ? base::minutes(1) : base::minutes(9));
    }
    clock.AwaitWaiters(1);
    CHECK(looks == 5);
    clock.Advance(base::minutes(1));
    await_look(6);
    discoverer.LookNow();
    await_look(7);
  }
  CHECK(taken == 1);
  CHECK(log.CountContaining("collecting it") == 1);
  CHECK(log.CountContaining("cannot be collected yet") == 1);
}

}  // namespace bekci::app::discovery_test
