// ChatSetup: what a configuration says of the ways by which presses of buttons in chats come back.
//
// Bots are told apart by their tokens, since one token has one poller: receivers that share one share it, with all
// their chats, under the http_config of the first. Thread rule: values and a pure function.
#pragma once

#include <string>
#include <vector>

#include "agent/base/file_system.h"
#include "agent/base/status.h"
#include "agent/client/http_options.h"
#include "agent/notify/wiring/notify_config.h"

namespace bekci::app {

struct ChatSetup {
  struct Bot {
    std::string name;  // says which bot, and nothing secret
    std::string api_url;
    client::SecretSource token;
    client::HttpOptions http;
    std::vector<client::SecretSource> chats;
  };
  // How hooks.slack.com is reached. A receiver of this kind may be meant for another server that speaks like Slack
  // (Mattermost), so of its http_config come the proxy and whom TLS trusts: no credentials, fields or certificate of
  // ours, and no name of its server.
  struct SlackWay {
    std::string receiver;
    net::FetcherOptions fetcher;
  };
  client::SecretSource slack_secret;  // not given: presses are refused
  std::vector<SlackWay> slack;
  std::vector<Bot> bots;
  std::vector<std::string> telegram_users;
};

// Of receivers that are used. Errors: denied, not found, invalid: a secret cannot be read.
base::Result<ChatSetup> ReadChatSetup(const notify::wiring::NotifyConfig& config, base::FileSystem& fs);

}  // namespace bekci::app
