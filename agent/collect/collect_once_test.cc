#include "agent/collect/collect_once.h"

#include <doctest/doctest.h>

namespace bekci::collect {
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

TEST_CASE("a collector that fails still shows what it has") {
  Fixture f;
  const auto result = f.Run("steady", "trigger_file: /");
  REQUIRE(result.ok());
  CHECK(result->status.code() == base::Code::kUnavailable);
  CHECK(result->round.schema->series() == 12);
}

}  // namespace
}  // namespace bekci::collect
