// From target groups to targets: labels, relabeling, checks, and the options that go to the worker.
#include <algorithm>
#include <map>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/collect/scrape_collector.h"
#include "agent/collect/scrape_config.h"
#include "agent/net/url.h"

namespace bekci::collect {
namespace {

using config::Node;
using model::Labels;

constexpr std::string_view kAddress = "__address__";
constexpr std::string_view kScheme = "__scheme__";
constexpr std::string_view kPath = "__metrics_path__";
constexpr std::string_view kInterval = "__scrape_interval__";
constexpr std::string_view kTimeout = "__scrape_timeout__";
constexpr std::string_view kParam = "__param_";
constexpr std::string_view kMeta = "__meta_";
constexpr size_t kKeptDropped = 10'000;  // where the configuration sets no bound

Labels Discovered(const ScrapeConfig& config, const std::string& address, const Labels& group) {
  const std::string interval = base::DurationText(config.interval);
  const std::string timeout = base::DurationText(config.timeout);
  std::vector<Labels::Pair> pairs(group.begin(), group.end());
  std::vector<std::string> names;
  names.reserve(config.params.size());
  const std::pair<std::string_view, std::string_view> defaults[] = {{"job", config.job},
                                                                    {kInterval, interval},
                                                                    {kTimeout, timeout},
                                                                    {kPath, config.metrics_path},
                                                                    {kScheme, config.scheme}};
  for (const auto& [name, value] : defaults) {
    if (!group.Has(name)) pairs.emplace_back(name, value);
  }
  for (const auto& [name, values] : config.params) {
    if (!values.empty()) pairs.emplace_back(names.emplace_back(std::string(kParam) + name), values.front());
  }
  pairs.emplace_back(kAddress, address);  // the target's own label wins over the group's
  return Labels::FromPairs(std::move(pairs));
}

std::string QueryOf(const ScrapeConfig& config, const Labels& labels) {
  std::map<std::string, std::vector<std::string>> params(config.params.begin(), config.params.end());
  for (const auto& [name, value] : labels) {
    if (!name.starts_with(kParam)) continue;
    auto& values = params[std::string(name.substr(kParam.size()))];
    if (values.empty()) values.emplace_back();
    values.front() = value;
  }
  std::string query;
  for (const auto& [name, values] : params) {
    for (const std::string& value : values) {
      query += (query.empty() ? "?" : "&") + net::QueryEscaped(name) + "=" + net::QueryEscaped(value);
    }
  }
  return query;
}

std::string UrlOf(const ScrapeConfig& config, const Labels& labels) {
  std::string path = net::PathEscaped(labels.Get(kPath));
  if (!path.starts_with('/')) path.insert(0, "/");
  return std::string(labels.Get(kScheme)) + "://" + std::string(labels.Get(kAddress)) + path + QueryOf(config, labels);
}

base::Result<base::Duration> DurationIn(const Labels& labels, std::string_view label, std::string_view what) {
  const auto duration = base::ParseDuration(labels.Get(label));
  if (!duration.ok()) return base::Invalid("scrape " + std::string(what) + ": " + duration.status().message());
  if (*duration < base::milliseconds(1)) return base::Invalid("scrape " + std::string(what) + " cannot be 0");
  return *duration;
}

Node Text(std::string text) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.scalar = std::move(text);
  node.quoted = true;
  return node;
}

Node Mapping() {
  Node node;
  node.kind = Node::Kind::kMapping;
  return node;
}

InstanceConfig ConfigOf(const ScrapeConfig& config, std::shared_ptr<const ScrapeTarget> target, std::string key) {
  InstanceConfig instance;
  instance.collector = kScrapeCollector;
  instance.instance = std::move(key);
  instance.interval = target->interval;
  instance.deadline = target->timeout;
  instance.max_series = config.max_series;
  instance.base_directory = config.base_directory;
  instance.options = config.worker_options;
  Node section = Mapping();
  Node labels = Mapping();
  for (const auto& [name, value] : target->labels) {
    labels.entries.emplace_back(Text(std::string(name)), Text(std::string(value)));
  }
  section.entries.emplace_back(Text("url"), Text(target->url));
  section.entries.emplace_back(Text("timeout"), Text(base::DoubleText(base::ToSeconds(target->timeout))));
  section.entries.emplace_back(Text("labels"), std::move(labels));
  instance.options.entries.emplace_back(Text("target"), std::move(section));
  instance.target = std::move(target);
  return instance;
}

// What one target of a group becomes: a target, or why there is none. Null: dropped by relabeling.
base::Result<std::shared_ptr<const ScrapeTarget>> Build(const ScrapeConfig& config, const Labels& discovered,
                                                        Labels* all) {
  const auto relabeled = model::Relabel(discovered, config.relabel);
  if (!relabeled || relabeled->empty()) return std::shared_ptr<const ScrapeTarget>();
  const std::string address(relabeled->Get(kAddress));
  if (address.empty()) return base::Invalid("no address");
  RETURN_IF_ERROR(CheckTargetAddress(address));
  auto target = std::make_shared<ScrapeTarget>();
  ASSIGN_OR_RETURN(target->interval, DurationIn(*relabeled, kInterval, "interval"));
  ASSIGN_OR_RETURN(target->timeout, DurationIn(*relabeled, kTimeout, "timeout"));
  if (target->timeout > target->interval) {
    return base::Invalid("scrape timeout " + base::DurationText(target->timeout) + " is greater than the interval " +
                         base::DurationText(target->interval));
  }
  std::vector<Labels::Pair> kept;
  std::vector<Labels::Pair> stored;
  for (const auto& [name, value] : *relabeled) {
    if (!base::IsValidUtf8(value)) return base::Invalid("the value of label " + base::Quoted(name) + " is not UTF-8");
    if (!name.starts_with(kMeta)) kept.emplace_back(name, value);
    if (!name.starts_with("__")) stored.emplace_back(name, value);
  }
  if (!relabeled->Has("instance")) {
    kept.emplace_back("instance", address);
    stored.emplace_back("instance", address);
  }
  *all = Labels::FromPairs(std::move(kept));
  target->labels = Labels::FromPairs(std::move(stored));
  target->scrape_pool = config.job;
  target->discovered = discovered;
  target->url = UrlOf(config, *all);
  target->sample_limit = config.sample_limit;
  target->extra_metrics = config.extra_metrics;
  target->track_timestamps_staleness = config.track_timestamps_staleness;
  const auto url = net::ParseUrl(target->url);
  if (!url.ok()) return url.status();
  return std::shared_ptr<const ScrapeTarget>(std::move(target));
}

void FailAll(const ScrapeConfig& config, std::vector<InstanceConfig>* targets) {
  const std::string error = "target_limit exceeded (number of targets: " + std::to_string(targets->size()) +
                            ", limit: " + std::to_string(config.target_limit) + ")";
  for (InstanceConfig& target : *targets) {
    Node& section = target.options.entries.back().second;
    section.entries.emplace_back(Text("forced_error"), Text(error));
  }
}

}  // namespace

