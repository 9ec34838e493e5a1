// The envelopes and option tables of OpenSLO's kinds.
#include "agent/ruler/slo/openslo_object.h"

#include <algorithm>

#include "agent/base/text.h"

namespace bekci::ruler::slo {
namespace {

using config::Type;

constexpr std::string_view kOps[] = {"lte", "gte", "lt", "gt"};
constexpr std::string_view kRawTypes[] = {"success", "failure"};
constexpr std::string_view kMethods[] = {"Occurrences", "Timeslices", "RatioTimeslices"};
constexpr std::string_view kConditionKinds[] = {"burnrate"};

constexpr config::Option kMetadata[] = {
    {.key = "name", .required = true},
    {.key = "displayName"},
    {.key = "labels", .type = Type::kTree},
    {.key = "annotations", .type = Type::kStringMap},
};
constexpr config::Option kEnvelope[] = {
    {.key = "apiVersion"},
    {.key = "kind"},
    {.key = "metadata", .type = Type::kSection, .required = true, .section = kMetadata},
    {.key = "spec", .type = Type::kTree, .required = true},
};

constexpr config::Option kService[] = {{.key = "description"}};
constexpr config::Option kDataSource[] = {
    {.key = "description"},
    {.key = "type", .required = true},
    {.key = "connectionDetails", .type = Type::kTree},
};
constexpr config::Option kMetricSource[] = {
    {.key = "metricSourceRef"},
    {.key = "type"},
    {.key = "spec", .type = Type::kTree},
};
constexpr config::Option kMetric[] = {
    {.key = "metricSource", .type = Type::kSection, .required = true, .section = kMetricSource},
};
constexpr config::Option kRatio[] = {
    {.key = "counter", .type = Type::kBool, .default_text = "false"},
    {.key = "good", .type = Type::kSection, .section = kMetric},
    {.key = "bad", .type = Type::kSection, .section = kMetric},
    {.key = "total", .type = Type::kSection, .section = kMetric},
    {.key = "rawType", .type = Type::kChoice, .choices = kRawTypes},
    {.key = "raw", .type = Type::kSection, .section = kMetric},
};
constexpr config::Option kSli[] = {
    {.key = "description"},
    {.key = "thresholdMetric", .type = Type::kSection, .section = kMetric},
    {.key = "ratioMetric", .type = Type::kSection, .section = kRatio},
};
constexpr config::Option kCalendar[] = {
    {.key = "startTime", .required = true},
    {.key = "timeZone", .required = true},
};
constexpr config::Option kTimeWindow[] = {
    {.key = "duration", .required = true},
    {.key = "isRolling", .type = Type::kBool, .default_text = "false"},
    {.key = "calendar", .type = Type::kSection, .section = kCalendar},
};
constexpr config::Option kObjective[] = {
    {.key = "displayName"},
    {.key = "op", .type = Type::kChoice, .choices = kOps},
    {.key = "value", .type = Type::kFloat},
    {.key = "target", .type = Type::kFloat, .min = 0, .max = 1},
    {.key = "targetPercent", .type = Type::kFloat, .min = 0, .max = 100},
    {.key = "timeSliceTarget", .type = Type::kFloat, .min = 0, .max = 1},
    {.key = "timeSliceWindow"},
    {.key = "indicator", .type = Type::kTree},
    {.key = "indicatorRef"},
    {.key = "compositeWeight", .type = Type::kFloat, .default_text = "1", .min = 0, .max = 1e9},
};
constexpr config::Option kSlo[] = {
    {.key = "description"},
    {.key = "service", .required = true},
    {.key = "indicator", .type = Type::kTree},
    {.key = "indicatorRef"},
    {.key = "timeWindow", .type = Type::kSections, .required = true, .section = kTimeWindow},
    {.key = "budgetingMethod", .type = Type::kChoice, .required = true, .choices = kMethods},
    {.key = "objectives", .type = Type::kSections, .required = true, .section = kObjective},
    {.key = "alertPolicies", .type = Type::kTree},
};
constexpr config::Option kAlertPolicy[] = {
    {.key = "description"},
    {.key = "alertWhenNoData", .type = Type::kBool, .default_text = "false"},
    {.key = "alertWhenResolved", .type = Type::kBool, .default_text = "false"},
    {.key = "alertWhenBreaching", .type = Type::kBool, .default_text = "false"},
    {.key = "conditions", .type = Type::kTree, .required = true},
    {.key = "notificationTargets", .type = Type::kTree},
};
constexpr config::Option kCondition[] = {
    {.key = "kind", .type = Type::kChoice, .required = true, .choices = kConditionKinds},
    {.key = "op", .type = Type::kChoice, .required = true, .choices = kOps},
    {.key = "threshold", .type = Type::kFloat, .min = 0, .max = 1e9, .required = true},
    {.key = "lookbackWindow", .required = true},
    {.key = "alertAfter"},
};
constexpr config::Option kAlertCondition[] = {
    {.key = "description"},
    {.key = "severity", .required = true},
    {.key = "condition", .type = Type::kSection, .required = true, .section = kCondition},
};
constexpr config::Option kTarget[] = {
    {.key = "description"},
    {.key = "target", .required = true},
};

struct Kind {
  std::string_view name;
  std::span<const config::Option> spec;
};
constexpr Kind kKinds[] = {
    {"Service", kService},
    {"DataSource", kDataSource},
    {"SLI", kSli},
    {"SLO", kSlo},
    {"AlertPolicy", kAlertPolicy},
    {"AlertCondition", kAlertCondition},
    {"AlertNotificationTarget", kTarget},
};

constexpr size_t kLongestName = 63;
constexpr size_t kLongestDescription = 1050;

// RFC 1123: a label of a host name.
bool IsHostLabel(std::string_view name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (name.empty() || name.size() > kLongestName || !plain(name.front()) || !plain(name.back())) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) { return plain(c) || c == '-'; });
}

