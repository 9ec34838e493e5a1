#include "agent/collect/scrape_options.h"

#include <algorithm>
#include <array>

#include "agent/base/text.h"
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
constexpr std::string_view kTlsVersions[] = {"TLS10", "TLS11", "TLS12", "TLS13"};
constexpr std::string_view kNameSchemes[] = {"utf8", "legacy"};

constexpr Option kBasicAuth[] = {
    {.key = "username", .help = "The user's name."},
    {.key = "username_file", .type = Type::kSecretFile, .help = "File that holds it."},
    {.key = "password", .help = "The password; ${env:NAME} stands for a variable.", .secret = true},
    {.key = "password_file", .type = Type::kSecretFile, .help = "File that holds it; read at each scrape."},
};
constexpr Option kAuthorization[] = {
    {.key = "type", .default_text = "Bearer", .help = "What stands before the credentials in the header."},
    {.key = "credentials", .help = "The credentials; ${env:NAME} stands for a variable.", .secret = true},
    {.key = "credentials_file", .type = Type::kSecretFile, .help = "File that holds them; read at each scrape."},
};
constexpr Option kTls[] = {
    {.key = "ca_file",
     .type = Type::kSecretFile,
     .help = "Certificates that the target's must be signed by; the default is the system's."},
    {.key = "cert_file", .type = Type::kSecretFile, .help = "Our own certificate, for targets that ask for one."},
    {.key = "key_file", .type = Type::kSecretFile, .help = "Its key."},
    {.key = "server_name", .help = "Whom the target's certificate must be for, when that is not its host name."},
    {.key = "insecure_skip_verify",
     .type = Type::kBool,
     .default_text = "false",
     .help = "Take any certificate: whoever sits on the wire can then read and change everything."},
    {.key = "min_version", .type = Type::kChoice, .help = "The oldest TLS to speak.", .choices = kTlsVersions},
    {.key = "max_version", .type = Type::kChoice, .help = "The newest TLS to speak.", .choices = kTlsVersions},
};

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
    {.key = "basic_auth", .type = Type::kSection, .help = "Name and password for the target.", .section = kBasicAuth},
    {.key = "authorization",
     .type = Type::kSection,
     .help = "The Authorization header for the target.",
     .section = kAuthorization},
    {.key = "bearer_token", .help = "The old way to write authorization.credentials.", .secret = true},
    {.key = "bearer_token_file",
     .type = Type::kSecretFile,
     .help = "The old way to write authorization.credentials_file."},
    {.key = "http_headers",
     .type = Type::kTree,
     .help = "Further headers: name to {values: [...], secrets: [...], files: [...]}."},
    {.key = "tls_config", .type = Type::kSection, .help = "TLS with https targets.", .section = kTls},
    {.key = "proxy_url", .help = "http://HOST:PORT of a proxy to go through."},
    {.key = "follow_redirects", .type = Type::kBool, .default_text = "true", .help = "Go where the target points."},
    {.key = "enable_http2",
     .type = Type::kBool,
     .default_text = "true",
     .help = "Taken and without effect: scraping speaks HTTP/1.1."},
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

constexpr Option kStaticConfig[] = {
    {.key = "targets", .type = Type::kStrings, .help = "host:port of each target."},
    {.key = "labels", .type = Type::kStringMap, .help = "Labels of all of them."},
};
constexpr Option kFileSd[] = {
    {.key = "files",
     .type = Type::kStrings,
     .help = "Files with lists of {targets: [...], labels: {...}}, .json, .yml or .yaml; the last part of a path may "
             "hold one *.",
     .required = true},
    {.key = "refresh_interval",
     .type = Type::kDuration,
     .default_text = "5m",
     .help = "How often they are read again even when nothing told of a change.",
     .min = 1,
     .max = 86400},
};
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
    {.key = "static_configs",
     .type = Type::kSections,
     .help = "Targets that stand in this file.",
     .section = kStaticConfig},
    {.key = "file_sd_configs",
     .type = Type::kSections,
     .help = "Targets that stand in other files, whose changes are seen at once.",
     .section = kFileSd},
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
    kCoreRows[9],
    kCoreRows[10],
    kCoreRows[12],
});

