// PrometheusApi's own addition: why an alert fires, or does not. /api/v1/why?alert=NAME[&time=T]; without a name, the
// names there are. One explanation for every rule of that name.
#include <algorithm>
#include <optional>

#include "agent/base/rfc3339.h"
#include "agent/base/text.h"
#include "agent/ruler/explain.h"
#include "agent/web/api.h"
#include "agent/web/api_answer.h"

namespace bekci::web {
namespace {

using ruler::Explanation;

void WriteParts(wire::JsonWriter* json, const Explanation& explanation) {
  json->Key("parts");
  json->BeginArray();
  for (const ruler::ExplainedPart& part : explanation.parts) {
    json->BeginObject();
    json->Member("expr", part.text);
    json->Member("depth", int64_t{part.depth});
    json->Member("series", static_cast<int64_t>(part.series));
    json->Member("selected", static_cast<int64_t>(part.selected));
    json->Member("decides", part.decides);
    if (!part.note.empty()) json->Member("note", part.note);
    if (!part.error.empty()) json->Member("error", part.error);
    json->Key("values");
    json->BeginArray();
    for (const ruler::ExplainedSeries& series : part.values) {
      json->BeginObject();
      json->Member("series", series.labels);
      json->Member("value", series.value);
      json->EndObject();
    }
    json->EndArray();
    json->EndObject();
  }
  json->EndArray();
}

void WriteEvaluations(wire::JsonWriter* json, const Explanation& explanation) {
  json->Key("evaluations");
  json->BeginArray();
  for (const ruler::Evaluation& evaluation : explanation.evaluations) {
    json->BeginObject();
    json->Member("time", base::Rfc3339(evaluation.at.ms));
    json->Key("durationSeconds");
    json->Number(base::ToSeconds(evaluation.duration));
    json->Member("samplesRead", evaluation.samples_read);
    json->Member("seriesReturned", static_cast<int64_t>(evaluation.series_returned));
    json->Member("state", ruler::AlertStateName(evaluation.state));
    if (!evaluation.error.empty()) json->Member("error", evaluation.error);
    json->EndObject();
  }
  json->EndArray();
}

void WriteExplanation(wire::JsonWriter* json, const Explanation& explanation) {
  json->BeginObject();
  json->Member("alert", explanation.name);
  json->Member("file", explanation.file);
  json->Member("group", explanation.group);
  json->Member("query", explanation.query);
  json->Member("time", base::Rfc3339(explanation.at.ms));
  json->Key("sentences");
  json->BeginArray();
  for (const std::string& sentence : explanation.sentences) json->String(sentence);
  json->EndArray();
  WriteParts(json, explanation);
  WriteEvaluations(json, explanation);
  json->EndObject();
}

}  // namespace

net::HttpResponse PrometheusApi::Why(Request, Parameters parameters) {
  const std::string name(parameters.Get("alert"));
  const auto time = parameters.Time("time", 0);
  if (!time.ok()) return ErrorAnswer(time.status());
  const std::vector<ruler::GroupStatus> groups = RuleGroups();
  std::vector<std::string_view> names;
  std::optional<std::vector<std::string>> quiet;  // the same for all rules of the name
  ApiAnswer answer;
  answer.json().BeginArray();
  size_t found = 0;
  for (const ruler::GroupStatus& group : groups) {
    for (const ruler::RuleStatus& rule : group.rules) {
      if (!rule.rule->alerting()) continue;
      names.push_back(rule.rule->text.name);
      if (rule.rule->text.name != name) continue;
      Explanation explanation =
          ruler::Explain(group, rule, {*time}, sources_.clock.Now(), sources_.engine, sources_.store);
      if (explanation.is_now && sources_.quiet_words) {
        if (!quiet) quiet = sources_.quiet_words(name);
        explanation.sentences.insert(explanation.sentences.end(), quiet->begin(), quiet->end());
      }
      WriteExplanation(&answer.json(), explanation);
      ++found;
    }
  }
  answer.json().EndArray();
  if (found > 0) return answer.Finish();
  if (name.empty())
    return ErrorAnswer(InvalidParameter("alert", "which alert? there are " + std::to_string(names.size())));
  const std::string_view nearest = base::Nearest(name, names);
  return ErrorAnswer(ApiError::kNotFound,
                     "no alerting rule is called " + base::Quoted(name) +
                         (nearest.empty() ? std::string() : ", did you mean " + base::Quoted(nearest) + "?"));
}

}  // namespace bekci::web
