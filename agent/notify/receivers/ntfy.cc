// ntfy: push messages of a server of one's own or of ntfy.sh, with a button to acknowledge.
//
// Published as JSON to the server's root, not in header fields: these hold no letters beyond ASCII.
// Source: receivers.md section 13, the vendor's documentation. Thread rule: as HttpJob.
#include <algorithm>

#include "agent/notify/message/truncate.h"
#include "agent/notify/receivers/kinds.h"
#include "agent/notify/receivers/url_template.h"

namespace bekci::notify::receivers {
namespace {

constexpr size_t kMaxMessageBytes = 4096;
constexpr size_t kMaxTitle = 250;

std::string TagsJson(HttpJob& job) {
  JsonList list;
  for (const std::string& tag : job.settings().Texts("tags")) {
    std::string quoted;
    wire::AppendJsonString(&quoted, job.Expanded("tags", tag));
    list.Add(quoted);
  }
  return list.TextIfAny();
}

Delivery DeliverNtfy(HttpJob& job) {
  const std::string ack = job.AckUrl();
  const std::string priority = job.Text("priority");
  JsonBody json;
  json.Add("topic", job.Secret("topic"))
      .AddIfAny("title", message::TruncateCharacters(job.Text("title"), kMaxTitle).text);
  json.Add("message", message::TruncateBytes(job.Text("message"), kMaxMessageBytes).text);
  if (priority.size() == 1 && priority[0] >= '1' && priority[0] <= '5') json.AddNumber("priority", priority[0] - '0');
  json.AddRawIfAny("tags", TagsJson(job)).AddIfAny("click", job.Text("click"));
  if (!ack.empty()) {
    JsonBody action;
    action.Add("action", "view").Add("label", "Acknowledge").Add("url", ack);
    json.AddRaw("actions", "[" + std::move(action).Object() + "]");
  }
  HttpQuestion question{.url = JoinUrl(job.Text("server"), ""), .body = std::move(json).Body()};
  const std::string token = job.Secret("token");
  if (!token.empty()) question.secrets = {{"Authorization", "Bearer " + token}};
  const HttpReply reply = job.Ask(question);
  Delivery delivery = job.Judged(reply);
  if (IsSuccess(delivery.outcome)) delivery.detail = JsonAnswer(reply.body).Text("/id");
  return delivery;
}

base::Status CheckNtfy(const Settings& settings) {
  if (!settings.Secret("topic").given()) return base::Invalid("give topic or topic_file");
  return CheckUrl("server", settings.Text("server"));
}

}  // namespace

const HttpKind kNtfy = {.name = "ntfy", .deliver = &DeliverNtfy, .check = &CheckNtfy};

}  // namespace bekci::notify::receivers
