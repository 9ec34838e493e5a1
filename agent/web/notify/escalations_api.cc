#include "agent/web/notify/escalations_api.h"

#include <algorithm>
#include <array>
#include <optional>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/web/api_answer.h"
#include "agent/web/notify/envelope.h"
#include "agent/web/notify/escalation_json.h"
#include "agent/web/notify/json_body.h"
#include "agent/web/notify/words.h"

namespace bekci::web::notify {
namespace {

using escalation::State;

constexpr std::string_view kListPath = "/api/v1/escalations";
constexpr std::string_view kOnePath = "/api/v1/escalations/";
constexpr std::array<std::string_view, 4> kActions = {"ack", "unack", "escalate", "cancel"};
constexpr std::array<std::string_view, 4> kKeys = {"by", "comment", "for", "level"};
constexpr size_t kMaxName = 200;
constexpr size_t kMaxComment = 1000;

std::string DidYouMean(std::string_view word, std::span<const std::string_view> known) {
  const std::string_view near = base::Nearest(word, known);
  return near.empty() ? "; there are " + base::Join(std::vector<std::string>(known.begin(), known.end()), ", ")
                      : ", did you mean " + base::Quoted(near) + "?";
}

// Which escalations are asked for.
struct Question {
  std::vector<State> states;  // empty: all
  std::string policy;
  std::string alert;

  static base::Result<Question> Read(const net::HttpRequest& request);
  bool Wants(const EscalationView& view) const;
};

base::Result<Question> Question::Read(const net::HttpRequest& request) {
  constexpr std::array kStates = {State::kActive,    State::kAcked,    State::kPaused,
                                  State::kExhausted, State::kResolved, State::kCancelled};
  std::vector<std::string_view> names = {"open"};
  for (const State state : kStates) names.push_back(StateName(state));
  Question question;
  for (const std::string_view list : request.QueryAll("state")) {
    for (const std::string_view word : base::Split(list, ',')) {
      if (word.empty()) continue;
      const auto found = std::find(names.begin(), names.end(), word);
      if (found == names.end()) {
        return base::Invalid("invalid parameter \"state\": there is no state " + base::Quoted(word.substr(0, 40)) +
                             DidYouMean(word.substr(0, 40), names));
      }
      if (word == "open") {
        question.states.insert(question.states.end(), kStates.begin(), kStates.begin() + 4);
      } else {
        question.states.push_back(kStates[static_cast<size_t>(found - names.begin()) - 1]);
      }
    }
  }
  question.policy = request.Query("policy");
  question.alert = request.Query("alert");
  return question;
}

bool Question::Wants(const EscalationView& view) const {
  const escalation::Incident& incident = view.incident;
  if (!states.empty() && std::find(states.begin(), states.end(), incident.state) == states.end()) return false;
  if (!policy.empty() && incident.policy != policy) return false;
  if (alert.empty() || incident.group_labels.Get("alertname") == alert) return true;
  return std::any_of(view.alerts.begin(), view.alerts.end(),
                     [&](const auto& one) { return one->labels.Get("alertname") == alert; });
}

base::Result<bekci::notify::EscalationAction> ReadAction(const net::HttpRequest& request, std::string_view action) {
  Json document = Json::object();
  if (!base::Trim(request.body).empty()) {
    ASSIGN_OR_RETURN(document, ParseJsonBody(request.body));
  }
  if (!document.is_object()) return base::Invalid("the body must be an object: {\"by\": \"ana\"}");
  for (const auto& [key, value] : document.items()) {
    if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
      return base::Invalid("unknown key " + base::Quoted(key.substr(0, 40)) + DidYouMean(key.substr(0, 40), kKeys));
    }
  }
  JsonReader reader;
  bekci::notify::EscalationAction wanted;
  wanted.action = action;
  wanted.via = "api";
  wanted.by = CleanText(reader.Text(document, "by"), kMaxName);
  wanted.comment = CleanText(reader.Text(document, "comment"), kMaxComment);
  const std::string lasts = reader.Text(document, "for");
  wanted.level = CleanText(reader.Text(document, "level"), kMaxName);
  RETURN_IF_ERROR(reader.status());
  if (!wanted.level.empty() && action != "escalate") return base::Invalid("level: only escalate goes to a level");
  if (wanted.by.empty()) wanted.by = CleanText(UserOf(request.Header("Authorization")), kMaxName);
  if (wanted.by.empty()) return base::Invalid("by: who are you? give a name: {\"by\": \"ana\"}");
  if (lasts.empty()) return wanted;
  if (action != "ack") return base::Invalid("for: only an acknowledgement lasts for a time");
  const auto duration = base::ParseDuration(lasts);
  if (!duration.ok() || *duration <= base::Duration::zero()) {
    return base::Invalid("for: " + base::Quoted(lasts.substr(0, 40)) + " is no duration such as 2h or 30m");
  }
  wanted.lasts_for = *duration;
  return wanted;
}

}  // namespace

