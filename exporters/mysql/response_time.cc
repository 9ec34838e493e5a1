// Distributions of how long statements take, from which p95 and p99 of everything follow with histogram_quantile:
// info_schema.query_response_time (plug-in of MariaDB and Percona Server) and perf_schema.eventsstatementshistogram
// (MySQL 8).
#include <cmath>

#include "agent/base/text.h"
#include "exporters/mysql/parts.h"
#include "exporters/mysql/values.h"

namespace bekci::exporters::mysql {
namespace {

constexpr size_t kMaxBuckets = 500;

constexpr MetricSpec kAll = {"mysql_info_schema_query_response_time_seconds", MetricType::kHistogram,
                             "The number of all queries by duration they took to execute."};
constexpr MetricSpec kRead = {"mysql_info_schema_read_query_response_time_seconds", MetricType::kHistogram,
                              "The number of read queries by duration they took to execute."};
constexpr MetricSpec kWrite = {"mysql_info_schema_write_query_response_time_seconds", MetricType::kHistogram,
                               "The number of write queries by duration they took to execute."};
constexpr const MetricSpec* kResponseMetrics[] = {&kAll, &kRead, &kWrite};

class QueryResponseTime : public Part {
 public:
  const std::vector<Statement>& statements() const override { return statements_; }
  base::Status Read(std::span<const ResultTable* const> answers, FamilySink& sink) override;

 private:
  void AddDistribution(const ResultTable& table, const MetricSpec& spec, FamilySink& sink);

  const std::vector<Statement> statements_ = {
      {{"SELECT @@query_response_time_stats"}},
      {{"SELECT TIME, COUNT, TOTAL FROM information_schema.QUERY_RESPONSE_TIME"}},
      {{"SELECT TIME, COUNT, TOTAL FROM information_schema.QUERY_RESPONSE_TIME_READ"}, true},
      {{"SELECT TIME, COUNT, TOTAL FROM information_schema.QUERY_RESPONSE_TIME_WRITE"}, true},
  };
  std::vector<model::BoundValue> buckets_;
};

base::Status QueryResponseTime::Read(std::span<const ResultTable* const> answers, FamilySink& sink) {
  if (ParseStatus(answers[0]->At(0, 0)).value_or(0) == 0) return base::NoData("query_response_time_stats is OFF");
  for (size_t i = 0; i < std::size(kResponseMetrics); ++i) AddDistribution(*answers[i + 1], *kResponseMetrics[i], sink);
  return base::OkStatus();
}

void QueryResponseTime::AddDistribution(const ResultTable& table, const MetricSpec& spec, FamilySink& sink) {
  if (table.rows() == 0 || table.rows() > kMaxBuckets) return;
  buckets_.clear();
  double count = 0;
  double sum = 0;
  for (size_t row = 0; row < table.rows(); ++row) {
    count += base::ParseDouble(base::Trim(table.At(row, 1))).value_or(0);
    const auto bound = base::ParseDouble(base::Trim(table.At(row, 0)));
    if (!bound || std::isinf(*bound)) continue;  // "TOO LONG", in +Inf
    if (!buckets_.empty() && !(*bound > buckets_.back().bound)) return;
    sum += base::ParseDouble(base::Trim(table.At(row, 2))).value_or(0);
    buckets_.push_back({*bound, count});
  }
  buckets_.push_back({INFINITY, count});
  sink.AddHistogram(spec, {}, buckets_, sum, count);
}

constexpr MetricSpec kStatements = {"bekci_mysql_statement_duration_seconds", MetricType::kHistogram,
                                    "All statements by the time they took, from performance_schema (MySQL 8)."};
constexpr const MetricSpec* kHistogramMetrics[] = {&kStatements};

// performance_schema has 50 buckets per power of ten, from 10 us on. Every fifth up to 100 s is shown: neighbours
// differ by a quarter.
class StatementHistogram : public Part {
 public:
  const std::vector<Statement>& statements() const override { return statements_; }
  base::Status Read(std::span<const ResultTable* const> answers, FamilySink& sink) override;

 private:
  const std::vector<Statement> statements_ = {
      {{"SELECT BUCKET_TIMER_HIGH, COUNT_BUCKET_AND_LOWER FROM performance_schema.events_statements_histogram_global"
        " WHERE BUCKET_NUMBER < 350 AND BUCKET_NUMBER % 5 = 4 ORDER BY BUCKET_NUMBER"}},
      {{"SELECT MAX(COUNT_BUCKET_AND_LOWER) FROM performance_schema.events_statements_histogram_global"}},
      {{"SELECT SUM(SUM_TIMER_WAIT) FROM performance_schema.events_statements_summary_global_by_event_name"}},
  };
  std::vector<model::BoundValue> buckets_;
};

base::Status StatementHistogram::Read(std::span<const ResultTable* const> answers, FamilySink& sink) {
  constexpr double kPicoseconds = 1e12;
  const ResultTable& table = *answers[0];
  if (table.rows() == 0 || table.rows() > kMaxBuckets) return base::NoData("the server keeps no such distribution");
  buckets_.clear();
  double seen = 0;
  for (size_t row = 0; row < table.rows(); ++row) {
    const auto bound = base::ParseDouble(table.At(row, 0));
    const auto count = base::ParseDouble(table.At(row, 1));
    if (!bound || !count || (!buckets_.empty() && !(*bound / kPicoseconds > buckets_.back().bound))) {
      return base::Corrupt("events_statements_histogram_global: buckets out of order");
    }
    seen = std::max(seen, *count);
    buckets_.push_back({*bound / kPicoseconds, seen});
  }
  const double count = std::max(seen, base::ParseDouble(answers[1]->At(0, 0)).value_or(0));
  buckets_.push_back({INFINITY, count});
  sink.AddHistogram(kStatements, {}, buckets_, base::ParseDouble(answers[2]->At(0, 0)).value_or(0) / kPicoseconds,
                    count);
  return base::OkStatus();
}

}  // namespace

constinit const PartSpec kQueryResponseTime = {
    .name = "info_schema.query_response_time",
    .on_by_default = true,
    .help = "All statements by the time they took, where the plug-in is installed and on (MariaDB, Percona Server).",
    .metrics = kResponseMetrics,
    .make = MakePart<QueryResponseTime>,
};
constinit const PartSpec kStatementHistogram = {
    .name = "perf_schema.eventsstatementshistogram",
    .help = "All statements by the time they took (MySQL 8).",
    .metrics = kHistogramMetrics,
    .make = MakePart<StatementHistogram>,
};

}  // namespace bekci::exporters::mysql
