#include "agent/notify/forwarding/alerting_config.h"

#include "agent/config/relabel_options.h"
#include "agent/config/secret_files.h"

namespace bekci::notify::forwarding {
namespace {

using config::Option;
using config::Type;

constexpr std::string_view kSchemes[] = {"http", "https"};
constexpr std::string_view kVersions[] = {"v2"};

constexpr Option kGroupRows[] = {
    {.key = "scheme", .type = Type::kChoice, .default_text = "http", .help = "Plain or TLS.", .choices = kSchemes},
    {.key = "path_prefix", .default_text = "/", .help = "What stands before /api/v2/alerts."},
    {.key = "timeout",
     .type = Type::kDuration,
     .default_text = "10s",
     .help = "How long an Alertmanager may take to answer.",
     .min = 0.1,
     .max = 600},
    {.key = "api_version",
     .type = Type::kChoice,
     .default_text = "v2",
     .help = "Alertmanager's API; v1 is gone.",
     .choices = kVersions},
    {.key = "relabel_configs",
     .type = Type::kSections,
     .help = "Rules for every Alertmanager that is found.",
     .section = config::kRelabelOptions},
    {.key = "alert_relabel_configs",
     .type = Type::kSections,
     .help = "Rules for alerts that go to these, behind those for all.",
     .section = config::kRelabelOptions},
};

std::span<const Option> GroupOptions() {
  static const std::vector<Option> kAll = [] {
    std::vector<Option> all(std::begin(kGroupRows), std::end(kGroupRows));
    for (const auto rows : {client::TargetGroupRows(), client::HttpOptionRows()}) {
      all.insert(all.end(), rows.begin(), rows.end());
    }
    return all;
  }();
  return kAll;
}

AlertmanagerGroup ReadGroup(const config::Values& values, const std::string& base_directory, config::Errors* errors) {
  AlertmanagerGroup group;
  group.scheme = values.String("scheme");
  group.path_prefix = values.String("path_prefix");
  group.timeout = values.Duration("timeout");
  group.static_groups = client::ReadStaticGroups(values, errors);
  group.file_sources = client::ReadFileSources(values, base_directory, errors);
  group.relabel = config::ReadRelabelRules(values.Sections("relabel_configs"), errors);
  group.alert_relabel = config::ReadRelabelRules(values.Sections("alert_relabel_configs"), errors);
  group.http = client::ReadHttpOptions(values, errors);
  group.written = values.node();
  return group;
}

}  // namespace

std::span<const Option> AlertingOptions() {
  static const Option kRows[] = {
      {.key = "alert_relabel_configs",
       .type = Type::kSections,
       .help = "Rules for every alert before it is handed over.",
       .section = config::kRelabelOptions},
      {.key = "alertmanagers",
       .type = Type::kSections,
       .help = "Other Alertmanagers that are handed our alerts.",
       .section = GroupOptions()},
  };
  return kRows;
}

AlertingConfig ReadAlerting(const config::Values& values, const std::string& base_directory, base::FileSystem& fs,
                            config::Errors* errors) {
  AlertingConfig alerting;
  alerting.alert_relabel = config::ReadRelabelRules(values.Sections("alert_relabel_configs"), errors);
  for (const config::Values& section : values.Sections("alertmanagers")) {
    alerting.groups.push_back(ReadGroup(section, base_directory, errors));
  }
  config::CheckSecretFiles(values, fs, errors);
  return alerting;
}

}  // namespace bekci::notify::forwarding
