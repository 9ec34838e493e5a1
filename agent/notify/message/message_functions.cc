#include "agent/notify/message/message_functions.h"

#include <algorithm>

#include "agent/base/text.h"
#include "agent/base/utf8.h"
#include "agent/net/url.h"
#include "agent/notify/message/base64.h"
#include "agent/notify/message/go_json.h"
#include "agent/notify/message/html_printer.h"
#include "agent/notify/message/time_parse.h"
#include "agent/notify/message/title_case.h"
#include "agent/template/function_table.h"
#include "agent/template/limits.h"
#include "agent/template/time_types.h"

namespace bekci::notify::message {
namespace {

using templates::Call;
using templates::Function;
using templates::Kind;
using templates::MapEntry;
using templates::Moment;
using templates::Type;
using templates::Value;

constexpr size_t kMostZones = 64;

const Type kAnyListType = {.name = "[]interface {}", .kind = Kind::kList};

MessageHost& Host(Call& call) {
  return *static_cast<MessageHost*>(call.host);
}

base::Result<Value> CallTrimSpace(Call& call) {
  // Go's white space beyond ASCII: next line, no-break space, and the blanks of Unicode.
  std::string_view text = call.text(0);
  const auto space = [](char32_t rune) {
    return rune == ' ' || (rune >= '\t' && rune <= '\r') || rune == 0x85 || rune == 0xA0 || rune == 0x1680 ||
           (rune >= 0x2000 && rune <= 0x200A) || rune == 0x2028 || rune == 0x2029 || rune == 0x202F || rune == 0x205F ||
           rune == 0x3000;
  };
  size_t size = 0;
  while (!text.empty() && space(base::DecodeRune(text, &size))) text.remove_prefix(size);
  size_t end = 0;
  for (size_t at = 0; at < text.size(); at += size) {
    if (!space(base::DecodeRune(text.substr(at), &size))) end = at + size;
  }
  return Value::Text(text.substr(0, end));
}

base::Result<Value> CallTitle(Call& call) {
  return call.Text(TitleCase(call.text(0)));
}
base::Result<Value> CallJoin(Call& call) {
  return JoinedTexts(call, call.text(0), call[1].list());
}
base::Result<Value> CallSafeHtml(Call& call) {
  return Value::Text(call.text(0), kHtmlType);
}
base::Result<Value> CallSafeUrl(Call& call) {
  return Value::Text(call.text(0), kUrlType);
}

base::Result<Value> CallUrlUnescape(Call& call) {
  std::string out;
  const std::string_view text = call.text(0);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const auto byte = i + 2 < text.size() ? base::ParseUint(text.substr(i + 1, 2), 16) : std::nullopt;
    if (!byte) return base::Invalid("invalid URL escape " + base::Quoted(text.substr(i, 3)));
    out += static_cast<char>(*byte);
    i += 2;
  }
  return call.Text(out);
}

base::Result<Value> CallStringSlice(Call& call) {
  const std::vector<Value> items(call.arguments.begin(), call.arguments.end());
  return Value::List(call.arena.Copy(items), kStringListType);
}
base::Result<Value> CallList(Call& call) {
  const std::vector<Value> items(call.arguments.begin(), call.arguments.end());
  return Value::List(call.arena.Copy(items), kAnyListType);
}
base::Result<Value> CallAppend(Call& call) {
  if (!call[0].nil() && call[0].kind() != Kind::kList) {
    return base::Invalid("wrong type for value; expected []interface {}; got " + std::string(call[0].type()->name));
  }
  std::vector<Value> items;
  if (!call[0].nil()) items.assign(call[0].list().begin(), call[0].list().end());
  items.insert(items.end(), call.arguments.begin() + 1, call.arguments.end());
  if (items.size() > call.limits.list_items) return base::LimitReached("the list is too long");
  return Value::List(call.arena.Copy(items), kAnyListType);
}

base::Result<Value> CallDict(Call& call) {
  if (call.arguments.size() % 2 != 0) return base::Invalid("dict expects pairs of a key and a value");
  std::vector<MapEntry> entries;
  for (size_t i = 0; i < call.arguments.size(); i += 2) {
    if (call[i].kind() != Kind::kText) return base::Invalid("dict keys must be strings");
    const auto known = std::find_if(entries.begin(), entries.end(),
                                    [&](const MapEntry& entry) { return entry.key == call[i].text(); });
    if (known != entries.end()) {
      known->value = call[i + 1];
    } else {
      entries.push_back({call[i].text(), call[i + 1]});
    }
  }
  std::sort(entries.begin(), entries.end(), [](const MapEntry& a, const MapEntry& b) { return a.key < b.key; });
  return Value::Map(call.arena.New(templates::AnyMap{call.arena.Copy(entries)}), templates::kAnyMapType);
}

base::Result<Value> CallDate(Call& call) {
  std::string out;
  templates::AppendTime(call[1].data<Moment>(), call.text(0), &out);
  return call.Text(out);
}

base::Result<Value> CallTz(Call& call) {
  Moment moment = call[1].data<Moment>();
  const std::string name(call.text(0));
  moment.local = name == "Local";
  moment.zone = nullptr;
  if (name.empty() || name == "UTC" || name == "Local") return TimeValue(moment, &call.arena);
  MessageHost& host = Host(call);
  const auto loaded =
      std::find_if(host.zones.begin(), host.zones.end(), [&](const auto& zone) { return zone->name == name; });
  if (loaded != host.zones.end()) {
    moment.zone = loaded->get();
    return TimeValue(moment, &call.arena);
  }
  if (host.zones.size() >= kMostZones) return base::LimitReached("too many time zones");
  auto rules = base::TimeZone::Load(host.zone_files, name);
  if (!rules.ok()) return base::Invalid("unknown time zone " + name);
  host.zones.push_back(std::make_unique<templates::Zone>(templates::Zone{name, std::move(rules).value()}));
  moment.zone = host.zones.back().get();
  return TimeValue(moment, &call.arena);
}

base::Result<Value> CallNow(Call& call) {
  Moment now = MomentOf(Host(call).data.notification().now);
  now.local = true;
  return TimeValue(now, &call.arena);
}

base::Result<Value> CallSince(Call& call) {
  const Moment now = MomentOf(Host(call).data.notification().now);
  const auto& then = call[0].data<Moment>();
  int64_t nanoseconds = 0;
  if (__builtin_mul_overflow(now.seconds - then.seconds, templates::kNanosPerSecond, &nanoseconds) ||
      __builtin_add_overflow(nanoseconds, now.nanoseconds - then.nanoseconds, &nanoseconds)) {
    nanoseconds = now.seconds > then.seconds ? INT64_MAX : INT64_MIN;
  }
  return templates::DurationValue(nanoseconds);
}

base::Result<Value> CallMustToDate(Call& call) {
  ASSIGN_OR_RETURN(const Moment moment, ParseTime(call.text(0), call.text(1)));
  return TimeValue(moment, &call.arena);
}
base::Result<Value> CallToDate(Call& call) {
  const auto moment = ParseTime(call.text(0), call.text(1));
  return TimeValue(moment.ok() ? *moment : kZeroMoment, &call.arena);
}

base::Result<Value> CallToJson(Call& call) {
  std::string out;
  RETURN_IF_ERROR(AppendGoJson(call[0], call.limits.output_bytes, &out));
  if (call.steps != nullptr) *call.steps += out.size() / 64;
  return call.Text(out);
}

base::Result<Value> CallBase64Encode(Call& call) {
  return call.Text(Base64UrlEncoded(call.text(0)));
}
base::Result<Value> CallBase64Decode(Call& call) {
  ASSIGN_OR_RETURN(const std::string decoded, Base64UrlDecoded(call.text(0)));
  return call.Text(decoded);
}

base::Result<Value> CallRouteLabels(Call& call) {
  return Value::Text(FindIn(Host(call).data.view().route_labels, call.text(0)));
}

// A built-in function whose text is of a type that says what it was made for.
template <const Type& kType>
base::Result<Value> CallTyped(Call& call, std::string_view name) {
  static const templates::FunctionTable kTable = {templates::BuiltinFunctions()};
  ASSIGN_OR_RETURN(const Value text, kTable.Find(name)->call(call));
  return text.As(kType);
}
base::Result<Value> CallHtml(Call& call) {
  return CallTyped<kHtmlType>(call, "html");
}
base::Result<Value> CallUrlQuery(Call& call) {
  return CallTyped<kUrlType>(call, "urlquery");
}

constexpr const Type* kText[] = {&templates::kTextType, &templates::kTextType};
constexpr std::span<const Type* const> kOneText = std::span(kText).first(1);
constexpr std::span<const Type* const> kTwoTexts = kText;
constexpr const Type* kTextAndList[] = {&templates::kTextType, &kStringListType};
constexpr const Type* kTextAndTime[] = {&templates::kTextType, &templates::kTimeType};
constexpr const Type* kTime[] = {&templates::kTimeType};
constexpr const Type* kAny[] = {nullptr};

constexpr Function kFunctions[] = {
    {.name = "trimSpace", .call = CallTrimSpace, .parameters = kOneText},
    {.name = "title", .call = CallTitle, .parameters = kOneText},
    {.name = "join", .call = CallJoin, .parameters = kTextAndList},
    {.name = "safeHtml", .call = CallSafeHtml, .parameters = kOneText},
    {.name = "safeUrl", .call = CallSafeUrl, .parameters = kOneText},
    {.name = "urlUnescape", .call = CallUrlUnescape, .parameters = kOneText},
    {.name = "stringSlice", .call = CallStringSlice, .variadic = true, .rest = &templates::kTextType},
    {.name = "list", .call = CallList, .variadic = true},
    {.name = "append", .call = CallAppend, .parameters = kAny, .variadic = true},
    {.name = "dict", .call = CallDict, .variadic = true},
    {.name = "date", .call = CallDate, .parameters = kTextAndTime},
    {.name = "tz", .call = CallTz, .parameters = kTextAndTime},
    {.name = "now", .call = CallNow},
    {.name = "since", .call = CallSince, .parameters = kTime},
    {.name = "toDate", .call = CallToDate, .parameters = kTwoTexts},
    {.name = "mustToDate", .call = CallMustToDate, .parameters = kTwoTexts},
    {.name = "toJson", .call = CallToJson, .parameters = kAny},
    {.name = "base64encode", .call = CallBase64Encode, .parameters = kOneText},
    {.name = "base64decode", .call = CallBase64Decode, .parameters = kOneText},
    {.name = "routeLabels", .call = CallRouteLabels, .parameters = kOneText},
};

constexpr Function kHtmlFunctions[] = {
    {.name = "html", .call = CallHtml, .variadic = true},
    {.name = "urlquery", .call = CallUrlQuery, .variadic = true},
};

}  // namespace

std::span<const Function> MessageFunctions() {
  return kFunctions;
}
std::span<const Function> HtmlFunctions() {
  return kHtmlFunctions;
}

base::Result<Value> CallOnCall(Call& call) {
  return call.Text(Host(call).data.OnCall(call.text(0), call.text(1)));
}

base::Result<Value> JoinedTexts(Call& call, std::string_view separator, std::span<const Value> texts) {
  size_t size = 0;
  for (const Value& text : texts) size += text.text().size() + separator.size();
  if (size > call.limits.output_bytes) return base::LimitReached("the joined text is too long");
  std::string out;
  out.reserve(size);
  for (const Value& text : texts) {
    if (&text != texts.data()) out += separator;
    out += text.text();
  }
  return call.Text(out);
}

}  // namespace bekci::notify::message