const Kind* FindKind(const config::Node& node, std::string_view expected, const Reading& reading) {
  const config::Node* given = node.Find("kind");
  const std::string_view name = given != nullptr ? std::string_view(given->scalar) : expected;
  std::vector<std::string_view> known;
  for (const Kind& kind : kKinds) {
    known.push_back(kind.name);
    if (kind.name == name && (expected.empty() || name == expected)) return &kind;
  }
  std::string message = "kind: " + (name.empty() ? std::string("is missing") : base::Quoted(name));
  if (!expected.empty()) {
    message += " stands where " + std::string(expected) + " belongs";
  } else if (const auto nearest = base::Nearest(name, known); !nearest.empty()) {
    message += " is not known, did you mean " + base::Quoted(nearest) + "?";
  } else if (!name.empty()) {
    message += " is not known";
  }
  reading.errors->Add(given != nullptr ? given->mark : node.mark, message);
  return nullptr;
}

// A label's value is a text or a list of texts, of which all are kept.
TextMap LabelsOf(const config::Node* labels) {
  TextMap read;
  if (labels == nullptr) return read;
  for (const auto& [key, value] : labels->entries) {
    std::vector<std::string> texts;
    for (const config::Node& item : value.items) texts.push_back(item.scalar);
    SetText(&read, key.scalar, value.is_sequence() ? base::Join(texts, ",") : value.scalar);
  }
  return read;
}

}  // namespace

std::optional<OpenSloObjects::Object> ReadOpenSloObject(const config::Node& node, std::string_view expected,
                                                        const Reading& reading) {
  const size_t before = reading.errors->lines().size();
  const Kind* kind = FindKind(node, expected, reading);
  if (kind == nullptr) return std::nullopt;
  const config::Values envelope = config::Check(node, kEnvelope, reading.errors);
  const config::Node* spec = envelope.Tree("spec");
  OpenSloObjects::Object object;
  object.kind = kind->name;
  object.mark = node.mark;
  object.document = reading.document;
  const config::Values& metadata = envelope.Section("metadata");
  object.name = metadata.String("name");
  object.labels = LabelsOf(metadata.Tree("labels"));
  if (!object.name.empty() && !IsHostLabel(object.name)) {
    reading.errors->Add(metadata.MarkOf("name"), "metadata.name: " + base::Quoted(object.name) +
                                                     " must be at most 63 lower case letters, digits and '-', with a "
                                                     "letter or digit at both ends");
  }
  if (spec != nullptr) object.spec = config::Check(*spec, kind->spec, reading.errors);
  if (reading.errors->lines().size() != before) return std::nullopt;
  const bool described = std::any_of(kind->spec.begin(), kind->spec.end(),
                                     [](const config::Option& option) { return option.key == "description"; });
  if (described && object.spec.String("description").size() > kLongestDescription) {
    reading.errors->Add(object.spec.MarkOf("description"), "description: longer than 1050 characters");
    return std::nullopt;
  }
  return object;
}

std::string_view OpenSloSign(std::string_view op) {
  if (op == "lte") return "<=";
  if (op == "lt") return "<";
  return op == "gt" ? ">" : ">=";
}

base::Result<OpenSloPeriod> ParseOpenSloDuration(std::string_view text) {
  struct Unit {
    char letter;
    int64_t minutes;
    std::optional<CalendarPeriod::Unit> unit;
    int count;
  };
  static constexpr int64_t kDay = 24 * 60;
  static constexpr Unit kUnits[] = {
      {'m', 1, std::nullopt, 0},
      {'h', 60, std::nullopt, 0},
      {'d', kDay, CalendarPeriod::Unit::kDay, 1},
      {'w', 7 * kDay, CalendarPeriod::Unit::kWeek, 1},
      {'M', 30 * kDay, CalendarPeriod::Unit::kMonth, 1},
      {'Q', 90 * kDay, CalendarPeriod::Unit::kMonth, 3},
      {'Y', 365 * kDay, CalendarPeriod::Unit::kYear, 1},
  };
  const auto count = text.empty() ? std::nullopt : base::ParseUint(text.substr(0, text.size() - 1));
  for (const Unit& unit : kUnits) {
    if (!count || *count == 0 || *count > 100'000 || text.back() != unit.letter) continue;
    OpenSloPeriod period;
    period.length = base::minutes(unit.minutes * static_cast<int64_t>(*count));
    period.unit = unit.unit;
    period.count = unit.count * static_cast<int>(*count);
    return period;
  }
  return base::Invalid(base::Quoted(text) + " is not a duration: write a number and m, h, d, w, M, Q or Y");
}

}  // namespace bekci::ruler::slo
