// perf_schema.eventsstatements: the statement digests that took most time, and all others as one.
//
// A server may hold 10 000 digests with fifteen numbers each. The N worst by total time are series of their own, the
// rest is one row with digest="other", so that nothing is lost from the sums.
//
// These are counters, and which digests are the worst changes. If "other" were simply the total less what is shown, it
// would fall whenever a digest rises out of it, and rate() would take that for a restart and count all of it again. So
// "other" grows by what the total grew since the last round less what those digests grew that are shown now and were
// shown then. A digest that is shown anew brings its past with it, and its growth since the last round is still
// other's: no scrape counts a statement twice or not at all.
#include <algorithm>
#include <array>
#include <tuple>

#include "agent/base/text.h"
#include "exporters/mysql/parts.h"
#include "exporters/mysql/values.h"

namespace bekci::exporters::mysql {
namespace {

constexpr std::string_view kLabels = "digest,digest_text,schema";
constexpr double kPicoseconds = 1e12;

#define BEKCI_DIGEST(id, name, help) \
  constexpr MetricSpec id = {"mysql_perf_schema_events_statements_" name, MetricType::kCounter, help, kLabels}
BEKCI_DIGEST(kCount, "total", "The total count of events statements by digest.");
BEKCI_DIGEST(kTime, "seconds_total", "The total time of events statements by digest.");
BEKCI_DIGEST(kErrors, "errors_total", "The errors of events statements by digest.");
BEKCI_DIGEST(kWarnings, "warnings_total", "The warnings of events statements by digest.");
BEKCI_DIGEST(kAffected, "rows_affected_total", "The total rows affected of events statements by digest.");
BEKCI_DIGEST(kSent, "rows_sent_total", "The total rows sent of events statements by digest.");
BEKCI_DIGEST(kExamined, "rows_examined_total", "The total rows examined of events statements by digest.");
BEKCI_DIGEST(kTmp, "tmp_tables_total", "The total tmp tables of events statements by digest.");
BEKCI_DIGEST(kTmpDisk, "tmp_disk_tables_total", "The total tmp disk tables of events statements by digest.");
BEKCI_DIGEST(kSortPasses, "sort_merge_passes_total",
             "The total number of merge passes by the sort algorithm performed by digest.");
BEKCI_DIGEST(kSortRows, "sort_rows_total", "The total number of sorted rows by digest.");
BEKCI_DIGEST(kNoIndex, "no_index_used_total", "The total number of statements that used full table scans by digest.");
BEKCI_DIGEST(kLock, "lock_time_seconds_total", "The total lock time of events statements by digest.");
BEKCI_DIGEST(kCpu, "cpu_time_seconds_total", "The total cpu time of events statements by digest.");
#undef BEKCI_DIGEST
constexpr MetricSpec kLatency = {"mysql_perf_schema_events_statements_latency", MetricType::kSummary,
                                 "A summary of statement latency by digest", kLabels};

struct Number {
  const MetricSpec* spec;
  std::string_view column;
  double divisor = 1;
};
constexpr Number kNumbers[] = {
    {&kCount, "COUNT_STAR"},
    {&kTime, "SUM_TIMER_WAIT", kPicoseconds},
    {&kErrors, "SUM_ERRORS"},
    {&kWarnings, "SUM_WARNINGS"},
    {&kAffected, "SUM_ROWS_AFFECTED"},
    {&kSent, "SUM_ROWS_SENT"},
    {&kExamined, "SUM_ROWS_EXAMINED"},
    {&kTmpDisk, "SUM_CREATED_TMP_DISK_TABLES"},
    {&kTmp, "SUM_CREATED_TMP_TABLES"},
    {&kSortPasses, "SUM_SORT_MERGE_PASSES"},
    {&kSortRows, "SUM_SORT_ROWS"},
    {&kNoIndex, "SUM_NO_INDEX_USED"},
    {&kLock, "SUM_LOCK_TIME", kPicoseconds},
    {&kCpu, "SUM_CPU_TIME", kPicoseconds},  // MySQL 8.0.28
};
constexpr size_t kCpuNumber = std::size(kNumbers) - 1;
constexpr const MetricSpec* kMetrics[] = {&kCount,    &kTime,     &kErrors, &kWarnings, &kAffected,
                                          &kSent,     &kExamined, &kTmp,    &kTmpDisk,  &kSortPasses,
                                          &kSortRows, &kNoIndex,  &kLock,   &kCpu,      &kLatency};
// The label values are those of mysqld_exporter, which are not fractions.
struct Quantile {
  std::string_view column;
  double label;
};
constexpr Quantile kQuantiles[] = {{"QUANTILE_95", 95}, {"QUANTILE_99", 99}, {"QUANTILE_999", 999}};

constexpr config::Option kOptions[] = {
    {.key = "limit",
     .type = config::Type::kInteger,
     .default_text = "250",
     .help = "How many digests are shown; all others are one, digest=\"other\".",
     .min = 1,
     .max = 10000},
    {.key = "timelimit",
     .type = config::Type::kDuration,
     .default_text = "1d",
     .help = "Digests not seen for so long are not shown one by one.",
     .min = 1},
    {.key = "digest_text_limit",
     .type = config::Type::kInteger,
     .default_text = "120",
     .help = "How many characters of the statement's text to show.",
     .min = 0,
     .max = 4096},
};

constexpr std::string_view kTable = " FROM performance_schema.events_statements_summary_by_digest";

// The numbers of the first `count` as columns, each within `function`.
std::string Columns(size_t count, std::string_view before, std::string_view after) {
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    text.append(", ").append(before).append(kNumbers[i].column).append(after);
    if (!before.empty()) text.append(" AS ").append(kNumbers[i].column);
  }
  return text;
}

std::vector<Statement> Statements(const config::Values& options) {
  const std::string head = "SELECT IFNULL(SCHEMA_NAME, 'NONE') AS SCHEMA_NAME, DIGEST, LEFT(DIGEST_TEXT, " +
                           std::to_string(options.Integer("digest_text_limit")) + ") AS DIGEST_TEXT";
  const auto seconds = std::chrono::duration_cast<base::seconds>(options.Duration("timelimit")).count();
  const std::string tail = std::string(kTable) +
                           " WHERE SCHEMA_NAME NOT IN ('mysql', 'performance_schema', 'information_schema')"
                           " AND LAST_SEEN > DATE_SUB(NOW(), INTERVAL " +
                           std::to_string(seconds) + " SECOND) ORDER BY SUM_TIMER_WAIT DESC LIMIT " +
                           std::to_string(options.Integer("limit"));
  const std::string quantiles = ", QUANTILE_95, QUANTILE_99, QUANTILE_999";
  Statement rows, sums;
  rows.dialects = {head + Columns(kCpuNumber + 1, "", "") + quantiles + tail,
                   head + Columns(kCpuNumber, "", "") + quantiles + tail, head + Columns(kCpuNumber, "", "") + tail};
  sums.dialects = {"SELECT 1" + Columns(kCpuNumber + 1, "SUM(", ")") + std::string(kTable),
                   "SELECT 1" + Columns(kCpuNumber, "SUM(", ")") + std::string(kTable)};
  return {std::move(rows), std::move(sums)};
}

class Digests : public Part {
 public:
  Digests(const PartEnvironment&, const config::Values& options) : statements_(Statements(options)) {}
  const std::vector<Statement>& statements() const override { return statements_; }
  base::Status Read(std::span<const ResultTable* const> answers, FamilySink& sink) override;