std::vector<Route> EscalationsApi::Routes() {
  return {
      {.methods = "GET",
       .path = kListPath,
       .name = "escalations",
       .help = "Incidents that escalate. state=, policy= and alert= choose.",
       .handle = [this](const net::HttpRequest& request) { return List(request); }},
      {.methods = "GET POST",
       .path = kOnePath,
       .below = true,
       .name = "escalation",
       .changes_state = true,
       .help = "<id>: one of them; POST to <id>/ack, unack, escalate or cancel.",
       .handle = [this](const net::HttpRequest& request) { return One(request); }},
  };
}

net::HttpResponse EscalationsApi::List(const net::HttpRequest& request) {
  const auto question = Question::Read(request);
  if (!question.ok()) return BadRequest(question.status().message());
  ApiAnswer answer;
  std::vector<std::string> warnings;
  size_t listed = 0;
  answer.json().BeginArray();
  sources_.each([&](const EscalationView& view) {
    if (!question->Wants(view)) return true;
    if (listed == kMaxListed) {
      warnings.push_back("only the newest " + std::to_string(kMaxListed) + " are listed");
      return false;
    }
    ++listed;
    WriteEscalation(&answer.json(), view, Detail::kShort);
    return true;
  });
  answer.json().EndArray();
  net::HttpResponse response = answer.Finish(warnings);
  response.headers.emplace_back("Cache-Control", "no-store");
  CompressAnswer(request, &response);
  return response;
}

net::HttpResponse EscalationsApi::One(const net::HttpRequest& request) {
  const std::string_view rest = Below(request.path, kOnePath);
  const size_t slash = rest.find('/');
  const std::string_view id = rest.substr(0, slash);
  if (!LooksLikeId(id)) {
    return NotFound("there is no escalation " + base::Quoted(id.substr(0, 60)) +
                    "; an id looks like 01JD0WKZ3V9E4Q7T2N5B8C6D1F");
  }
  if (slash == std::string_view::npos) {
    return request.method == "POST" ? WrongMethod("POST", "GET, HEAD") : Show(id);
  }
  const std::string_view action = rest.substr(slash + 1);
  if (std::find(kActions.begin(), kActions.end(), action) == kActions.end()) {
    return NotFound("there is no action " + base::Quoted(action.substr(0, 40)) +
                    DidYouMean(action.substr(0, 40), kActions));
  }
  return request.method == "POST" ? Act(request, id, action) : WrongMethod(request.method, "POST");
}

net::HttpResponse EscalationsApi::Show(std::string_view id) {
  ApiAnswer answer;
  const bool found = sources_.find(id, [&](const EscalationView& view) {
    WriteEscalation(&answer.json(), view, Detail::kWhole);
    return true;
  });
  if (!found) return NotFound("there is no escalation " + std::string(id));
  net::HttpResponse response = answer.Finish();
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

net::HttpResponse EscalationsApi::Act(const net::HttpRequest& request, std::string_view id, std::string_view action) {
  if (request.body.size() > kMaxBodyBytes) return Refuse(Why::kTooLarge, TooLarge(request.body.size(), kMaxBodyBytes));
  if (!request.body.empty() && !SaysJson(request)) {
    return Refuse(Why::kMalformed, Refused(415, "bad_data", "Content-Type must be application/json"));
  }
  auto wanted = ReadAction(request, action);
  if (!wanted.ok()) return Refuse(Why::kMalformed, BadRequest(wanted.status().message()));
  wanted->id = id;
  const base::Status status = sources_.act(*wanted);
  if (status.ok()) return Show(id);
  net::HttpResponse response = RefusedAction(status);
  if (response.status == 404) refusals_.Count(Door::kApi, Why::kUnknown);
  if (response.status == 409) refusals_.Count(Door::kApi, Why::kClosed);
  return response;
}

net::HttpResponse EscalationsApi::Refuse(Why why, net::HttpResponse response) {
  refusals_.Count(Door::kApi, why);
  return response;
}

}  // namespace bekci::web::notify