template <typename... Arrays>
constexpr auto Concat(const Arrays&... arrays) {
  std::array<Option, (std::tuple_size_v<Arrays> + ...)> all{};
  size_t at = 0;
  ((std::copy(arrays.begin(), arrays.end(), all.begin() + static_cast<std::ptrdiff_t>(at)), at += arrays.size()), ...);
  return all;
}
constexpr auto kScrapeRows = Concat(kShared, kDefaulted);
constexpr auto kTargetTable = Concat(kScrapeRows, kTargetRows);
constexpr auto kScrapeConfigTable = Concat(kCoreRows, kShared, kDefaulted);
constexpr auto kGlobalTable = Concat(kGlobalOnly, kDefaulted);

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
    {"oauth2", "bekci does not fetch OAuth 2 tokens; write them to a file for authorization.credentials_file"},
    {"sigv4", "bekci does not sign requests for AWS"},
    {"proxy_from_environment", "write the proxy into proxy_url"},
    {"proxy_connect_header", "the proxy's password goes into proxy_url: http://user:password@host:port"},
    {"no_proxy", "leave proxy_url out of the scrape_configs whose targets need none"},
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
    Authentication();
    Headers();
    Transport();
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

  SecretSource Secret(const config::Values& values, std::string_view key, std::string_view file_key) {
    if (values.IsSetInFile(key) && values.IsSetInFile(file_key)) {
      errors_->Add(values.MarkOf(file_key), "give " + std::string(key) + " or " + std::string(file_key) + ", not both");
    }
    return {values.String(key), values.String(file_key)};
  }

  void Authentication() {
    const bool basic = values_.IsSetInFile("basic_auth");
    const bool authorization = values_.IsSetInFile("authorization");
    const bool bearer = values_.IsSetInFile("bearer_token") || values_.IsSetInFile("bearer_token_file");
    if (int{basic} + int{authorization} + int{bearer} > 1) {
      errors_->Add(values_.mark(), "give one of basic_auth, authorization and bearer_token");
    }
    if (basic) {
      const config::Values& section = values_.Section("basic_auth");
      options_.basic_auth = true;
      options_.username = Secret(section, "username", "username_file");
      options_.password = Secret(section, "password", "password_file");
    }
    if (authorization) {
      const config::Values& section = values_.Section("authorization");
      options_.authorization_type = section.String("type");
      options_.credentials = Secret(section, "credentials", "credentials_file");
      if (base::EqualsIgnoreCase(options_.authorization_type, "basic")) {
        errors_->Add(section.MarkOf("type"), "type: names and passwords stand under basic_auth");
      }
    }
    if (bearer) {
      options_.authorization_type = "Bearer";
      options_.credentials = Secret(values_, "bearer_token", "bearer_token_file");
    }
  }

  void Headers() {
    const config::Node* tree = values_.Tree("http_headers");
    if (tree == nullptr || tree->is_null()) return;
    if (!tree->is_mapping()) {
      errors_->Add(tree->mark, "http_headers: expected a mapping of names to {values: [...]}");
      return;
    }
    for (const auto& [name, value] : tree->entries) Header(name, value);
  }

  void Header(const config::Node& name, const config::Node& value) {
    static constexpr Option kHeader[] = {
        {.key = "values", .type = Type::kStrings},
        {.key = "secrets", .type = Type::kStrings},
        {.key = "files", .type = Type::kStrings},
    };
    static constexpr std::string_view kOurs[] = {"accept",
                                                 "accept-encoding",
                                                 "authorization",
                                                 "connection",
                                                 "content-length",
                                                 "host",
                                                 "proxy-authorization",
                                                 "te",
                                                 "transfer-encoding",
                                                 "x-prometheus-scrape-timeout-seconds"};
    const std::string lower = base::ToLower(name.scalar);
    if (std::find(std::begin(kOurs), std::end(kOurs), lower) != std::end(kOurs)) {
      errors_->Add(name.mark, "http_headers: " + base::Quoted(name.scalar) + " is set by bekci itself");
      return;
    }
    const config::Values checked = config::Check(value, kHeader, errors_);
    for (const std::string& text : checked.Strings("values")) options_.headers.emplace_back(name.scalar, text);
    for (const std::string& text : checked.Strings("secrets")) {
      options_.secret_headers.emplace_back(name.scalar, SecretSource{text, {}});
    }
    for (const std::string& file : checked.Strings("files")) {
      if (!file.starts_with('/')) errors_->Add(name.mark, "http_headers: files: " + file + " must be an absolute path");
      options_.secret_headers.emplace_back(name.scalar, SecretSource{{}, file});
    }
  }

  void Transport() {
    const config::Values& tls = values_.Section("tls_config");
    options_.fetcher.tls = {tls.String("ca_file"),     tls.String("cert_file"),          tls.String("key_file"),
                            tls.String("server_name"), tls.Bool("insecure_skip_verify"), tls.String("min_version"),
                            tls.String("max_version")};
    const auto lonely = [&](std::string_view key, std::string_view other) {
      if (tls.IsSetInFile(key) && !tls.IsSetInFile(other)) {
        errors_->Add(tls.MarkOf(key), std::string(key) + " needs " + std::string(other) + " beside it");
      }
    };
    lonely("cert_file", "key_file");
    lonely("key_file", "cert_file");
    const std::string& oldest = options_.fetcher.tls.min_version;
    const std::string& newest = options_.fetcher.tls.max_version;
    if (!oldest.empty() && !newest.empty() && newest < oldest) {
      errors_->Add(tls.MarkOf("max_version"), "max_version is older than min_version");
    }
    options_.fetcher.follow_redirects = values_.Bool("follow_redirects");
    if (values_.String("proxy_url").empty()) return;
    auto proxy = net::ParseUrl(values_.String("proxy_url"));
    if (!proxy.ok() || proxy->tls) {
      errors_->Add(values_.MarkOf("proxy_url"), "proxy_url: expected http://HOST:PORT");
    } else {
      options_.fetcher.proxy = std::move(*proxy);
    }
  }

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
  return kScrapeRows;
}
std::span<const Option> TargetOptions() {
  return kTargetTable;
}
std::span<const Option> ScrapeConfigOptions() {
  return kScrapeConfigTable;
}
std::span<const Option> ScrapeGlobalOptions() {
  return kGlobalTable;
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
