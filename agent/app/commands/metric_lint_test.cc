#include "agent/app/commands/metric_lint.h"

#include <doctest/doctest.h>

#include "agent/wire/exposition.h"

namespace bekci::app::commands::metric_lint_test {
namespace {

TEST_CASE("each naming rule of Prometheus has its sentence") {
  const struct {
    int line;
    const char* text;
    std::vector<std::string> findings;
  } rows[] = {
      {__LINE__, "# HELP a_seconds x\n# TYPE a_seconds gauge\na_seconds 1\n", {}},
      {__LINE__, "# HELP a_total x\n# TYPE a_total counter\na_total 1\n", {}},
      {__LINE__, "# TYPE a gauge\na 1\n", {"a no help text"}},
      {__LINE__, "# HELP a x\n# TYPE a counter\na 1\n", {"a counter metrics should have \"_total\" suffix"}},
      {__LINE__,
       "# HELP a_total x\n# TYPE a_total gauge\na_total 1\n",
       {"a_total non-counter metrics should not have \"_total\" suffix"}},
      {__LINE__,
       "# HELP a_count x\n# TYPE a_count gauge\na_count 1\n",
       {"a_count non-histogram and non-summary metrics should not have \"_count\" suffix"}},
      {__LINE__,
       "# HELP a_milliseconds x\n# TYPE a_milliseconds gauge\na_milliseconds 1\n",
       {"a_milliseconds use base unit \"seconds\" instead of \"milliseconds\""}},
      {__LINE__,
       "# HELP a_ms x\n# TYPE a_ms gauge\na_ms 1\n",
       {"a_ms metric names should not contain abbreviated units"}},
      {__LINE__,
       "# HELP a_gauge x\n# TYPE a_gauge gauge\na_gauge 1\n",
       {"a_gauge metric name should not include type 'gauge'"}},
      {__LINE__,
       "# HELP a:b x\n# TYPE a:b gauge\na:b{poolName=\"c\"} 1\n",
       {"a:b metric names should not contain ':'",
        "a:b label names should be written in 'snake_case' not 'camelCase'"}},
      {__LINE__,
       "# HELP aB x\n# TYPE aB gauge\naB 1\n",
       {"aB metric names should be written in 'snake_case' not 'camelCase'"}},
      {__LINE__, "# HELP h x\n# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n", {}},
      {__LINE__,
       "# HELP a x\n# TYPE a gauge\na{le=\"1\"} 1\n",
       {"a non-histogram metrics should not have \"le\" label"}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.line);
    const auto families = wire::ParseText(row.text);
    REQUIRE(families.ok());
    CHECK(LintMetrics(*families) == row.findings);
  }
}

}  // namespace
}  // namespace bekci::app::commands::metric_lint_test
