// wechat: messages of an application in WeChat Work.
//
// A token is got with the company's id and secret and used until WeChat says that it has ended; then another is got,
// once per delivery. Answers are 200 with an error number inside.
//
// Source: WeChat Work's documentation of gettoken and message/send; alertmanager-semantics.md section 1.5.
// Thread rule: as HttpJob.
#include "agent/notify/message/truncate.h"
#include "agent/notify/receivers/kinds.h"
#include "agent/notify/receivers/url_template.h"

namespace bekci::notify::receivers {
namespace {

constexpr size_t kMaxBytes = 2048;
constexpr std::string_view kTokenEnded[] = {"40014", "41001", "42001"};

bool IsTokenError(std::string_view code) {
  for (const std::string_view known : kTokenEnded) {
    if (code == known) return true;
  }
  return false;
}

Outcome OutcomeOfError(std::string_view code) {
  if (code == "-1") return Outcome::kRetryable;  // busy
  if (code == "45009" || code == "45033") return Outcome::kRateLimited;
  // Token, secret, company, application that does not belong to it.
  if (IsTokenError(code) || code == "40001" || code == "40013" || code == "60011") return Outcome::kAuthError;
  return Outcome::kPermanent;
}

Delivery JudgedWechat(const HttpJob& job, const HttpReply& reply) {
  Delivery delivery = job.Judged(reply);
  if (!reply.ok()) return delivery;
  const JsonAnswer answer(reply.body);
  const std::string code = answer.Text("/errcode");
  if (code == "0") return delivery;
  return FailureInside(OutcomeOfError(code), reply, "WeChat " + code + ": " + Excerpt(answer.Text("/errmsg")));
}

// False: `failure` says why there is none.
bool GetToken(HttpJob& job, const std::string& base, Delivery* failure) {
  std::string url = WithParameter(JoinUrl(base, "gettoken"), "corpid", job.Text("corp_id"));
  url = WithParameter(url, "corpsecret", job.Secret("api_secret"));
  const HttpReply reply = job.Ask({.method = "GET", .url = url, .content_type = ""});
  *failure = JudgedWechat(job, reply);
  const std::string token = JsonAnswer(reply.body).Text("/access_token");
  if (IsSuccess(failure->outcome) && token.empty()) {
    *failure = FailureInside(Outcome::kRetryable, reply, "WeChat gave no token");
  }
  if (!IsSuccess(failure->outcome)) return false;
  job.memory().Set("token", token);
  return true;
}

std::string BodyOf(HttpJob& job) {
  const bool markdown = job.settings().Text("message_type") == "markdown";
  const std::string message = job.Text("message");
  const std::string ack = job.AckUrl(message);
  const std::string link = ack.empty() ? "" : "\nAcknowledge: " + ack;
  JsonBody content;
  content.Add("content", message::TruncateBytes(message, kMaxBytes - link.size()).text + link);
  JsonBody json;
  json.AddRaw(markdown ? "markdown" : "text", std::move(content).Object());
  json.AddIfAny("touser", job.Text("to_user")).AddIfAny("toparty", job.Text("to_party"));
  json.AddIfAny("totag", job.Text("to_tag")).AddIfAny("agentid", job.Text("agent_id"));
  json.Add("safe", "0").Add("msgtype", markdown ? "markdown" : "text");
  return std::move(json).Body();
}

Delivery DeliverWechat(HttpJob& job) {
  std::string base = job.Text("api_url");
  if (base.empty()) base = "https://qyapi.weixin.qq.com/cgi-bin/";
  const std::string body = BodyOf(job);
  Delivery delivery;
  bool fresh = false;
  if (job.memory().Get("token").empty()) {
    if (!GetToken(job, base, &delivery)) return delivery;
    fresh = true;
  }
  for (;;) {
    const std::string token = job.memory().Get("token");
    job.Hide(token);
    const HttpReply reply = job.PostJson(WithParameter(JoinUrl(base, "message/send"), "access_token", token), body);
    delivery = JudgedWechat(job, reply);
    if (fresh || !reply.ok() || !IsTokenError(JsonAnswer(reply.body).Text("/errcode"))) return delivery;
    if (!GetToken(job, base, &delivery)) return delivery;
    fresh = true;
  }
}

base::Status CheckWechat(const Settings& settings) {
  return CheckUrl("api_url", settings.Text("api_url"));
}

}  // namespace

const HttpKind kWechat = {.name = "wechat", .deliver = &DeliverWechat, .check = &CheckWechat};

}  // namespace bekci::notify::receivers
