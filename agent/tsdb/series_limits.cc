#include "agent/tsdb/series_limits.h"

#include <algorithm>

namespace bekci::tsdb {
namespace {

constexpr size_t kMetricsPerSource = 1000;  // names counted; a hostile target may invent those too
constexpr size_t kTop = 5;

}  // namespace

uint32_t SeriesLimits::SourceNumber(std::string_view source) {
  base::MutexLock lock(mutex_);
  const auto [entry, added] = numbers_.try_emplace(std::string(source), static_cast<uint32_t>(sources_.size()));
  if (added) sources_.emplace_back().name = source;
  return entry->second;
}

std::string SeriesLimits::SourceName(uint32_t number) const {
  base::MutexLock lock(mutex_);
  return sources_[number].name;
}

base::Status SeriesLimits::Admit(uint32_t number, std::string_view metric) {
  base::MutexLock lock(mutex_);
  Source& source = sources_[number];
  if (!Full(source, number)) {
    ++series_;
    ++source.series;
    return base::OkStatus();
  }
  Refuse(&source, metric);
  return base::LimitReached(TotalReached() ? "the limit of " + std::to_string(options_.total) + " series is reached"
                                           : "the limit of " + std::to_string(options_.per_source) +
                                                 " series of one source (" + source.name + ") is reached");
}

bool SeriesLimits::TotalReached() const {
  return options_.total != 0 && series_ >= options_.total;
}

bool SeriesLimits::Full(const Source& source, uint32_t number) const {
  return TotalReached() || (options_.per_source != 0 && number != 0 && source.series >= options_.per_source);
}

bool SeriesLimits::StillFull(uint32_t number, uint64_t samples) {
  base::MutexLock lock(mutex_);
  Source& source = sources_[number];
  if (!Full(source, number)) {
    source.metrics.clear();  // what is refused from now on is named anew
    return false;
  }
  refused_ += samples;
  source.refused += samples;
  return true;
}

void SeriesLimits::Refuse(Source* source, std::string_view metric) {
  ++refused_;
  ++source->refused;
  std::string name(metric);
  const auto found = source->metrics.find(name);
  if (found != source->metrics.end()) {
    ++found->second;
  } else if (source->metrics.size() < kMetricsPerSource) {
    source->metrics.emplace(std::move(name), 1);
  }
}

void SeriesLimits::AdmitAlways(uint32_t source) {
  base::MutexLock lock(mutex_);
  ++series_;
  ++sources_[source].series;
}

void SeriesLimits::Release(uint32_t source) {
  base::MutexLock lock(mutex_);
  --series_;
  --sources_[source].series;
}

void SeriesLimits::set_options(SeriesLimitOptions options) {
  base::MutexLock lock(mutex_);
  options_ = options;
}

uint64_t SeriesLimits::refused() const {
  base::MutexLock lock(mutex_);
  return refused_;
}

std::vector<std::pair<std::string, uint64_t>> SeriesLimits::TopMetrics(const Source& source, size_t count) {
  std::vector<std::pair<std::string, uint64_t>> top(source.metrics.begin(), source.metrics.end());
  std::sort(top.begin(), top.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  if (top.size() > count) top.resize(count);
  return top;
}

std::vector<RefusedSeries> SeriesLimits::refused_by_source() const {
  base::MutexLock lock(mutex_);
  std::vector<RefusedSeries> refused;
  for (const Source& source : sources_) {
    if (source.refused > 0) refused.push_back({source.name, source.series, source.refused, TopMetrics(source, kTop)});
  }
  return refused;
}

void SeriesLimits::Report(base::Logger& log) {
  base::MutexLock lock(mutex_);
  for (Source& source : sources_) {
    const uint64_t fresh = source.refused - source.reported;
    if (fresh == 0) {
      source.metrics.clear();
      continue;
    }
    source.reported = source.refused;
    std::string top;
    for (const auto& [metric, count] : TopMetrics(source, kTop)) {
      top += (top.empty() ? "" : ", ") + metric + " (" + std::to_string(count) + ")";
    }
    log.Warn("new series are refused: the cardinality limit is reached", {{"source", source.name},
                                                                          {"series", source.series},
                                                                          {"all_series", series_},
                                                                          {"refused_samples", fresh},
                                                                          {"metrics", top}});
  }
}

}  // namespace bekci::tsdb
