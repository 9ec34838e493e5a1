#include "agent/ruler/slo/report.h"

#include <doctest/doctest.h>

#include <cmath>

namespace bekci::ruler::slo::report_test {
namespace {

constexpr base::Timestamp kNow{1'767'225'600'000};

RecordedSeries Series(const std::string& metric, double value, const std::string& window = "",
                      const std::string& handler = "") {
  RecordedSeries series;
  series.labels = {{"__name__", metric}, {"sloth_id", "shop-pay"}, {"sloth_service", "shop"}, {"sloth_slo", "pay"}};
  if (!window.empty()) series.labels.emplace_back("sloth_window", window);
  if (!handler.empty()) series.labels.emplace_back("handler", handler);
  series.value = value;
  return series;
}

TEST_CASE("what rules recorded becomes a line for each objective and each part of it") {
  const std::vector<RecordedSeries> series = {
      Series("slo:objective:ratio", 0.999),
      Series("slo:time_period:days", 30),
      Series("slo:sli_error:ratio_rate5m", 0.0005, "5m", "/"),
      Series("slo:sli_error:ratio_rate6h", 0.0005, "6h", "/"),
      Series("slo:sli_error:ratio_rate30d", 0.00025, "30d", "/"),
      Series("slo:period_data:days", 30, "", "/"),
      Series("slo:sli_error:ratio_rate5m", 0.1, "5m", "/pay"),
      Series("slo:sli_error:ratio_rate1h", 0.1, "1h", "/pay"),
      Series("slo:sli_error:ratio_rate30d", 0.002, "30d", "/pay"),
      Series("slo:period_data:days", 3.2, "", "/pay"),
  };
  const auto reports = ReportsFromSeries(series, kNow);
  CHECK(
      ReportTable(reports) ==
      "SLO                      OBJECTIVE      GOOD  BUDGET LEFT  BURN 5m  BURN 1h  BURN 6h  EXHAUSTED IN  STATE\n"
      "shop/pay {handler=/}        99.9 %  99.975 %       75.0 %     0.50              0.50           45d  ok\n"
      "shop/pay {handler=/pay}     99.9 %  99.800 %     -100.0 %   100.00   100.00                    now  burning\n");
}

TEST_CASE("an objective of which nothing was recorded has no data; Sloth's rules tell nothing of age") {
  const std::vector<RecordedSeries> series = {Series("slo:objective:ratio", 0.95)};
  const auto silent = ReportsFromSeries(series, kNow);
  REQUIRE(silent.size() == 1);
  CHECK(StateText(silent[0]) == "no data");
  const std::vector<RecordedSeries> sloth = {Series("slo:objective:ratio", 0.95),
                                             Series("slo:sli_error:ratio_rate5m", 0, "5m"),
                                             Series("slo:sli_error:ratio_rate30d", 0, "30d")};
  CHECK(StateText(ReportsFromSeries(sloth, kNow).front()) == "ok");
  // Not-a-number, other people's series, and promises that cannot be.
  const std::vector<RecordedSeries> odd = {Series("slo:objective:ratio", NAN),
                                           Series("slo:objective:ratio", 1),
                                           {{{"__name__", "slo:objective:ratio"}}, 0.9}};
  CHECK(ReportTable(ReportsFromSeries(odd, kNow)).find("nan") == std::string::npos);
  CHECK(ReportTable({}) == "no objectives\n");
}

TEST_CASE("a young objective says n of its days, in words and in numbers") {
  BudgetReport report;
  report.service = "shop";
  report.name = "pay \"now\"";
  report.id = "shop-pay";
  report.objective_percent = 99.9;
  report.period = base::hours(720);
  report.observed = base::hours(77);
  report.state = BudgetState::kWarmingUp;
  report.burns = {{base::minutes(5), {1, 4}, 250}, {base::hours(1), {}, std::nullopt}};
  CHECK(StateText(report) == "warming up, 3.2 of 30 d");
  CHECK(ReportJson(std::vector<BudgetReport>{report}) ==
        "[{\"id\":\"shop-pay\",\"service\":\"shop\",\"name\":\"pay \\\"now\\\"\",\"objective_percent\":99.9,"
        "\"period_seconds\":2.592e+06,\"good_ratio\":null,\"bad\":0,\"total\":0,\"budget_left_ratio\":1,"
        "\"budget_left_events\":0,\"burn_rates\":[{\"window\":\"5m\",\"bad\":1,\"total\":4,\"burn_rate\":250},"
        "{\"window\":\"1h\",\"bad\":0,\"total\":0,\"burn_rate\":null}],\"exhaustion_seconds\":null,"
        "\"observed_seconds\":277200,\"state\":\"warming_up\"}]\n");
}

}  // namespace
}  // namespace bekci::ruler::slo::report_test
