#include "agent/collect/collect_once.h"

#include <doctest/doctest.h>

namespace bekci::collect::collect_once_test {
namespace {

struct Fixture {
  base::RealFileSystem fs;
  base::RealClock clock;
  base::CaptureLogger log;
  Environment environment{&fs, &clock, &log};

  base::Result<OnceResult> Run(const std::string& collector, const std::string& options,
                               std::vector<std::string> only = {}) {
    InstanceConfig config;
    config.collector = collector;
    config.instance = collector;
    config.options = config::ParseYaml(options, "bekci.yml").value();
    return CollectOnce(config, environment, std::move(only));
  }
};

TEST_CASE("one collection in this process gives the round") {
  Fixture f;
  const auto result = f.Run("steady", "{series: 3, instance: x, interval: 5s}");  // the core's keys may stand there too
  REQUIRE(result.ok());
  CHECK(result->status.ok());
  CHECK(result->round.schema->series() == 5);
  CHECK(result->problems.empty());
  CHECK(f.Run("steady", "series: 3", {"many"})->round.schema->series() == 4);
}

TEST_CASE("what is wrong with an instance is said with its place") {
  Fixture f;
  const auto bad = f.Run("steady", "\nseries: -1");
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.status().code() == base::Code::kInvalid);
  CHECK(bad.status().message().starts_with("bekci.yml:2"));
  CHECK(f.Run("nothing", "").status().code() == base::Code::kNotFound);
}

TEST_CASE("building alone finds what only the collectors know, each in its place, and collects nothing") {
  Fixture f;
  const auto config = [](const std::string& instance, const std::string& options) {
    InstanceConfig made;
    made.collector = "steady";
    made.instance = instance;
    made.options = config::ParseYaml(options, "bekci.yml").value();
    return made;
  };
  const InstanceConfig good = config("good", "trigger_file: /");
  const InstanceConfig bad = config("bad", "\n\nrefuse: true");
  CHECK(TryBuilding({&good, 1}, f.environment).ok());
  CHECK(f.log.CountContaining("told to fail") == 0);
  const InstanceConfig all[] = {bad, good, config("worse", "\nrefuse: yes")};
  const base::Status status = TryBuilding(all, f.environment);
  CHECK(status.code() == base::Code::kInvalid);
  CHECK(status.message() ==
        "bekci.yml:3: collector steady, instance bad: told to refuse\n"
        "bekci.yml:2: collector steady, instance worse: told to refuse");
}

TEST_CASE("a collector that fails still shows what it has") {
  Fixture f;
  const auto result = f.Run("steady", "trigger_file: /");
  REQUIRE(result.ok());
  CHECK(result->status.code() == base::Code::kUnavailable);
  CHECK(result->round.schema->series() == 12);
}

}  // namespace
}  // namespace bekci::collect::collect_once_test
