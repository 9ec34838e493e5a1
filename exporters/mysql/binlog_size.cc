// binlog_size: how many binary logs there are, and their bytes; heartbeat: pt-heartbeat's table.
#include <algorithm>

#include "agent/base/text.h"
#include "exporters/mysql/parts.h"
#include "exporters/mysql/rows_part.h"
#include "exporters/mysql/values.h"

namespace bekci::exporters::mysql {
namespace {

constexpr MetricSpec kSize = {"mysql_binlog_size_bytes", MetricType::kGauge,
                              "Combined size of all registered binlog files."};
constexpr MetricSpec kFiles = {"mysql_binlog_files", MetricType::kGauge, "Number of registered binlog files."};
constexpr MetricSpec kNumber = {"mysql_binlog_file_number", MetricType::kGauge, "The last binlog file number."};
constexpr const MetricSpec* kBinlogMetrics[] = {&kSize, &kFiles, &kNumber};

class BinlogSize : public Part {
 public:
  const std::vector<Statement>& statements() const override { return statements_; }
  base::Status Read(std::span<const ResultTable* const> answers, FamilySink& sink) override;

 private:
  const std::vector<Statement> statements_ = {{{"SHOW BINARY LOGS"}}};
};

base::Status BinlogSize::Read(std::span<const ResultTable* const> answers, FamilySink& sink) {
  const ResultTable& table = *answers[0];
  double size = 0;
  for (size_t row = 0; row < table.rows(); ++row) size += base::ParseDouble(table.At(row, 1)).value_or(0);
  sink.Add(kSize, size);
  sink.Add(kFiles, static_cast<double>(table.rows()));
  if (table.rows() == 0) return base::OkStatus();
  const std::string_view last = table.At(table.rows() - 1, 0);  // binlog.000123
  const size_t dot = last.rfind('.');
  const auto number = dot == std::string_view::npos ? std::nullopt : base::ParseUint(last.substr(dot + 1));
  if (number) sink.Add(kNumber, static_cast<double>(*number));
  return base::OkStatus();
}

constexpr std::string_view kServer[] = {"server_id"};
constexpr MetricSpec kStored = {"mysql_heartbeat_stored_timestamp_seconds", MetricType::kGauge,
                                "Timestamp stored in the heartbeat table.", "server_id"};
constexpr MetricSpec kNow = {"mysql_heartbeat_now_timestamp_seconds", MetricType::kGauge,
                             "Timestamp of the current server.", "server_id"};
constexpr RowMetric kHeartbeatRows[] = {{&kNow, "now_ts", kServer}, {&kStored, "stored_ts", kServer}};
constexpr const MetricSpec* kHeartbeatMetrics[] = {&kNow, &kStored};
constexpr RowShape kHeartbeatShape = {kHeartbeatRows};

constexpr config::Option kHeartbeatOptions[] = {
    {.key = "database", .type = config::Type::kString, .default_text = "heartbeat", .help = "Schema of the table."},
    {.key = "table",
     .type = config::Type::kString,
     .default_text = "heartbeat",
     .help = "The table pt-heartbeat writes."},
    {.key = "utc",
     .type = config::Type::kBool,
     .default_text = "false",
     .help = "pt-heartbeat runs with --utc: compare with the server's UTC time."},
};

base::Result<std::unique_ptr<Part>> MakeHeartbeat(const PartEnvironment& environment, const config::Values& options) {
  // Not `stored`: MySQL 8 has made that a word of its own.
  std::string sql = std::string("SELECT UNIX_TIMESTAMP(ts) AS stored_ts, UNIX_TIMESTAMP(") +
                    (options.Bool("utc") ? "UTC_TIMESTAMP(6)" : "NOW(6)") + ") AS now_ts, server_id FROM " +
                    SqlName(options.String("database")) + "." + SqlName(options.String("table"));
  return std::unique_ptr<Part>(
      std::make_unique<RowsPart>(kHeartbeatShape, std::vector<std::string>{std::move(sql)}, environment.row_budget));
}

}  // namespace

constinit const PartSpec kBinlogSize = {
    .name = "binlog_size",
    .help = "Number and bytes of the binary logs.",
    .metrics = kBinlogMetrics,
    .make = MakePart<BinlogSize>,
};
constinit const PartSpec kHeartbeat = {
    .name = "heartbeat",
    .help = "Replication lag by pt-heartbeat's table.",
    .metrics = kHeartbeatMetrics,
    .options = kHeartbeatOptions,
    .bounded = true,
    .make = MakeHeartbeat,
};

}  // namespace bekci::exporters::mysql
