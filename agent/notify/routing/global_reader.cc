#include "agent/notify/routing/global_reader.h"

#include <algorithm>

#include "agent/client/http_options.h"
#include "agent/config/yaml_printer.h"
#include "agent/notify/routing/drafts.h"
#include "agent/notify/routing/strict_lists.h"

namespace bekci::notify::routing {
namespace {

using config::Node;
using config::Values;

// A bot's token beside a webhook is a mistake, unless the webhook is where the bot posts.
void CheckSlack(const Values& values, config::Errors* errors) {
  const auto says = [&](std::string_view key) { return !values.String(key).empty(); };
  const bool token = says("slack_app_token") || says("slack_app_token_file");
  const bool url = says("slack_api_url") || says("slack_api_url_file");
  if (!token || !url || values.String("slack_api_url") == values.String("slack_app_url")) return;
  errors->Add(values.MarkOf(says("slack_app_token") ? "slack_app_token" : "slack_app_token_file"),
              "at most one of slack_app_token/slack_app_token_file & slack_api_url/slack_api_url_file must be "
              "configured");
}

bool IsSecret(const Values& values, std::string_view key) {
  const auto row = std::find_if(values.table().begin(), values.table().end(),
                                [&](const config::Option& option) { return option.key == key; });
  return row != values.table().end() && row->secret;
}

}  // namespace

void CheckUrls(const Values& values, std::span<const UrlKey> urls, config::Errors* errors) {
  for (const UrlKey& url : urls) {
    if (!values.IsSetInFile(url.key)) continue;
    const std::string& text = values.String(url.key);
    if (IsSecret(values, url.key) && text == config::kMaskedSecret) continue;
    const bool is_template = url.may_be_template && text.find("{{") != std::string::npos;
    const std::string wrong = is_template ? WrongTemplate(text) : WrongUrl(text);
    if (!wrong.empty()) errors->Add(values.MarkOf(url.key), std::string(url.key) + ": " + wrong);
  }
}

void CheckExclusive(const Values& values, std::span<const Exclusive> pairs, config::Errors* errors) {
  for (const Exclusive& pair : pairs) {
    // A number is not empty when it is there.
    const auto says = [&](std::string_view key) {
      const Node* node = values.node().Find(key);
      return node != nullptr && Says(values.node(), key);
    };
    if (!says(pair.first) || !says(pair.second)) continue;
    errors->Add(values.MarkOf(pair.second),
                "at most one of " + std::string(pair.first) + " & " + std::string(pair.second) + " must be configured");
  }
}

GlobalSection ReadGlobal(const Node* node, const std::string& base_directory, config::Errors* errors) {
  GlobalSection global;
  if (node != nullptr) global.node = *node;
  DropEmptyFiles(&global.node, GlobalOptions());
  RequireLists(global.node, GlobalOptions(), errors);
  global.values = config::Check(global.node, GlobalOptions(), errors, base_directory);
  CheckUrls(global.values, GlobalUrls(), errors);
  CheckExclusive(global.values, GlobalExclusive(), errors);
  CheckSlack(global.values, errors);
  const std::string wrong = WrongHostPort(global.values.String("smtp_smarthost"));
  if (!wrong.empty()) errors->Add(global.values.MarkOf("smtp_smarthost"), "smtp_smarthost: " + wrong);
  client::ReadHttpOptions(global.values.Section("http_config"), errors);
  client::ReadTlsOptions(global.values.Section("smtp_tls_config"), errors);
  for (const config::Option& option : GlobalOptions()) {
    const Node* given = global.node.Find(option.key);
    if ((given == nullptr || given->is_null()) && !option.default_text.empty()) {
      Put(&global.node, option.key, config::DefaultNode(option));
    }
  }
  if (!Says(global.node, "http_config")) {
    Node http;
    http.kind = Node::Kind::kMapping;
    Put(&global.node, "http_config", std::move(http));
  }
  config::Errors told;
  global.values = config::Check(global.node, GlobalOptions(), &told, base_directory);
  return global;
}

}  // namespace bekci::notify::routing
