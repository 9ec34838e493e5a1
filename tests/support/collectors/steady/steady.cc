// A collector that behaves: as many series as it is told, in two parts, with all kinds of points, slower if wanted.
#include <algorithm>
#include <limits>
#include <string>
#include <thread>

#include "agent/collect/collector.h"
#include "tests/support/collectors/trigger.h"

namespace bekci::exporters::steady {
namespace {

constexpr config::Option kOptions[] = {
    {.key = "trigger_file", .type = config::Type::kString, .help = "Fails once this file exists; empty: never."},
    {.key = "series",
     .type = config::Type::kInteger,
     .default_text = "10",
     .help = "Series of the part many.",
     .min = 0,
     .max = 1'000'000},
    {.key = "takes",
     .type = config::Type::kDuration,
     .default_text = "0s",
     .help = "How long a collection takes.",
     .min = 0,
     .max = 60},
    {.key = "refuse", .type = config::Type::kBool, .default_text = "false", .help = "Cannot be built."},
    {.key = "reads", .type = config::Type::kString, .help = "Fails while this file cannot be read; empty: none."},
    {.key = "label", .type = config::Type::kString, .default_text = "x", .help = "A label value."},
};

constexpr collect::MetricSpec kRounds = {"bekci_test_steady_rounds_total", model::MetricType::kCounter,
                                         "Collections by this object so far."};
constexpr collect::MetricSpec kMany = {"bekci_test_steady_number", model::MetricType::kGauge, "Its own number.",
                                       "number,label"};
constexpr collect::MetricSpec kHistogram = {"bekci_test_steady_seconds", model::MetricType::kHistogram, "A histogram."};
constexpr const collect::MetricSpec* kMetrics[] = {&kRounds, &kMany, &kHistogram};
constexpr std::string_view kParts[] = {"many", "kinds"};

class Steady : public collect::Collector {
 public:
  Steady(const config::Values& options, const collect::Environment& environment)
      : environment_(environment),
        trigger_(options, environment),
        takes_(options.Duration("takes")),
        reads_(options.String("reads")),
        label_(options.String("label")) {
    for (int64_t i = 0; i < options.Integer("series"); ++i) numbers_.push_back(std::to_string(i));
  }

  base::Status Collect(const collect::CollectContext& context, collect::FamilySink& sink) override {
    sink.Add(kRounds, static_cast<double>(++rounds_));
    if (takes_ > base::Duration::zero()) {
      const base::Duration left = context.deadline - environment_.clock->Monotonic();
      std::this_thread::sleep_for(std::min(takes_, left));
      if (takes_ > left) return base::Timeout("the target takes " + std::to_string(base::ToSeconds(takes_)) + " s");
    }
    if (!reads_.empty()) RETURN_IF_ERROR(environment_.fs->ReadFile(reads_).status());
    if (context.Wants("many")) {
      for (size_t i = 0; i < numbers_.size(); ++i) sink.Add(kMany, {numbers_[i], label_}, static_cast<double>(i));
    }
    if (context.Wants("kinds")) AddKinds(sink);
    if (!trigger_.Pulled()) return base::OkStatus();
    environment_.log->Warn("steady was told to fail", {{"rounds", rounds_}});
    return base::Unavailable("told to fail");
  }

 private:
  void AddKinds(collect::FamilySink& sink) const {
    const model::BoundValue buckets[] = {{0.1, 1}, {1, 2}, {std::numeric_limits<double>::infinity(), 3}};
    sink.AddHistogram(kHistogram, {}, buckets, 2.5, 3);
    model::MetricFamily old{"bekci_test_steady_old", "With a time of its own.", "", model::MetricType::kGauge, {}};
    old.metrics.emplace_back();
    old.metrics.back().labels = {{"kind", "old"}};
    old.metrics.back().timestamp = base::Timestamp{1'600'000'000'000};
    old.metrics.back().value = 7;
    sink.AddFamily(old);
  }

  const collect::Environment environment_;
  const Trigger trigger_;
  const base::Duration takes_;
  const std::string reads_;
  const std::string label_;
  std::vector<std::string> numbers_;
  uint64_t rounds_ = 0;
};

base::Result<std::unique_ptr<collect::Collector>> Make(const config::Values& options,
                                                       const collect::Environment& environment) {
  if (options.Bool("refuse")) return base::Invalid("told to refuse");
  return std::unique_ptr<collect::Collector>(std::make_unique<Steady>(options, environment));
}

}  // namespace

extern const collect::CollectorSpec kSpec;
const collect::CollectorSpec kSpec = {
    .name = "steady",
    .help = "For tests: behaves.",
    .job = "test",
    .options = kOptions,
    .metrics = kMetrics,
    .parts = kParts,
    .make = Make,
};

}  // namespace bekci::exporters::steady
