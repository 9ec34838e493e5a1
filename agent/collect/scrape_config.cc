// Reading of scrape_configs. The making of targets is in target_builder.cc.
#include "agent/collect/scrape_config.h"

#include <algorithm>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/collect/scrape_options.h"
#include "agent/config/relabel_options.h"
#include "agent/config/secret_files.h"

namespace bekci::collect {
namespace {

using config::Node;
using config::Values;

constexpr base::Duration kDefaultTimeout = base::seconds(10);

bool HasKey(std::span<const config::Option> table, std::string_view key) {
  return std::any_of(table.begin(), table.end(), [key](const config::Option& option) { return option.key == key; });
}

class Reader {
 public:
  Reader(const Values& values, const Values& global, const ScrapeDefaults& defaults, base::FileSystem& fs,
         config::Errors* errors)
      : values_(values), global_(global), defaults_(defaults), fs_(fs), errors_(errors) {}

  ScrapeConfig Read() {
    config_.job = values_.String("job_name");
    if (values_.IsSetInFile("job_name") && config_.job.empty()) {
      errors_->Add(values_.MarkOf("job_name"), "job_name is empty");
    }
    config_.metrics_path = values_.String("metrics_path");
    config_.scheme = values_.String("scheme");
    config_.base_directory = defaults_.base_directory;
    config_.max_series = static_cast<uint64_t>(values_.Integer("max_series"));
    config_.track_timestamps_staleness = values_.Bool("track_timestamps_staleness");
    config_.extra_metrics = Default("extra_scrape_metrics").Bool("extra_scrape_metrics");
    config_.target_limit = Number("target_limit");
    config_.keep_dropped_targets = Number("keep_dropped_targets");
    config_.sample_limit = Number("sample_limit");
    Schedule();
    Params();
    config_.static_groups = client::ReadStaticGroups(values_, errors_);
    config_.file_sources = client::ReadFileSources(values_, defaults_.base_directory, errors_);
    config_.relabel = config::ReadRelabelRules(values_.Sections("relabel_configs"), errors_);
    CheckStaticAddresses();
    WorkerOptions();
    config::CheckSecretFiles(values_, fs_, errors_);
    return std::move(config_);
  }

 private:
  // Where a key that also stands in global: has its value.
  const Values& Default(std::string_view key) const { return values_.IsSetInFile(key) ? values_ : global_; }
  uint64_t Number(std::string_view key) const { return static_cast<uint64_t>(Default(key).Integer(key)); }

  void Schedule() {
    config_.interval =
        values_.IsSetInFile("scrape_interval") ? values_.Duration("scrape_interval") : defaults_.interval;
    if (values_.IsSetInFile("scrape_timeout")) {
      config_.timeout = values_.Duration("scrape_timeout");
    } else {
      const bool global = global_.IsSetInFile("scrape_timeout");
      config_.timeout = std::min(global ? global_.Duration("scrape_timeout") : kDefaultTimeout, config_.interval);
    }
    if (config_.timeout > config_.interval) {
      errors_->Add(values_.MarkOf("scrape_timeout"), "scrape_timeout: " + base::DurationText(config_.timeout) +
                                                         " is longer than the interval, " +
                                                         base::DurationText(config_.interval));
    }
  }

  void Params() {
    const Node* tree = values_.Tree("params");
    if (tree == nullptr || tree->is_null()) return;
    if (!tree->is_mapping()) {
      errors_->Add(tree->mark, "params: expected a mapping of names to lists of values");
      return;
    }
    for (const auto& [name, value] : tree->entries) {
      std::vector<std::string> texts;
      for (const Node& item : value.items) texts.push_back(item.scalar);
      const bool good = value.is_sequence() && std::all_of(value.items.begin(), value.items.end(),
                                                           [](const Node& item) { return item.is_scalar(); });
      if (!good) {
        errors_->Add(name.mark, "params: " + name.scalar + ": expected a list of values such as [a, b]");
      } else {
        config_.params.emplace_back(name.scalar, std::move(texts));
      }
    }
  }

  // Where no rule can mend it, a URL in place of an address is a mistake of the file.
  void CheckStaticAddresses() {
    if (!config_.relabel.empty()) return;
    for (const Values& section : values_.Sections("static_configs")) {
      for (const std::string& target : section.Strings("targets")) {
        const base::Status status = CheckTargetAddress(target);
        if (!status.ok()) errors_->Add(section.MarkOf("targets"), "targets: " + status.message());
      }
    }
  }

  void WorkerOptions() {
    config_.worker_options.kind = Node::Kind::kMapping;
    config_.worker_options.mark = values_.mark();
    const std::span<const config::Option> rows = ScrapeOptionRows();
    auto& entries = config_.worker_options.entries;
    for (const auto& entry : values_.node().entries) {
      if (HasKey(rows, entry.first.scalar)) entries.push_back(entry);
    }
    for (const auto& entry : global_.node().entries) {
      const std::string& key = entry.first.scalar;
      if (HasKey(rows, key) && !values_.IsSetInFile(key)) entries.push_back(entry);
    }
    (void)ReadScrapeOptions(values_, errors_);
  }

  const Values& values_;
  const Values& global_;
  const ScrapeDefaults& defaults_;
  base::FileSystem& fs_;
  config::Errors* const errors_;
  ScrapeConfig config_;
};

}  // namespace

void RefuseMissingKeys(Node* section, config::Errors* errors) {
  for (Node& item : section->items) {
    std::erase_if(item.entries, [errors](const auto& entry) {
      for (const MissingKey& missing : MissingScrapeKeys()) {
        if (entry.first.scalar != missing.key) continue;
        errors->Add(entry.first.mark, std::string(missing.key) + ": " + std::string(missing.why));
        return true;
      }
      return false;
    });
  }
}

std::vector<ScrapeConfig> ReadScrapeConfigs(const std::vector<Values>& sections, const Values& global,
                                            const ScrapeDefaults& defaults, base::FileSystem& fs,
                                            config::Errors* errors) {
  std::vector<ScrapeConfig> configs;
  if (global.IsSetInFile("scrape_timeout") && global.Duration("scrape_timeout") > defaults.interval) {
    errors->Add(global.MarkOf("scrape_timeout"),
                "scrape_timeout: longer than the interval, " + base::DurationText(defaults.interval));
  }
  for (const Values& section : sections) {
    ScrapeConfig config = Reader(section, global, defaults, fs, errors).Read();
    const bool taken =
        std::any_of(configs.begin(), configs.end(), [&](const ScrapeConfig& other) { return other.job == config.job; });
    if (taken)
      errors->Add(section.MarkOf("job_name"), "a second scrape_config with job_name " + base::Quoted(config.job));
    configs.push_back(std::move(config));
  }
  return configs;
}

}  // namespace bekci::collect
