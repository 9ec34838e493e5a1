// Properties over random families: what is written reads back equal, in every format and under every escaping; and a
// template's page is the writer's page, byte for byte.
#include <doctest/doctest.h>

#include <bit>
#include <limits>

#include "agent/base/text.h"
#include "agent/model/schema.h"
#include "agent/wire/exposition.h"
#include "agent/wire/family_compare.h"
#include "agent/wire/random_families.h"
#include "agent/wire/text_template.h"

namespace bekci::wire::round_trip_test {
namespace {

using model::MetricFamily;

base::Result<std::vector<MetricFamily>> Parse(Format format, std::string_view bytes) {
  if (format == Format::kText) return ParseText(bytes);
  return format == Format::kOpenMetrics ? ParseOpenMetrics(bytes) : ParseProtobuf(bytes);
}

std::vector<Negotiated> AllForms() {
  std::vector<Negotiated> forms;
  for (const Format format : {Format::kText, Format::kOpenMetrics, Format::kProtobuf}) {
    for (const Escaping escaping : {Escaping::kUnderscores, Escaping::kDots, Escaping::kValues, Escaping::kAllowUtf8}) {
      forms.push_back({format, escaping, format == Format::kProtobuf ? "" : "1.0.0"});
    }
  }
  return forms;
}

}  // namespace

TEST_CASE("what is written reads back equal in every format and escaping") {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const std::vector<MetricFamily> families = RandomFamilies(seed).Make(8);
    for (const Negotiated& as : AllForms()) {
      CAPTURE(seed);
      CAPTURE(as.ContentType());
      std::string page;
      WriteExposition(families, as, &page);
      const auto read = Parse(as.format, page);
      INFO(page);
      REQUIRE_MESSAGE(read.ok(), read.status().message());
      CHECK(Difference(AsReadBack(families, as), *read, as.format != Format::kProtobuf) == "");
    }
  }
}

TEST_CASE("every double survives every format") {
  RandomFamilies random(42);
  MetricFamily family{"m", "", "", model::MetricType::kGauge, {}};
  for (size_t i = 1; i <= 20000; ++i) {
    model::Metric& metric = family.metrics.emplace_back();
    metric.labels = {{"i", std::to_string(i)}};
    metric.value = random.Number();
  }
  family.metrics[0].value = std::bit_cast<double>(uint64_t{0x7ff0000000000002});  // the stale marker
  const std::vector<MetricFamily> families{family};
  for (const Format format : {Format::kText, Format::kOpenMetrics, Format::kProtobuf}) {
    const Negotiated as{format, Escaping::kUnderscores, "1.0.0"};
    std::string page;
    WriteExposition(families, as, &page);
    const auto read = Parse(format, page);
    REQUIRE(read.ok());
    CHECK(Difference(families, *read, format != Format::kProtobuf) == "");
  }
}

TEST_CASE("a template's page is the writer's page byte for byte") {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    RandomFamilies random(seed);
    std::vector<model::FamilySchema> heads;
    std::vector<model::Schema::Arrival> arrivals;
    for (const MetricFamily& family : random.Make(6)) {
      for (const model::Metric& metric : family.metrics) {
        const bool summary = family.type == model::MetricType::kSummary;
        std::vector<double> bounds;
        for (const auto& point : summary ? metric.quantiles : metric.buckets) bounds.push_back(point.bound);
        if (bounds.empty() && metric.native) bounds.push_back(std::numeric_limits<double>::infinity());
        arrivals.push_back({static_cast<uint32_t>(heads.size()), metric.labels, bounds});
      }
      heads.push_back({family.name, family.help, family.unit, family.type, {}});
    }
    std::vector<std::string> problems;
    model::Round round{model::Schema::Build(std::move(heads), std::move(arrivals), &problems), {}, {}};
    for (size_t i = 0; i < round.schema->slots(); ++i) round.values.push_back(random.Number());
    const model::Labels extra = seed % 2 == 0 ? model::Labels{} : model::Labels{{"instance", "a\"b"}, {"u", "kept"}};
    std::vector<MetricFamily> families = ToFamilies(round);
    for (MetricFamily& family : families) {
      for (model::Metric& metric : family.metrics) metric.labels = extra.With(metric.labels);
    }
    for (const Negotiated& as : AllForms()) {
      if (as.format == Format::kProtobuf) continue;
      const TextTemplate page_template(*round.schema, as, extra);
      std::string page;
      std::vector<TextSpan> numbers;
      page_template.Write(round.values, &page, &numbers);
      std::string expected;
      WriteExposition(families, as, &expected);
      CAPTURE(seed);
      CHECK(page == expected);
      REQUIRE(numbers.size() == round.values.size());
      size_t end = 0;
      for (const TextSpan& number : numbers) {
        REQUIRE((number.begin >= end && number.end > number.begin && number.end <= page.size()));
        CHECK(base::ParseDouble(std::string_view(page).substr(number.begin, number.size())));
        end = number.end;
      }
    }
  }
}

}  // namespace bekci::wire::round_trip_test
