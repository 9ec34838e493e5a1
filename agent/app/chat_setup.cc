#include "agent/app/chat_setup.h"

#include <algorithm>
#include <map>
#include <utility>

#include "agent/base/text.h"
#include "agent/client/http_secrets.h"
#include "agent/notify/receivers/digest.h"
#include "agent/notify/receivers/moved_chats.h"
#include "agent/notify/receivers/settings.h"

namespace bekci::app {
namespace {

using notify::receivers::Settings;
using notify::routing::IntegrationConfig;

// A token is "110201543:AAHd...": the number is the bot's and no secret.
std::string NameOfBot(const std::string& token) {
  std::string number = token.substr(0, token.find(':'));
  if (number.size() < token.size() && base::ParseInt(number)) return number;
  return notify::receivers::Hex(notify::receivers::Sha256(token)).substr(0, 16);
}

client::SecretSource ChatOf(const Settings& settings) {
  const std::string chat = settings.Text("chat_id");
  if (!chat.empty() && chat != "0") return {chat, {}};
  return settings.Secret("chat_id");
}

net::FetcherOptions WayToSlack(const client::HttpOptions& receiver) {
  const net::ClientTlsOptions& tls = receiver.fetcher.tls;
  net::FetcherOptions way;
  way.proxies = receiver.fetcher.proxies;
  way.follow_redirects = receiver.fetcher.follow_redirects;
  way.tls.ca_file = tls.ca_file;
  way.tls.ca = tls.ca;
  way.tls.insecure_skip_verify = tls.insecure_skip_verify;
  way.tls.min_version = tls.min_version;
  way.tls.max_version = tls.max_version;
  return way;
}

base::Status AddBot(const IntegrationConfig& entry, base::FileSystem& fs, ChatSetup* setup) {
  const Settings settings(entry.values);
  const client::SecretSource token = settings.Secret("bot_token");
  const auto read = client::ReadSecret(fs, token);
  if (!read.ok()) {
    return base::Status(read.status().code(), entry.mark.ToString() + ": bot_token_file: " + read.status().message());
  }
  std::string api_url = settings.Text("api_url");
  if (api_url.empty()) api_url = notify::receivers::kTelegramApi;
  const std::string name = NameOfBot(*read);
  auto found = std::find_if(setup->bots.begin(), setup->bots.end(),
                            [&](const ChatSetup::Bot& bot) { return bot.name == name && bot.api_url == api_url; });
  if (found == setup->bots.end()) {
    found =
        setup->bots.insert(found, {.name = name, .api_url = api_url, .token = token, .http = entry.http, .chats = {}});
  }
  found->chats.push_back(ChatOf(settings));
  return base::OkStatus();
}

}  // namespace

base::Result<ChatSetup> ReadChatSetup(const notify::wiring::NotifyConfig& config, base::FileSystem& fs) {
  const notify::escalation::ChatSettings& settings = config.escalation->chats;
  ChatSetup setup;
  setup.slack_secret = {settings.slack_signing_secret, settings.slack_signing_secret_file};
  setup.telegram_users = settings.telegram_users;
  if (settings.slack_buttons()) {
    const auto secret = client::ReadSecret(fs, setup.slack_secret);
    if (!secret.ok()) {
      return base::Status(secret.status().code(),
                          config.escalation->file + ": slack: signing_secret_file: " + secret.status().message());
    }
  }
  const std::set<std::string> used = config.UsedReceivers();
  for (const notify::routing::ReceiverConfig& receiver : config.alertmanager->receivers) {
    if (!used.contains(receiver.name)) continue;
    for (const IntegrationConfig& entry : receiver.integrations) {
      if (entry.kind == "slack") setup.slack.push_back({receiver.name, WayToSlack(entry.http)});
      if (entry.kind == "telegram" && settings.telegram_buttons) RETURN_IF_ERROR(AddBot(entry, fs, &setup));
    }
  }
  return setup;
}

}  // namespace bekci::app
