// ScrapePage: a target's page, remembered from scrape to scrape, so that the next one costs little.
//
// The idea: an exporter prints the same lines in the same order every time, only the numbers differ. The texts of the
// lines are kept (comments whole, samples up to the value); reading a page is then comparing each line with the one
// that stood there last time and parsing a number: no labels are taken apart, hashed, relabeled or copied. From the
// first line that differs the slow way is taken for the rest: labels are scanned and go through SampleLabels. It is
// what Prometheus' scrape cache does with a hash table, with the order as the hash.
//
// Nothing reaches the sink unless the whole page was good, as Prometheus takes back what a bad page appended.
//
// What goes where: a sample without timestamp and exemplar is a series of the sink's schema, under an untyped family of
// its name; one with either, and a native histogram, travels whole. Types, helps and units are descriptions.
//
// Bounds: series (the sink's), lines (a multiple of the series), and through the body's limit everything else.
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "agent/base/status.h"
#include "agent/collect/family_sink.h"
#include "agent/collect/sample_labels.h"
#include "agent/collect/targets.h"
#include "agent/model/metric_family.h"
#include "agent/wire/exposition.h"
#include "agent/wire/metadata_line.h"
#include "agent/wire/sample_scanner.h"

namespace bekci::collect {

class ScrapePage {
 public:
  struct Options {
    SampleLabels::Options labels = {};
    bool honor_timestamps = true;
    uint64_t sample_limit = 0;       // 0: none
    bool native_histograms = false;  // taken where a page has them, and their classic form then left out
    bool classic_too = false;        // ... but for this
  };
  explicit ScrapePage(Options options) : options_(std::move(options)), labels_(options_.labels) {}

  // Parses `body` and hands what it holds to `sink`, which must be the same one round after round. `counts` gets
  // scraped, kept and added, of a bad page too. Errors: invalid (not the format, no metric name left), limit.
  // `in_time` is asked every thousand lines or so: an error from it is the answer.
  base::Status Read(wire::Format format, std::string_view body, FamilySink& sink, ScrapeCounts* counts,
                    const std::function<base::Status()>& in_time = nullptr);

 private:
  enum class Kind : unsigned char { kComment, kSlot, kWhole, kDropped };
  struct Line {
    uint32_t begin;  // in texts_
    uint32_t size;
    uint32_t labels;  // of kWhole: index into whole_labels_
    Kind kind;
  };
  struct BoundLabel {
    std::string_view name;  // le or quantile
    std::string value;
  };
  // What one page brought, until it is known to be good.
  struct Reading {
    size_t line = 0;         // the remembered line that comes next
    bool in_step = true;     // so far all lines were the remembered ones
    size_t known_slots = 0;  // values that belong to remembered lines
    std::vector<double> values;
    std::vector<model::Labels> new_labels;  // of values behind known_slots
    std::vector<model::MetricFamily> whole;
    std::unordered_map<std::string, size_t> whole_by_name;
    // What was remembered from the first difference on.
    std::string old_texts;
    std::vector<Line> old_lines;
    std::vector<model::Labels> old_whole_labels;
    std::unordered_set<std::string_view> old_series;
    model::MetricType type = model::MetricType::kUntyped;  // the last TYPE line's: of whom le and quantile are
    uint64_t max_series = 0;
    ScrapeCounts* counts = nullptr;
    const std::function<base::Status()>* in_time = nullptr;
    uint32_t steps = 0;

    base::Status Step() { return ++steps % 1024 != 0 || !*in_time ? base::OkStatus() : (*in_time)(); }
  };

  base::Status ReadText(wire::Dialect dialect, std::string_view body, Reading* reading);
  base::Status ReadProtobuf(std::string_view body, Reading* reading);
  base::Result<bool> TakeKnown(wire::SampleScanner& scanner, Reading* reading);
  base::Status TakeNew(wire::Dialect dialect, wire::SampleScanner& scanner, Reading* reading);
  void CountKnown(model::Metric point, Reading* reading);
  base::Status TakePoint(const std::string& name, const model::Metric& metric, const BoundLabel* bound,
                         model::Metric point, Reading* reading);
  base::Status TakeMetric(const model::MetricFamily& family, const model::Metric& metric, Reading* reading);
  base::Status AddNew(std::string_view text, std::string_view name, std::vector<model::Labels::Pair>& shown,
                      model::Metric point, Reading* reading);
  base::Status CheckRoom(const Reading& reading) const;
  void AddWhole(const model::Labels& labels, model::Metric point, Reading* reading);
  bool IsWhole(const model::Metric& point) const;
  void Diverge(wire::Dialect dialect, Reading* reading);
  void TakeBack(Reading* reading);
  void Remember(std::string_view text, Kind kind, uint32_t labels = 0);
  std::string_view TextOf(const Line& line) const { return std::string_view(texts_).substr(line.begin, line.size); }
  void HandOver(Reading& reading, FamilySink& sink);
  void DescribeLines(wire::Dialect dialect, FamilySink& sink);
  void SetDescriptions(std::vector<model::FamilySchema> descriptions, FamilySink& sink);

  const Options options_;
  SampleLabels labels_;
  std::string texts_;
  std::vector<Line> lines_;
  std::vector<model::Labels> whole_labels_;
  size_t slots_ = 0;  // lines of kSlot
  size_t described_hash_ = 0;
  std::vector<model::FamilySchema> protobuf_descriptions_;  // of the page being read
  std::string key_;
  wire::SampleLine sample_;
  wire::MetadataLine metadata_;
};

// "0.1", "1.0", "1e+06", "+Inf": how bounds stand in label values, after Prometheus' parsers.
std::string BoundText(double bound);

}  // namespace bekci::collect
