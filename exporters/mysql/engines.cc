// Parts whose metrics are named by the server: info_schema.innodb_metrics, engine_tokudb_status,
// info_schema.rocksdb_perf_context.
#include "agent/base/text.h"
#include "exporters/mysql/key_cache.h"
#include "exporters/mysql/parts.h"
#include "exporters/mysql/values.h"

namespace bekci::exporters::mysql {
namespace {

// --- info_schema.innodb_metrics: the counters that innodb_monitor_enable turned on ---

constexpr std::string_view kInnodb = "mysql_info_schema_innodb_metrics_";
constexpr MetricSpec kPageRead = {"mysql_info_schema_innodb_metrics_buffer_page_read_total", MetricType::kCounter,
                                  "Total number of buffer pages read total.", "type"};
constexpr MetricSpec kPageWritten = {"mysql_info_schema_innodb_metrics_buffer_page_written_total", MetricType::kCounter,
                                     "Total number of buffer pages written total.", "type"};
constexpr MetricSpec kPoolPages = {"mysql_info_schema_innodb_metrics_buffer_pool_pages", MetricType::kGauge,
                                   "Total number of buffer pool pages by state.", "state"};
constexpr MetricSpec kPoolDirty = {"mysql_info_schema_innodb_metrics_buffer_pool_dirty_pages", MetricType::kGauge,
                                   "Total number of dirty pages in the buffer pool."};
constexpr MetricSpec kInnodbGeneric = {"mysql_info_schema_innodb_metrics_<subsystem>_<name>", MetricType::kUntyped,
                                       "The metric's comment in information_schema.innodb_metrics."};
constexpr const MetricSpec* kInnodbMetricsMetrics[] = {&kPageRead, &kPageWritten, &kPoolPages, &kPoolDirty,
                                                       &kInnodbGeneric};

struct Named {
  std::string name, gauge_name, help, label;
  MetricSpec spec;
  MetricSpec below_zero;  // name empty: `spec` whatever the value
  bool wanted = true;
};

bool IsCounter(std::string_view type) {
  return type == "counter" || type == "status_counter";
}

// The part of a metric name; only letters, digits and _ may stand there, in the case in which the server has them.
std::string NamePart(std::string_view text) {
  std::string part(text);
  for (char& c : part) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!good) c = '_';
  }
  return part;
}

// Cells: name, subsystem, type, comment, count.
void DescribeInnodb(const ResultTable& table, size_t row, Named* named) {
  const std::string_view name = table.At(row, 0);
  const std::string_view subsystem = table.At(row, 1);
  const auto take = [&](std::string_view prefix, const MetricSpec& spec) {
    named->label = name.substr(prefix.size());
    named->spec = spec;
  };
  if (subsystem == "buffer_page_io" && name.starts_with("buffer_page_read_")) {
    return take("buffer_page_read_", kPageRead);
  }
  if (subsystem == "buffer_page_io" && name.starts_with("buffer_page_written_")) {
    return take("buffer_page_written_", kPageWritten);
  }
  if (subsystem == "buffer" && name.starts_with("buffer_pool_pages_")) {
    take("buffer_pool_pages_", kPoolPages);
    if (named->label == "dirty") named->spec = kPoolDirty;
    named->wanted = named->label != "total";  // the states add up to it
    return;
  }
  const bool counter = IsCounter(table.At(row, 2));
  std::string storage;
  named->name.append(kInnodb).append(NamePart(subsystem)).append("_").append(NamePart(name));
  named->help = LabelText(table.At(row, 3), &storage);
  if (counter) {
    // Servers call some numbers counters that go up and down (os_log_pending_fsyncs). A counter cannot be below zero:
    // then it is a gauge with a gauge's name, as mysqld_exporter has it.
    named->gauge_name = named->name;
    named->below_zero = {named->gauge_name, MetricType::kGauge, named->help};
    named->name += "_total";
  }
  named->spec = {named->name, counter ? MetricType::kCounter : MetricType::kGauge, named->help};
}

class InnodbMetrics : public Part {
 public:
  const std::vector<Statement>& statements() const override { return statements_; }
  base::Status Read(std::span<const ResultTable* const> answers, FamilySink& sink) override;

 private:
  const std::vector<Statement> statements_ = {{{
      "SELECT name AS name, subsystem AS subsystem, type AS type, comment AS comment, count AS count"
      " FROM information_schema.innodb_metrics WHERE `enabled` = '1'",
      "SELECT name AS name, subsystem AS subsystem, type AS type, comment AS comment, count AS count"
      " FROM information_schema.innodb_metrics WHERE status = 'enabled'",
  }}};
  KeyCache<Named> names_;
};

base::Status InnodbMetrics::Read(std::span<const ResultTable* const> answers, FamilySink& sink) {
  const ResultTable& table = *answers[0];
  names_.Rewind();
  for (size_t row = 0; row < table.rows(); ++row) {
    const Named* named = names_.Find(table.At(row, 0), [&](Named* made) { DescribeInnodb(table, row, made); });
    if (named == nullptr) return base::LimitReached("more InnoDB metrics than one can have");
    const auto value = base::ParseDouble(table.At(row, 4));
    if (!value || !named->wanted) continue;
    if (*value < 0 && !named->below_zero.name.empty()) {
      sink.Add(named->below_zero, *value);
    } else if (named->spec.labels.empty()) {
      sink.Add(named->spec, *value);
    } else {
      sink.Add(named->spec, {named->label}, *value);
    }
  }
  return base::OkStatus();
}

