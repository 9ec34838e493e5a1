#include "agent/collect/prometheus_adapter.h"

#include <doctest/doctest.h>
#include <prometheus/collectable.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/summary.h>

#include <limits>
#include <stdexcept>

namespace bekci::collect::prometheus_adapter_test {
namespace {

std::vector<model::MetricFamily> Adapted(const prometheus::Collectable& collectable) {
  FamilySink sink;
  sink.Begin();
  REQUIRE(AddCollectable(collectable, sink).ok());
  return model::ToFamilies(sink.FinishRound());
}

TEST_CASE("a registry's counters, gauges, histograms and summaries arrive whole") {
  prometheus::Registry registry;
  prometheus::BuildCounter().Name("a_total").Help("A.").Register(registry).Add({{"x", "1"}}).Increment(3);
  prometheus::BuildGauge().Name("b").Help("B.").Register(registry).Add({}).Set(-0.1);
  auto& histogram = prometheus::BuildHistogram()
                        .Name("c_seconds")
                        .Help("C.")
                        .Register(registry)
                        .Add({{"y", "2"}}, prometheus::Histogram::BucketBoundaries{0.5, 1});
  histogram.Observe(0.2);
  histogram.Observe(7);
  auto& summary = prometheus::BuildSummary().Name("d").Help("D.").Register(registry).Add(
      {}, prometheus::Summary::Quantiles{{0.5, 0.05}});
  summary.Observe(4);

  const auto families = Adapted(registry);
  REQUIRE(families.size() == 4);
  CHECK(families[0].name == "a_total");
  CHECK(families[0].help == "A.");
  CHECK(families[0].type == model::MetricType::kCounter);
  CHECK(families[0].metrics[0].labels == model::Labels{{"x", "1"}});
  CHECK(families[0].metrics[0].value == 3);
  CHECK(families[1].metrics[0].value == -0.1);
  const model::Metric& c = families[2].metrics[0];
  REQUIRE(c.buckets.size() == 3);
  CHECK(c.buckets[0].bound == 0.5);
  CHECK(c.buckets[0].value == 1);
  CHECK(c.buckets[2].bound == std::numeric_limits<double>::infinity());
  CHECK(c.buckets[2].value == 2);
  CHECK(c.sum == 7.2);
  CHECK(c.count == 2);
  const model::Metric& d = families[3].metrics[0];
  CHECK(d.count == 1);
  CHECK(d.sum == 4);
  REQUIRE(d.quantiles.size() == 1);
  CHECK(d.quantiles[0].bound == 0.5);
}

class Fixed : public prometheus::Collectable {
 public:
  explicit Fixed(std::vector<prometheus::MetricFamily> families) : families_(std::move(families)) {}
  std::vector<prometheus::MetricFamily> Collect() const override { return families_; }

 private:
  std::vector<prometheus::MetricFamily> families_;
};

TEST_CASE("untyped points keep their timestamps, and a histogram gets its missing +Inf bucket") {
  prometheus::MetricFamily untyped{"u", "U.", prometheus::MetricType::Untyped, {}};
  untyped.metric.emplace_back();
  untyped.metric.back().untyped.value = 5;
  untyped.metric.back().timestamp_ms = 1234;
  prometheus::MetricFamily histogram{"h", "H.", prometheus::MetricType::Histogram, {}};
  histogram.metric.emplace_back();
  histogram.metric.back().histogram = {4, 10, {{1, 0.5}}};

  const auto families = Adapted(Fixed({untyped, histogram}));
  REQUIRE(families.size() == 2);
  REQUIRE(families[0].metrics[0].buckets.size() == 2);
  CHECK(families[0].metrics[0].buckets[1].value == 4);
  CHECK(families[1].type == model::MetricType::kUntyped);
  REQUIRE(families[1].metrics[0].timestamp.has_value());
  CHECK(families[1].metrics[0].timestamp->ms == 1234);
  CHECK(families[1].metrics[0].value == 5);
}

class Throwing : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override { throw std::runtime_error("no luck"); }
};

TEST_CASE("a collectable that throws is an error, not a crash") {
  FamilySink sink;
  sink.Begin();
  const base::Status status = AddCollectable(Throwing(), sink);
  CHECK(status.code() == base::Code::kInternal);
  CHECK(status.message() == "collectable threw: no luck");
  CHECK(sink.Finish().values.empty());
}

}  // namespace
}  // namespace bekci::collect::prometheus_adapter_test
