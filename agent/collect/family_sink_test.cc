#include "agent/collect/family_sink.h"

#include <doctest/doctest.h>

#include <limits>

namespace bekci::collect::family_sink_test {
namespace {

using model::MetricType;

constexpr MetricSpec kCpu{"node_cpu_seconds_total", MetricType::kCounter, "Seconds.", "cpu,mode"};
constexpr MetricSpec kLoad{"node_load1", MetricType::kGauge, "Load."};
constexpr MetricSpec kLatency{"latency_seconds", MetricType::kHistogram, "Latency.", "handler"};

void Fill(FamilySink& sink, double shift) {
  sink.Add(kLoad, 0.5 + shift);
  sink.Add(kCpu, {"1", "user"}, 2 + shift);
  sink.Add(kCpu, {"0", "user"}, 1 + shift);
}

}  // namespace

TEST_CASE("the same series round after round keep one schema and bring only numbers") {
  FamilySink sink;
  std::shared_ptr<const model::Schema> first;
  for (int i = 0; i < 3; ++i) {
    sink.Begin();
    Fill(sink, i);
    const model::Round round = sink.FinishRound();
    if (!first) first = round.schema;
    CHECK(round.schema == first);
    CHECK(round.values == std::vector<double>{1.0 + i, 2.0 + i, 0.5 + i});
  }
  CHECK(first->families()[0].series[0].labels == model::Labels{{"cpu", "0"}, {"mode", "user"}});
}

TEST_CASE("a series that comes, goes or changes its labels makes a new schema with the right numbers") {
  FamilySink sink;
  auto collect = [&](std::initializer_list<std::string_view> cpus) {
    sink.Begin();
    double v = 1;
    for (const std::string_view cpu : cpus) sink.Add(kCpu, {cpu, "user"}, v++);
    const FamilySink::Output output = sink.Finish();
    std::vector<model::FamilySchema> families;
    std::vector<model::Schema::Arrival> arrivals;
    sink.Describe(&families, &arrivals);
    REQUIRE(arrivals.size() == cpus.size());
    size_t i = 0;
    for (const std::string_view cpu : cpus) CHECK(arrivals[i++].labels.Get("cpu") == cpu);
    CHECK(output.values.size() == cpus.size());
    return output.schema_changed;
  };
  CHECK(collect({"0", "1", "2"}));
  CHECK_FALSE(collect({"0", "1", "2"}));
  CHECK(collect({"0", "1"}));
  CHECK_FALSE(collect({"0", "1"}));
  CHECK(collect({"0", "7", "2"}));
  CHECK(collect({}));
  CHECK_FALSE(collect({}));
  CHECK(collect({"0"}));
}

TEST_CASE("declared label names are known to the page even where a value is empty") {
  FamilySink sink;
  sink.Begin();
  sink.Add(kCpu, {"0", ""}, 1);
  const auto families = model::ToFamilies(sink.FinishRound());
  CHECK(families.at(0).label_names == std::vector<std::string>{"cpu", "mode"});
  std::string shown;
  model::ForEachLabel(
      families[0].metrics.at(0).labels, families[0].label_names,
      [&](std::string_view name, std::string_view value) { shown.append(name).append("=").append(value).append(";"); });
  CHECK(shown == "cpu=0;mode=;");
}

TEST_CASE("the first round is a change even when it is empty") {
  FamilySink sink;
  sink.Begin();
  CHECK(sink.Finish().schema_changed);
  sink.Begin();
  CHECK_FALSE(sink.Finish().schema_changed);
}

TEST_CASE("specs built from the source are compared by content, not by address") {
  FamilySink sink;
  std::string name;
  for (int round = 0; round < 2; ++round) {
    sink.Begin();
    for (const char* field : {"MemFree", "MemUsed"}) {
      name = std::string("node_memory_") + field + "_bytes";
      sink.Add({name, MetricType::kGauge, "help", {}, {}}, 1);
    }
    const FamilySink::Output output = sink.Finish();
    CHECK(output.schema_changed == (round == 0));
  }
  std::vector<model::FamilySchema> families;
  std::vector<model::Schema::Arrival> arrivals;
  sink.Describe(&families, &arrivals);
  CHECK(families.size() == 2);
}

TEST_CASE("histograms carry bounds in the schema and counts in the numbers") {
  FamilySink sink;
  const double inf = std::numeric_limits<double>::infinity();
  for (double k = 1; k < 3; ++k) {
    sink.Begin();
    const model::BoundValue buckets[] = {{0.1, 1 * k}, {inf, 2 * k}};
    sink.AddHistogram(kLatency, {"/metrics"}, buckets, 0.3 * k, 2 * k);
    const model::Round round = sink.FinishRound();
    CHECK(round.values == std::vector<double>{1 * k, 2 * k, 0.3 * k, 2 * k});
  }
  sink.Begin();
  const model::BoundValue other[] = {{0.2, 1}, {inf, 2}};
  sink.AddHistogram(kLatency, {"/metrics"}, other, 0.3, 2);
  CHECK(sink.Finish().schema_changed);
}

TEST_CASE("whole families keep varying label sets cheap and send the rest whole") {
  FamilySink sink;
  model::MetricFamily family{"job_last_run", "Help.", "", MetricType::kGauge, {}};
  family.metrics.resize(3);
  family.metrics[0].labels = model::Labels{{"job", "backup"}};
  family.metrics[0].value = 1;
  family.metrics[1].value = 2;
  family.metrics[2].labels = model::Labels{{"job", "stamped"}};
  family.metrics[2].timestamp = base::Timestamp{1000};
  for (int i = 0; i < 2; ++i) {
    sink.Begin();
    sink.AddFamily(family);
    const FamilySink::Output output = sink.Finish();
    CHECK(output.schema_changed == (i == 0));
    CHECK(output.values.size() == 2);
    REQUIRE(output.extra.size() == 1);
    CHECK(output.extra[0].metrics.size() == 1);
  }
  const auto families = model::ToFamilies(sink.FinishRound());
  REQUIRE(families.size() == 1);
  CHECK(families[0].metrics.size() == 3);
}

TEST_CASE("series over the bound are refused and counted, those below keep their schema") {
  FamilySink sink;
  sink.set_max_series(2);
  for (int i = 0; i < 2; ++i) {
    sink.Begin();
    Fill(sink, 0);
    const FamilySink::Output output = sink.Finish();
    CHECK(output.refused_series == 1);
    CHECK(output.values.size() == 2);
    CHECK(output.schema_changed == (i == 0));
  }
}

}  // namespace bekci::collect::family_sink_test
