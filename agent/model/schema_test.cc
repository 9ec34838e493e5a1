#include "agent/model/schema.h"

#include <doctest/doctest.h>

#include <limits>

namespace bekci::model::schema_test {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("families come out sorted by name and series by labels, whatever order they arrived in") {
  std::vector<std::string> problems;
  const auto schema =
      Schema::Build({{"z_total", "Z.", "", MetricType::kCounter, {}}, {"a", "A.", "", MetricType::kGauge, {}}},
                    {{0, Labels{{"d", "2"}}, {}}, {1, Labels{}, {}}, {0, Labels{{"d", "1"}}, {}}}, &problems);
  CHECK(problems.empty());
  REQUIRE(schema->families().size() == 2);
  CHECK(schema->slots() == 3);

  Round round{schema, {}, {}};
  const double arrival[] = {20, 5, 10};
  schema->Order(arrival, &round.values);
  const auto families = ToFamilies(round);
  CHECK(families[0].name == "a");
  CHECK(families[0].metrics[0].value == 5);
  CHECK(families[1].metrics[0].labels.Get("d") == "1");
  CHECK(families[1].metrics[0].value == 10);
  CHECK(families[1].metrics[1].value == 20);
}

TEST_CASE("a histogram takes a slot per bucket, then sum, then count") {
  const auto schema =
      Schema::Build({{"h", "", "", MetricType::kHistogram, {}}}, {{0, Labels{}, {0.1, 1, kInf}}}, nullptr);
  REQUIRE(schema->slots() == 5);
  Round round{schema, {1, 2, 3, 0.5, 3}, {}};
  const auto families = ToFamilies(round);
  const Metric& metric = families.at(0).metrics.at(0);
  REQUIRE(metric.buckets.size() == 3);
  CHECK(metric.buckets[1].bound == 1);
  CHECK(metric.buckets[1].value == 2);
  CHECK(metric.sum == 0.5);
  CHECK(metric.count == 3);
}

TEST_CASE("what cannot be on a page is left out and named, the rest keeps its numbers") {
  std::vector<std::string> problems;
  const auto schema = Schema::Build({{"m", "", "", MetricType::kGauge, {}},
                                     {"m", "", "", MetricType::kCounter, {}},
                                     {"h", "", "", MetricType::kHistogram, {}}},
                                    {{0, Labels{{"x", "1"}}, {}},
                                     {0, Labels{{"x", "1"}}, {}},
                                     {1, Labels{{"x", "2"}}, {}},
                                     {2, Labels{}, {1, 1, kInf}},
                                     {2, Labels{{"ok", "y"}}, {kInf}},
                                     {0, Labels{{"x", "3"}}, {}}},
                                    &problems);
  CHECK(problems.size() == 3);
  CHECK(schema->series() == 3);
  // 1 + 1 + 1 + (3 + 2) + (1 + 2) + 1 values arrive; only those of kept series land in slots.
  REQUIRE(schema->arrival_values() == 12);
  const double arrival[] = {1, 99, 98, 97, 96, 95, 94, 93, 7, 0.5, 7, 3};
  Round round{schema, {}, {}};
  schema->Order(arrival, &round.values);
  CHECK(round.values == std::vector<double>{7, 0.5, 7, 1, 3});
}

TEST_CASE("extra families join the sorted families of the schema") {
  Round round{Schema::Build({{"b", "", "", MetricType::kGauge, {}}}, {{0, Labels{}, {}}}, nullptr), {1}, {}};
  round.extra.push_back({"a", "", "", MetricType::kGauge, {Metric{}}});
  Metric labelled;
  labelled.labels = Labels{{"x", "y"}};
  round.extra.push_back({"b", "", "", MetricType::kGauge, {labelled}});
  const auto families = ToFamilies(round);
  REQUIRE(families.size() == 2);
  CHECK(families[0].name == "a");
  CHECK(families[1].metrics.size() == 2);
}

}  // namespace bekci::model::schema_test
