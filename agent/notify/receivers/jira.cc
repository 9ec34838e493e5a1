// jira: an issue per group. It is found by a label made of the group's hash, opened, brought up to date, reopened and
// resolved by the transitions that the configuration names.
//
// Source: Jira's REST API, versions 2 and 3; alertmanager-semantics.md section 1.5. Thread rule: as HttpJob.
#include "agent/base/text.h"
#include "agent/notify/message/truncate.h"
#include "agent/notify/receivers/kinds.h"
#include "agent/notify/receivers/url_template.h"

namespace bekci::notify::receivers {
namespace {

constexpr size_t kMaxSummary = 255;
constexpr size_t kMaxDescription = 32'767;

struct Issue {
  std::string key;  // empty: there is none
  bool done = false;
};

std::string Quoted(std::string_view text) {
  std::string quoted;
  wire::AppendJsonString(&quoted, text);
  return quoted;
}

bool IsVersion3(const std::string& base) {
  return base.find("/3") != std::string::npos && JoinUrl(base, "").ends_with("/3/");
}

std::string GroupLabel(const HttpJob& job) {
  return "ALERT{" + GroupHash(job.notification()) + "}";
}

std::string Question(HttpJob& job) {
  std::string jql;
  const std::string wont_fix = job.settings().Text("wont_fix_resolution");
  if (!wont_fix.empty()) jql += "resolution != " + Quoted(wont_fix) + " and ";
  const base::Duration reopen = job.settings().Duration("reopen_duration");
  if (job.firing() && job.settings().Text("reopen_transition").empty()) {
    jql += "statusCategory != Done and ";
  } else if (reopen > base::Duration::zero()) {
    jql += "(resolutiondate is EMPTY OR resolutiondate >= -" + std::to_string(reopen / base::minutes(1)) + "m) and ";
  }
  jql += "project=" + Quoted(job.Text("project")) + " and labels=" + Quoted(GroupLabel(job));
  return jql + " order by status ASC,resolutiondate DESC";
}

HttpReply Ask(HttpJob& job, const std::string& base, std::string_view method, std::string_view path,
              std::string body = {}) {
  HttpQuestion question{.method = std::string(method), .url = JoinUrl(base, path), .body = std::move(body)};
  if (method == "GET") question.content_type.clear();
  question.fields = {{"Accept-Language", "en"}};
  return job.Ask(question);
}

Delivery FindIssue(HttpJob& job, const std::string& base, Issue* issue) {
  JsonBody json;
  json.Add("jql", Question(job)).AddNumber("maxResults", 2).AddRaw("fields", R"(["status"])");
  const HttpReply reply = Ask(job, base, "POST", IsVersion3(base) ? "search/jql" : "search", std::move(json).Body());
  const Delivery delivery = job.Judged(reply);
  if (!IsSuccess(delivery.outcome)) return delivery;
  const JsonAnswer answer(reply.body);
  issue->key = answer.Text("/issues/0/key");
  issue->done = answer.Text("/issues/0/fields/status/statusCategory/key") == "done";
  return delivery;
}

// Version 3 wants its own document format; a description that is such a document already goes as it is.
std::string DescriptionJson(const std::string& base, const std::string& text) {
  if (!IsVersion3(base)) return Quoted(text);
  const JsonAnswer given(text);
  if (given.is_object() && given.Text("/type") == "doc") return text;
  return R"({"version":1,"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":)" +
         Quoted(text) + "}]}]}";
}

std::string LabelsJson(HttpJob& job) {
  JsonList labels;
  for (const std::string& label : job.settings().Texts("labels")) {
    // A label with a blank is two for Jira, which refuses it.
    const std::string text = job.Expanded("labels", label);
    std::string joined;
    for (const char c : text) joined.push_back(c == ' ' || c == '\t' || c == '\n' ? '_' : c);
    if (!joined.empty()) labels.Add(Quoted(joined));
  }
  labels.Add(Quoted(GroupLabel(job)));
  return labels.Text();
}

// `summary` and the like may be a text, or a mapping with `template` and `enable_update`.
struct UpdatableText {
  std::string text;
  bool update = true;
};

UpdatableText Updatable(HttpJob& job, std::string_view key) {
  const auto section = job.settings().Section(key);
  if (!section) return {job.Text(key), true};
  return {job.Text(*section, "template"), section->Flag("enable_update", true)};
}

std::string IssueBody(HttpJob& job, const std::string& base, bool update) {
  const UpdatableText summary = Updatable(job, "summary");
  const UpdatableText description = Updatable(job, "description");
  JsonBody fields;
  if (!update) {
    fields.AddRaw("project", R"({"key":)" + Quoted(job.Text("project")) + "}");
    fields.AddRaw("issuetype", R"({"name":)" + Quoted(job.Text("issue_type")) + "}");
  }
  if (!update || summary.update) fields.Add("summary", message::TruncateCharacters(summary.text, kMaxSummary).text);
  if ((!update || description.update) && !description.text.empty()) {
    fields.AddRaw("description",
                  DescriptionJson(base, message::TruncateCharacters(description.text, kMaxDescription).text));
  }
  fields.AddRaw("labels", LabelsJson(job));
  const std::string priority = job.Text("priority");
  if (!priority.empty()) fields.AddRaw("priority", R"({"name":)" + Quoted(priority) + "}");
  std::string members = std::move(fields).Object();
  if (const config::Node* const more = job.settings().Tree("fields"); more != nullptr && more->is_mapping()) {
    auto tree = job.parts().texts.CustomPayload(*more, job.notification());
    if (!tree.ok()) job.Fail(Failure(Outcome::kPermanent, "clientError", "fields: " + tree.status().message()));
    const std::string_view extra = tree.ok() ? std::string_view(*tree) : std::string_view("{}");
    const std::string_view inner = base::Trim(base::Trim(extra).substr(1));
    if (inner != "}") members = members.substr(0, members.size() - 1) + "," + std::string(inner);
  }
  JsonBody json;
  json.AddRaw("fields", members);
  return std::move(json).Body();
}

// The transition called `name`, done.
Delivery Move(HttpJob& job, const std::string& base, const Issue& issue, const std::string& name) {
  const std::string path = "issue/" + issue.key + "/transitions";
  const HttpReply reply = Ask(job, base, "GET", path);
  Delivery delivery = job.Judged(reply);
  if (!IsSuccess(delivery.outcome)) return delivery;
  const JsonAnswer answer(reply.body);
  for (size_t i = 0; i < answer.Count("/transitions"); ++i) {
    const std::string at = "/transitions/" + std::to_string(i);
    if (answer.Text(at + "/name") != name) continue;
    JsonBody json;
    json.AddRaw("transition", R"({"id":)" + Quoted(answer.Text(at + "/id")) + "}");
    return job.Judged(Ask(job, base, "POST", path, std::move(json).Body()));
  }
  return FailureInside(Outcome::kPermanent, reply,
                       "the issue " + issue.key + " has no transition " + base::Quoted(name) + " where it stands");
}

Delivery DeliverJira(HttpJob& job) {
  const std::string base = job.Text("api_url");
  Issue issue;
  Delivery delivery = FindIssue(job, base, &issue);
  if (!IsSuccess(delivery.outcome)) return delivery;
  if (issue.key.empty() && !job.firing()) return Failure(Outcome::kNothing, "", "no issue of the group is open");
  const bool is_new = issue.key.empty();
  const HttpReply reply = is_new ? Ask(job, base, "POST", "issue", IssueBody(job, base, false))
                                 : Ask(job, base, "PUT", "issue/" + issue.key, IssueBody(job, base, true));
  delivery = job.Judged(reply);
  if (!IsSuccess(delivery.outcome)) return delivery;
  if (is_new) {
    delivery.detail = JsonAnswer(reply.body).Text("/key");
    return delivery;
  }
  const std::string transition = job.settings().Text(job.firing() ? "reopen_transition" : "resolve_transition");
  if (!transition.empty() && issue.done == job.firing()) delivery = Move(job, base, issue, transition);
  if (IsSuccess(delivery.outcome)) delivery.detail = issue.key;
  return delivery;
}

base::Status CheckJira(const Settings& settings) {
  return CheckUrl("api_url", settings.Text("api_url"));
}

}  // namespace

// The issue is looked for before it is made, so a repetition finds it.
const HttpKind kJira = {.name = "jira", .deduplicates = true, .deliver = &DeliverJira, .check = &CheckJira};

}  // namespace bekci::notify::receivers
