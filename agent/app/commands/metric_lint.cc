#include "agent/app/commands/metric_lint.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string_view>

#include "agent/base/text.h"

namespace bekci::app::commands {
namespace {

using model::MetricFamily;
using model::MetricType;

// A unit that is not a base unit, and the base unit to use.
struct Unit {
  std::string_view word;
  std::string_view base;
};
constexpr Unit kUnits[] = {
    {"nanoseconds", "seconds"}, {"microseconds", "seconds"}, {"milliseconds", "seconds"}, {"minutes", "seconds"},
    {"hours", "seconds"},       {"days", "seconds"},         {"weeks", "seconds"},        {"kilobytes", "bytes"},
    {"megabytes", "bytes"},     {"gigabytes", "bytes"},      {"terabytes", "bytes"},      {"kibibytes", "bytes"},
    {"mebibytes", "bytes"},     {"gibibytes", "bytes"},      {"tebibytes", "bytes"},      {"bits", "bytes"},
    {"milligrams", "grams"},    {"kilograms", "grams"},      {"millivolts", "volts"},     {"milliamperes", "amperes"},
    {"millimeters", "meters"},  {"kilometers", "meters"},    {"fahrenheit", "celsius"},   {"kilojoules", "joules"},
};
constexpr std::string_view kAbbreviations[] = {"s",  "ms", "us", "ns", "sec", "b", "kb",
                                               "mb", "gb", "tb", "pb", "m",   "h", "d"};

class Linter {
 public:
  explicit Linter(const MetricFamily& family) : family_(family), words_(base::Split(family.name, '_')) {
    for (const model::Metric& metric : family.metrics) {
      for (const auto& [name, value] : metric.labels) labels_.emplace(name);
    }
  }

  std::vector<std::string> Run() {
    if (family_.help.empty()) Find("no help text");
    Suffixes();
    Units();
    Spelling();
    return std::move(findings_);
  }

 private:
  bool Is(MetricType type) const { return family_.type == type; }
  bool EndsWith(std::string_view suffix) const { return family_.name.ends_with(suffix); }
  void Find(std::string text) { findings_.push_back(family_.name + " " + std::move(text)); }

  void Suffixes() {
    const bool untyped = Is(MetricType::kUntyped);  // what it is may be told by its name alone
    const bool histogram = Is(MetricType::kHistogram) || Is(MetricType::kGaugeHistogram) || untyped;
    const bool summary = Is(MetricType::kSummary) || untyped;
    if (Is(MetricType::kCounter) && !EndsWith("_total")) Find("counter metrics should have \"_total\" suffix");
    if (!Is(MetricType::kCounter) && !untyped && EndsWith("_total")) {
      Find("non-counter metrics should not have \"_total\" suffix");
    }
    if (!histogram && EndsWith("_bucket")) Find("non-histogram metrics should not have \"_bucket\" suffix");
    for (const std::string_view suffix : {"_count", "_sum"}) {
      if (!histogram && !summary && EndsWith(suffix)) {
        Find("non-histogram and non-summary metrics should not have \"" + std::string(suffix) + "\" suffix");
      }
    }
    if (!histogram && labels_.contains("le")) Find("non-histogram metrics should not have \"le\" label");
    if (!summary && labels_.contains("quantile")) Find("non-summary metrics should not have \"quantile\" label");
    for (const MetricType type :
         {MetricType::kCounter, MetricType::kGauge, MetricType::kHistogram, MetricType::kSummary}) {
      if (Is(type) && HasWord(model::MetricTypeName(type))) {
        Find("metric name should not include type '" + std::string(model::MetricTypeName(type)) + "'");
      }
    }
  }

  void Units() {
    for (const Unit& unit : kUnits) {
      if (HasWord(unit.word)) {
        Find("use base unit \"" + std::string(unit.base) + "\" instead of \"" + std::string(unit.word) + "\"");
      }
    }
    for (const std::string_view abbreviation : kAbbreviations) {
      if (family_.name.ends_with("_" + std::string(abbreviation)) ||
          family_.name.find("_" + std::string(abbreviation) + "_") != std::string::npos) {
        Find("metric names should not contain abbreviated units");
        break;
      }
    }
  }

  void Spelling() {
    if (family_.name.find(':') != std::string::npos) Find("metric names should not contain ':'");
    if (IsCamel(family_.name)) Find("metric names should be written in 'snake_case' not 'camelCase'");
    if (std::any_of(labels_.begin(), labels_.end(), IsCamel)) {
      Find("label names should be written in 'snake_case' not 'camelCase'");
    }
  }

  bool HasWord(std::string_view word) const { return std::find(words_.begin(), words_.end(), word) != words_.end(); }

  static bool IsCamel(std::string_view name) {
    for (size_t i = 1; i < name.size(); ++i) {
      const auto before = static_cast<unsigned char>(name[i - 1]);
      if (std::islower(before) != 0 && std::isupper(static_cast<unsigned char>(name[i])) != 0) return true;
    }
    return false;
  }

  const MetricFamily& family_;
  const std::vector<std::string_view> words_;
  std::set<std::string_view> labels_;
  std::vector<std::string> findings_;
};

}  // namespace

std::vector<std::string> LintMetrics(std::span<const MetricFamily> families) {
  std::vector<std::string> findings;
  for (const MetricFamily& family : families) {
    for (std::string& finding : Linter(family).Run()) findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace bekci::app::commands