base::Status CheckTargetAddress(const std::string& text) {
  if (text.find('/') == std::string::npos) return base::OkStatus();
  return base::Invalid(base::Quoted(text) +
                       " is not a valid hostname: give host:port; scheme and path are keys of "
                       "their own");
}

BuiltTargets BuildTargets(const ScrapeConfig& config, std::span<const client::TargetGroup> groups) {
  BuiltTargets built;
  std::map<std::string, InstanceConfig> by_key;
  const size_t keep = config.keep_dropped_targets == 0 ? kKeptDropped : config.keep_dropped_targets;
  for (const client::TargetGroup& group : groups) {
    for (const std::string& address : group.targets) {
      Labels discovered = Discovered(config, address, group.labels);
      Labels all;
      auto target = Build(config, discovered, &all);
      if (!target.ok()) {
        built.problems.push_back("job " + config.job + ", target " + base::Quoted(address) + ": " +
                                 target.status().message());
      } else if (*target == nullptr) {
        if (++built.dropped_count <= keep) built.dropped.push_back({config.job, std::move(discovered)});
      } else {
        // The identity of a target: all its labels and where it is.
        std::string key = config.job + " " + (*target)->url + " " + all.ToString();
        if (!by_key.contains(key)) by_key.emplace(key, ConfigOf(config, std::move(*target), key));
      }
    }
  }
  for (auto& [key, instance] : by_key) built.active.push_back(std::move(instance));
  if (config.target_limit != 0 && built.active.size() > config.target_limit) FailAll(config, &built.active);
  return built;
}

}  // namespace bekci::collect
