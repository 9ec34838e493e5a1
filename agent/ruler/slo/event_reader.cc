#include "agent/ruler/slo/event_reader.h"

#include <algorithm>
#include <cmath>

#include "agent/ruler/slo/bucket_bounds.h"
#include "agent/ruler/slo/window_text.h"

namespace bekci::ruler::slo {
namespace {

constexpr base::Duration kLongestGap = base::minutes(5);
// A rate needs samples: five minutes have some at every scrape interval in use.
constexpr base::Duration kRateWindow = base::minutes(5);

// The sum of what is a number; nullopt: there is none.
std::optional<double> SumOf(const promql::Vector& vector) {
  std::optional<double> sum;
  for (const promql::VectorElement& element : vector) {
    if (element.histogram == nullptr && std::isfinite(element.value)) sum = sum.value_or(0) + element.value;
  }
  return sum;
}

Events Clamped(double bad, double total) {
  total = std::max(total, 0.0);
  return {std::clamp(bad, 0.0, total), total};
}

}  // namespace

EventReader::EventReader(const Slo& slo, base::Duration every, std::optional<base::Timestamp> last)
    : indicator_(slo.indicator), every_(every), last_(last) {}

base::Result<promql::Vector> EventReader::Ask(const std::string& query, base::Timestamp t) {
  promql::QueryResult result = engine_->Instant(*store_, query, t.ms, {});
  RETURN_IF_ERROR(result.status);
  if (auto* vector = std::get_if<Vector>(&result.value)) return std::move(*vector);
  if (const auto* scalar = std::get_if<promql::Scalar>(&result.value)) {
    Vector one(1);
    one[0].value = scalar->value;
    return one;
  }
  return base::Invalid("gives neither a vector nor a number: " + query);
}

base::Result<std::optional<Events>> EventReader::Read(promql::Engine& engine, storage::Queryable& store,
                                                      base::Timestamp t) {
  if (last_.has_value() && t <= *last_) return std::optional<Events>();
  engine_ = &engine;
  store_ = &store;
  const base::Duration since = last_.has_value() ? t - *last_ : every_;
  const bool gap = since > kLongestGap;
  const base::Duration passed = gap ? every_ : since;
  auto events = [&]() -> base::Result<std::optional<Events>> {
    if (!indicator_.part_counter.empty()) return ReadCounters(t, gap);
    switch (indicator_.kind) {
      case Indicator::Kind::kSlices:
        return ReadSlices(t);
      case Indicator::Kind::kRaw:
        return ReadRaw(t, passed);
      default:
        return ReadQueries(t, passed);
    }
  }();
  // After an error the counters wait where they were; what passed is counted by the next evaluation that works.
  if (events.ok()) last_ = t;
  return events;
}

base::Result<std::optional<Events>> EventReader::ReadCounters(base::Timestamp t, bool gap) {
  if (!based_ && last_.has_value() && !gap) {
    // After a restart: the counters as they were when the saved budget ended.
    ASSIGN_OR_RETURN(const Vector part, Ask(indicator_.part_counter, *last_));
    ASSIGN_OR_RETURN(const Vector total, Ask(indicator_.total_counter, *last_));
    part_.Rebase(*last_, part);
    total_.Rebase(*last_, total);
    part_.Know(total);
    based_ = true;
  }
  ASSIGN_OR_RETURN(const Vector part, Ask(indicator_.part_counter, t));
  ASSIGN_OR_RETURN(const Vector total, Ask(indicator_.total_counter, t));
  if (total.empty()) return std::optional<Events>();
  if (!based_ || gap) {
    part_.Rebase(t, part);
    total_.Rebase(t, total);
    part_.Know(total);
    based_ = true;
    return std::optional<Events>(Events{});
  }
  const double grown = part_.Observe(t, part);
  const double all = total_.Observe(t, total);
  part_.Know(total);
  // A bucket that is missing would make everything bad.
  if (indicator_.good_must_exist && part.empty()) {
    return NoBucket(t);
  }
  const bool good = indicator_.kind == Indicator::Kind::kGood;
  return std::optional<Events>(Clamped(good ? all - grown : grown, all));
}

base::Status EventReader::NoBucket(base::Timestamp t) {
  std::vector<std::string> bounds;
  if (!indicator_.histogram.empty()) {
    ASSIGN_OR_RETURN(const Vector buckets, Ask(BoundsQuery(indicator_.histogram), t));
    for (const promql::VectorElement& bucket : buckets) bounds.emplace_back(bucket.labels.Get("le"));
  }
  const std::string problem = BucketProblem(indicator_.threshold, bounds);
  return base::NotFound("there is no " + indicator_.part_counter + (problem.empty() ? "" : ": " + problem));
}

base::Result<std::optional<Events>> EventReader::ReadSlices(base::Timestamp t) {
  ASSIGN_OR_RETURN(const Vector slices, Ask(indicator_.slice, t));
  std::optional<Events> events;
  for (const promql::VectorElement& slice : slices) {
    if (slice.histogram != nullptr || !std::isfinite(slice.value)) continue;
    if (!events.has_value()) events = Events{};
    events->total += 1;
    events->bad += 1 - std::clamp(slice.value, 0.0, 1.0);
  }
  return events;
}

base::Result<std::optional<Events>> EventReader::ReadRaw(base::Timestamp t, base::Duration passed) {
  ASSIGN_OR_RETURN(const Vector ratio, Ask(FillWindow(indicator_.bad, kRateWindow), t));
  const std::optional<double> sum = SumOf(ratio);
  if (!sum.has_value()) return std::optional<Events>();
  // Every minute counts the same.
  const double minutes = base::ToSeconds(passed) / 60;
  const double mean = *sum / static_cast<double>(ratio.size());
  return std::optional<Events>(Clamped(mean * minutes, minutes));
}

base::Result<std::optional<Events>> EventReader::ReadQueries(base::Timestamp t, base::Duration passed) {
  // Samples are counted over just the time that passed, rates over enough of it and then scaled.
  const bool is_good = indicator_.kind == Indicator::Kind::kGood;
  const base::Duration window = indicator_.counts ? std::max(passed, base::Duration(base::seconds(1))) : kRateWindow;
  const double scale = indicator_.counts ? 1 : base::ToSeconds(passed);
  ASSIGN_OR_RETURN(const Vector total, Ask(FillWindow(indicator_.total, window), t));
  const std::optional<double> all = SumOf(total);
  if (!all.has_value()) return std::optional<Events>();
  ASSIGN_OR_RETURN(const Vector part, Ask(FillWindow(is_good ? indicator_.good : indicator_.bad, window), t));
  const double counted = SumOf(part).value_or(0);
  return std::optional<Events>(Clamped((is_good ? *all - counted : counted) * scale, *all * scale));
}

}  // namespace bekci::ruler::slo
