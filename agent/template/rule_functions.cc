#include "agent/template/rule_functions.h"

#include <algorithm>

#include "agent/base/text.h"
#include "agent/net/url.h"
#include "agent/template/limits.h"
#include "agent/template/sample_types.h"

namespace bekci::templates {
namespace {

// What Go says when a nil *sample is looked into.
constexpr std::string_view kNilSample = "runtime error: invalid memory address or nil pointer dereference";

RuleHost& Host(const Call& call) {
  return *static_cast<RuleHost*>(call.host);
}

size_t SizeOf(const std::vector<QueriedSample>& samples) {
  size_t size = samples.size() * (sizeof(QueriedSample) + sizeof(Value));
  for (const QueriedSample& sample : samples) size += sample.labels.data().size();
  return size;
}

Value ListOf(const std::vector<QueriedSample>& samples, Arena* arena) {
  const std::span<Value> items = arena->NewArray<Value>(samples.size());
  for (size_t i = 0; i < samples.size(); ++i) items[i] = Value::Object(&samples[i], kSampleType);
  return Value::List(items, kSamplesType);
}

base::Result<Value> CallQuery(Call& call) {
  RuleHost& host = Host(call);
  if (!host.environment.query) return base::Unavailable("there is nothing to ask: queries are not possible here");
  if (host.answers.size() >= call.limits.queries) {
    return base::LimitReached("more than " + std::to_string(call.limits.queries) + " queries");
  }
  ASSIGN_OR_RETURN(std::vector<QueriedSample> samples, host.environment.query(std::string(call.text(0)), host.at));
  if (samples.size() > call.limits.list_items) {
    return base::LimitReached("the query gave more than " + std::to_string(call.limits.list_items) + " series");
  }
  call.arena.Charge(SizeOf(samples));
  host.answers.push_back(std::make_unique<std::vector<QueriedSample>>(std::move(samples)));
  return ListOf(*host.answers.back(), &call.arena);
}

base::Result<Value> CallFirst(Call& call) {
  const auto samples = call[0].list();
  if (samples.empty()) return base::Invalid("first() called on vector with no elements");
  return samples.front();
}

base::Result<Value> CallLabel(Call& call) {
  if (call[1].nil()) return base::Invalid(std::string(kNilSample));
  return Value::Text(call[1].data<QueriedSample>().labels.Get(call.text(0)));
}

base::Result<Value> CallValue(Call& call) {
  if (call[0].nil()) return base::Invalid(std::string(kNilSample));
  const auto& sample = call[0].data<QueriedSample>();
  return SampleValue(sample.value, sample.histogram.get());
}

base::Result<Value> CallStrValue(Call& call) {
  if (call[0].nil()) return base::Invalid(std::string(kNilSample));
  return Value::Text(call[0].data<QueriedSample>().labels.Get("__value__"));
}

base::Result<Value> CallSortByLabel(Call& call) {
  const auto samples = call[1].list();
  const std::span<Value> sorted = call.arena.NewArray<Value>(samples.size());
  std::copy(samples.begin(), samples.end(), sorted.begin());
  const std::string_view name = call.text(0);
  std::stable_sort(sorted.begin(), sorted.end(), [&](const Value& a, const Value& b) {
    return a.data<QueriedSample>().labels.Get(name) < b.data<QueriedSample>().labels.Get(name);
  });
  if (call.steps != nullptr) *call.steps += samples.size();
  return Value::List(sorted, kSamplesType);
}

base::Result<Value> CallArgs(Call& call) {
  const std::span<MapEntry> entries = call.arena.NewArray<MapEntry>(call.arguments.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    entries[i] = {call.arena.Copy("arg" + std::to_string(i)), call[i]};
  }
  std::sort(entries.begin(), entries.end(), [](const MapEntry& a, const MapEntry& b) { return a.key < b.key; });
  return Value::Map(call.arena.New(AnyMap{entries}), kAnyMapType);
}

base::Result<Value> CallGraphLink(Call& call) {
  return call.Text("/graph?g0.expr=" + net::QueryEscaped(call.text(0)) + "&g0.tab=0");
}
base::Result<Value> CallTableLink(Call& call) {
  return call.Text("/graph?g0.expr=" + net::QueryEscaped(call.text(0)) + "&g0.tab=1");
}

base::Result<Value> CallExternalUrl(Call& call) {
  return Value::Text(Host(call).environment.external_url);
}

int HexDigit(char c) {
  const auto value = base::ParseUint(std::string_view(&c, 1), 16);
  return value ? static_cast<int>(*value) : -1;
}

// The path of the external URL, its %XX resolved.
base::Result<Value> CallPathPrefix(Call& call) {
  std::string_view rest = Host(call).environment.external_url;
  rest = rest.substr(0, rest.find_first_of("?#"));
  if (const size_t scheme = rest.find("://"); scheme != std::string_view::npos) {
    rest.remove_prefix(scheme + 3);
    rest.remove_prefix(std::min(rest.find('/'), rest.size()));
  }
  std::string path;
  for (size_t i = 0; i < rest.size(); ++i) {
    const bool escaped =
        rest[i] == '%' && i + 2 < rest.size() && HexDigit(rest[i + 1]) >= 0 && HexDigit(rest[i + 2]) >= 0;
    path.push_back(escaped ? static_cast<char>(HexDigit(rest[i + 1]) * 16 + HexDigit(rest[i + 2])) : rest[i]);
    i += escaped ? 2 : 0;
  }
  return call.Text(path);
}

base::Result<Value> CallNow(Call& call) {
  return Value::Float(static_cast<double>(Host(call).at.ms) / 1000);
}

constexpr const Type* kText[] = {&kTextType};
constexpr const Type* kSamples[] = {&kSamplesType};
constexpr const Type* kSample[] = {&kSampleType};
constexpr const Type* kTextAndSample[] = {&kTextType, &kSampleType};
constexpr const Type* kTextAndSamples[] = {&kTextType, &kSamplesType};

constexpr Function kFunctions[] = {
    {.name = "query", .call = CallQuery, .parameters = kText},
    {.name = "first", .call = CallFirst, .parameters = kSamples},
    {.name = "label", .call = CallLabel, .parameters = kTextAndSample},
    {.name = "value", .call = CallValue, .parameters = kSample},
    {.name = "strvalue", .call = CallStrValue, .parameters = kSample},
    {.name = "sortByLabel", .call = CallSortByLabel, .parameters = kTextAndSamples},
    {.name = "args", .call = CallArgs, .variadic = true},
    {.name = "graphLink", .call = CallGraphLink, .parameters = kText},
    {.name = "tableLink", .call = CallTableLink, .parameters = kText},
    {.name = "externalURL", .call = CallExternalUrl},
    {.name = "pathPrefix", .call = CallPathPrefix},
    {.name = "now", .call = CallNow},
};

}  // namespace

std::span<const Function> RuleFunctions() {
  return kFunctions;
}

}  // namespace bekci::templates
