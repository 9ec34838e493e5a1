#include "agent/collect/worker_instance.h"

#include <algorithm>
#include <exception>

#include "agent/base/text.h"

namespace bekci::collect {
namespace {

// Keys that every instance may have besides its collector's own: the core has read them.
constexpr std::string_view kCoreKeys[] = {"instance", "interval", "deadline", "max_series"};

config::Node WithoutCoreKeys(const config::Node& options, std::span<const config::Option> table) {
  config::Node own = options;
  std::erase_if(own.entries, [table](const auto& entry) {
    const std::string& key = entry.first.scalar;
    return std::ranges::find(kCoreKeys, key) != std::end(kCoreKeys) &&
           std::ranges::none_of(table, [&key](const config::Option& option) { return option.key == key; });
  });
  return own;
}

base::Result<std::unique_ptr<Collector>> Build(const InstanceConfig& config, const Environment& environment) {
  const CollectorSpec* spec = FindCollector(config.collector);
  if (spec == nullptr) return base::NotFound("no collector is named " + base::Quoted(config.collector));
  config::Errors errors;
  const config::Values values =
      config::Check(WithoutCoreKeys(config.options, spec->options), spec->options, &errors, config.base_directory);
  RETURN_IF_ERROR(errors.ToStatus());
  try {
    auto made = spec->make(values, environment);
    if (made.ok() && *made == nullptr) return base::Internal("the collector was not built");
    return made;
  } catch (const std::exception& e) {
    return base::Internal(std::string("building the collector threw: ") + e.what());
  }
}

// A collector that knows the line says it; of others it is at least known where their options begin.
base::Status WithPlace(const InstanceConfig& config, const base::Status& status) {
  const config::Mark& mark = config.options.mark;
  if (mark.file && !mark.file->empty() && status.message().starts_with(*mark.file + ":")) return status;
  const std::string place = mark.ToString();
  return {status.code(), (place.empty() ? "" : place + ": ") + "collector " + config.collector + ", instance " +
                             config.instance + ": " + status.message()};
}

std::string FilterKey(const CollectContext& context) {
  std::string key;
  for (const std::string& part : context.only) key += "+" + part;
  for (const std::string& part : context.exclude) key += "-" + part;
  return key;
}

uint64_t Points(std::span<const model::MetricFamily> families) {
  uint64_t points = 0;
  for (const model::MetricFamily& family : families) points += family.metrics.size();
  return points;
}

}  // namespace

base::Result<std::unique_ptr<Collector>> MakeCollector(const InstanceConfig& config, const Environment& environment) {
  auto made = Build(config, environment);
  if (made.ok()) return made;
  return WithPlace(config, std::move(made).status());
}

base::Status CallCollector(Collector& collector, const CollectContext& context, FamilySink& sink) {
  try {
    return collector.Collect(context, sink);
  } catch (const std::exception& e) {
    return base::Internal(std::string("the collector threw: ") + e.what());
  } catch (...) {
    return base::Internal("the collector threw something that is no exception");
  }
}

WorkerInstance::WorkerInstance(uint64_t slot, InstanceConfig config, const Environment& environment)
    : slot_(slot), config_(std::move(config)), environment_(environment) {}

base::Status WorkerInstance::Make() {
  if (collector_) return base::OkStatus();
  auto made = MakeCollector(config_, environment_);
  if (!made.ok()) return std::move(made).status();
  collector_ = std::move(made).value();
  return base::OkStatus();
}

uint32_t WorkerInstance::StreamFor(const CollectContext& context) {
  const std::string filter = FilterKey(context);
  uint32_t chosen = filter.empty() ? 0 : 1;
  for (uint32_t i = chosen; !filter.empty() && i < streams_.size(); ++i) {
    if (!streams_[i] || streams_[i]->filter == filter) {
      chosen = i;
      break;
    }
    if (streams_[i]->used < streams_[chosen]->used) chosen = i;
  }
  if (!streams_[chosen] || streams_[chosen]->filter != filter) {
    streams_[chosen] = std::make_unique<Stream>();
    streams_[chosen]->filter = filter;
    streams_[chosen]->sink.set_max_series(config_.max_series);
  }
  streams_[chosen]->used = ++runs_;
  return chosen;
}

base::Status WorkerInstance::CheckLimits(const FamilySink::Output& output) const {
  const uint64_t points = Points(output.extra);
  if (output.refused_series == 0 && points <= config_.max_series) return base::OkStatus();
  const uint64_t series = output.refused_series > 0 ? config_.max_series + output.refused_series : points;
  return base::LimitReached(std::to_string(series) + " series, allowed are " + std::to_string(config_.max_series) +
                            " (max_series)");
}

base::Status WorkerInstance::Run(const Request& request, RoundWriter& writer) {
  base::Clock& clock = *environment_.clock;
  const base::MonotonicTime start = clock.Monotonic();
  if (base::Status made = Make(); !made.ok()) return Refuse(request, made, writer);

  const uint32_t index = StreamFor(request.context);
  Stream& stream = *streams_[index];
  stream.sink.Begin();
  const base::Status status = CallCollector(*collector_, request.context, stream.sink);
  const FamilySink::Output output = stream.sink.Finish();
  const base::Duration duration = clock.Monotonic() - start;

  if (output.schema_changed) stream.schema_id = 0;
  if (base::Status limits = CheckLimits(output); !limits.ok()) {
    streams_[index].reset();  // gives the memory of the oversized round back
    return writer.WriteDone({request.id, slot_, index, 0}, limits, duration, output.counts);
  }
  if (output.values.empty()) {
    return writer.WriteRound({request.id, slot_, index, 0}, stream.sink, output, false, status, duration);
  }
  const bool with_schema = stream.schema_id == 0;
  if (with_schema) stream.schema_id = ++last_schema_id_;
  const RoundWriter::Head head{request.id, slot_, index, stream.schema_id};
  base::Status written = writer.WriteRound(head, stream.sink, output, with_schema, status, duration);
  if (written.code() != base::Code::kLimit) return written;
  streams_[index].reset();
  return writer.WriteDone({request.id, slot_, index, 0}, written, duration, output.counts);
}

base::Status WorkerInstance::Refuse(const Request& request, const base::Status& status, RoundWriter& writer) const {
  return writer.WriteDone({request.id, slot_, 0, 0, true}, status, {});
}

}  // namespace bekci::collect