 private:
  using Numbers = std::array<double, std::size(kNumbers)>;
  // One digest, as it stands in the answer or as it was last round.
  struct Row {
    std::string schema, digest;
    Numbers numbers{};
    size_t row = 0;
    bool operator<(const Row& other) const { return std::tie(schema, digest) < std::tie(other.schema, other.digest); }
  };
  void ReadRows(const ResultTable& table);
  void Account(const Numbers& totals);
  void AddRow(const ResultTable& table, const Row& row, FamilySink& sink);

  const std::vector<Statement> statements_;
  std::array<int, std::size(kNumbers)> columns_{};
  std::vector<Row> rows_, last_rows_;
  bool accounted_ = false;  // there was a round before
  Numbers last_totals_{};
  Numbers other_{};        // exactly, which may fall a little: shown numbers and totals are read a moment apart
  Numbers other_shown_{};  // never falls
  std::vector<model::BoundValue> quantiles_;
};

void Digests::ReadRows(const ResultTable& table) {
  const int schema = table.Find("SCHEMA_NAME");
  const int digest = table.Find("DIGEST");
  for (size_t i = 0; i < columns_.size(); ++i) columns_[i] = table.Find(kNumbers[i].column);
  std::swap(rows_, last_rows_);
  rows_.resize(table.rows());
  std::string storage;
  for (size_t row = 0; row < table.rows(); ++row) {
    rows_[row].schema = LabelText(table.At(row, schema), &storage);
    rows_[row].digest = LabelText(table.At(row, digest), &storage);
    rows_[row].row = row;
    for (size_t i = 0; i < columns_.size(); ++i) {
      rows_[row].numbers[i] = base::ParseDouble(table.At(row, columns_[i])).value_or(0);
    }
  }
  std::sort(rows_.begin(), rows_.end());  // so that the order of the series does not follow the ranks
}

void Digests::Account(const Numbers& totals) {
  Numbers grown{};  // of what is shown and was shown
  Numbers shown{};
  auto last = last_rows_.begin();
  for (const Row& row : rows_) {
    while (last != last_rows_.end() && *last < row) ++last;
    const bool known = last != last_rows_.end() && !(row < *last);
    for (size_t i = 0; i < grown.size(); ++i) {
      shown[i] += row.numbers[i];
      if (known) grown[i] += row.numbers[i] - last->numbers[i];
    }
  }
  // Fewer statements than before: the table was emptied, or the server is another one.
  const bool restarted = !accounted_ || totals[0] < last_totals_[0];
  for (size_t i = 0; i < other_.size(); ++i) {
    other_[i] = restarted ? totals[i] - shown[i] : other_[i] + (totals[i] - last_totals_[i]) - grown[i];
    other_shown_[i] = std::max(restarted ? 0 : other_shown_[i], other_[i]);
  }
  last_totals_ = totals;
  accounted_ = true;
}

void Digests::AddRow(const ResultTable& table, const Row& row, FamilySink& sink) {
  std::string storage;
  const std::string_view text = LabelText(table.At(row.row, table.Find("DIGEST_TEXT")), &storage);
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i] == ResultTable::kNoColumn) continue;
    sink.Add(*kNumbers[i].spec, {row.digest, text, row.schema}, row.numbers[i] / kNumbers[i].divisor);
  }
  quantiles_.clear();
  for (const Quantile& quantile : kQuantiles) {
    const auto value = base::ParseDouble(table.At(row.row, table.Find(quantile.column)));
    if (value) quantiles_.push_back({quantile.label, *value / kPicoseconds});
  }
  if (quantiles_.size() != std::size(kQuantiles)) return;
  sink.AddSummary(kLatency, {row.digest, text, row.schema}, quantiles_, row.numbers[1] / kPicoseconds, row.numbers[0]);
}

base::Status Digests::Read(std::span<const ResultTable* const> answers, FamilySink& sink) {
  const ResultTable& table = *answers[0];
  Numbers totals{};
  for (size_t i = 0; i < totals.size(); ++i) {
    totals[i] = base::ParseDouble(answers[1]->At(0, answers[1]->Find(kNumbers[i].column))).value_or(0);
  }
  ReadRows(table);
  Account(totals);
  for (const Row& row : rows_) AddRow(table, row, sink);
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i] == ResultTable::kNoColumn) continue;
    sink.Add(*kNumbers[i].spec, {"other", "other", ""}, other_shown_[i] / kNumbers[i].divisor);
  }
  return base::OkStatus();
}

}  // namespace

constinit const PartSpec kDigests = {
    .name = "perf_schema.eventsstatements",
    .help = "The statement digests that take most time, and all others as one.",
    .metrics = kMetrics,
    .options = kOptions,
    .make = MakePartWithOptions<Digests>,
};

}  // namespace bekci::exporters::mysql
