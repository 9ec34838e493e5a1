// notify_message: expands templates of notifications that come as lines of JSON, for comparisons with Alertmanager.
//
//     {"data": {a webhook's body, "now": "2026-..."}, "text": "...", "html": false, "max_alerts": 0, "files": [globs]}
//     {"data": {...}, "payload": true}            the webhook's body
//     {"data": {...}, "payload_tree": "yaml"}     a payload that a configuration wrote
//
// One line of JSON comes back for each: {"text": ...} or {"error": ...}. A tool of the tests, no part of the product.
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "agent/notify/message/message_templates.h"
#include "agent/notify/message/notification_for_tests.h"
#include "agent/notify/message/webhook_payload.h"

namespace bekci::notify::message {
namespace {

using Json = nlohmann::json;

base::Result<std::string> Answer(base::FileSystem& files, const Json& test) {
  const Notification notification = NotificationFromJson(test["data"]);
  const MessageData data(notification, {.max_alerts = test.value("max_alerts", size_t{0})});
  if (test.value("payload", false)) return WebhookPayload(data);
  const auto patterns = test.value("files", std::vector<std::string>());
  ASSIGN_OR_RETURN(const auto templates, MessageTemplates::Load(files, patterns));
  if (test.contains("payload_tree")) {
    ASSIGN_OR_RETURN(const config::Node tree, config::ParseYaml(test["payload_tree"].get<std::string>(), "payload"));
    return CustomPayload(tree, data, *templates);
  }
  const auto text = test.value("text", "");
  return test.value("html", false) ? templates->ExpandHtml(text, data) : templates->Expand(text, data);
}

int Run() {
  base::RealFileSystem files;
  for (std::string line; std::getline(std::cin, line);) {
    const auto answer = Answer(files, Json::parse(line));
    const Json out = answer.ok() ? Json{{"text", *answer}} : Json{{"error", answer.status().message()}};
    std::cout << out.dump(-1, ' ', true, Json::error_handler_t::replace) << "\n";
  }
  return 0;
}

}  // namespace
}  // namespace bekci::notify::message

int main() {
  try {
    return bekci::notify::message::Run();
  } catch (const std::exception& error) {
    std::cerr << "notify_message: " << error.what() << "\n";
    return 2;
  }
}
