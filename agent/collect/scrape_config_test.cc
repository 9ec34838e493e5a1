// scrape_configs from text to targets.
#include "agent/collect/scrape_config.h"

#include <doctest/doctest.h>

#include "agent/base/memory_file_system.h"
#include "agent/collect/scrape_collector.h"
#include "agent/collect/scrape_options.h"
#include "agent/collect/worker_instance.h"

namespace bekci::collect::scrape_config_test {
namespace {

std::span<const config::Option> Root() {
  static const config::Option kRows[] = {
      {.key = "global", .type = config::Type::kSection, .section = ScrapeGlobalOptions()},
      {.key = "scrape_configs", .type = config::Type::kSections, .section = ScrapeConfigOptions()},
  };
  return kRows;
}

struct Loaded {
  std::vector<ScrapeConfig> configs;
  config::Errors errors;
};

Loaded Load(const std::string& yaml) {
  static base::MemoryFileSystem fs;
  auto root = config::ParseYaml(yaml, "b.yml");
  REQUIRE_MESSAGE(root.ok(), root.status().message());
  Loaded loaded;
  for (auto& [key, value] : root->entries) {
    if (key.scalar == "scrape_configs") RefuseMissingKeys(&value, &loaded.errors);
  }
  const config::Values values = config::Check(*root, Root(), &loaded.errors, "/etc/bekci");
  loaded.configs = ReadScrapeConfigs(values.Sections("scrape_configs"), values.Section("global"),
                                     {base::seconds(15), "/etc/bekci"}, fs, &loaded.errors);
  return loaded;
}

ScrapeConfig One(const std::string& body) {
  Loaded loaded = Load("scrape_configs:\n- {job_name: j, " + body + "}\n");
  REQUIRE_MESSAGE(loaded.errors.empty(), loaded.errors.ToStatus().message());
  return loaded.configs.at(0);
}

BuiltTargets Targets(const ScrapeConfig& config) {
  return BuildTargets(config, config.static_groups);
}

std::string Wrong(const std::string& yaml) {
  return Load(yaml).errors.ToStatus().message();
}

}  // namespace

TEST_CASE("a static target has the labels and the address that Prometheus gives it") {
  const BuiltTargets built =
      Targets(One("static_configs: [{targets: ['h:9100'], labels: {site: x}}], params: {module: [a, b], q: ['1 2']}"));
  REQUIRE(built.active.size() == 1);
  const InstanceConfig& config = built.active[0];
  CHECK(config.target->labels.ToString() == R"({instance="h:9100", job="j", site="x"})");
  CHECK(config.target->discovered.ToString() ==
        R"({__address__="h:9100", __metrics_path__="/metrics", __param_module="a", __param_q="1 2", )"
        R"(__scheme__="http", __scrape_interval__="15s", __scrape_timeout__="10s", job="j", site="x"})");
  CHECK(config.target->url == "http://h:9100/metrics?module=a&module=b&q=1+2");
  CHECK(config.collector == kScrapeCollector);
  CHECK(config.interval == base::seconds(15));
  CHECK(config.deadline == base::seconds(10));
  CHECK(config.max_series == 50'000);
}

TEST_CASE("relabeling decides the address, path, scheme, parameters, schedule and labels, or drops") {
  const BuiltTargets built = Targets(One(
      "static_configs: [{targets: ['http://shop/x', drop]}], relabel_configs: ["
      "{source_labels: [__address__], regex: drop, action: drop},"
      "{source_labels: [__address__], target_label: __param_target},"
      "{source_labels: [__param_target], target_label: instance},"
      "{target_label: __address__, replacement: '127.0.0.1:9115'}, {target_label: __metrics_path__, replacement: "
      "/probe}, {target_label: __scheme__, replacement: https}, {target_label: __scrape_interval__, replacement: 1m},"
      "{target_label: __meta_x, replacement: y}, {target_label: __tmp, replacement: y}]"));
  REQUIRE(built.active.size() == 1);
  CHECK(built.active[0].target->url == "https://127.0.0.1:9115/probe?target=http%3A%2F%2Fshop%2Fx");
  CHECK(built.active[0].target->labels.ToString() == R"({instance="http://shop/x", job="j"})");
  CHECK(built.active[0].interval == base::minutes(1));
  REQUIRE(built.dropped.size() == 1);
  CHECK(built.dropped_count == 1);
  CHECK(built.dropped[0].discovered.Get("__address__") == "drop");
}

TEST_CASE("equal targets are one, limits hold, and what cannot be scraped says why") {
  CHECK(Targets(One("static_configs: [{targets: [a, a]}, {targets: [a]}]")).active.size() == 1);
  const BuiltTargets over = Targets(One("target_limit: 1, static_configs: [{targets: [a, b]}]"));
  REQUIRE(over.active.size() == 2);
  const config::Node* target = over.active[0].options.Find("target");
  REQUIRE(target != nullptr);
  CHECK(target->Find("forced_error")->scalar == "target_limit exceeded (number of targets: 2, limit: 1)");
  const BuiltTargets few = Targets(One(
      "keep_dropped_targets: 1, static_configs: [{targets: [a, b, c]}], relabel_configs: [{action: drop, regex: ''}]"));
  CHECK(few.dropped.size() == 1);
  CHECK(few.dropped_count == 3);

  const auto problem = [](const std::string& rule) {
    const BuiltTargets built = Targets(One("static_configs: [{targets: [a]}], relabel_configs: [" + rule + "]"));
    CHECK(built.active.empty());
    return built.problems.empty() ? "" : built.problems[0];
  };
  CHECK(problem("{target_label: __address__, replacement: ''}") == "job j, target \"a\": no address");
  CHECK(problem("{target_label: __address__, replacement: 'x/y'}").find("is not a valid hostname") !=
        std::string::npos);
  CHECK(problem("{target_label: __scrape_interval__, replacement: soon}").find("scrape interval: ") !=
        std::string::npos);
  CHECK(problem("{target_label: __scrape_interval__, replacement: 1s}") ==
        "job j, target \"a\": scrape timeout 10s is greater than the interval 1s");
  CHECK(problem("{target_label: __scheme__, replacement: ftp}").find("must begin with http") != std::string::npos);
}

TEST_CASE("what global says holds where a scrape_config says nothing") {
  const Loaded loaded = Load(
      "global: {scrape_timeout: 5s, sample_limit: 7, label_limit: 9}\nscrape_configs:\n- {job_name: a}\n- {job_name: "
      "b, sample_limit: 3, scrape_interval: 2s}\n");
  REQUIRE_MESSAGE(loaded.errors.empty(), loaded.errors.ToStatus().message());
  CHECK(loaded.configs[0].timeout == base::seconds(5));
  CHECK(loaded.configs[1].timeout == base::seconds(2));
  CHECK(loaded.configs[0].sample_limit == 7);
  CHECK(loaded.configs[1].sample_limit == 3);
  CHECK(loaded.configs[0].worker_options.Find("sample_limit")->scalar == "7");
  CHECK(loaded.configs[1].worker_options.Find("sample_limit")->scalar == "3");
  CHECK(loaded.configs[1].worker_options.Find("label_limit")->scalar == "9");
}

TEST_CASE("the worker builds what the core sends") {
  const BuiltTargets built = Targets(
      One("scheme: https, static_configs: [{targets: [h]}], basic_auth: {username: u, password: p}, tls_config: "
          "{insecure_skip_verify: true, min_version: TLS13}, proxy_url: 'http://u:p@proxy:3128', no_proxy: "
          "'10.0.0.0/8', proxy_connect_header: {X-A: [b]}, enable_http2: false, "
          "metric_relabel_configs: [{regex: x, action: labeldrop}], scrape_protocols: [PrometheusProto]"));
  REQUIRE(built.active.size() == 1);
  base::RealClock clock;
  base::RealFileSystem fs;
  base::CaptureLogger log;
  const auto made = MakeCollector(built.active[0], {&fs, &clock, &log});
  CHECK_MESSAGE(made.ok(), made.status().message());
}

TEST_CASE("mistakes are told with their place, and with what to do instead") {
  const auto wrong = [](const std::string& body) { return Wrong("scrape_configs:\n- job_name: j\n  " + body + "\n"); };
  CHECK(Wrong("scrape_configs:\n- {}\n") == "b.yml:2: required key \"job_name\" is missing");
  CHECK(Wrong("scrape_configs:\n- {job_name: a}\n- {job_name: a}\n") ==
        "b.yml:3: a second scrape_config with job_name \"a\"");
  CHECK(
      wrong("kubernetes_sd_configs: [{role: pod}]").starts_with("b.yml:3: kubernetes_sd_configs: bekci finds targets"));
  CHECK(wrong("oauth2: {token_url: 'http://t/'}").find("required key \"client_id\" is missing") != std::string::npos);
  CHECK(wrong("oauth2: {client_id: a, token_url: 't'}").find("token_url: URL \"t\": must begin with http") !=
        std::string::npos);
  CHECK(wrong("oauth2: {client_id: a, token_url: 'http://t/'}\n  bearer_token: b").find("give one of basic_auth") !=
        std::string::npos);
  CHECK(wrong("no_proxy: a").find("no_proxy needs proxy_url") != std::string::npos);
  CHECK(wrong("proxy_from_environment: true\n  proxy_url: 'http://p'").find("not both") != std::string::npos);
  CHECK(wrong("proxy_connect_header: {X-A: [b]}").find("needs proxy_url or") != std::string::npos);
  CHECK(wrong("honour_labels: true") == "b.yml:3: unknown key \"honour_labels\", did you mean \"honor_labels\"?");
  CHECK(wrong("scrape_timeout: 20s") == "b.yml:3: scrape_timeout: 20s is longer than the interval, 15s");
  CHECK(wrong("static_configs: [{targets: ['http://h/']}]").find("is not a valid hostname") != std::string::npos);
  CHECK(wrong("file_sd_configs: [{files: ['a*/b.yml']}]").find("must end in .json") != std::string::npos);
  CHECK(wrong("file_sd_configs: [{files: [b.txt]}]").find("must end in .json") != std::string::npos);
  CHECK(wrong("basic_auth: {username: a, password: b, password_file: /c}")
            .find("give password or password_file, not both") != std::string::npos);
  CHECK(wrong("basic_auth: {username: a}\n  authorization: {credentials: b}").find("give one of basic_auth") !=
        std::string::npos);
  CHECK(wrong("authorization: {type: Basic}").find("stand under basic_auth") != std::string::npos);
  CHECK(wrong("tls_config: {ca_file: /no/such/ca.pem}").find("/no/such/ca.pem") != std::string::npos);
  CHECK(wrong("proxy_url: 'socks5://h:1'") == "b.yml:3: proxy_url: expected http://HOST:PORT");
  CHECK(wrong("http_headers: {Authorization: {values: [x]}}") ==
        "b.yml:3: http_headers: \"Authorization\" is set by bekci itself");
  CHECK(wrong("params: {a: b}").find("expected a list of values") != std::string::npos);
  CHECK(wrong("scrape_protocols: [PrometheusText0.0.4, PrometheusText0.0.4]").find("stands twice") !=
        std::string::npos);
  CHECK(wrong("metric_relabel_configs: [{action: hashmod}]").find("needs a modulus") != std::string::npos);
}

}  // namespace bekci::collect::scrape_config_test
