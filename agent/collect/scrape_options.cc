#include "agent/collect/scrape_options.h"

#include <algorithm>
#include <array>

#include "agent/base/text.h"
#include "agent/client/target_groups.h"
#include "agent/config/relabel_options.h"

namespace bekci::collect {
namespace {

using config::Option;
using config::Type;

struct Protocol {
  std::string_view name;
  std::string_view media_type;
  wire::Format format;
  bool escapes;  // says how names beyond ASCII may come
};
constexpr Protocol kProtocols[] = {
    {"PrometheusProto", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
     wire::Format::kProtobuf, false},
    {"PrometheusText0.0.4", "text/plain;version=0.0.4", wire::Format::kText, false},
    {"PrometheusText1.0.0", "text/plain;version=1.0.0", wire::Format::kText, true},
    {"OpenMetricsText0.0.1", "application/openmetrics-text;version=0.0.1", wire::Format::kOpenMetrics, false},
    {"OpenMetricsText1.0.0", "application/openmetrics-text;version=1.0.0", wire::Format::kOpenMetrics, true},
};
constexpr std::string_view kProtocolNames[] = {kProtocols[0].name, kProtocols[1].name, kProtocols[2].name,
                                               kProtocols[3].name, kProtocols[4].name};

constexpr std::string_view kSchemes[] = {"http", "https"};
constexpr std::string_view kNameSchemes[] = {"utf8", "legacy"};

// Limits and formats stand in global: too, as defaults for all.
constexpr auto kDefaulted = std::to_array<Option>({
    {.key = "scrape_protocols",
     .type = Type::kStrings,
     .help = "Formats asked for, the best first. The default is OpenMetrics, then text, and protobuf before both where "
             "native histograms are wanted.",
     .choices = kProtocolNames},
    {.key = "scrape_native_histograms",
     .type = Type::kBool,
     .default_text = "false",
     .help = "Take native histograms where a target has them (protobuf)."},
    {.key = "always_scrape_classic_histograms",
     .type = Type::kBool,
     .default_text = "false",
     .help = "Take the classic form of a native histogram too."},
    {.key = "metric_name_validation_scheme",
     .type = Type::kChoice,
     .default_text = "utf8",
     .help = "Which names of metrics and labels are taken.",
     .choices = kNameSchemes},
    {.key = "body_size_limit",
     .type = Type::kSize,
     .default_text = "0",
     .help = "A page with more bytes (uncompressed) fails; 0: 16MiB, a limit against accidents."},
    {.key = "sample_limit",
     .type = Type::kInteger,
     .default_text = "0",
     .help = "A page with more samples after metric relabeling fails; 0: no limit but max_series.",
     .min = 0,
     .max = 1e12},
    {.key = "label_limit",
     .type = Type::kInteger,
     .default_text = "0",
     .help = "A sample with more labels fails its page; 0: no limit.",
     .min = 0,
     .max = 1e12},
    {.key = "label_name_length_limit",
     .type = Type::kInteger,
     .default_text = "0",
     .help = "The same for the bytes of a label's name.",
     .min = 0,
     .max = 1e12},
    {.key = "label_value_length_limit",
     .type = Type::kInteger,
     .default_text = "0",
     .help = "The same for the bytes of a label's value.",
     .min = 0,
     .max = 1e12},
});

constexpr auto kShared = std::to_array<Option>({
    {.key = "honor_labels",
     .type = Type::kBool,
     .default_text = "false",
     .help = "The page's labels win over the target's; otherwise they become exported_<name>."},
    {.key = "honor_timestamps",
     .type = Type::kBool,
     .default_text = "true",
     .help = "Take the timestamps that the page gives."},
    {.key = "fallback_scrape_protocol",
     .type = Type::kChoice,
     .help = "The format of pages whose Content-Type is missing or unknown; without it they fail.",
     .choices = kProtocolNames},
    {.key = "enable_compression", .type = Type::kBool, .default_text = "true", .help = "Ask for gzip."},
    {.key = "metric_relabel_configs",
     .type = Type::kSections,
     .help = "Rules for every sample, applied last.",
     .section = config::kRelabelOptions},
});

constexpr Option kTargetSection[] = {
    {.key = "url", .help = "What is asked for.", .required = true},
    {.key = "labels", .type = Type::kStringMap, .help = "The target's labels."},
    {.key = "timeout", .help = "The scrape's time limit in seconds, for the header that tells the target."},
    {.key = "forced_error", .help = "Why it is not asked at all."},
};
constexpr auto kTargetRows = std::to_array<Option>({
    {.key = "target", .type = Type::kSection, .help = "What the core says of the target.", .section = kTargetSection},
});

constexpr auto kCoreRows = std::to_array<Option>({
    {.key = "job_name", .help = "The job label; one scrape_config each.", .required = true},
    {.key = "scrape_interval",
     .type = Type::kDuration,
     .help = "Time from one scrape to the next. The default is global.scrape_interval.",
     .min = 0.1,
     .max = 86400 * 366.0},
    {.key = "scrape_timeout",
     .type = Type::kDuration,
     .help = "A scrape that takes longer has failed. The default is global.scrape_timeout, or the interval when that "
             "is shorter.",
     .min = 0.01,
     .max = 86400 * 366.0},
    {.key = "metrics_path", .default_text = "/metrics", .help = "The path that is asked for."},
    {.key = "scheme", .type = Type::kChoice, .default_text = "http", .help = "Plain or TLS.", .choices = kSchemes},
    {.key = "params", .type = Type::kTree, .help = "Query parameters: name to a list of values."},
    {.key = "relabel_configs",
     .type = Type::kSections,
     .help = "Rules for every target, before it is scraped.",
     .section = config::kRelabelOptions},
    {.key = "target_limit",
     .type = Type::kInteger,
     .default_text = "0",
     .help = "With more targets than this none of them is scraped; 0: no limit.",
     .min = 0,
     .max = 1e9},
    {.key = "keep_dropped_targets",
     .type = Type::kInteger,
     .default_text = "0",
     .help = "How many of the targets that relabeling dropped are kept to be shown; 0: all, up to 10000.",
     .min = 0,
     .max = 1e9},
    {.key = "track_timestamps_staleness",
     .type = Type::kBool,
     .default_text = "false",
     .help = "Series with timestamps of their own go stale too when they are gone."},
    {.key = "extra_scrape_metrics",
     .type = Type::kBool,
     .default_text = "false",
     .help = "Store scrape_timeout_seconds, scrape_sample_limit and scrape_body_size_bytes too."},
    {.key = "max_series",
     .type = Type::kInteger,
     .default_text = "50000",
     .help = "A page with more series fails: a limit against accidents, and bekci's own.",
     .min = 1,
     .max = 10e6},
});
constexpr auto kGlobalOnly = std::to_array<Option>({
    {.key = "scrape_timeout",
     .type = Type::kDuration,
     .help = "Time limit of scrapes where a scrape_config gives none. The default is 10s, or scrape_interval when that "
             "is shorter.",
     .min = 0.01,
     .max = 86400},
    kCoreRows[7],
    kCoreRows[8],
    kCoreRows[10],
});

std::vector<Option> Joined(std::initializer_list<std::span<const Option>> parts) {
  std::vector<Option> all;
  for (const std::span<const Option> part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

constexpr std::string_view kNoDiscovery =
    "bekci finds targets by static_configs and file_sd_configs only; let a tool that knows this kind write files for "
    "file_sd_configs";
constexpr MissingKey kMissing[] = {
    {"azure_sd_configs", kNoDiscovery},
    {"consul_sd_configs", kNoDiscovery},
    {"digitalocean_sd_configs", kNoDiscovery},
    {"dns_sd_configs", kNoDiscovery},
    {"docker_sd_configs", kNoDiscovery},
    {"dockerswarm_sd_configs", kNoDiscovery},
    {"ec2_sd_configs", kNoDiscovery},
    {"eureka_sd_configs", kNoDiscovery},
    {"gce_sd_configs", kNoDiscovery},
    {"hetzner_sd_configs", kNoDiscovery},
    {"http_sd_configs", kNoDiscovery},
    {"ionos_sd_configs", kNoDiscovery},
    {"kubernetes_sd_configs", kNoDiscovery},
    {"kuma_sd_configs", kNoDiscovery},
    {"lightsail_sd_configs", kNoDiscovery},
    {"linode_sd_configs", kNoDiscovery},
    {"marathon_sd_configs", kNoDiscovery},
    {"nerve_sd_configs", kNoDiscovery},
    {"nomad_sd_configs", kNoDiscovery},
    {"openstack_sd_configs", kNoDiscovery},
    {"ovhcloud_sd_configs", kNoDiscovery},
    {"puppetdb_sd_configs", kNoDiscovery},
    {"scaleway_sd_configs", kNoDiscovery},
    {"serverset_sd_configs", kNoDiscovery},
    {"stackit_sd_configs", kNoDiscovery},
    {"triton_sd_configs", kNoDiscovery},
    {"uyuni_sd_configs", kNoDiscovery},
    {"vultr_sd_configs", kNoDiscovery},
    {"sigv4", "bekci does not sign requests for AWS"},
    {"convert_classic_histograms_to_nhcb", "classic histograms are stored as they are"},
    {"native_histogram_bucket_limit", "native histograms are stored as they are"},
    {"native_histogram_min_bucket_factor", "native histograms are stored as they are"},
    {"metric_name_escaping_scheme", "names are asked for and stored as they are (allow-utf-8)"},
    {"scrape_failure_log_file", "failed scrapes are in bekci's own log, once per change"},
};

// One ScrapeOptions being read.
class Reader {
 public:
  Reader(const config::Values& values, config::Errors* errors) : values_(values), errors_(errors) {}

  ScrapeOptions Read() {
    options_.http = client::ReadHttpOptions(values_, errors_);
    Protocols();
    options_.compressed = values_.Bool("enable_compression");
    options_.honor_timestamps = values_.Bool("honor_timestamps");
    options_.body_size_limit = values_.Size("body_size_limit");
    options_.sample_limit = Number("sample_limit");
    options_.labels.honor_labels = values_.Bool("honor_labels");
    options_.labels.legacy_names = values_.String("metric_name_validation_scheme") == "legacy";
    options_.labels.limits = {Number("label_limit"), Number("label_name_length_limit"),
                              Number("label_value_length_limit")};
    options_.labels.relabel = config::ReadRelabelRules(values_.Sections("metric_relabel_configs"), errors_);
    return std::move(options_);
  }

 private:
  uint64_t Number(std::string_view key) const { return static_cast<uint64_t>(values_.Integer(key)); }

  void Protocols() {
    options_.native_histograms = values_.Bool("scrape_native_histograms");
    options_.classic_too = values_.Bool("always_scrape_classic_histograms");
    std::vector<std::string> wanted = values_.Strings("scrape_protocols");
    if (wanted.empty()) {
      wanted = {"OpenMetricsText1.0.0", "OpenMetricsText0.0.1", "PrometheusText1.0.0", "PrometheusText0.0.4"};
      if (options_.native_histograms) wanted.insert(wanted.begin(), "PrometheusProto");
    }
    for (size_t i = 0; i < wanted.size(); ++i) {
      if (std::find(wanted.begin(), wanted.begin() + static_cast<std::ptrdiff_t>(i), wanted[i]) !=
          wanted.begin() + static_cast<std::ptrdiff_t>(i)) {
        errors_->Add(values_.MarkOf("scrape_protocols"), "scrape_protocols: " + wanted[i] + " stands twice");
      }
    }
    size_t weight = std::size(kProtocols) + 1;
    for (const std::string& name : wanted) {
      const auto protocol = std::find_if(std::begin(kProtocols), std::end(kProtocols),
                                         [&](const Protocol& known) { return known.name == name; });
      if (protocol == std::end(kProtocols) || weight == 1) continue;
      options_.accept += std::string(protocol->media_type) + (protocol->escapes ? ";escaping=allow-utf-8" : "") +
                         ";q=0." + std::to_string(weight--) + ",";
    }
    options_.accept += "*/*;q=0." + std::to_string(weight);
    options_.fallback = FormatOfProtocol(values_.String("fallback_scrape_protocol"));
  }

  const config::Values& values_;
  config::Errors* const errors_;
  ScrapeOptions options_;
};

}  // namespace

std::span<const Option> ScrapeOptionRows() {
  static const std::vector<Option> kRows = Joined({kShared, client::HttpOptionRows(), kDefaulted});
  return kRows;
}
std::span<const Option> TargetOptions() {
  static const std::vector<Option> kRows = Joined({ScrapeOptionRows(), kTargetRows});
  return kRows;
}
std::span<const Option> ScrapeConfigOptions() {
  static const std::vector<Option> kRows = Joined({kCoreRows, client::TargetGroupRows(), ScrapeOptionRows()});
  return kRows;
}
std::span<const Option> ScrapeGlobalOptions() {
  static const std::vector<Option> kRows = Joined({kGlobalOnly, kDefaulted});
  return kRows;
}
std::span<const MissingKey> MissingScrapeKeys() {
  return kMissing;
}

ScrapeOptions ReadScrapeOptions(const config::Values& values, config::Errors* errors) {
  return Reader(values, errors).Read();
}

std::optional<wire::Format> FormatOfProtocol(std::string_view name) {
  for (const Protocol& protocol : kProtocols) {
    if (protocol.name == name) return protocol.format;
  }
  return std::nullopt;
}

}  // namespace bekci::collect
