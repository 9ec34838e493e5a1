// slave_status: what this server replicates from where, one row per source, in every dialect: SHOW ALL SLAVES STATUS
// (MariaDB, several sources), SHOW SLAVE STATUS (MySQL up to 8.3, one row per channel), SHOW REPLICA STATUS (from 8.4).
//
// Each column that is a number or a state becomes mysql_slave_status_<column>. MySQL 8.4 renamed the columns
// (Seconds_Behind_Source): those are shown under the new name, as mysqld_exporter shows them, and under the name that
// rules and dashboards know (seconds_behind_master).
#include <array>

#include "agent/base/text.h"
#include "exporters/mysql/key_cache.h"
#include "exporters/mysql/parts.h"
#include "exporters/mysql/values.h"

namespace bekci::exporters::mysql {
namespace {

constexpr std::string_view kLabels = "channel_name,connection_name,master_host,master_uuid";
constexpr MetricSpec kGeneric = {"mysql_slave_status_<column>", MetricType::kUntyped,
                                 "Generic metric from SHOW SLAVE STATUS.", kLabels};
// Of MariaDB: the sequence number of the last event group received and applied, per GTID domain.
constexpr std::string_view kGtidLabels = "channel_name,connection_name,domain_id,master_host,master_uuid,server_id";
constexpr MetricSpec kGtidIo = {"mysql_slave_status_gtid_io_pos", MetricType::kGauge,
                                "Gtid_IO_Pos metric from SHOW SLAVE STATUS.", kGtidLabels};
constexpr MetricSpec kGtidSlave = {"mysql_slave_status_gtid_slave_pos", MetricType::kGauge,
                                   "Gtid_Slave_Pos metric from SHOW SLAVE STATUS.", kGtidLabels};
constexpr const MetricSpec* kMetrics[] = {&kGeneric, &kGtidIo, &kGtidSlave};

// A column of the answer.
struct Column {
  std::string name;
  MetricSpec spec;
  std::string old_name;
  MetricSpec old_spec;  // name empty: it was not renamed
  const MetricSpec* gtid = nullptr;
};

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

void Describe(std::string_view raw, Column* column) {
  const std::string part = MetricNamePart(raw);
  const std::string old = Replaced(Replaced(part, "source", "master"), "replica", "slave");
  column->name = "mysql_slave_status_" + part;
  column->spec = {column->name, MetricType::kUntyped, kGeneric.help, kLabels};
  if (part == "gtid_io_pos") column->gtid = &kGtidIo;
  if (part == "gtid_slave_pos") column->gtid = &kGtidSlave;
  if (old == part) return;
  column->old_name = "mysql_slave_status_" + old;
  column->old_spec = {column->old_name, MetricType::kUntyped, kGeneric.help, kLabels};
}

class SlaveStatus : public Part {
 public:
  const std::vector<Statement>& statements() const override { return statements_; }
  base::Status Read(std::span<const ResultTable* const> answers, FamilySink& sink) override;

 private:
  using LabelValues = std::array<std::string_view, 4>;
  base::Status AddRow(const ResultTable& table, size_t row, FamilySink& sink);
  static void AddGtid(const MetricSpec& spec, std::string_view text, const LabelValues& labels, FamilySink& sink);

  const std::vector<Statement> statements_ = {{{"SHOW ALL SLAVES STATUS", "SHOW SLAVE STATUS", "SHOW REPLICA STATUS"}}};
  KeyCache<Column> columns_;
};

base::Status SlaveStatus::Read(std::span<const ResultTable* const> answers, FamilySink& sink) {
  for (size_t row = 0; row < answers[0]->rows(); ++row) RETURN_IF_ERROR(AddRow(*answers[0], row, sink));
  return base::OkStatus();
}

// The first of two columns that the answer has.
std::string_view Either(const ResultTable& table, size_t row, std::string_view name, std::string_view other) {
  const int column = table.Find(name);
  return table.At(row, column != ResultTable::kNoColumn ? column : table.Find(other));
}

base::Status SlaveStatus::AddRow(const ResultTable& table, size_t row, FamilySink& sink) {
  std::array<std::string, 4> cleaned;
  const LabelValues labels = {
      LabelText(table.At(row, table.Find("Channel_Name")), &cleaned[0]),
      LabelText(table.At(row, table.Find("Connection_name")), &cleaned[1]),
      LabelText(Either(table, row, "Master_Host", "Source_Host"), &cleaned[2]),
      LabelText(Either(table, row, "Master_UUID", "Source_UUID"), &cleaned[3]),
  };
  columns_.Rewind();
  for (size_t i = 0; i < table.columns(); ++i) {
    const std::string& raw = table.name(i);
    const Column* column = columns_.Find(raw, [&raw](Column* made) { Describe(raw, made); });
    if (column == nullptr) return base::LimitReached("replica status with more columns than one can have");
    const std::string_view text = table.At(row, static_cast<int>(i));
    if (column->gtid != nullptr) {
      AddGtid(*column->gtid, text, labels, sink);
      continue;
    }
    const auto value = ParseStatus(text);
    if (!value) continue;
    sink.Add(column->spec, labels, *value);
    if (!column->old_name.empty()) sink.Add(column->old_spec, labels, *value);
  }
  return base::OkStatus();
}

// "0-1-123,5-1-7": domain, server and sequence number of each domain.
void SlaveStatus::AddGtid(const MetricSpec& spec, std::string_view text, const LabelValues& labels, FamilySink& sink) {
  if (text.empty()) return;
  for (const std::string_view gtid : base::Split(text, ',')) {
    const std::vector<std::string_view> parts = base::Split(base::Trim(gtid), '-');
    if (parts.size() != 3 || !base::ParseUint(parts[0]) || !base::ParseUint(parts[1])) continue;
    const auto sequence = base::ParseUint(parts[2]);
    if (!sequence) continue;
    sink.Add(spec, {labels[0], labels[1], parts[0], labels[2], labels[3], parts[1]}, static_cast<double>(*sequence));
  }
}

}  // namespace

constinit const PartSpec kSlaveStatus = {
    .name = "slave_status",
    .on_by_default = true,
    .help = "Replication, per source.",
    .metrics = kMetrics,
    .make = MakePart<SlaveStatus>,
};

}  // namespace bekci::exporters::mysql
