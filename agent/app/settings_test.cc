#include "agent/app/settings.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "agent/app/config_docs.h"
#include "agent/base/memory_file_system.h"
#include "agent/base/text.h"
#include "agent/config/secret_files.h"
#include "agent/config/yaml_printer.h"

namespace bekci::app::settings_test {
namespace {

constexpr config::Option kTextfile[] = {
    {.key = "directory", .type = config::Type::kStrings, .default_text = "/var/lib/textfile"}};
constexpr config::Option kParts[] = {
    {.key = "enable", .type = config::Type::kStrings},
    {.key = "disable", .type = config::Type::kStrings},
};
constexpr config::Option kHostOptions[] = {
    {.key = "procfs", .type = config::Type::kString, .default_text = "/proc", .help = "Where procfs is."},
    {.key = "textfile", .type = config::Type::kSection, .section = kTextfile},
    {.key = "parts", .type = config::Type::kSection, .section = kParts},
};
constexpr config::Option kMysqlOptions[] = {
    {.key = "address", .type = config::Type::kString, .required = true},
    {.key = "password_file", .type = config::Type::kSecretFile},
};
const collect::CollectorSpec kHost = {.name = "host",
                                      .help = "The host.",
                                      .job = "node",
                                      .on_by_default = true,
                                      .many_instances = false,
                                      .options = kHostOptions};
const collect::CollectorSpec kMysql = {.name = "mysql", .help = "MySQL.", .job = "mysql", .options = kMysqlOptions};
const collect::CollectorSpec kQuota = {.name = "quota",
                                       .help = "Quotas.",
                                       .job = "quota",
                                       .freshness = collect::Freshness::kCached,
                                       .on_by_default = true,
                                       .interval = base::minutes(5)};
const collect::CollectorSpec* const kCollectors[] = {&kHost, &kMysql, &kQuota};

base::Result<Settings> Load(const std::string& text, const SettingsOverrides& overrides = {}) {
  base::MemoryFileSystem fs;
  fs.Put("/etc/bekci/bekci.yml", text);
  fs.Put("/etc/bekci/pw", "secret");
  fs.Put("/etc/bekci/web.yml",
         "basic_auth_users: {ann: $2b$04$abcdefghijklmnopqrstuuAqvzFAg7Lx1Np4cUStPkPXgGsdZ4yKi}\n");
  fs.Put("/etc/bekci/bad.yml", "basic_auth_users: {ann: x}\nfoo: 1\n");
  SettingsInput input;
  input.path = "/etc/bekci/bekci.yml";
  input.host_name = "web-1";
  input.overrides = overrides;
  input.collectors = kCollectors;
  return LoadSettings(fs, input);
}

Settings Good(const std::string& text, const SettingsOverrides& overrides = {}) {
  auto settings = Load(text, overrides);
  REQUIRE_MESSAGE(settings.ok(), settings.status().message());
  return std::move(settings).value();
}

std::string InstanceText(const Settings& settings) {
  std::string text;
  for (const auto& instance : settings.instances) text += instance.collector + "/" + instance.instance + " ";
  return text;
}

TEST_CASE("retention and limits of the store are the file's word, and have defaults") {
  const Settings none = Good("");
  CHECK(none.storage.retention_time == base::hours(31 * 24));
  CHECK(none.storage.retention_bytes == uint64_t{2} << 30);
  CHECK(none.storage.sync_interval == base::seconds(1));
  const Settings some = Good(
      "storage:\n  retention: {time: 7d, size: 512MiB}\n  sync_interval: 0\n  series_limit: 1000\n"
      "  series_limit_per_source: 0\n");
  CHECK(some.storage.retention_time == base::hours(7 * 24));
  CHECK(some.storage.retention_bytes == 512u << 20);
  CHECK(some.storage.sync_interval.count() == 0);
  CHECK(some.storage.series_limit == 1000);
  CHECK(some.storage.series_limit_per_source == 0);
}

TEST_CASE("how queries are answered is the file's word, or Prometheus' flags'") {
  const auto defaults = Load("");
  REQUIRE(defaults.ok());
  CHECK(defaults->query.lookback == base::minutes(5));
  CHECK(defaults->query.timeout == base::minutes(2));
  CHECK(defaults->query.max_samples == 50'000'000);
  CHECK(defaults->query.max_concurrency == 20);
  CHECK_FALSE(defaults->query.features.experimental_functions);
  SettingsOverrides overrides;
  overrides.query_timeout = "10s";
  overrides.features = {"promql-experimental-functions"};
  const auto set = Load("query: {lookback_delta: 1m, timeout: 1m, max_samples: 1000, max_concurrency: 2}\n", overrides);
  REQUIRE(set.ok());
  CHECK(set->query.lookback == base::minutes(1));
  CHECK(set->query.timeout == base::seconds(10));
  CHECK(set->query.max_samples == 1000);
  CHECK(set->query.max_concurrency == 2);
  CHECK(set->query.features.experimental_functions);
  CHECK(Load("query:\n  features: [promql-experimental-function]\n").status().message() ==
        "/etc/bekci/bekci.yml:2: features: unknown feature \"promql-experimental-function\", did you mean "
        "\"promql-experimental-functions\"?");
}

TEST_CASE("without a file everything has its default and what is on by default is collected") {
  base::MemoryFileSystem fs;
  SettingsInput input;
  input.host_name = "web-1";
  input.collectors = kCollectors;
  const auto loaded = LoadSettings(fs, input);
  REQUIRE_MESSAGE(loaded.ok(), loaded.status().message());
  const Settings& settings = *loaded;
  CHECK(InstanceText(settings) == "host/web-1 quota/web-1 ");
  CHECK(settings.instances[1].interval == base::minutes(5));
  const net::ServerOptions defaults;
  CHECK(settings.server.listen_addresses == defaults.listen_addresses);
  CHECK(settings.server.handler_threads == defaults.handler_threads);
  CHECK(settings.server.max_connections == defaults.max_connections);
  CHECK(settings.server.max_connections_per_address == defaults.max_connections_per_address);
  CHECK(settings.server.max_head_bytes == defaults.max_head_bytes);
  CHECK(settings.server.max_body_bytes == defaults.max_body_bytes);
  CHECK(settings.server.head_deadline == defaults.head_deadline);
  CHECK(settings.server.body_deadline == defaults.body_deadline);
  CHECK(settings.server.answer_deadline == defaults.answer_deadline);
  CHECK(settings.storage_path == "/var/lib/bekci");
  CHECK(settings.worker_memory_limit_bytes == 256u << 20);
  CHECK(settings.scrape_memory_bytes == collect::kDefaultScrapeMemory);
  CHECK(settings.log_level == base::LogLevel::kInfo);
}

TEST_CASE("a collectors section names what is collected and nothing else") {
  CHECK(InstanceText(Good("collectors: {}\n")).empty());
  CHECK(InstanceText(Good("collectors:\n  host:\n")) == "host/web-1 ");
  CHECK(InstanceText(Good("collectors: {host: {}, mysql: {address: a}}\n")) == "host/web-1 mysql/web-1 ");
  CHECK(InstanceText(Good("collectors:\n  mysql:\n    - {instance: b, address: x}\n    - {instance: a, address: y}\n"
                          "  host: [{}]\n")) == "host/web-1 mysql/b mysql/a ");
}

TEST_CASE("an instance has its own interval, or the global one where it is fresh, or its collector's") {
  const Settings settings = Good(
      "global: {scrape_interval: 3s}\ncollectors:\n  host: {}\n  quota: {}\n"
      "  mysql: {address: a, interval: 1m, deadline: 20s, max_series: 7, password_file: pw}\n");
  CHECK(settings.instances[0].interval == base::seconds(3));
  CHECK(settings.instances[0].deadline == base::seconds(3));  // 5 s, but not longer than the interval
  const collect::InstanceConfig& mysql = settings.instances[1];
  CHECK(mysql.interval == base::minutes(1));
  CHECK(mysql.deadline == base::seconds(20));
  CHECK(mysql.max_series == 7);
  // The collector gets its own options only, with full paths.
  CHECK(config::PrintYaml(mysql.options) == "address: a\npassword_file: /etc/bekci/pw\n");
  CHECK(settings.instances[2].interval == base::minutes(5));
}

TEST_CASE("relative paths start at the file, those of flags where they were typed") {
  CHECK(Good("storage: {path: state}\n").storage_path == "/etc/bekci/state");
  SettingsOverrides overrides;
  overrides.storage_path = "state";
  CHECK(Good("storage: {path: other}\n", overrides).storage_path == "state");
  CHECK(Good("web: {config_file: web.yml}\n").web_config_file == "/etc/bekci/web.yml");
}

TEST_CASE("flags win over the file and their mistakes name the flag") {
  SettingsOverrides overrides;
  overrides.listen_addresses = {"127.0.0.1:1", "127.0.0.1:2"};
  overrides.log_level = "debug";
  overrides.log_format = "json";
  overrides.host.procfs = "/host/proc";
  overrides.host.textfile_directories = {"/tmp/a"};
  overrides.host.parts = {{"cpu", false}, {"ntp", true}};
  const Settings settings =
      Good("web: {listen_address: 127.0.0.1:9}\nlog:\ncollectors: {host: {parts: {enable: [cpu, x]}}}\n", overrides);
  CHECK(settings.server.listen_addresses == std::vector<std::string>{"127.0.0.1:1", "127.0.0.1:2"});
  CHECK(settings.log_level == base::LogLevel::kDebug);
  CHECK(settings.log_format == base::LogFormat::kJson);
  CHECK(config::PrintYaml(settings.instances[0].options) ==
        "parts:\n  enable:\n    - x\n    - ntp\n  disable:\n    - cpu\nprocfs: /host/proc\ntextfile:\n  directory:\n"
        "    - /tmp/a\n");
  overrides.log_level = "loud";
  CHECK(Load("", overrides).status().message() ==
        "--log.level: level: \"loud\" is not one of debug, info, warn, error");
}

TEST_CASE("each mistake is one line that says where, what and what was meant") {
  const std::string file = "/etc/bekci/bekci.yml:";
  struct Row {
    int source_line;
    std::string text;
    std::string error;
  };
  const Row rows[] = {
      {__LINE__, "colectors: {}\n", "1: unknown key \"colectors\", did you mean \"collectors\"?"},
      {__LINE__, "collectors: {mysq: {}}\n", "1: unknown collector \"mysq\", did you mean \"mysql\"?"},
      {__LINE__, "collectors: {postgres: {}}\n",
       "1: unknown collector \"postgres\"; this version has host, mysql, quota"},
      {__LINE__, "collectors:\n",
       "1: collectors: says nothing; write \"collectors: {}\" to collect nothing, or remove the key to collect what is "
       "found on the host"},
      {__LINE__, "collectors: [host]\n", "1: collectors: expected a mapping such as {host: {}}"},
      {__LINE__, "collectors: {host: yes}\n", "1: host: expected a mapping of options, {} or a list of mappings"},
      {__LINE__, "collectors:\n  host: [{}, {}]\n", "2: host: a host has one of these; the list has 2"},
      {__LINE__, "collectors:\n  host:\n    procsf: /x\n", "3: unknown key \"procsf\", did you mean \"procfs\"?"},
      {__LINE__, "collectors:\n  mysql:\n    - {instance: a, address: x}\n    - {instance: a, address: y}\n",
       "4: mysql: a second instance \"a\"; names must differ"},
      {__LINE__, "collectors:\n  mysql:\n    - {address: x}\n    - {address: y}\n",
       "4: mysql: a second instance \"web-1\"; give each a name (instance:)"},
      {__LINE__, "collectors:\n  mysql: {}\n", "2: required key \"address\" is missing"},
      {__LINE__, "collectors:\n  mysql: {address: x, instance: a/b}\n",
       "2: instance: \"a/b\" contains a '/' or a control character; it is part of a page's address"},
      {__LINE__, "collectors:\n  host: {interval: 5s, deadline: 10s}\n",
       "2: deadline: 10s is longer than the interval, 5s"},
      {__LINE__, "collectors:\n  mysql:\n    address: x\n    password_file: /etc/x\n",
       "4: password_file: /etc/x: No such file or directory (bekci runs as user " + config::RunsAs() + ")"},
      {__LINE__, "remote_write: [a]\n",
       "1: unknown key \"remote_write\": this version of bekci does not have remote write"},
      {__LINE__, "\nrule_files: [/etc/bekci/none.yml]\n",
       "2: rule_files: open /etc/bekci/none.yml: No such file or directory"},
      {__LINE__, "storage:\n  exemplars: {max_exemplars: 1}\n",
       "2: unknown key \"exemplars\": this version of bekci does not have stored history"},
      {__LINE__, "storage:\n  retention: {tme: 1d}\n", "2: unknown key \"tme\", did you mean \"time\"?"},
      {__LINE__, "listen_address: x\n", "1: unknown key \"listen_address\" here; it belongs under \"web:\""},
      {__LINE__, "global:\n  external_labels: {\"a-b\": c}\n",
       "2: external_labels: \"a-b\" is not a label name: letters, digits and '_', not beginning with a digit or with "
       "\"__\""},
      {__LINE__, "web: {external_url: mon.example}\n",
       "1: external_url: \"mon.example\" must begin with http:// or https://"},
      {__LINE__, "web: {listen_address: []}\n", "1: listen_address: the list is empty"},
      {__LINE__, "web: {listen_address: \":10112\"}\n",
       "1: listen_address: other hosts reach :10112 and nothing asks who they are; name a web.config_file with "
       "basic_auth_users or verified client certificates, or say allow_unauthenticated: true"},
      {__LINE__, "web: {threads: 0}\n", "1: threads: 0 is out of range, must be between 1 and 256"},
      {__LINE__, "worker: {memory_limit: 1MiB}\n",
       "1: memory_limit: 1MiB is out of range, must be between 32MiB and 1TiB"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.source_line);
    const auto settings = Load(row.text);
    CHECK((settings.ok() ? std::string() : settings.status().message()) == file + row.error);
  }
}

TEST_CASE("what is wrong in both files is told at once") {
  CHECK(Load("web: {config_file: bad.yml}\nfoo: 1\n").status().message() ==
        "/etc/bekci/bekci.yml:2: unknown key \"foo\"\n"
        "/etc/bekci/bad.yml:1: basic_auth_users: \"ann\": is not a bcrypt hash; make one with: htpasswd -nBC 10 NAME\n"
        "/etc/bekci/bad.yml:2: unknown key \"foo\"; known are tls_server_config, http_server_config, basic_auth_users, "
        "rate_limit");
  CHECK(Load("web: {config_file: none.yml}\n").status().message() ==
        "/etc/bekci/bekci.yml:1: config_file: open /etc/bekci/none.yml: No such file or directory");
}

TEST_CASE("an address that others reach is fine with passwords, or when it is meant") {
  CHECK(Good("web: {listen_address: \":80\", config_file: web.yml}\n").web.users.size() == 1);
  CHECK(Good("web: {listen_address: \"0.0.0.0:80\", allow_unauthenticated: true}\n").allow_unauthenticated);
  for (const char* local : {"127.0.0.1:80", "127.1.2.3:80", "localhost:80", "\"[::1]:80\""}) {
    CHECK(Good("web: {listen_address: " + std::string(local) + "}\n").server.listen_addresses.size() == 1);
  }
}

TEST_CASE("a file that cannot be opened keeps its code, one that is no YAML is invalid") {
  base::MemoryFileSystem fs;
  SettingsInput input;
  input.path = "/nowhere.yml";
  input.collectors = kCollectors;
  CHECK(LoadSettings(fs, input).status().code() == base::Code::kNotFound);
  CHECK(Load("a: [").status().code() == base::Code::kInvalid);
}

TEST_CASE("what is shown is a file that gives the same settings, without secrets") {
  const std::string text =
      "global: {external_labels: {host: w}}\nlog: {level: warn}\ncollectors:\n"
      "  mysql: {address: \"mysql://me:hunter2@db\", interval: 1m}\n";
  const Settings settings = Good(text);
  const std::string shown = config::PrintYaml(settings.shown);
  CHECK(shown.find("hunter2") == std::string::npos);
  CHECK(shown.find("level: warn\n") != std::string::npos);
  CHECK(shown.find("listen_address: 127.0.0.1:10112\n") != std::string::npos);
  const Settings again = Good(shown);
  CHECK(config::PrintYaml(again.shown) == shown);
  CHECK(InstanceText(again) == InstanceText(settings));
}

TEST_CASE("a reload is told which changes need a restart") {
  const Settings before = Good("web: {listen_address: 127.0.0.1:1}\n");
  const Settings after = Good("web: {listen_address: 127.0.0.1:2, enable_lifecycle: false}\nlog: {level: debug}\n");
  CHECK(NeedsRestart(before, before).empty());
  CHECK(NeedsRestart(before, after) == std::vector<std::string>{"web.listen_address: 127.0.0.1:1 -> 127.0.0.1:2"});
}

TEST_CASE("the documentation names every key of every table") {
  const std::string markdown = ConfigDocsMarkdown(kCollectors);
  const std::string example = ConfigDocsExample(kCollectors);
  for (const config::Option& section : SettingsOptions()) {
    CHECK(example.find("# " + std::string(section.key) + ":") != std::string::npos);
    for (const config::Option& option : section.section) {
      CAPTURE(option.key);
      CHECK_FALSE(option.help.empty());
      CHECK(markdown.find("`" + std::string(section.key) + "." + std::string(option.key) + "`") != std::string::npos);
      CHECK(example.find("  # " + std::string(option.key) + ":") != std::string::npos);
    }
  }
  // Without the marks of comment it is a file, and a good one; but for sections where some keys exclude others, or that
  // name files.
  std::string uncommented;
  bool left_out = false;
  base::LineReader lines(example);
  for (std::string_view line; lines.Next(&line);) {
    const size_t mark = line.find("# ");
    const std::string_view content = line.substr(mark + 2);
    const std::string_view key = content.substr(0, std::min(content.find(": "), content.size() - 1));
    const bool is_key = content.substr(key.size()).starts_with(":") && key.find(' ') == std::string_view::npos;
    if (is_key && mark == 0) left_out = key == "scrape_configs" || key == "alerting" || key == "notify";
    if (is_key && !left_out) uncommented += std::string(line.substr(0, mark)) + std::string(content) + "\n";
  }
  SettingsInput input;
  base::MemoryFileSystem fs;
  fs.Put("/bekci.yml", uncommented);
  fs.Put("/etc/bekci/secret", "");
  input.path = "/bekci.yml";
  input.host_name = "web-1";
  input.collectors = kCollectors;
  const auto loaded = LoadSettings(fs, input);
  const std::string message = loaded.status().message();
  CHECK_MESSAGE(loaded.ok(), message, uncommented);
  if (loaded.ok()) CHECK(InstanceText(*loaded) == "host/web-1 mysql/web-1 quota/web-1 ");
  CHECK(markdown.find("## collectors.mysql") != std::string::npos);
  CHECK(markdown.find("`tls_server_config.cert_file`") != std::string::npos);
}

}  // namespace
}  // namespace bekci::app::settings_test
