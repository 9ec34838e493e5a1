#include "agent/notify/message/data_types.h"

#include <algorithm>
#include <array>

#include "agent/notify/message/message_functions.h"
#include "agent/template/time_types.h"

namespace bekci::notify::message {
namespace {

using templates::Call;
using templates::Field;
using templates::Function;
using templates::Kind;
using templates::Type;
using templates::Value;

// A field that is a member of the data behind an object.
template <typename Struct, std::string_view Struct::*kMember>
Value TextField(const Value& object) {
  return Value::Text(object.data<Struct>().*kMember);
}
template <typename Struct, Kv Struct::*kMember>
Value KvField(const Value& object) {
  return Value::Map(&(object.data<Struct>().*kMember), kKvType);
}
template <typename Struct, templates::Moment Struct::*kMember>
Value TimeField(const Value& object) {
  return Value::Object(&(object.data<Struct>().*kMember), templates::kTimeType);
}
template <typename Struct, std::span<const Value> Struct::*kMember, const Type& kListType>
Value ListField(const Value& object) {
  return Value::List(object.data<Struct>().*kMember, kListType);
}

// KV: a map.
const Kv& KvOf(const Value& value) {
  return value.data<Kv>();
}
size_t KvSize(const Value& map) {
  return KvOf(map).pairs.size();
}
std::optional<Value> KvFind(const Value& map, std::string_view name) {
  const auto pairs = KvOf(map).pairs;
  const auto found = std::lower_bound(pairs.begin(), pairs.end(), name,
                                      [](const KvPair& pair, std::string_view n) { return pair.name < n; });
  if (found == pairs.end() || found->name != name) return std::nullopt;
  return Value::Text(found->value);
}
void KvEntries(const Value& map, std::vector<templates::MapEntry>* out) {
  out->clear();
  for (const auto& [name, value] : KvOf(map).pairs) out->push_back({name, Value::Text(value)});
}
constexpr templates::MapAccess kKvAccess = {KvSize, KvFind, KvEntries};

// alertname first, then by name.
std::vector<Value> SortedPairsOf(const Value& map) {
  std::vector<Value> pairs;
  for (const bool name : {true, false}) {
    for (const KvPair& pair : KvOf(map).pairs) {
      if ((pair.name == "alertname") == name) pairs.push_back(Value::Object(&pair, kPairType));
    }
  }
  return pairs;
}

// a=b, c=d
void AppendPairs(std::span<const Value> pairs, std::string* out) {
  for (const Value& value : pairs) {
    if (&value != pairs.data()) *out += ", ";
    const auto& pair = value.data<KvPair>();
    out->append(pair.name).append("=").append(pair.value);
  }
}
void KvText(const Value& value, std::string* out) {
  AppendPairs(SortedPairsOf(value), out);
}
void PairsText(const Value& value, std::string* out) {
  AppendPairs(value.list(), out);
}

Value StringsOf(Call& call, std::span<const Value> pairs, std::string_view KvPair::*member) {
  std::vector<Value> texts;
  texts.reserve(pairs.size());
  for (const Value& pair : pairs) texts.push_back(Value::Text(pair.data<KvPair>().*member));
  return Value::List(call.arena.Copy(texts), kStringsType);
}

base::Result<Value> SortedPairs(Call& call) {
  return Value::List(call.arena.Copy(SortedPairsOf(call.receiver)), kPairsType);
}
base::Result<Value> NamesOfKv(Call& call) {
  return StringsOf(call, SortedPairsOf(call.receiver), &KvPair::name);
}
base::Result<Value> ValuesOfKv(Call& call) {
  return StringsOf(call, SortedPairsOf(call.receiver), &KvPair::value);
}
base::Result<Value> NamesOfPairs(Call& call) {
  return StringsOf(call, call.receiver.list(), &KvPair::name);
}
base::Result<Value> ValuesOfPairs(Call& call) {
  return StringsOf(call, call.receiver.list(), &KvPair::value);
}
base::Result<Value> Remove(Call& call) {
  const auto unwanted = call[0].list();
  if (call.steps != nullptr) *call.steps += unwanted.size() * KvSize(call.receiver) / 16;
  std::vector<KvPair> left;
  for (const KvPair& pair : KvOf(call.receiver).pairs) {
    const bool removed =
        std::any_of(unwanted.begin(), unwanted.end(), [&](const Value& v) { return v.text() == pair.name; });
    if (!removed) left.push_back(pair);
  }
  return Value::Map(call.arena.New(Kv{call.arena.Copy(left)}), kKvType);
}
base::Result<Value> KvString(Call& call) {
  std::string text;
  call.receiver.type()->text(call.receiver, &text);
  return call.Text(text);
}

base::Result<Value> JoinStrings(Call& call) {
  return JoinedTexts(call, call.text(0), call.receiver.list());
}

base::Result<Value> AlertsWith(Call& call, std::string_view status) {
  std::vector<Value> alerts;
  for (const Value& alert : call.receiver.list()) {
    if (alert.data<AlertView>().status == status) alerts.push_back(alert);
  }
  return Value::List(call.arena.Copy(alerts), kAlertsType);
}
base::Result<Value> Firing(Call& call) {
  return AlertsWith(call, "firing");
}
base::Result<Value> Resolved(Call& call) {
  return AlertsWith(call, "resolved");
}

Value CycleField(const Value& object) {
  return Value::Int(object.data<EscalationView>().cycle);
}
Value EscalationField(const Value& object) {
  return Value::Object(&object.data<DataView>().escalation, kEscalationType);
}

constexpr const Type* kTwoTexts[] = {&templates::kTextType, &templates::kTextType};
constexpr const Type* kText[] = {&templates::kTextType};
constexpr const Type* kStringList[] = {&kStringListType};

constexpr Function kKvMethods[] = {
    {.name = "SortedPairs", .call = SortedPairs}, {.name = "Remove", .call = Remove, .parameters = kStringList},
    {.name = "Names", .call = NamesOfKv},         {.name = "Values", .call = ValuesOfKv},
    {.name = "String", .call = KvString},
};
constexpr Function kPairsMethods[] = {
    {.name = "Names", .call = NamesOfPairs},
    {.name = "Values", .call = ValuesOfPairs},
    {.name = "String", .call = KvString},
};
constexpr Function kStringsMethods[] = {{.name = "Join", .call = JoinStrings, .parameters = kText}};
constexpr Function kAlertsMethods[] = {{.name = "Firing", .call = Firing}, {.name = "Resolved", .call = Resolved}};
constexpr Function kDataMethods[] = {{.name = "OnCall", .call = CallOnCall, .parameters = kTwoTexts}};

constexpr Field kPairFields[] = {{"Name", TextField<KvPair, &KvPair::name>},
                                 {"Value", TextField<KvPair, &KvPair::value>}};
constexpr Field kAlertFields[] = {{"Status", TextField<AlertView, &AlertView::status>},
                                  {"Labels", KvField<AlertView, &AlertView::labels>},
                                  {"Annotations", KvField<AlertView, &AlertView::annotations>},
                                  {"StartsAt", TimeField<AlertView, &AlertView::starts_at>},
                                  {"EndsAt", TimeField<AlertView, &AlertView::ends_at>},
                                  {"GeneratorURL", TextField<AlertView, &AlertView::generator_url>},
                                  {"Fingerprint", TextField<AlertView, &AlertView::fingerprint>}};
constexpr Field kTimelineFields[] = {{"At", TimeField<TimelineView, &TimelineView::at>},
                                     {"Event", TextField<TimelineView, &TimelineView::event>},
                                     {"Level", TextField<TimelineView, &TimelineView::level>},
                                     {"Text", TextField<TimelineView, &TimelineView::text>}};
using E = EscalationView;
constexpr Field kEscalationFields[] = {{"ID", TextField<E, &E::id>},
                                       {"Policy", TextField<E, &E::policy>},
                                       {"Level", TextField<E, &E::level>},
                                       {"LevelTitle", TextField<E, &E::level_title>},
                                       {"Cycle", CycleField},
                                       {"State", TextField<E, &E::state>},
                                       {"Reason", TextField<E, &E::reason>},
                                       {"StartedAt", TimeField<E, &E::started_at>},
                                       {"EnteredAt", TimeField<E, &E::entered_at>},
                                       {"AckWithin", TextField<E, &E::ack_within>},
                                       {"AckURL", TextField<E, &E::ack_url>},
                                       {"DeliveryID", TextField<E, &E::delivery_id>},
                                       {"Timeline", ListField<E, &E::timeline, kTimelineType>}};
using D = DataView;
constexpr Field kDataFields[] = {{"Receiver", TextField<D, &D::receiver>},
                                 {"Status", TextField<D, &D::status>},
                                 {"Alerts", ListField<D, &D::alerts, kAlertsType>},
                                 {"NotificationReason", TextField<D, &D::reason>},
                                 {"GroupLabels", KvField<D, &D::group_labels>},
                                 {"CommonLabels", KvField<D, &D::common_labels>},
                                 {"CommonAnnotations", KvField<D, &D::common_annotations>},
                                 {"RouteLabels", KvField<D, &D::route_labels>},
                                 {"ExternalURL", TextField<D, &D::external_url>},
                                 {"Escalation", EscalationField}};

struct NamePair {
  std::string_view field;
  std::string_view json;
};
// Keys of our own types that are not the field's name with a small first letter, and Alertmanager's.
constexpr NamePair kJsonNames[] = {
    {"Status", "status"},
    {"Labels", "labels"},
    {"Annotations", "annotations"},
    {"StartsAt", "startsAt"},
    {"EndsAt", "endsAt"},
    {"GeneratorURL", "generatorURL"},
    {"Fingerprint", "fingerprint"},
    {"Receiver", "receiver"},
    {"Alerts", "alerts"},
    {"NotificationReason", "notification_reason"},
    {"GroupLabels", "groupLabels"},
    {"CommonLabels", "commonLabels"},
    {"CommonAnnotations", "commonAnnotations"},
    {"RouteLabels", "routeLabels"},
    {"ExternalURL", "externalURL"},
    {"Escalation", "escalation"},
    {"ID", "id"},
    {"Policy", "policy"},
    {"Level", "level"},
    {"LevelTitle", "levelTitle"},
    {"Cycle", "cycle"},
    {"State", "state"},
    {"Reason", "reason"},
    {"StartedAt", "startedAt"},
    {"EnteredAt", "enteredAt"},
    {"AckWithin", "ackWithin"},
    {"AckURL", "ackURL"},
    {"DeliveryID", "delivery_id"},
    {"Timeline", "timeline"},
    {"At", "at"},
    {"Event", "event"},
    {"Text", "text"},
};

}  // namespace

constinit const Type kKvType = {.name = "template.KV",
                                .kind = Kind::kMap,
                                .element = &templates::kTextType,
                                .text = KvText,
                                .methods = kKvMethods,
                                .map = &kKvAccess};
constinit const Type kPairType = {.name = "template.Pair", .kind = Kind::kObject, .fields = kPairFields};
constinit const Type kPairsType = {
    .name = "template.Pairs", .kind = Kind::kList, .element = &kPairType, .text = PairsText, .methods = kPairsMethods};
constinit const Type kStringsType = {.name = "template.Strings",
                                     .kind = Kind::kList,
                                     .pointee = &kStringListType,
                                     .element = &templates::kTextType,
                                     .methods = kStringsMethods};
constinit const Type kStringListType = {.name = "[]string", .kind = Kind::kList, .element = &templates::kTextType};
constinit const Type kAlertType = {.name = "template.Alert", .kind = Kind::kObject, .fields = kAlertFields};
constinit const Type kAlertsType = {
    .name = "template.Alerts", .kind = Kind::kList, .element = &kAlertType, .methods = kAlertsMethods};
constinit const Type kTimelineEntryType = {
    .name = "template.TimelineEntry", .kind = Kind::kObject, .fields = kTimelineFields};
constinit const Type kTimelineType = {
    .name = "[]template.TimelineEntry", .kind = Kind::kList, .element = &kTimelineEntryType};
constinit const Type kEscalationType = {
    .name = "template.Escalation", .kind = Kind::kObject, .fields = kEscalationFields};
constinit const Type kDataType = {
    .name = "*template.Data", .kind = Kind::kObject, .pointer = true, .fields = kDataFields, .methods = kDataMethods};

std::string_view FindIn(const Kv& kv, std::string_view name) {
  const auto found =
      std::find_if(kv.pairs.begin(), kv.pairs.end(), [&](const KvPair& pair) { return pair.name == name; });
  return found == kv.pairs.end() ? std::string_view() : found->value;
}

std::string_view JsonName(const Type& type, std::string_view field) {
  if (type.name == kPairType.name) return field;  // Go's Pair has no names of its own for JSON
  for (const NamePair& pair : kJsonNames) {
    if (pair.field == field) return pair.json;
  }
  return field;
}

}  // namespace bekci::notify::message