// --- engine_tokudb_status ---

constexpr MetricSpec kTokudb = {"mysql_engine_tokudb_<name>", MetricType::kUntyped,
                                "Generic metric from SHOW ENGINE TOKUDB STATUS."};
constexpr const MetricSpec* kTokudbMetrics[] = {&kTokudb};

// "cachetable: size max" as cachetable_size_max.
std::string TokudbName(std::string_view text) {
  std::string name = "mysql_engine_tokudb_";
  for (const char c : base::ToLower(text)) {
    if (c == '+' || c == '/') {
      name += "and";
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      name += c;
    } else if (std::string_view(">,:()").find(c) == std::string_view::npos) {
      name += '_';
    }
  }
  return name;
}

class TokudbStatus : public Part {
 public:
  const std::vector<Statement>& statements() const override { return statements_; }
  base::Status Read(std::span<const ResultTable* const> answers, FamilySink& sink) override;

 private:
  const std::vector<Statement> statements_ = {{{"SHOW ENGINE TOKUDB STATUS"}}};
  KeyCache<Named> names_;
};

base::Status TokudbStatus::Read(std::span<const ResultTable* const> answers, FamilySink& sink) {
  const ResultTable& table = *answers[0];  // Type, Name, Status
  names_.Rewind();
  for (size_t row = 0; row < table.rows(); ++row) {
    const std::string_view raw = table.At(row, 1);
    const Named* named = names_.Find(raw, [raw](Named* made) {
      made->name = TokudbName(raw);
      made->spec = {made->name, MetricType::kUntyped, kTokudb.help};
    });
    if (named == nullptr) return base::LimitReached("more TokuDB metrics than one can have");
    if (const auto value = ParseStatus(table.At(row, 2))) sink.Add(named->spec, *value);
  }
  return base::OkStatus();
}

// --- info_schema.rocksdb_perf_context ---

constexpr std::string_view kRocksdbLabels = "part,schema,table";
constexpr MetricSpec kRocksdb = {"mysql_info_schema_rocksdb_perf_context_<stat>", MetricType::kCounter,
                                 "A statistic of information_schema.rocksdb_perf_context.", kRocksdbLabels};
constexpr const MetricSpec* kRocksdbMetrics[] = {&kRocksdb};

class RocksdbPerfContext : public Part {
 public:
  RocksdbPerfContext(const PartEnvironment& environment, const config::Values&) : row_budget_(environment.row_budget) {}
  const std::vector<Statement>& statements() const override { return statements_; }
  base::Status Read(std::span<const ResultTable* const> answers, FamilySink& sink) override;
  uint64_t left_out() const override { return left_out_; }

 private:
  const std::vector<Statement> statements_ = {
      {{"SELECT TABLE_SCHEMA, TABLE_NAME, IFNULL(PARTITION_NAME, ''), STAT_TYPE, VALUE"
        " FROM information_schema.rocksdb_perf_context"}}};
  const size_t row_budget_;
  uint64_t left_out_ = 0;
  KeyCache<Named> names_;
};

base::Status RocksdbPerfContext::Read(std::span<const ResultTable* const> answers, FamilySink& sink) {
  const ResultTable& table = *answers[0];
  names_.Rewind();
  const size_t shown = std::min(table.rows(), row_budget_);
  left_out_ = table.rows() - shown;
  std::string part, schema, name;
  for (size_t row = 0; row < shown; ++row) {
    const std::string_view raw = table.At(row, 3);
    const Named* named = names_.Find(raw, [raw](Named* made) {
      made->name = "mysql_info_schema_rocksdb_perf_context_" + MetricNamePart(raw);
      made->spec = {made->name, MetricType::kCounter, kRocksdb.help, kRocksdbLabels};
    });
    if (named == nullptr) return base::LimitReached("more RocksDB statistics than one can have");
    const auto value = base::ParseDouble(table.At(row, 4));
    if (!value) continue;
    sink.Add(
        named->spec,
        {LabelText(table.At(row, 2), &part), LabelText(table.At(row, 0), &schema), LabelText(table.At(row, 1), &name)},
        *value);
  }
  return base::OkStatus();
}

}  // namespace

constinit const PartSpec kInnodbMetrics = {
    .name = "info_schema.innodb_metrics",
    .help = "InnoDB's counters, those that innodb_monitor_enable turned on.",
    .metrics = kInnodbMetricsMetrics,
    .make = MakePart<InnodbMetrics>,
};
constinit const PartSpec kTokudbStatus = {
    .name = "engine_tokudb_status",
    .help = "SHOW ENGINE TOKUDB STATUS.",
    .metrics = kTokudbMetrics,
    .make = MakePart<TokudbStatus>,
};
constinit const PartSpec kRocksdbPerfContext = {
    .name = "info_schema.rocksdb_perf_context",
    .help = "What MyRocks does per table.",
    .metrics = kRocksdbMetrics,
    .bounded = true,
    .make = MakePartWithOptions<RocksdbPerfContext>,
};

}  // namespace bekci::exporters::mysql
