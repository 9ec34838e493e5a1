#include "agent/web/alertmanager/api.h"

#include <algorithm>
#include <optional>

#include "agent/base/rfc3339.h"
#include "agent/base/text.h"
#include "agent/model/regex_error.h"
#include "agent/notify/routing/matcher_text.h"
#include "agent/web/alertmanager/answer_body.h"
#include "agent/web/alertmanager/request_body.h"
#include "agent/web/api_answer.h"
#include "agent/wire/json_writer.h"

namespace bekci::web::alertmanager {
namespace {

constexpr std::string_view kSilencePath = "/api/v2/silence/";

net::HttpResponse HandlerError(int status, std::string message) {
  return RefusalAnswer({status, 0, std::move(message)});
}

// As Go's generated code reads it: absent or empty is yes, what is no boolean is no.
bool Flag(const net::HttpRequest& request, std::string_view name) {
  const std::string_view text = request.Query(name);
  if (text.empty()) return true;
  constexpr std::string_view kTrue[] = {"1", "true", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled"};
  return std::find(std::begin(kTrue), std::end(kTrue), base::ToLower(text)) != std::end(kTrue);
}

// What of the alerts is asked for.
class AlertQuestion {
 public:
  static base::Result<AlertQuestion> Read(const net::HttpRequest& request) {
    AlertQuestion question;
    question.active_ = Flag(request, "active");
    question.silenced_ = Flag(request, "silenced");
    question.inhibited_ = Flag(request, "inhibited");
    question.muted_ = Flag(request, "muted");
    for (const std::string_view text : request.QueryAll("filter")) {
      ASSIGN_OR_RETURN(model::Matcher matcher, bekci::notify::routing::ParseMatcher(text));
      question.filters_.push_back(std::move(matcher));
    }
    if (const std::string_view receiver = request.Query("receiver"); !receiver.empty()) {
      auto matcher = model::Matcher::Make(model::MatchType::kRegex, "receiver", std::string(receiver));
      if (!matcher.ok()) return std::move(matcher).WithContext("failed to parse receiver param").status();
      question.receiver_ = *std::move(matcher);
    }
    for (const std::string_view text : request.QueryAll("receiver_matchers")) {
      ASSIGN_OR_RETURN(model::Matcher matcher, bekci::notify::routing::ParseMatcher(text));
      question.receiver_matchers_.push_back(std::move(matcher));
    }
    return question;
  }

  bool WantsReceiver(const std::string& name, std::span<const ReceiverView> receivers) const {
    if (receiver_ && !receiver_->Matches(name)) return false;
    if (receiver_matchers_.empty()) return true;
    const auto found =
        std::find_if(receivers.begin(), receivers.end(), [&](const auto& one) { return one.name == name; });
    return found != receivers.end() && model::MatchesAll(receiver_matchers_, found->labels);
  }
  // Null: alerts with any labels.
  bekci::notify::AlertFilter LabelFilter() const {
    if (filters_.empty()) return nullptr;
    return [this](const model::Labels& labels) { return model::MatchesAll(filters_, labels); };
  }
  bool Wants(const bekci::notify::AlertView& view) const {
    if (!active_ && !view.suppressed) return false;
    if (!silenced_ && !view.silenced_by.empty()) return false;
    if (!inhibited_ && !view.inhibited_by.empty()) return false;
    return muted_ || view.muted_by.empty();
  }

 private:
  bool active_ = true, silenced_ = true, inhibited_ = true, muted_ = true;
  std::vector<model::Matcher> filters_;
  std::optional<model::Matcher> receiver_;
  std::vector<model::Matcher> receiver_matchers_;
};

// A silence is asked for by a matcher that it has, not by what it matches.
bool HasMatchers(const bekci::notify::Silence& silence, std::span<const model::Matcher> wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const model::Matcher& one) {
    return std::find(silence.matchers.begin(), silence.matchers.end(), one) != silence.matchers.end();
  });
}

net::HttpResponse NoContent() {
  net::HttpResponse response;
  response.content_type.clear();
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace

struct AlertmanagerApi::Row {
  struct Verb {
    std::string_view method;
    Method handle;
  };
  std::string_view path;
  bool below;
  std::string_view name;
  std::string_view help;
  std::array<Verb, 2> verbs;  // the second may be none
};

net::HttpResponse AlertmanagerApi::Dispatch(const Row& row, Request request) {
  if (!sources_.ready()) {
    return RefusalAnswer({503, 503, "nobody is told here: the configuration has no notify: section"});
  }
  std::vector<std::string> methods;
  for (const Row::Verb& verb : row.verbs) {
    if (verb.handle == nullptr) continue;
    if (request.method == verb.method || (request.method == "HEAD" && verb.method == "GET")) {
      net::HttpResponse response = (this->*verb.handle)(request);
      CompressAnswer(request, &response);
      return response;
    }
    methods.emplace_back(verb.method);
  }
  const std::string allowed = base::Join(methods, ",");
  net::HttpResponse response = RefusalAnswer(
      {405, 405, "method " + request.method.substr(0, 20) + " is not allowed, but [" + allowed + "] are"});
  response.headers.emplace_back("Allow", allowed);
  return response;
}

std::vector<Route> AlertmanagerApi::Routes() {
  using Api = AlertmanagerApi;
  constexpr Row::Verb kNone = {"", nullptr};
  static constexpr Row kRows[] = {
      {"/api/v2/status",
       false,
       "alertmanager_status",
       "Alertmanager's API: configuration and version.",
       {Row::Verb{"GET", &Api::Status}, kNone}},
      {"/api/v2/receivers",
       false,
       "alertmanager_receivers",
       "Receivers by name.",
       {Row::Verb{"GET", &Api::Receivers}, kNone}},
      {"/api/v2/alerts",
       false,
       "alertmanager_alerts",
       "Alerts that fire; POST takes alerts.",
       {Row::Verb{"GET", &Api::InTurn<&Api::Alerts>}, Row::Verb{"POST", &Api::PostAlerts}}},
      {"/api/v2/alerts/groups",
       false,
       "alertmanager_groups",
       "Alerts by group.",
       {Row::Verb{"GET", &Api::InTurn<&Api::Groups>}, kNone}},
      {"/api/v2/silences",
       false,
       "alertmanager_silences",
       "Silences; POST makes one.",
       {Row::Verb{"GET", &Api::Silences}, Row::Verb{"POST", &Api::PostSilence}}},
      {kSilencePath,
       true,
       "alertmanager_silence",
       "<id>: one silence; DELETE ends it.",
       {Row::Verb{"GET", &Api::GetSilence}, Row::Verb{"DELETE", &Api::DeleteSilence}}},
  };
  std::vector<Route> routes;
  for (const Row& row : kRows) {
    routes.push_back({.methods = "*",
                      .path = row.path,
                      .below = row.below,
                      .name = row.name,
                      .changes_state = true,
                      .help = row.help,
                      .handle = [this, &row](const net::HttpRequest& request) { return Dispatch(row, request); }});
  }
  routes.push_back({.methods = "*",
                    .path = "/api/v2/",
                    .below = true,
                    .name = "alertmanager",
                    .changes_state = true,
                    .help = "Alertmanager's API.",
                    .handle = [](const net::HttpRequest& request) {
                      return RefusalAnswer({404, 404, "path " + request.path.substr(0, 200) + " was not found"});
                    }});
  constexpr std::string_view kGone[] = {"/api/v1/silences", "/api/v1/silence/", "/api/v1/receivers", "/api/v1/status",
                                        "/api/v1/alerts/groups"};
  for (const std::string_view path : kGone) {
    routes.push_back(
        {.methods = "*",
         .path = path,
         .below = path.ends_with('/'),
         .name = "alertmanager_v1",
         .changes_state = true,
         .help = "Gone: Alertmanager's old API.",
         .handle = [](const net::HttpRequest&) {
           net::HttpResponse response = JsonAnswer(
               R"({"status":"deprecated","error":"The Alertmanager v1 API was deprecated in version 0.16.0 and is removed as of version 0.27.0 - please use the equivalent route in the v2 API"})");
           response.status = 410;
           return response;
         }});
  }
  return routes;
}

net::HttpResponse AlertmanagerApi::Status(Request) {
  const StatusView status = sources_.status();
  std::string body;
  wire::JsonWriter json(&body, wire::JsonEscape::kHtml);
  json.BeginObject();
  json.Key("cluster");
  json.BeginObject();
  json.Key("peers");
  json.BeginArray();
  json.EndArray();
  json.Member("status", "disabled");
  json.EndObject();
  json.Key("config");
  json.BeginObject();
  json.Member("original", status.config);
  json.EndObject();
  json.Member("uptime", base::Rfc3339Millis(status.started.ms));
  json.Key("versionInfo");
  json.BeginObject();
  json.Member("branch", "bekci");
  json.Member("buildDate", status.date);
  json.Member("buildUser", "");
  json.Member("goVersion", "");
  json.Member("revision", status.revision);
  json.Member("version", status.version);
  json.EndObject();
  json.EndObject();
  return JsonAnswer(std::move(body));
}

net::HttpResponse AlertmanagerApi::Receivers(Request request) {
  const auto question = AlertQuestion::Read(request);
  if (!question.ok()) return HandlerError(400, question.status().message());
  const std::vector<ReceiverView> receivers = sources_.receivers();
  std::string body;
  wire::JsonWriter json(&body, wire::JsonEscape::kHtml);
  json.BeginArray();
  for (const ReceiverView& receiver : receivers) {
    if (!question->WantsReceiver(receiver.name, receivers)) continue;
    json.BeginObject();
    json.Key("labels");
    WriteLabelSet(&json, receiver.labels);
    json.Member("name", receiver.name);
    json.EndObject();
  }
  json.EndArray();
  return JsonAnswer(std::move(body));
}

template <net::HttpResponse (AlertmanagerApi::*Read)(AlertmanagerApi::Request)>
net::HttpResponse AlertmanagerApi::InTurn(Request request) {
  return readers_.Try([&] { return (this->*Read)(request); });
}

net::HttpResponse AlertmanagerApi::Alerts(Request request) {
  const auto question = AlertQuestion::Read(request);
  if (!question.ok()) return HandlerError(400, question.status().message());
  std::vector<bekci::notify::AlertView> alerts = sources_.alerts(question->LabelFilter());
  std::sort(alerts.begin(), alerts.end(),
            [](const auto& a, const auto& b) { return a.alert->fingerprint < b.alert->fingerprint; });
  const std::vector<ReceiverView> receivers = sources_.receivers();
  std::string body;
  wire::JsonWriter json(&body, wire::JsonEscape::kHtml);
  json.BeginArray();
  for (const bekci::notify::AlertView& alert : alerts) {
    const auto wanted = [&](const std::string& name) { return question->WantsReceiver(name, receivers); };
    if (!question->Wants(alert) || std::none_of(alert.receivers.begin(), alert.receivers.end(), wanted)) continue;
    WriteAlert(&json, alert);
  }
  json.EndArray();
  return JsonAnswer(std::move(body));
}

net::HttpResponse AlertmanagerApi::Groups(Request request) {
  const auto question = AlertQuestion::Read(request);
  if (!question.ok()) return HandlerError(400, question.status().message());
  const std::vector<ReceiverView> receivers = sources_.receivers();
  std::string body;
  wire::JsonWriter json(&body, wire::JsonEscape::kHtml);
  json.BeginArray();
  for (bekci::notify::GroupView& group : sources_.groups(question->LabelFilter())) {
    if (!question->WantsReceiver(group.receiver, receivers)) continue;
    std::erase_if(group.alerts, [&](const bekci::notify::AlertView& alert) { return !question->Wants(alert); });
    if (!group.alerts.empty()) WriteGroup(&json, group);
  }
  json.EndArray();
  return JsonAnswer(std::move(body));
}

net::HttpResponse AlertmanagerApi::PostAlerts(Request request) {
  if (const auto refusal = CheckContentType(request)) return RefusalAnswer(*refusal);
  auto alerts = ReadAlerts(request.body);
  if (alerts.refusal) return RefusalAnswer(*alerts.refusal);
  const base::Status status = sources_.post(std::move(alerts.value));
  if (status.ok()) return NoContent();
  return HandlerError(status.code() == base::Code::kInvalid ? 400 : 503, status.message());
}

net::HttpResponse AlertmanagerApi::Silences(Request request) {
  std::vector<model::Matcher> filters;
  for (const std::string_view text : request.QueryAll("filter")) {
    auto matcher = bekci::notify::routing::ParseMatcher(text);
    if (!matcher.ok()) return HandlerError(400, matcher.status().message());
    filters.push_back(*std::move(matcher));
  }
  const base::Timestamp now = sources_.clock.Now();
  const bool wanted[] = {Flag(request, "pending"), Flag(request, "active"), Flag(request, "expired")};
  std::string body;
  wire::JsonWriter json(&body, wire::JsonEscape::kHtml);
  json.BeginArray();
  for (const bekci::notify::SilencePtr& silence : sources_.silences()) {
    if (!wanted[static_cast<size_t>(silence->StateAt(now))] || !HasMatchers(*silence, filters)) continue;
    WriteSilence(&json, *silence, now);
  }
  json.EndArray();
  return JsonAnswer(std::move(body));
}

net::HttpResponse AlertmanagerApi::PostSilence(Request request) {
  if (const auto refusal = CheckContentType(request)) return RefusalAnswer(*refusal);
  auto silence = ReadSilence(request.body);
  if (silence.refusal) return RefusalAnswer(*silence.refusal);
  const base::Timestamp now = sources_.clock.Now();
  if (silence.value.ends_at <= silence.value.starts_at) {
    return HandlerError(400, "Failed to create silence: start time must be before end time");
  }
  if (silence.value.ends_at < now) return HandlerError(400, "Failed to create silence: end time can't be in the past");
  const auto id = sources_.set_silence(std::move(silence.value));
  if (!id.ok()) return HandlerError(id.status().code() == base::Code::kNotFound ? 404 : 400, id.status().message());
  std::string body;
  wire::JsonWriter json(&body);
  json.BeginObject();
  json.Member("silenceID", *id);
  json.EndObject();
  return JsonAnswer(std::move(body));
}

namespace {

std::optional<Refusal> CheckId(std::string_view id) {
  if (IsUuid(id)) return std::nullopt;
  return Refusal{422, 601, "silenceID in path must be of type uuid: " + base::Quoted(id.substr(0, 200))};
}

}  // namespace

net::HttpResponse AlertmanagerApi::GetSilence(Request request) {
  const std::string id = request.path.substr(kSilencePath.size());
  if (const auto refusal = CheckId(id)) return RefusalAnswer(*refusal);
  const bekci::notify::SilencePtr silence = sources_.silence(id);
  if (silence == nullptr) {
    net::HttpResponse response = NoContent();
    response.status = 404;
    return response;
  }
  std::string body;
  wire::JsonWriter json(&body, wire::JsonEscape::kHtml);
  WriteSilence(&json, *silence, sources_.clock.Now());
  return JsonAnswer(std::move(body));
}

net::HttpResponse AlertmanagerApi::DeleteSilence(Request request) {
  const std::string id = request.path.substr(kSilencePath.size());
  if (const auto refusal = CheckId(id)) return RefusalAnswer(*refusal);
  const base::Status status = sources_.expire_silence(id);
  net::HttpResponse response = NoContent();
  if (status.ok()) return response;
  if (status.code() != base::Code::kNotFound) return HandlerError(500, status.message());
  response.status = 404;
  return response;
}

}  // namespace bekci::web::alertmanager
