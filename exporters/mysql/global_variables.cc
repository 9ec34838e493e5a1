// global_variables: SHOW GLOBAL VARIABLES: what is a number, ON or OFF as a gauge of its own; version, isolation level
// and Galera's settings as info metrics.
#include <algorithm>
#include <array>

#include "agent/base/text.h"
#include "exporters/mysql/part.h"
#include "exporters/mysql/parts.h"
#include "exporters/mysql/values.h"
#include "exporters/mysql/variable_rows.h"

namespace bekci::exporters::mysql {
namespace {

constexpr MetricSpec kGeneric = {"mysql_global_variables_<variable>", MetricType::kGauge,
                                 "Generic gauge metric from SHOW GLOBAL VARIABLES."};
constexpr MetricSpec kVersion = {"mysql_version_info", MetricType::kGauge, "MySQL version and distribution.",
                                 "innodb_version,version,version_comment"};
constexpr MetricSpec kGalera = {"mysql_galera_variables_info", MetricType::kGauge, "PXC/Galera variables information.",
                                "wsrep_cluster_name"};
constexpr MetricSpec kGcache = {"mysql_galera_gcache_size_bytes", MetricType::kGauge, "PXC/Galera gcache size."};
constexpr MetricSpec kIsolation = {"mysql_transaction_isolation", MetricType::kGauge, "MySQL transaction isolation.",
                                   "level"};
constexpr const MetricSpec* kMetrics[] = {&kGeneric, &kVersion, &kGalera, &kGcache, &kIsolation};

enum TextItem {
  kNone,
  kInnodbVersion,
  kServerVersion,
  kComment,
  kCluster,
  kProvider,
  kTxIsolation,
  kTransactionIsolation,
  kTextItems
};
constexpr std::string_view kTextNames[kTextItems] = {"",
                                                     "innodb_version",
                                                     "version",
                                                     "version_comment",
                                                     "wsrep_cluster_name",
                                                     "wsrep_provider_options",
                                                     "tx_isolation",
                                                     "transaction_isolation"};

struct Variable {
  std::string name;
  MetricSpec spec;
  TextItem text = kNone;
};

void Describe(std::string_view raw, Variable* variable) {
  const auto* const item = std::find(std::begin(kTextNames) + 1, std::end(kTextNames), raw);
  if (item != std::end(kTextNames)) variable->text = static_cast<TextItem>(item - std::begin(kTextNames));
  variable->name = "mysql_global_variables_" + MetricNamePart(raw);
  variable->spec = {variable->name, MetricType::kGauge, kGeneric.help};
}

// "...; gcache.size = 128M; ...": bytes, or 0 when it is not said.
double GcacheSize(std::string_view options) {
  for (const std::string_view option : base::Split(options, ';')) {
    const size_t equals = option.find('=');
    if (equals == std::string_view::npos || base::Trim(option.substr(0, equals)) != "gcache.size") continue;
    std::string_view text = base::Trim(option.substr(equals + 1));
    double factor = 1;
    for (const char unit : std::string_view("KMGT")) {
      factor *= 1024;
      if (text.empty() || (text.back() | 0x20) != (unit | 0x20)) continue;
      text.remove_suffix(1);
      return base::ParseDouble(text).value_or(0) * factor;
    }
    return base::ParseDouble(text).value_or(0);
  }
  return 0;
}

class GlobalVariables : public Part {
 public:
  const std::vector<Statement>& statements() const override { return statements_; }
  base::Status Read(std::span<const ResultTable* const> answers, FamilySink& sink) override;

 private:
  void AddInfos(FamilySink& sink) const;

  const std::vector<Statement> statements_ = {{{"SHOW GLOBAL VARIABLES"}}};
  KeyCache<Variable> variables_;
  std::array<std::string_view, kTextItems> texts_;
};

base::Status GlobalVariables::Read(std::span<const ResultTable* const> answers, FamilySink& sink) {
  texts_ = {};
  RETURN_IF_ERROR(
      ForEachVariable(*answers[0], &variables_, Describe, [&](const Variable& variable, std::string_view text) {
        texts_[variable.text] = text;
        if (const auto value = ParseStatus(text)) sink.Add(variable.spec, *value);
      }));
  AddInfos(sink);
  return base::OkStatus();
}

void GlobalVariables::AddInfos(FamilySink& sink) const {
  std::string a, b, c;
  sink.Add(
      kVersion,
      {LabelText(texts_[kInnodbVersion], &a), LabelText(texts_[kServerVersion], &b), LabelText(texts_[kComment], &c)},
      1);
  if (!texts_[kCluster].empty()) sink.Add(kGalera, {LabelText(texts_[kCluster], &a)}, 1);
  if (!texts_[kProvider].empty()) sink.Add(kGcache, GcacheSize(texts_[kProvider]));
  const std::string_view level =
      texts_[kTransactionIsolation].empty() ? texts_[kTxIsolation] : texts_[kTransactionIsolation];
  if (!level.empty()) sink.Add(kIsolation, {LabelText(level, &a)}, 1);
}

}  // namespace

constinit const PartSpec kGlobalVariables = {
    .name = "global_variables",
    .on_by_default = true,
    .help = "SHOW GLOBAL VARIABLES.",
    .metrics = kMetrics,
    .make = MakePart<GlobalVariables>,
};

}  // namespace bekci::exporters::mysql
