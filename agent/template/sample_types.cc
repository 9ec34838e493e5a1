#include "agent/template/sample_types.h"

#include "agent/model/histogram_arithmetic.h"

namespace bekci::templates {
namespace {

size_t LabelCount(const Value& map) {
  return map.data<model::Labels>().count();
}
std::optional<Value> FindLabel(const Value& map, std::string_view name) {
  const std::string_view value = map.data<model::Labels>().Get(name);
  if (value.empty()) return std::nullopt;
  return Value::Text(value);
}
void LabelEntries(const Value& map, std::vector<MapEntry>* out) {
  out->clear();
  for (const auto& [name, value] : map.data<model::Labels>()) out->push_back({name, Value::Text(value)});
}
constexpr MapAccess kLabelAccess = {LabelCount, FindLabel, LabelEntries};

const QueriedSample& Sample(const Value& value) {
  return value.data<QueriedSample>();
}
Value LabelsOfSample(const Value& value) {
  return LabelMap(Sample(value).labels);
}
Value ValueOfSample(const Value& value) {
  return SampleValue(Sample(value).value, Sample(value).histogram.get());
}
constexpr Field kSampleFields[] = {{"Labels", LabelsOfSample}, {"Value", ValueOfSample}};

const model::NativeHistogram& Histogram(const Value& value) {
  return value.data<model::NativeHistogram>();
}
void HistogramText(const Value& value, std::string* out) {
  *out += model::HistogramText(Histogram(value));
}
Value Schema(const Value& value) {
  return Value::Int(Histogram(value).schema);
}
Value ZeroThreshold(const Value& value) {
  return Value::Float(Histogram(value).zero_threshold);
}
Value ZeroCount(const Value& value) {
  return Value::Float(Histogram(value).zero_count);
}
Value Count(const Value& value) {
  return Value::Float(Histogram(value).count);
}
Value Sum(const Value& value) {
  return Value::Float(Histogram(value).sum);
}
constexpr Field kHistogramFields[] = {
    {"Schema", Schema}, {"ZeroThreshold", ZeroThreshold}, {"ZeroCount", ZeroCount}, {"Count", Count}, {"Sum", Sum}};
base::Result<Value> HistogramString(Call& call) {
  return call.Text(model::HistogramText(Histogram(call.receiver)));
}
constexpr Function kHistogramMethods[] = {{.name = "String", .call = HistogramString}};

Value Labels(const Value& value) {
  return value.data<AlertData>().labels;
}
Value ExternalLabels(const Value& value) {
  return value.data<AlertData>().external_labels;
}
Value ExternalUrl(const Value& value) {
  return value.data<AlertData>().external_url;
}
Value AlertValue(const Value& value) {
  return value.data<AlertData>().value;
}
constexpr Field kAlertFields[] = {
    {"Labels", Labels}, {"ExternalLabels", ExternalLabels}, {"ExternalURL", ExternalUrl}, {"Value", AlertValue}};

}  // namespace

constinit const Type kLabelMapType = {
    .name = "map[string]string", .kind = Kind::kMap, .element = &kTextType, .map = &kLabelAccess};
constinit const Type kSampleType = {
    .name = "*template.sample", .kind = Kind::kObject, .pointer = true, .fields = kSampleFields};
constinit const Type kSamplesType = {.name = "template.queryResult", .kind = Kind::kList, .element = &kSampleType};
constinit const Type kHistogramType = {.name = "*histogram.FloatHistogram",
                                       .kind = Kind::kObject,
                                       .pointer = true,
                                       .text = HistogramText,
                                       .fields = kHistogramFields,
                                       .methods = kHistogramMethods};
constinit const Type kAlertDataType = {
    .name =
        "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; "
        "Value interface {} }",
    .kind = Kind::kObject,
    .fields = kAlertFields};

Value SampleValue(double number, const model::NativeHistogram* histogram) {
  return histogram == nullptr ? Value::Float(number) : Value::Object(histogram, kHistogramType);
}

}  // namespace bekci::templates
