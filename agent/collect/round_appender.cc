#include "agent/collect/round_appender.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "agent/base/text.h"
#include "agent/collect/slot_labels.h"

namespace bekci::collect {
namespace {

using storage::SeriesRef;

constexpr size_t kMostKept = 1000;  // rounds while the store is being opened: a second or so
constexpr base::Duration kTolerance = base::milliseconds(2);

constexpr std::string_view kReportNames[] = {"up",
                                             "scrape_duration_seconds",
                                             "scrape_samples_scraped",
                                             "scrape_samples_post_metric_relabeling",
                                             "scrape_series_added",
                                             "scrape_timeout_seconds",
                                             "scrape_sample_limit",
                                             "scrape_body_size_bytes"};

const model::Labels kNoLabels;

template <typename Known>
std::vector<SeriesRef> Sorted(std::vector<SeriesRef> refs, Known&& known) {
  std::erase_if(refs, [&](SeriesRef ref) { return !known(ref); });
  std::sort(refs.begin(), refs.end());
  return refs;
}

// Calls f(labels, value) for every number of a point of a family that does not stand in slots.
template <typename F>
void ForEachNumber(const model::MetricFamily& family, const model::Metric& metric, const model::Labels& target, F&& f) {
  const auto named = [&](std::string_view suffix, std::string_view bound_name, double bound) {
    return LabelsOfSlot({family.name, suffix, bound_name, bound}, metric.labels, target);
  };
  const bool summary = family.type == model::MetricType::kSummary;
  if (!summary && family.type != model::MetricType::kHistogram && family.type != model::MetricType::kGaugeHistogram) {
    return f(named("", "", 0), metric.value);
  }
  for (const model::BoundValue& bucket : metric.buckets) f(named("_bucket", "le", bucket.bound), bucket.value);
  for (const model::BoundValue& part : metric.quantiles) f(named("", "quantile", part.bound), part.value);
  f(named("_sum", "", 0), metric.sum);
  f(named("_count", "", 0), metric.count);
}

// The name of the series that an exemplar belongs to.
model::Labels ExemplarSeries(const model::MetricFamily& family, const model::Metric& metric, size_t exemplar,
                             const model::Labels& target) {
  const bool bucket = !metric.native.has_value() && exemplar < metric.exemplar_bounds.size();
  if (!bucket) return WithTargetLabels(family.name, metric.labels, target);
  return LabelsOfSlot({family.name, "_bucket", "le", metric.exemplar_bounds[exemplar]}, metric.labels, target);
}

}  // namespace

RoundAppender::~RoundAppender() = default;

std::string RoundAppender::KeyOf(const InstanceConfig& config, std::string_view job) {
  return config.collector + "\n" + config.instance + "\n" + std::string(job);
}

void RoundAppender::SetStore(storage::Appendable* store) {
  base::MutexLock lock(mutex_);
  sources_.clear();  // their appenders belong to the store
  store_ = store;
  if (store == nullptr) return;
  for (const Kept& kept : std::exchange(kept_, {})) Take(kept.state, kept.job);
}

void RoundAppender::OnRound(const InstanceState& state) {
  OnOwnRound(state, state.spec == nullptr ? std::string_view() : state.spec->job);
}

void RoundAppender::OnOwnRound(const InstanceState& state, std::string_view job) {
  base::MutexLock lock(mutex_);
  if (store_ != nullptr) return Take(state, job);
  if (kept_.size() < kMostKept) kept_.push_back({state, std::string(job)});
}

RoundAppender::Source& RoundAppender::SourceOf(const InstanceState& state, std::string_view job) {
  Source& source = sources_[KeyOf(state.config, job)];
  if (source.appender == nullptr) {
    const InstanceConfig& config = state.config;
    source.flat = config.target != nullptr;
    source.target = source.flat ? config.target->labels : model::Labels{{"job", job}, {"instance", config.instance}};
    source.appender = store_->NewAppenderFor(
        source.flat ? config.target->scrape_pool
                    : (config.collector.empty() ? std::string(job) : config.collector + "/" + config.instance));
  }
  return source;
}

int64_t RoundAppender::TimeOf(const Source& source, const InstanceState& state) const {
  const int64_t interval = base::ToMillis(state.config.interval);
  if (source.last_ms == INT64_MIN || interval <= 0) return state.at.ms;
  const int64_t ticks = (state.at.ms - source.last_ms + interval / 2) / interval;
  const int64_t due = source.last_ms + ticks * interval;
  const int64_t tolerance = std::min(base::ToMillis(kTolerance), interval / 100);
  return ticks > 0 && std::abs(state.at.ms - due) <= tolerance ? due : state.at.ms;
}

void RoundAppender::Take(const InstanceState& state, std::string_view job) {
  Source& source = SourceOf(state, job);
  const int64_t t_ms = TimeOf(source, state);
  source.last_ms = t_ms;
  uint64_t samples = 0;
  uint64_t added = 0;
  static const model::Round kNothing;
  const model::Round& round = state.round == nullptr ? kNothing : *state.round;
  if (round.schema != source.schema) {
    added = AppendChangedSlots(&source, round, t_ms);
    Describe(&source, round);
  } else {
    AppendSlots(&source, round, t_ms);
  }
  samples += round.schema == nullptr ? 0 : round.schema->slots();
  const bool track = state.config.target != nullptr && state.config.target->track_timestamps_staleness;
  added += AppendExtra(&source, round, t_ms, track);
  samples += source.extra.size();
  AppendReports(&source, state, t_ms, samples, added);
  Commit(&source);
}

SeriesRef RoundAppender::Settle(const storage::Appender& appender, base::Result<SeriesRef> appended, SeriesRef before,
                                RefusedSamples* refused) {
  if (appended.ok()) return *appended;
  switch (appender.refusal()) {
    case storage::Refusal::kGone:
      return 0;
    case storage::Refusal::kLimit:
      ++refused->limit;
      return kRefused;
    case storage::Refusal::kOutOfOrder:
      ++refused->out_of_order;
      return before;
    case storage::Refusal::kOutOfBounds:
      ++refused->out_of_bounds;
      return before;
    case storage::Refusal::kDuplicate:
      ++refused->duplicate;
      return before;
    case storage::Refusal::kInvalid:
      ++refused->invalid;
      return before;
  }
  return before;
}

bool RoundAppender::StillRefused(Source* source, uint64_t samples) {
  if (!source->appender->StillRefused(samples)) return false;
  refused_.limit += samples;
  return true;
}

// The same series as last round: references do. One that the store has dropped, or never took, is described again.
void RoundAppender::AppendSlots(Source* source, const model::Round& round, int64_t t_ms) {
  RefusedSamples* const refused = &refused_;
  bool missing = false;
  uint64_t again = 0;
  for (size_t i = 0; i < source->refs.size(); ++i) {
    SeriesRef& ref = source->refs[i];
    if (ref == kRefused) {
      ++again;
      continue;
    }
    if (ref != 0)
      ref = Settle(*source->appender, source->appender->Append(ref, kNoLabels, t_ms, round.values[i]), ref, refused);
    missing = missing || ref == 0;
  }
  if (again > 0 && !StillRefused(source, again)) {
    std::replace(source->refs.begin(), source->refs.end(), kRefused, SeriesRef{0});
    missing = true;
  }
  if (!missing) return;
  ForEachSlot(*round.schema, source->flat ? kNoLabels : source->target, [&](size_t slot, auto&& labels) {
    if (source->refs[slot] != 0) return;
    source->refs[slot] =
        Settle(*source->appender, source->appender->Append(0, labels(), t_ms, round.values[slot]), 0, refused);
  });
}

uint64_t RoundAppender::AppendChangedSlots(Source* source, const model::Round& round, int64_t t_ms) {
  RefusedSamples* const refused = &refused_;
  const std::vector<SeriesRef> before = Sorted(std::exchange(source->refs, {}), IsKnown);
  source->schema = round.schema;
  if (round.schema != nullptr) {
    source->refs.assign(round.schema->slots(), 0);
    AppendSlots(source, round, t_ms);
  }
  const std::vector<SeriesRef> now = Sorted(source->refs, IsKnown);
  std::vector<SeriesRef> difference;
  std::set_difference(before.begin(), before.end(), now.begin(), now.end(), std::back_inserter(difference));
  for (const SeriesRef gone : difference) {
    (void)Settle(*source->appender, source->appender->Append(gone, kNoLabels, t_ms, storage::StaleMarker()), gone,
                 refused);
  }
  difference.clear();
  std::set_difference(now.begin(), now.end(), before.begin(), before.end(), std::back_inserter(difference));
  return difference.size();
}

void RoundAppender::AppendFamily(Source* source, const model::MetricFamily& family, ExtraRound* round) {
  RefusedSamples* const refused = &refused_;
  const model::Labels& target = source->flat ? kNoLabels : source->target;
  for (const model::Metric& metric : family.metrics) {
    const int64_t at_ms = metric.timestamp.has_value() ? metric.timestamp->ms : round->t_ms;
    // `append(reference, labels)`, unless it is known to be refused; then the series is remembered.
    const auto one = [&](model::Labels labels, auto&& append) {
      const auto found = source->extra.find(labels);
      SeriesRef ref = found == source->extra.end() ? 0 : found->second;
      if (ref == kRefused && round->full) {
        ++round->again;
      } else {
        ref = Settle(*source->appender, append(ref == kRefused ? 0 : ref, labels), 0, refused);
      }
      // What brings its own time says by itself when it ends.
      if (ref != 0 && (!metric.timestamp.has_value() || round->track)) {
        round->now.insert_or_assign(std::move(labels), ref);
      }
    };
    if (metric.native.has_value()) {
      one(WithTargetLabels(family.name, metric.labels, target), [&](SeriesRef ref, const model::Labels& labels) {
        return source->appender->AppendHistogram(ref, labels, at_ms,
                                                 std::make_shared<model::NativeHistogram>(*metric.native));
      });
    } else {
      ForEachNumber(family, metric, target, [&](model::Labels named, double value) {
        one(std::move(named), [&](SeriesRef ref, const model::Labels& labels) {
          return source->appender->Append(ref, labels, at_ms, value);
        });
      });
    }
    for (size_t i = 0; i < metric.exemplars.size(); ++i) {
      const auto series = round->now.find(ExemplarSeries(family, metric, i, target));
      if (series == round->now.end() || series->second == kRefused) continue;
      // Exemplars are examples: one that came before, or comes late, is no loss.
      (void)source->appender->AppendExemplar(series->second, metric.exemplars[i]).ok();
    }
  }
}

uint64_t RoundAppender::AppendExtra(Source* source, const model::Round& round, int64_t t_ms, bool track) {
  RefusedSamples* const refused = &refused_;
  if (round.extra.empty() && source->extra.empty()) return 0;
  ExtraRound extra{t_ms, track, source->appender->StillRefused(0), 0, {}};
  for (const model::MetricFamily& family : round.extra) AppendFamily(source, family, &extra);
  if (extra.again > 0) (void)StillRefused(source, extra.again);
  uint64_t added = 0;
  for (const auto& [labels, ref] : extra.now) added += ref == kRefused || source->extra.contains(labels) ? 0U : 1U;
  for (const auto& [labels, ref] : source->extra) {
    if (ref == kRefused || extra.now.contains(labels)) continue;
    (void)Settle(*source->appender, source->appender->Append(ref, kNoLabels, t_ms, storage::StaleMarker()), ref,
                 refused);
  }
  source->extra = std::move(extra.now);
  return added;
}

void RoundAppender::AppendReport(Source* source, Report report, int64_t t_ms, double value) {
  RefusedSamples* const refused = &refused_;
  SeriesRef& ref = source->reports[report];
  if (ref == kRefused) {
    if (StillRefused(source, 1)) return;
    ref = 0;
  }
  if (ref != 0) ref = Settle(*source->appender, source->appender->Append(ref, kNoLabels, t_ms, value), ref, refused);
  if (ref != 0) return;
  const model::Labels labels = WithTargetLabels(kReportNames[report], kNoLabels, source->target);
  ref = Settle(*source->appender, source->appender->Append(0, labels, t_ms, value), 0, refused);
}

void RoundAppender::AppendReports(Source* source, const InstanceState& state, int64_t t_ms, uint64_t samples,
                                  uint64_t added) {
  const bool up = state.status.ok() || state.status.code() == base::Code::kNoData;
  ScrapeCounts counts = state.counts.value_or(ScrapeCounts{samples, samples, added, 0});
  if (state.config.target == nullptr) counts.added = added;
  if (counts.body_bytes == kNoRoomForBody) {
    ++refused_.bodies;
    counts.body_bytes = 0;
  }
  AppendReport(source, kUp, t_ms, up ? 1 : 0);
  AppendReport(source, kDuration, t_ms, base::ToSeconds(state.duration));
  AppendReport(source, kScraped, t_ms, static_cast<double>(counts.scraped));
  AppendReport(source, kKept, t_ms, static_cast<double>(counts.kept));
  AppendReport(source, kAdded, t_ms, static_cast<double>(counts.added));
  if (state.config.target == nullptr || !state.config.target->extra_metrics) return;
  AppendReport(source, kTimeout, t_ms, base::ToSeconds(state.config.target->timeout));
  AppendReport(source, kLimit, t_ms, static_cast<double>(state.config.target->sample_limit));
  AppendReport(source, kBodyBytes, t_ms, static_cast<double>(counts.body_bytes));
}

void RoundAppender::Describe(Source* source, const model::Round& round) {
  if (round.schema == nullptr) return;
  for (const auto* families : {&round.schema->families(), &round.schema->described()}) {
    if (source->flat && families == &round.schema->families()) continue;  // bare lines, described elsewhere
    for (const model::FamilySchema& family : *families) {
      source->appender->SetMetadata(family.name, {family.type, family.help, family.unit});
    }
  }
}

// A disk that fails is the store's to report; the samples are visible.
void RoundAppender::Commit(Source* source) {
  if (!source->appender->Commit().ok()) ++refused_.not_durable;
}

void RoundAppender::MarkStale(Source* source, int64_t t_ms) {
  RefusedSamples* const refused = &refused_;
  const auto mark = [&](SeriesRef ref) {
    if (!IsKnown(ref)) return;
    (void)Settle(*source->appender, source->appender->Append(ref, kNoLabels, t_ms, storage::StaleMarker()), ref,
                 refused);
  };
  for (const SeriesRef ref : source->refs) mark(ref);
  for (const auto& [labels, ref] : source->extra) mark(ref);
  for (const SeriesRef ref : source->reports) mark(ref);
}

void RoundAppender::OnRemoved(const InstanceConfig& config) {
  base::MutexLock lock(mutex_);
  const std::string prefix = KeyOf(config, "");
  for (auto source = sources_.lower_bound(prefix); source != sources_.end() && source->first.starts_with(prefix);) {
    MarkStale(&source->second, std::max(clock_.Now().ms, source->second.last_ms + 1));
    Commit(&source->second);
    source = sources_.erase(source);
  }
}

RefusedSamples RoundAppender::refused() const {
  base::MutexLock lock(mutex_);
  return refused_;
}

}  // namespace bekci::collect
