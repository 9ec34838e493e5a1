// Alert policies of OpenSLO: each becomes one alert on the burn rate of its condition.
#include "agent/base/text.h"
#include "agent/ruler/slo/openslo_object.h"

namespace bekci::ruler::slo {
namespace {

using Object = OpenSloObjects::Object;

// An object given inline, or by a key that ends in "Ref".
std::optional<Object> Resolved(const config::Node& item, std::string_view kind, std::string_view reference,
                               const OpenSloObjects& objects, const Reading& reading) {
  const config::Node* name = item.is_mapping() ? item.Find(reference) : nullptr;
  if (name == nullptr) return ReadOpenSloObject(item, kind, reading);
  if (const Object* found = objects.Find(kind, name->scalar)) return *found;
  reading.errors->Add(name->mark,
                      std::string(reference) + ": there is no " + std::string(kind) + " " + base::Quoted(name->scalar));
  return std::nullopt;
}

bool ReadDuration(const config::Values& condition, std::string_view key, const Reading& reading,
                  base::Duration* duration) {
  if (!condition.Has(key)) return true;
  const auto parsed = ParseOpenSloDuration(condition.String(key));
  if (parsed.ok()) {
    *duration = parsed->length;
  } else {
    reading.errors->Add(condition.MarkOf(key), std::string(key) + ": " + parsed.status().message());
  }
  return parsed.ok();
}

// Who is to be told becomes a label that routes can look at.
std::string Receivers(const config::Values& policy, const OpenSloObjects& objects, const Reading& reading) {
  std::vector<std::string> names;
  const config::Node* targets = policy.Tree("notificationTargets");
  if (targets == nullptr) return "";
  for (const config::Node& item : targets->items) {
    const auto target = Resolved(item, "AlertNotificationTarget", "targetRef", objects, reading);
    if (target.has_value()) names.push_back(target->name);
  }
  return base::Join(names, ",");
}

std::optional<BurnAlert> ReadPolicy(const Object& policy, const OpenSloObjects& objects, const Reading& reading) {
  const config::Node* conditions = policy.spec.Tree("conditions");
  if (conditions == nullptr || conditions->items.size() != 1) {
    reading.errors->Add(policy.mark, "conditions: exactly one is needed");
    return std::nullopt;
  }
  const auto condition = Resolved(conditions->items.front(), "AlertCondition", "conditionRef", objects, reading);
  if (!condition.has_value()) return std::nullopt;
  const config::Values& burn = condition->spec.Section("condition");
  BurnAlert alert;
  alert.name = policy.name;
  alert.op = OpenSloSign(burn.String("op"));
  alert.threshold = burn.Float("threshold");
  alert.when_breaching = policy.spec.Bool("alertWhenBreaching");
  alert.when_no_data = policy.spec.Bool("alertWhenNoData");
  if (alert.op.front() == '<') {
    reading.Warn(burn.MarkOf("op"), "op: " + burn.String("op") + " alerts while the burn rate is low; gte is usual");
  }
  const bool good = ReadDuration(burn, "lookbackWindow", reading, &alert.window);
  if (!ReadDuration(burn, "alertAfter", reading, &alert.hold) || !good) return std::nullopt;
  SetText(&alert.labels, "severity", condition->spec.String("severity"));
  const std::string receivers = Receivers(policy.spec, objects, reading);
  if (!receivers.empty()) SetText(&alert.labels, "receiver_hint", receivers);
  const std::string& description = policy.spec.String("description");
  if (!description.empty()) SetText(&alert.annotations, "summary", description);
  return alert;
}

}  // namespace

std::vector<BurnAlert> ReadOpenSloAlerts(const config::Values& slo_spec, const OpenSloObjects& objects,
                                         const Reading& reading) {
  std::vector<BurnAlert> alerts;
  const config::Node* policies = slo_spec.Tree("alertPolicies");
  if (policies == nullptr) return alerts;
  if (!policies->is_sequence() && !policies->is_null()) {
    reading.errors->Add(policies->mark, "alertPolicies: expected a list");
    return alerts;
  }
  for (const config::Node& item : policies->items) {
    // A bare name is a reference, too: that is how the specification's own examples have it.
    config::Node named = item;
    if (item.is_scalar()) {
      config::Node key;
      key.kind = config::Node::Kind::kScalar;
      key.scalar = "alertPolicyRef";
      named.kind = config::Node::Kind::kMapping;
      named.entries = {{key, item}};
    }
    const auto policy = Resolved(named, "AlertPolicy", "alertPolicyRef", objects, reading);
    if (!policy.has_value()) continue;
    auto alert = ReadPolicy(*policy, objects, reading);
    if (alert.has_value()) alerts.push_back(std::move(*alert));
  }
  return alerts;
}

}  // namespace bekci::ruler::slo
