// global_status: SHOW GLOBAL STATUS. Most variables become a metric of their own; those that count per command, per
// handler, per kind of page and so on are gathered in families with a label.
#include <algorithm>
#include <array>

#include "agent/base/text.h"
#include "exporters/mysql/part.h"
#include "exporters/mysql/parts.h"
#include "exporters/mysql/values.h"
#include "exporters/mysql/variable_rows.h"

namespace bekci::exporters::mysql {
namespace {

constexpr MetricSpec kCommands = {"mysql_global_status_commands_total", MetricType::kCounter,
                                  "Total number of executed MySQL commands.", "command"};
constexpr MetricSpec kHandlers = {"mysql_global_status_handlers_total", MetricType::kCounter,
                                  "Total number of executed MySQL handlers.", "handler"};
constexpr MetricSpec kConnectionErrors = {"mysql_global_status_connection_errors_total", MetricType::kCounter,
                                          "Total number of MySQL connection errors.", "error"};
constexpr MetricSpec kPages = {"mysql_global_status_buffer_pool_pages", MetricType::kGauge,
                               "Innodb buffer pool pages by state.", "state"};
constexpr MetricSpec kDirtyPages = {"mysql_global_status_buffer_pool_dirty_pages", MetricType::kGauge,
                                    "Innodb buffer pool dirty pages."};
constexpr MetricSpec kPageChanges = {"mysql_global_status_buffer_pool_page_changes_total", MetricType::kCounter,
                                     "Innodb buffer pool page state changes.", "operation"};
constexpr MetricSpec kRowOperations = {"mysql_global_status_innodb_row_ops_total", MetricType::kCounter,
                                       "Total number of MySQL InnoDB row operations.", "operation"};
constexpr MetricSpec kLost = {
    "mysql_global_status_performance_schema_lost_total", MetricType::kCounter,
    "Total number of MySQL instrumentations that could not be loaded or created due to memory constraints.",
    "instrumentation"};
constexpr MetricSpec kGeneric = {"mysql_global_status_<variable>", MetricType::kUntyped,
                                 "Generic metric from SHOW GLOBAL STATUS."};
constexpr MetricSpec kGalera = {"mysql_galera_status_info", MetricType::kGauge, "PXC/Galera status information.",
                                "wsrep_cluster_state_uuid,wsrep_local_state_uuid,wsrep_provider_version"};
constexpr MetricSpec kLatency[] = {
    {"mysql_galera_evs_repl_latency_min_seconds", MetricType::kGauge,
     "PXC/Galera group communication latency. Min value."},
    {"mysql_galera_evs_repl_latency_avg_seconds", MetricType::kGauge,
     "PXC/Galera group communication latency. Avg value."},
    {"mysql_galera_evs_repl_latency_max_seconds", MetricType::kGauge,
     "PXC/Galera group communication latency. Max value."},
    {"mysql_galera_evs_repl_latency_stdev", MetricType::kGauge,
     "PXC/Galera group communication latency. Standard Deviation."},
    {"mysql_galera_evs_repl_latency_sample_size", MetricType::kGauge,
     "PXC/Galera group communication latency. Sample Size."},
};
constexpr const MetricSpec* kMetrics[] = {
    &kCommands, &kHandlers, &kConnectionErrors, &kPages,      &kDirtyPages, &kPageChanges, &kRowOperations, &kLost,
    &kGeneric,  &kGalera,   &kLatency[0],       &kLatency[1], &kLatency[2], &kLatency[3],  &kLatency[4],
};

// Variables of a group, as their names begin.
struct Group {
  std::string_view prefix;
  const MetricSpec* spec;
};
constexpr Group kGroups[] = {
    {"com_", &kCommands},
    {"handler_", &kHandlers},
    {"connection_errors_", &kConnectionErrors},
    {"innodb_buffer_pool_pages_", &kPages},
    {"innodb_rows_", &kRowOperations},
    {"performance_schema_", &kLost},
};
constexpr std::string_view kPageStates[] = {"data", "free", "misc", "old"};

enum TextItem { kNone, kLocalUuid, kClusterUuid, kProviderVersion, kReplLatency, kTextItems };
constexpr std::string_view kTextNames[kTextItems] = {"", "wsrep_local_state_uuid", "wsrep_cluster_state_uuid",
                                                     "wsrep_provider_version", "wsrep_evs_repl_latency"};

// What became of a variable's name.
struct Variable {
  std::string name;
  MetricSpec spec;  // of its own when `name` is not empty, else the group's
  std::string label;
  bool wanted = true;
  TextItem text = kNone;
};

void Describe(std::string_view raw, Variable* variable) {
  const auto* const item = std::find(std::begin(kTextNames) + 1, std::end(kTextNames), base::ToLower(raw));
  if (item != std::end(kTextNames)) variable->text = static_cast<TextItem>(item - std::begin(kTextNames));
  const std::string key = MetricNamePart(raw);
  for (const Group& group : kGroups) {
    if (!key.starts_with(group.prefix)) continue;
    variable->spec = *group.spec;
    variable->label = key.substr(group.prefix.size());
    if (group.spec == &kPages) {
      const bool state =
          std::find(std::begin(kPageStates), std::end(kPageStates), variable->label) != std::end(kPageStates);
      variable->wanted = variable->label != "total";  // the states add up to it
      if (variable->label == "dirty") {
        variable->spec = kDirtyPages;
      } else if (!state) {
        variable->spec = kPageChanges;
      }
    }
    return;
  }
  variable->name = "mysql_global_status_" + key;
  variable->spec = {variable->name, MetricType::kUntyped, kGeneric.help};
}

class GlobalStatus : public Part {
 public:
  const std::vector<Statement>& statements() const override { return statements_; }
  base::Status Read(std::span<const ResultTable* const> answers, FamilySink& sink) override;

