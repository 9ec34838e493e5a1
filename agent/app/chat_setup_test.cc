#include "agent/app/chat_setup.h"

#include <doctest/doctest.h>

#include "agent/base/memory_file_system.h"

namespace bekci::app::chat_setup_test {
namespace {

constexpr std::string_view kMattermost = R"(
route: {receiver: chat}
receivers:
- name: chat
  slack_configs:
  - api_url: 'https://mattermost.example.test/hooks/x'
    channel: ops
    http_config:
      authorization: {credentials: t0ken}
      http_headers: {X-Team: {values: [ops]}}
      proxy_url: 'http://proxy.example.test:3128'
      tls_config:
        {ca_file: /etc/ca.pem, cert_file: /etc/our.pem, key_file: /etc/our.key, server_name: mattermost.internal}
)";

TEST_CASE("what of a receiver's http_config goes to Slack is the proxy and whom TLS trusts, and nothing of ours") {
  base::MemoryFileSystem fs;
  fs.Put("/etc/alertmanager.yml", std::string(kMattermost));
  const auto config = notify::wiring::LoadNotifyConfig(fs, "/etc/alertmanager.yml", "");
  REQUIRE_MESSAGE(config.ok(), config.status().message());
  const auto setup = ReadChatSetup(*config, fs);
  REQUIRE_MESSAGE(setup.ok(), setup.status().message());
  REQUIRE(setup->slack.size() == 1);
  CHECK(setup->slack[0].receiver == "chat");
  const net::FetcherOptions& way = setup->slack[0].fetcher;
  REQUIRE(way.proxies.for_https.has_value());
  CHECK(way.proxies.for_https->host == "proxy.example.test");
  CHECK(way.tls.ca_file == "/etc/ca.pem");
  CHECK(way.tls.cert_file.empty());
  CHECK(way.tls.key_file.empty());
  CHECK(way.tls.server_name.empty());
}

}  // namespace
}  // namespace bekci::app::chat_setup_test
