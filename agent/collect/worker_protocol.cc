#include "agent/collect/worker_protocol.h"

#include <algorithm>
#include <vector>

#include "agent/base/text.h"
#include "agent/collect/frame_reader.h"
#include "proto/worker.pb.h"

namespace bekci::collect {
namespace {

template <typename Repeated>
void EncodeLabels(const model::Labels& labels, Repeated* out) {
  for (const auto [name, value] : labels) {
    out->Add()->assign(name);
    out->Add()->assign(value);
  }
}

template <typename Repeated>
base::Result<model::Labels> DecodeLabels(const Repeated& labels) {
  if (labels.size() % 2 != 0) return base::Corrupt("a label name without its value");
  std::vector<std::string> repaired;
  repaired.reserve(static_cast<size_t>(labels.size()));  // views into it stay good
  std::vector<model::Labels::Pair> pairs;
  auto text = [&repaired](const std::string& bytes) -> std::string_view {
    if (base::IsValidUtf8(bytes)) return bytes;
    return repaired.emplace_back(RepairUtf8(bytes));
  };
  for (int i = 0; i < labels.size(); i += 2) {
    if (labels.Get(i).empty()) return base::Corrupt("a label without a name");
    pairs.emplace_back(text(labels.Get(i)), text(labels.Get(i + 1)));
  }
  return model::Labels::FromPairs(std::move(pairs));
}

void EncodeNodeUnder(const config::Node& node, const std::string* parent_file, worker::Node* out) {
  out->set_kind(static_cast<uint32_t>(node.kind));
  out->set_line(node.mark.line);
  out->set_column(node.mark.column);
  const std::string* file = node.mark.file.get();
  if (file != nullptr && (parent_file == nullptr || *file != *parent_file)) out->set_file(*file);
  if (file == nullptr) file = parent_file;
  if (node.is_scalar()) {
    out->set_scalar(node.scalar);
    out->set_quoted(node.quoted);
  }
  for (const config::Node& item : node.items) EncodeNodeUnder(item, file, out->add_items());
  for (const auto& [key, value] : node.entries) {
    EncodeNodeUnder(key, file, out->add_items());
    EncodeNodeUnder(value, file, out->add_items());
  }
}

base::Status DecodeNodeUnder(const worker::Node& node, const std::shared_ptr<const std::string>& parent_file,
                             config::Node* out) {
  if (node.kind() > static_cast<uint32_t>(config::Node::Kind::kMapping)) return base::Corrupt("unknown kind of node");
  out->kind = static_cast<config::Node::Kind>(node.kind());
  out->mark.file = node.has_file() ? std::make_shared<const std::string>(node.file()) : parent_file;
  out->mark.line = node.line();
  out->mark.column = node.column();
  out->scalar = node.scalar();
  out->quoted = node.quoted();
  if (out->is_mapping()) {
    if (node.items_size() % 2 != 0) return base::Corrupt("a key without its value");
    for (int i = 0; i < node.items_size(); i += 2) {
      auto& [key, value] = out->entries.emplace_back();
      RETURN_IF_ERROR(DecodeNodeUnder(node.items(i), out->mark.file, &key));
      RETURN_IF_ERROR(DecodeNodeUnder(node.items(i + 1), out->mark.file, &value));
    }
    return base::OkStatus();
  }
  for (const worker::Node& item : node.items()) {
    RETURN_IF_ERROR(DecodeNodeUnder(item, out->mark.file, &out->items.emplace_back()));
  }
  return base::OkStatus();
}

void EncodePairs(const std::vector<model::BoundValue>& pairs, google::protobuf::RepeatedField<double>* out) {
  out->Reserve(static_cast<int>(2 * pairs.size()));
  for (const model::BoundValue& pair : pairs) {
    out->Add(pair.bound);
    out->Add(pair.value);
  }
}

base::Result<std::vector<model::BoundValue>> DecodePairs(const google::protobuf::RepeatedField<double>& values) {
  if (values.size() % 2 != 0) return base::Corrupt("a bound without its value");
  std::vector<model::BoundValue> pairs;
  pairs.reserve(static_cast<size_t>(values.size() / 2));
  for (int i = 0; i < values.size(); i += 2) pairs.push_back({values.Get(i), values.Get(i + 1)});
  return pairs;
}

void EncodeNative(const model::NativeHistogram& native, worker::NativeHistogram* out) {
  out->set_schema(native.schema);
  out->set_is_float(native.is_float);
  out->set_reset_hint(static_cast<uint32_t>(native.reset_hint));
  out->set_zero_threshold(native.zero_threshold);
  out->set_zero_count(native.zero_count);
  out->set_count(native.count);
  out->set_sum(native.sum);
  for (const model::BucketSpan& span : native.positive_spans) {
    out->add_positive_offsets(span.offset);
    out->add_positive_lengths(span.length);
  }
  for (const model::BucketSpan& span : native.negative_spans) {
    out->add_negative_offsets(span.offset);
    out->add_negative_lengths(span.length);
  }
  out->mutable_positive_buckets()->Add(native.positive_buckets.begin(), native.positive_buckets.end());
  out->mutable_negative_buckets()->Add(native.negative_buckets.begin(), native.negative_buckets.end());
  out->mutable_custom_values()->Add(native.custom_values.begin(), native.custom_values.end());
}

// Spans and the buckets they announce must agree, or a reader would run off the buckets' end.
template <typename Offsets, typename Lengths>
base::Status DecodeSpans(const Offsets& offsets, const Lengths& lengths, size_t buckets,
                         std::vector<model::BucketSpan>* out) {
  if (offsets.size() != lengths.size()) return base::Corrupt("a histogram span without its length");
  uint64_t announced = 0;
  for (int i = 0; i < offsets.size(); ++i) {
    out->push_back({offsets.Get(i), lengths.Get(i)});
    announced += lengths.Get(i);
  }
  if (announced != buckets) return base::Corrupt("histogram spans that do not fit their buckets");
  return base::OkStatus();
}

base::Result<model::NativeHistogram> DecodeNative(const worker::NativeHistogram& native) {
  model::NativeHistogram out;
  out.schema = native.schema();
  if (out.schema != model::kCustomBucketsSchema && (out.schema < -4 || out.schema > 8)) {
    return base::Corrupt("unknown histogram schema");
  }
  if (native.reset_hint() > static_cast<uint32_t>(model::CounterResetHint::kGauge)) {
    return base::Corrupt("unknown counter reset hint");
  }
  out.is_float = native.is_float();
  out.reset_hint = static_cast<model::CounterResetHint>(native.reset_hint());
  out.zero_threshold = native.zero_threshold();
  out.zero_count = native.zero_count();
  out.count = native.count();
  out.sum = native.sum();
  out.positive_buckets.assign(native.positive_buckets().begin(), native.positive_buckets().end());
  out.negative_buckets.assign(native.negative_buckets().begin(), native.negative_buckets().end());
  out.custom_values.assign(native.custom_values().begin(), native.custom_values().end());
  RETURN_IF_ERROR(DecodeSpans(native.positive_offsets(), native.positive_lengths(), out.positive_buckets.size(),
                              &out.positive_spans));
  RETURN_IF_ERROR(DecodeSpans(native.negative_offsets(), native.negative_lengths(), out.negative_buckets.size(),
                              &out.negative_spans));
  return out;
}

base::Status DecodeExemplars(const worker::Metric& metric, model::Metric* out) {
  for (const worker::Exemplar& exemplar : metric.exemplars()) {
    model::Exemplar& to = out->exemplars.emplace_back();
    ASSIGN_OR_RETURN(to.labels, DecodeLabels(exemplar.labels()));
    to.value = exemplar.value();
    if (exemplar.has_timestamp_ms()) to.timestamp = base::Timestamp{exemplar.timestamp_ms()};
  }
  if (metric.exemplar_bounds_size() != 0 && metric.exemplar_bounds_size() != metric.exemplars_size()) {
    return base::Corrupt("exemplars that do not fit their buckets");
  }
  out->exemplar_bounds.assign(metric.exemplar_bounds().begin(), metric.exemplar_bounds().end());
  return base::OkStatus();
}

}  // namespace

void AppendFrame(const worker::Frame& frame, std::string* out) {
  const size_t at = out->size();
  out->append(4, '\0');
  frame.AppendToString(out);
  FinishFrame(out, at);
}

void EncodeNode(const config::Node& node, worker::Node* out) {
  EncodeNodeUnder(node, nullptr, out);
}

base::Result<config::Node> DecodeNode(const worker::Node& node) {
  config::Node out;
  RETURN_IF_ERROR(DecodeNodeUnder(node, nullptr, &out));
  return out;
}

void EncodeInstance(uint64_t slot, const InstanceConfig& config, worker::Instance* out) {
  out->set_slot(slot);
  out->set_collector(config.collector);
  out->set_instance(config.instance);
  out->set_deadline_ns(config.deadline.count());
  out->set_max_series(config.max_series);
  out->set_base_directory(config.base_directory);
  EncodeNode(config.options, out->mutable_options());
}

base::Result<InstanceConfig> DecodeInstance(const worker::Instance& instance) {
  InstanceConfig config;
  config.collector = instance.collector();
  config.instance = instance.instance();
  config.deadline = base::nanoseconds(instance.deadline_ns());
  config.max_series = instance.max_series();
  config.base_directory = instance.base_directory();
  ASSIGN_OR_RETURN(config.options, DecodeNode(instance.options()));
  return config;
}

void EncodeFamily(const model::FamilySchema& family, worker::Family* out) {
  out->set_name(family.name);
  out->set_help(family.help);
  out->set_unit(family.unit);
  out->set_type(static_cast<uint32_t>(family.type));
  for (const std::string& name : family.label_names) out->add_label_names(name);
  if (family.only_described) out->set_only_described(true);
}

base::Result<model::FamilySchema> DecodeFamily(const worker::Family& family) {
  if (family.name().empty()) return base::Corrupt("a family without a name");
  if (family.type() > static_cast<uint32_t>(model::MetricType::kStateset)) return base::Corrupt("unknown metric type");
  model::FamilySchema decoded;
  decoded.name = RepairUtf8(family.name());
  decoded.help = RepairUtf8(family.help());
  decoded.unit = RepairUtf8(family.unit());
  decoded.type = static_cast<model::MetricType>(family.type());
  for (const std::string& name : family.label_names()) decoded.label_names.push_back(RepairUtf8(name));
  std::sort(decoded.label_names.begin(), decoded.label_names.end());
  decoded.only_described = family.only_described();
  return decoded;
}

void EncodeSeries(const model::Schema::Arrival& arrival, worker::Series* out) {
  out->set_family(arrival.family);
  EncodeLabels(arrival.labels, out->mutable_labels());
  out->mutable_bounds()->Add(arrival.bounds.begin(), arrival.bounds.end());
}

base::Result<model::Schema::Arrival> DecodeSeries(const worker::Series& series, size_t families) {
  if (series.family() >= families) return base::Corrupt("a series of no family");
  model::Schema::Arrival arrival;
  arrival.family = series.family();
  ASSIGN_OR_RETURN(arrival.labels, DecodeLabels(series.labels()));
  arrival.bounds.assign(series.bounds().begin(), series.bounds().end());
  return arrival;
}

void EncodeMetric(const model::Metric& metric, worker::Metric* out) {
  EncodeLabels(metric.labels, out->mutable_labels());
  if (metric.timestamp) out->set_timestamp_ms(metric.timestamp->ms);
  if (metric.created) out->set_created_ms(metric.created->ms);
  out->set_value(metric.value);
  out->set_count(metric.count);
  out->set_sum(metric.sum);
  EncodePairs(metric.buckets, out->mutable_buckets());
  EncodePairs(metric.quantiles, out->mutable_quantiles());
  if (metric.native) EncodeNative(*metric.native, out->mutable_native());
  for (const model::Exemplar& exemplar : metric.exemplars) {
    worker::Exemplar* to = out->add_exemplars();
    EncodeLabels(exemplar.labels, to->mutable_labels());
    to->set_value(exemplar.value);
    if (exemplar.timestamp) to->set_timestamp_ms(exemplar.timestamp->ms);
  }
  out->mutable_exemplar_bounds()->Add(metric.exemplar_bounds.begin(), metric.exemplar_bounds.end());
}

base::Result<model::Metric> DecodeMetric(const worker::Metric& metric) {
  model::Metric out;
  ASSIGN_OR_RETURN(out.labels, DecodeLabels(metric.labels()));
  if (metric.has_timestamp_ms()) out.timestamp = base::Timestamp{metric.timestamp_ms()};
  if (metric.has_created_ms()) out.created = base::Timestamp{metric.created_ms()};
  out.value = metric.value();
  out.count = metric.count();
  out.sum = metric.sum();
  ASSIGN_OR_RETURN(out.buckets, DecodePairs(metric.buckets()));
  ASSIGN_OR_RETURN(out.quantiles, DecodePairs(metric.quantiles()));
  if (metric.has_native()) {
    ASSIGN_OR_RETURN(out.native, DecodeNative(metric.native()));
  }
  RETURN_IF_ERROR(DecodeExemplars(metric, &out));
  return out;
}

base::Status DecodeStatus(uint32_t code, std::string_view message) {
  if (code == static_cast<uint32_t>(base::Code::kOk)) return base::OkStatus();
  const bool known = code <= static_cast<uint32_t>(base::Code::kInternal);
  return base::Status(known ? static_cast<base::Code>(code) : base::Code::kInternal, RepairUtf8(message));
}

std::string RepairUtf8(std::string_view text) {
  if (base::IsValidUtf8(text)) return std::string(text);
  std::string out;
  bool in_bad_run = false;
  while (!text.empty()) {
    size_t good = 0;
    for (size_t length = 1; length <= 4 && length <= text.size(); ++length) {
      if (base::IsValidUtf8(text.substr(0, length))) {
        good = length;
        break;
      }
    }
    if (good > 0) {
      out += text.substr(0, good);
    } else if (!in_bad_run) {
      out += "\xEF\xBF\xBD";
    }
    in_bad_run = good == 0;
    text.remove_prefix(std::max<size_t>(good, 1));
  }
  return out;
}

bool SameNode(const config::Node& a, const config::Node& b) {
  return a.kind == b.kind && a.scalar == b.scalar && a.quoted == b.quoted &&
         std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), SameNode) &&
         std::equal(
             a.entries.begin(), a.entries.end(), b.entries.begin(), b.entries.end(),
             [](const auto& x, const auto& y) { return SameNode(x.first, y.first) && SameNode(x.second, y.second); });
}

bool SameConfig(const InstanceConfig& a, const InstanceConfig& b) {
  return a.collector == b.collector && a.instance == b.instance && a.interval == b.interval &&
         a.deadline == b.deadline && a.max_series == b.max_series && a.base_directory == b.base_directory &&
         (a.target == nullptr) == (b.target == nullptr) && (a.target == nullptr || *a.target == *b.target) &&
         SameNode(a.options, b.options);
}

}  // namespace bekci::collect
