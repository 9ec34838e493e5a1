// FamilySink: where a collector puts what it found. It turns a round into a schema (names, labels; rarely new) and a
// flat array of numbers (always new); see model/schema.h for why.
//
// The idea: the sink remembers last round's series in the order they came. As long as this round brings the same series
// in the same order, an Add is a comparison of the label bytes and one push of a double: nothing is allocated, hashed
// or copied. At the first difference the sink keeps the common beginning and records from there; the round then carries
// a new schema. A collector should therefore add series in a stable order (the order its source has is fine).
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/collect/targets.h"
#include "agent/model/metric_family.h"
#include "agent/model/schema.h"

namespace bekci::collect {

// A family as declared in a collector's table. `labels` are the label names, comma separated: "cpu,mode".
// Usually constexpr; where names come from the source (meminfo, netstat) they may be built, see FamilySink::Add.
struct MetricSpec {
  std::string_view name;
  model::MetricType type = model::MetricType::kUntyped;
  std::string_view help;
  std::string_view labels = {};
  std::string_view unit = {};
};

class FamilySink {
 public:
  using Values = std::initializer_list<std::string_view>;

  // A series of one number. Label values in the order of spec.labels; an empty value is the same as no such
  // label, and shown as the Prometheus client libraries do: name="".
  // `spec` and the strings it points to need to live only during the call. A family's help, labels and unit follow from
  // its name: other texts under the same name must not be put where the earlier ones stood.
  void Add(const MetricSpec& spec, double value) { Add(spec, std::span<const std::string_view>(), value); }
  void Add(const MetricSpec& spec, Values label_values, double value) {
    Add(spec, std::span<const std::string_view>(label_values.begin(), label_values.size()), value);
  }
  void Add(const MetricSpec& spec, std::span<const std::string_view> label_values, double value);

  // Classic histogram: rising upper bounds incl. +Inf with cumulative counts. Summary: quantiles with values.
  void AddHistogram(const MetricSpec& spec, Values label_values, std::span<const model::BoundValue> buckets, double sum,
                    double count);
  void AddSummary(const MetricSpec& spec, Values label_values, std::span<const model::BoundValue> quantiles, double sum,
                  double count);

  // Anything: label sets that vary within a family, exemplars, timestamps, native histograms. Simple points of it take
  // the cheap way too.
  void AddFamily(const model::MetricFamily& family);

  // A series of one number whose labels were made elsewhere. The spec's own label names do not count.
  void AddSeries(const MetricSpec& spec, const model::Labels& labels, double value) {
    if (Expect(spec, {{}, &labels, {}})) values_.push_back(value);
  }
  // For a caller that knows without asking that what comes next are the series that came here last round, each of one
  // number: nothing is compared. False, and nothing is added, when the sink remembers fewer or there are too many.
  bool AddUnchanged(std::span<const double> values);
  // Points that travel whole.
  void AddWhole(model::MetricFamily family);
  // Series that were remembered from the last round at Begin.
  size_t remembered() const { return points_.size(); }
  // Names, types, helps and units that are known apart from series; they stay until others are given.
  void SetDescriptions(std::vector<model::FamilySchema> descriptions);
  // What a scrape counted, for this round.
  void SetCounts(const ScrapeCounts& counts) { counts_ = counts; }
  const std::optional<ScrapeCounts>& counts() const { return counts_; }

  // Series taken so far in this round, those that travel whole not counted.
  size_t series() const { return cursor_; }

  // --- the caller's side (collect/ only) ---

  // Series beyond this many are refused and counted, so a hostile target cannot grow the process. 0: no bound.
  void set_max_series(size_t max_series) { max_series_ = max_series; }
  size_t max_series() const { return max_series_; }

  // Starts a round.
  void Begin();
  struct Output {
    // Set when the schema changed since the last Finish (and on the first).
    bool schema_changed = false;
    std::span<const double> values;  // in arrival order; good until the next Begin
    std::span<const model::MetricFamily> extra;
    uint64_t refused_series = 0;  // over max_series
    std::optional<ScrapeCounts> counts = {};
  };
  Output Finish();
  // The families and arrivals of the last finished round, for Schema::Build or for a frame. O(series).
  void Describe(std::vector<model::FamilySchema>* families, std::vector<model::Schema::Arrival>* arrivals) const;
  // Finish + Describe + Build for callers in the same process (the agent's own metrics, `bekci collect`, tests).
  model::Round FinishRound(std::vector<std::string>* problems = nullptr);

 private:
  // What identifies a series within its family: label values in the order of the spec's names, or whole labels where
  // the names vary, and bounds.
  struct Key {
    std::span<const std::string_view> values;
    const model::Labels* named = nullptr;
    std::span<const model::BoundValue> bounds;
  };
  // A series as remembered. Its key is at keys_[begin, begin + labels_size + 8 * bounds): each label value with a
  // 4-byte length before it (or the bytes of named labels), then the bounds.
  struct Point {
    uint32_t family;
    uint32_t begin;
    uint32_t labels_size;
    uint32_t bounds;
    bool named;
  };
  struct Texts {
    std::string_view help, labels, unit;
  };
  struct Family {
    std::string name, help, labels, unit;
    model::MetricType type = model::MetricType::kUntyped;
    Texts seen;  // where a spec's texts stood that were found equal; only addresses are compared, nothing is read
  };

  // True when the series is (or became) the next of this round; its numbers follow in values_. False: refused.
  bool Expect(const MetricSpec& spec, const Key& key);
  bool Matches(const Point& point, const MetricSpec& spec, const Key& key);
  static bool IsOf(Family& family, const MetricSpec& spec);
  void Diverge();
  void Record(const MetricSpec& spec, const Key& key);
  uint32_t FamilyIndex(const MetricSpec& spec);
  void AddDistribution(const MetricSpec& spec, const Key& key, double sum, double count);
  void ForgetUnusedFamilies();

  std::vector<Family> families_;
  std::unordered_multimap<size_t, uint32_t> family_by_name_hash_;  // of families_
  std::vector<Point> points_;
  std::string keys_;
  size_t cursor_ = 0;       // the next expected point
  bool recording_ = false;  // this round went its own way at cursor_
  bool changed_ = true;     // since the last Finish
  size_t max_series_ = 0;
  uint64_t refused_ = 0;
  std::vector<double> values_;
  std::vector<model::MetricFamily> extra_;
  std::vector<model::FamilySchema> descriptions_;
  std::optional<ScrapeCounts> counts_;
  std::shared_ptr<const model::Schema> built_;  // of FinishRound
};

}  // namespace bekci::collect
