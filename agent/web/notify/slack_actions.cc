#include "agent/web/notify/slack_actions.h"

#include <openssl/crypto.h>

#include <array>
#include <cstdlib>

#include "agent/base/text.h"
#include "agent/notify/receivers/digest.h"
#include "agent/web/notify/envelope.h"
#include "agent/web/notify/json_body.h"
#include "agent/web/notify/words.h"

namespace bekci::web::notify {
namespace {

constexpr size_t kMaxName = 200;
constexpr size_t kMaxActions = 25;  // of one press; Slack sends one

// Where an answer may go: nobody but Slack, whatever a payload says.
bool IsSlackUrl(std::string_view url) {
  constexpr std::array<std::string_view, 2> kHosts = {"https://hooks.slack.com/", "https://hooks.slack-gov.com/"};
  return std::any_of(kHosts.begin(), kHosts.end(), [&](std::string_view host) { return url.starts_with(host); });
}

bool SameBytes(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// The name that people know, else the id.
std::string NameOfUser(JsonReader* reader, const Json& payload) {
  const Json* const user = reader->Object(payload, "user");
  if (user == nullptr) return {};
  for (const char* const key : {"username", "name", "id"}) {
    std::string name = CleanText(reader->Text(*user, key, "user."), kMaxName);
    if (!name.empty()) return name;
  }
  return {};
}

net::HttpResponse Taken() {
  net::HttpResponse response;
  response.headers = {{"Cache-Control", "no-store"}};
  return response;
}

}  // namespace

std::string SlackSignature(std::string_view secret, std::string_view timestamp, std::string_view body) {
  std::string signed_text = "v0:";
  signed_text.append(timestamp).append(":").append(body);
  return "v0=" + bekci::notify::receivers::Hex(bekci::notify::receivers::HmacSha256(secret, signed_text));
}

base::Result<std::vector<ChatPress>> ReadSlackActions(std::string_view body) {
  std::vector<std::pair<std::string, std::string>> form;
  constexpr size_t kMaxFields = 20;
  if (!net::ParseForm(body, &form, kMaxFields)) return base::Invalid("the body is no form");
  std::string text;
  for (auto& [name, value] : form) {
    if (name == "payload") text = std::move(value);
  }
  if (text.empty()) return base::Invalid("the form has no field payload");
  ASSIGN_OR_RETURN(const Json payload, ParseJsonBody(text));
  if (!payload.is_object()) return base::Invalid("the payload is no object");
  JsonReader reader;
  std::vector<ChatPress> presses;
  if (reader.Text(payload, "type") != "block_actions") return presses;
  const std::string by = NameOfUser(&reader, payload);
  std::string answer_to = reader.Text(payload, "response_url");
  if (!IsSlackUrl(answer_to)) answer_to.clear();
  const Json* const channel = reader.Object(payload, "channel");
  const Json* const message = reader.Object(payload, "message");
  const Json* const actions = reader.Array(payload, "actions");
  for (size_t i = 0; actions != nullptr && i < actions->size() && i < kMaxActions; ++i) {
    const Json& one = (*actions)[i];
    auto action = ReadButton(reader.Text(one, "action_id", "actions."), reader.Text(one, "value", "actions."));
    if (!action) continue;
    action->by = by;
    action->via = "slack";
    presses.push_back({.action = *std::move(action),
                       .answer_to = answer_to,
                       .chat = channel == nullptr ? std::string() : reader.Text(*channel, "id", "channel."),
                       .message = message == nullptr ? std::string() : reader.Text(*message, "ts", "message.")});
  }
  RETURN_IF_ERROR(reader.status());
  if (!presses.empty() && by.empty()) return base::Invalid("user: nobody is named");
  return presses;
}

std::vector<Route> SlackActions::Routes() {
  // Not held against other sites: what no browser can forge is the signature.
  return {{.methods = "POST",
           .path = kPath,
           .name = "slack_actions",
           .help = "Where Slack says that a button was pressed; signed.",
           .handle = [this](const net::HttpRequest& request) { return Handle(request); }}};
}

std::optional<Why> SlackActions::Distrust(const net::HttpRequest& request, base::Timestamp now) {
  const std::string_view timestamp = request.Header("X-Slack-Request-Timestamp");
  const std::string_view signature = request.Header("X-Slack-Signature");
  const std::string secret = secret_();
  const auto seconds = base::ParseInt(timestamp);
  if (secret.empty() || !seconds) return Why::kForged;
  if (!SameBytes(signature, SlackSignature(secret, timestamp, request.body))) return Why::kForged;
  const int64_t window = base::ToMillis(kSlackWindow) / 1000;
  // Compared with room on both sides, so that no number of seconds overflows.
  const int64_t now_seconds = now.ms / 1000;
  if (*seconds < now_seconds - window || *seconds > now_seconds + window) return Why::kExpired;
  if (!used_.Use(signature, now + 2 * kSlackWindow, now)) return Why::kReplayed;
  return std::nullopt;
}

net::HttpResponse SlackActions::Handle(const net::HttpRequest& request) {
  if (request.body.size() > kMaxSlackBytes) {
    refusals_.Count(Door::kSlack, Why::kTooLarge);
    return TooLarge(request.body.size(), kMaxSlackBytes);
  }
  if (const auto why = Distrust(request, clock_.Now())) {
    refusals_.Count(Door::kSlack, *why);
    if (why == Why::kReplayed) return Taken();  // it was taken the first time
    return Refused(401, "unauthorized",
                   why == Why::kExpired ? "the time stamp is more than five minutes off"
                                        : "the signature is not that of Slack's app");
  }
  auto presses = ReadSlackActions(request.body);
  if (!presses.ok()) {
    refusals_.Count(Door::kSlack, Why::kMalformed);
    return BadRequest(presses.status().message());
  }
  for (ChatPress& press : *presses) {
    // A restart forgets which requests were seen; what they did it does not.
    press.action.once = "slack " + std::string(request.Header("X-Slack-Signature")) + " " + press.action.id;
    press.action.once_until = clock_.Now() + 2 * kSlackWindow;
    on_press_(press);
  }
  return Taken();
}

}  // namespace bekci::web::notify