 private:
  void AddGalera(FamilySink& sink) const;

  const std::vector<Statement> statements_ = {{{"SHOW GLOBAL STATUS"}}};
  KeyCache<Variable> variables_;
  std::array<std::string_view, kTextItems> texts_;
};

base::Status GlobalStatus::Read(std::span<const ResultTable* const> answers, FamilySink& sink) {
  texts_ = {};
  RETURN_IF_ERROR(
      ForEachVariable(*answers[0], &variables_, Describe, [&](const Variable& variable, std::string_view text) {
        texts_[variable.text] = text;
        if (!variable.wanted) return;
        const auto value = ParseStatus(text);
        if (!value) return;
        if (variable.spec.labels.empty()) {
          sink.Add(variable.spec, *value);
        } else {
          sink.Add(variable.spec, {variable.label}, *value);
        }
      }));
  AddGalera(sink);
  return base::OkStatus();
}

void GlobalStatus::AddGalera(FamilySink& sink) const {
  if (!texts_[kLocalUuid].empty()) {
    std::string a, b, c;
    sink.Add(kGalera,
             {LabelText(texts_[kClusterUuid], &a), LabelText(texts_[kLocalUuid], &b),
              LabelText(texts_[kProviderVersion], &c)},
             1);
  }
  // min/avg/max/stdev/samples, in seconds.
  if (texts_[kReplLatency].empty()) return;
  const std::vector<std::string_view> parts = base::Split(texts_[kReplLatency], '/');
  std::array<double, std::size(kLatency)> values{};
  if (parts.size() != values.size()) return;
  for (size_t i = 0; i < values.size(); ++i) {
    const auto value = base::ParseDouble(base::Trim(parts[i]));
    if (!value) return;
    values[i] = *value;
  }
  for (size_t i = 0; i < values.size(); ++i) sink.Add(kLatency[i], values[i]);
}

}  // namespace

constinit const PartSpec kGlobalStatus = {
    .name = "global_status",
    .on_by_default = true,
    .help = "SHOW GLOBAL STATUS.",
    .metrics = kMetrics,
    .make = MakePart<GlobalStatus>,
};

}  // namespace bekci::exporters::mysql
