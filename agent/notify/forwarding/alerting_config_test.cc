#include "agent/notify/forwarding/alerting_config.h"

#include <doctest/doctest.h>

#include "agent/base/memory_file_system.h"
#include "agent/base/text.h"
#include "agent/notify/forwarding/alertmanagers.h"

namespace bekci::notify::forwarding::alerting_config_test {
namespace {

struct Read {
  AlertingConfig config;
  std::string errors;
};

Read ReadText(const std::string& text) {
  base::MemoryFileSystem fs;
  config::Errors errors;
  const auto node = config::ParseYaml(text, "bekci.yml");
  REQUIRE(node.ok());
  const config::Values values = config::Check(*node, AlertingOptions(), &errors);
  Read read{ReadAlerting(values, "/etc/bekci", fs, &errors), ""};
  read.errors = base::Join(errors.lines(), "\n");
  return read;
}

std::vector<std::string> UrlsOf(const Read& read) {
  std::vector<std::string> urls;
  for (const AlertmanagerGroup& group : read.config.groups) {
    const FoundAlertmanagers found = FindAlertmanagers(group, group.static_groups);
    for (const net::Url& url : found.active) urls.push_back(url.ToString());
    for (const std::string& url : found.dropped) urls.push_back("dropped " + url);
    for (const std::string& problem : found.problems) urls.push_back(problem);
  }
  return urls;
}

using Urls = std::vector<std::string>;

TEST_CASE("Alertmanagers are asked at scheme, address, prefix and /api/v2/alerts, each once") {
  CHECK(UrlsOf(ReadText("alertmanagers: [{static_configs: [{targets: ['a:9093', 'b:9093', 'a:9093']}]}]")) ==
        Urls{"http://a:9093/api/v2/alerts", "http://b:9093/api/v2/alerts"});
  CHECK(UrlsOf(ReadText("alertmanagers: [{scheme: https, path_prefix: am/, static_configs: [{targets: [a]}]}]")) ==
        Urls{"https://a/am/api/v2/alerts"});
}

TEST_CASE("relabeling drops Alertmanagers and changes where they are asked") {
  const std::string rules =
      "relabel_configs: [{source_labels: [site], regex: far, action: drop},"
      "{source_labels: [site], regex: near, target_label: __scheme__, replacement: https}]";
  CHECK(UrlsOf(ReadText("alertmanagers: [{static_configs: [{targets: [a], labels: {site: far}}, {targets: [b], labels: "
                        "{site: near}}], " +
                        rules + "}]")) == Urls{"https://b/api/v2/alerts", "dropped http://a/api/v2/alerts"});
}

TEST_CASE("an address that is none is a problem of its own and of nobody else") {
  const auto urls = UrlsOf(ReadText("alertmanagers: [{static_configs: [{targets: ['a b', c]}]}]"));
  REQUIRE(urls.size() == 2);
  CHECK(urls[0] == "http://c/api/v2/alerts");
  CHECK(urls[1].starts_with("alertmanager a b: "));
}

TEST_CASE("mistakes are told with file and line") {
  CHECK(ReadText("alertmanagers:\n- api_version: v1\n").errors.starts_with("bekci.yml:2: api_version"));
  CHECK(ReadText("alertmanagers:\n- sheme: https\n").errors.find("did you mean \"scheme\"") != std::string::npos);
  CHECK(ReadText("alertmanagers: [{basic_auth: {username: u, password: p}, authorization: {credentials: c}}]").errors !=
        "");
  CHECK(ReadText("alert_relabel_configs: [{action: fly}]").errors != "");
  CHECK(ReadText("alertmanagers: [{file_sd_configs: [{files: [x.txt]}]}]").errors != "");
}

}  // namespace
}  // namespace bekci::notify::forwarding::alerting_config_test
