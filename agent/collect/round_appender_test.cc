#include "agent/collect/round_appender.h"

#include <doctest/doctest.h>

#include <bit>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/storage/memory_storage.h"

namespace bekci::collect::round_appender_test {
namespace {

constexpr int64_t kStart = 1'700'000'000'000;
const CollectorSpec kRedis = {.name = "redis", .help = "", .job = "redis"};

model::FamilySchema Family(std::string_view name, model::MetricType type) {
  model::FamilySchema family;
  family.name = name;
  family.help = "h";
  family.type = type;
  return family;
}

// A round of gauges: name{labels} = value.
using Values = std::vector<std::pair<model::Labels, double>>;

struct Bench {
  base::FakeClock clock{{kStart}};
  storage::MemoryStorage store;
  RoundAppender appender{clock};
  std::shared_ptr<const model::Schema> schema;  // of the last round
  Values last;

  Bench() { appender.SetStore(&store); }

  InstanceState State(std::string instance = "cache") {
    InstanceState state;
    state.spec = &kRedis;
    state.config.collector = "redis";
    state.config.instance = std::move(instance);
    state.at = clock.Now();
    state.duration = base::milliseconds(250);
    return state;
  }
  // The schema is kept as long as the series stay the same, as FamilySink does.
  std::shared_ptr<const model::Round> RoundOf(const Values& values) {
    const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
    if (schema == nullptr || !std::equal(values.begin(), values.end(), last.begin(), last.end(), same)) {
      std::vector<model::FamilySchema> families;
      std::vector<model::Schema::Arrival> arrivals;
      for (const auto& [labels, value] : values) {
        families.push_back(Family(labels.Get("__name__"), model::MetricType::kGauge));
        arrivals.push_back({static_cast<uint32_t>(families.size() - 1), labels.Without("__name__"), {}});
      }
      schema = model::Schema::Build(std::move(families), std::move(arrivals), nullptr);
    }
    last = values;
    auto round = std::make_shared<model::Round>();
    round->schema = schema;
    std::vector<double> arrival;
    for (const auto& [labels, value] : values) arrival.push_back(value);
    schema->Order(arrival.data(), &round->values);
    return round;
  }
  void Good(const Values& values, const std::string& instance = "cache") {
    InstanceState state = State(instance);
    state.round = RoundOf(values);
    appender.OnRound(state);
  }
  void Failed(const std::string& instance = "cache") {
    InstanceState state = State(instance);
    state.status = base::Timeout("no answer");
    appender.OnRound(state);
  }
  // "t=value ..." of a series, times in seconds since the start; "stale" for the marker.
  std::string Series(const model::Labels& labels) {
    auto querier = store.OpenQuerier(INT64_MIN, INT64_MAX);
    std::vector<model::Matcher> matchers;
    for (const auto& [name, value] : labels)
      matchers.push_back(model::Matcher::Equal(std::string(name), std::string(value)));
    auto list = (*querier)->Select(matchers, {});
    std::string text;
    for (const auto& series : *list) {
      if (series->labels().count() != labels.count()) continue;
      storage::Samples samples;
      REQUIRE(series->Read(INT64_MIN, INT64_MAX, &samples).ok());
      for (size_t i = 0; i < samples.times.size(); ++i) {
        const std::string value =
            storage::IsStale(samples.values[i]) ? "stale" : std::to_string(static_cast<int>(samples.values[i] * 100));
        text += (text.empty() ? "" : " ") + std::to_string((samples.times[i] - kStart) / 1000) + "=" + value;
      }
    }
    return text;
  }
  std::string Report(std::string_view name) {
    return Series({{"__name__", name}, {"job", "redis"}, {"instance", "cache"}});
  }
};

model::Labels Stored(std::string_view name, std::string_view db = "") {
  return {{"__name__", name}, {"db", db}, {"job", "redis"}, {"instance", "cache"}};
}

}  // namespace

TEST_CASE("a round is stored under job and instance, with what Prometheus says of a scrape beside it") {
  Bench bench;
  bench.Good({{{{"__name__", "keys"}, {"db", "0"}}, 1}, {{{"__name__", "clients"}}, 7}});
  bench.clock.Advance(base::seconds(15));
  bench.Good({{{{"__name__", "keys"}, {"db", "0"}}, 2}, {{{"__name__", "clients"}}, 8}});
  CHECK(bench.Series(Stored("keys", "0")) == "0=100 15=200");
  CHECK(bench.Series(Stored("clients")) == "0=700 15=800");
  CHECK(bench.Report("up") == "0=100 15=100");
  CHECK(bench.Report("scrape_duration_seconds") == "0=25 15=25");
  CHECK(bench.Report("scrape_samples_scraped") == "0=200 15=200");
  CHECK(bench.Report("scrape_samples_post_metric_relabeling") == "0=200 15=200");
  CHECK(bench.Report("scrape_series_added") == "0=200 15=0");
  CHECK(bench.store.series() == 7);
}

TEST_CASE("a series that is gone from a round goes stale once, and begins anew when it comes back") {
  Bench bench;
  const model::Labels a = {{"__name__", "keys"}, {"db", "a"}};
  const model::Labels b = {{"__name__", "keys"}, {"db", "b"}};
  for (const Values& values : {Values{{a, 1}, {b, 1}}, Values{{a, 2}}, Values{{a, 3}}, Values{{a, 4}, {b, 4}}}) {
    bench.Good(values);
    bench.clock.Advance(base::seconds(15));
  }
  CHECK(bench.Series(Stored("keys", "a")) == "0=100 15=200 30=300 45=400");
  CHECK(bench.Series(Stored("keys", "b")) == "0=100 15=stale 45=400");
  CHECK(bench.Report("scrape_series_added") == "0=200 15=0 30=0 45=100");
}

TEST_CASE("a target that fails goes stale and is down; what failed with something to say still says it") {
  Bench bench;
  const model::Labels keys = {{"__name__", "keys"}};
  const model::Labels redis_up = {{"__name__", "redis_up"}};
  bench.Good({{keys, 1}, {redis_up, 1}});
  bench.clock.Advance(base::seconds(15));
  bench.Failed();
  bench.clock.Advance(base::seconds(15));
  InstanceState partial = bench.State();
  partial.round = bench.RoundOf({{redis_up, 0}});
  partial.status = base::Unavailable("refused");
  bench.appender.OnRound(partial);
  bench.clock.Advance(base::seconds(15));
  bench.Good({{keys, 2}, {redis_up, 1}});
  CHECK(bench.Series(Stored("keys")) == "0=100 15=stale 45=200");
  CHECK(bench.Series(Stored("redis_up")) == "0=100 15=stale 30=0 45=100");
  CHECK(bench.Report("up") == "0=100 15=0 30=0 45=100");
  CHECK(bench.Report("scrape_samples_scraped") == "0=200 15=0 30=100 45=200");
}

TEST_CASE("a tick without a round is a gap, and the end of the agent writes nothing") {
  Bench bench;
  bench.Good({{{{"__name__", "keys"}}, 1}});
  bench.clock.Advance(base::seconds(45));
  bench.Good({{{{"__name__", "keys"}}, 2}});
  bench.appender.SetStore(nullptr);
  CHECK(bench.Series(Stored("keys")) == "0=100 45=200");
  CHECK(bench.Report("up") == "0=100 45=100");
}

TEST_CASE("an instance that is removed goes stale whole, others do not notice") {
  Bench bench;
  bench.Good({{{{"__name__", "keys"}}, 1}});
  bench.schema = nullptr;
  bench.Good({{{{"__name__", "keys"}}, 5}}, "cache2");
  bench.clock.Advance(base::seconds(5));
  bench.appender.OnRemoved(bench.State().config);
  CHECK(bench.Series(Stored("keys")) == "0=100 5=stale");
  CHECK(bench.Report("up") == "0=100 5=stale");
  CHECK(bench.Series({{"__name__", "keys"}, {"job", "redis"}, {"instance", "cache2"}}) == "0=500");
}

TEST_CASE("rounds that come before the store is open are kept for it") {
  Bench bench;
  bench.appender.SetStore(nullptr);
  bench.Good({{{{"__name__", "keys"}}, 1}});
  bench.clock.Advance(base::seconds(1));
  CHECK(bench.store.series() == 0);
  bench.appender.SetStore(&bench.store);
  CHECK(bench.Series(Stored("keys")) == "0=100");
}

TEST_CASE("times a little off the grid are moved onto it, others are not") {
  Bench bench;
  std::string times;
  for (const int64_t off_ms : {0, 1, -2, 3, 0, 700}) {
    const int64_t wanted = bench.clock.Now().ms + off_ms;
    InstanceState state = bench.State();
    state.at = {wanted};
    state.round = bench.RoundOf({{{{"__name__", "keys"}}, 1}});
    bench.appender.OnRound(state);
    bench.clock.Advance(base::seconds(15));
  }
  auto querier = bench.store.OpenQuerier(INT64_MIN, INT64_MAX);
  const std::vector<model::Matcher> keys = {model::Matcher::Equal("__name__", "keys")};
  auto list = (*querier)->Select(keys, {});
  storage::Samples samples;
  REQUIRE((*list)[0]->Read(INT64_MIN, INT64_MAX, &samples).ok());
  const std::vector<int64_t> expected = {kStart,          kStart + 15'000, kStart + 30'000,
                                         kStart + 45'003, kStart + 60'000, kStart + 75'700};
  CHECK(samples.times == expected);
}

TEST_CASE("histograms, summaries and labels in conflict become the series a scrape would give") {
  Bench bench;
  std::vector<model::FamilySchema> families = {Family("h", model::MetricType::kHistogram),
                                               Family("s", model::MetricType::kSummary),
                                               Family("g", model::MetricType::kGauge)};
  std::vector<model::Schema::Arrival> arrivals = {
      {0, {}, {0.5, std::numeric_limits<double>::infinity()}}, {1, {}, {0.9}}, {2, {{"job", "own"}}, {}}};
  auto round = std::make_shared<model::Round>();
  round->schema = model::Schema::Build(families, arrivals, nullptr);
  const std::vector<double> values = {1, 3, 4.5, 3, 7, 8, 9, 6};
  round->schema->Order(values.data(), &round->values);
  InstanceState state = bench.State();
  state.round = round;
  bench.appender.OnRound(state);
  const auto of = [&](std::initializer_list<model::Labels::Pair> more) {
    return bench.Series(model::Labels{{"job", "redis"}, {"instance", "cache"}}.With(more));
  };
  CHECK(of({{"__name__", "h_bucket"}, {"le", "0.5"}}) == "0=100");
  CHECK(of({{"__name__", "h_bucket"}, {"le", "+Inf"}}) == "0=300");
  CHECK(of({{"__name__", "h_sum"}}) == "0=450");
  CHECK(of({{"__name__", "h_count"}}) == "0=300");
  CHECK(of({{"__name__", "s"}, {"quantile", "0.9"}}) == "0=700");
  CHECK(of({{"__name__", "s_sum"}}) == "0=800");
  CHECK(of({{"__name__", "s_count"}}) == "0=900");
  CHECK(of({{"__name__", "g"}, {"exported_job", "own"}}) == "0=600");
}

TEST_CASE("what stands beside the slots is stored too, and goes stale unless it brings its own time") {
  Bench bench;
  model::NativeHistogram native;
  native.count = 3;
  native.sum = 6;
  native.positive_spans = {{0, 1}};
  native.positive_buckets = {3};
  model::MetricFamily histogram;
  histogram.name = "latency";
  histogram.type = model::MetricType::kHistogram;
  histogram.metrics.emplace_back().native = native;
  model::MetricFamily timed;
  timed.name = "timed";
  timed.type = model::MetricType::kGauge;
  timed.metrics.emplace_back().timestamp = base::Timestamp{kStart - 5000};
  timed.metrics.back().value = 2;
  auto round = std::make_shared<model::Round>();
  round->extra = {histogram, timed};
  InstanceState state = bench.State();
  state.round = round;
  bench.appender.OnRound(state);
  bench.clock.Advance(base::seconds(15));
  bench.Failed();
  CHECK(bench.Series(Stored("timed")) == "-5=200");
  CHECK(bench.Series(Stored("latency")) == "15=stale");
  CHECK(bench.Report("scrape_samples_scraped") == "0=100 15=0");
}

TEST_CASE("a scrape target's series keep the labels they have, and its own counts are told") {
  Bench bench;
  auto target = std::make_shared<ScrapeTarget>();
  target->scrape_pool = "shop";
  target->labels = {{"job", "shop"}, {"instance", "a:80"}};
  target->extra_metrics = true;
  target->timeout = base::seconds(10);
  InstanceState state = bench.State();
  state.config.target = target;
  state.counts = ScrapeCounts{.scraped = 12, .kept = 5, .added = 1, .body_bytes = 3000};
  state.round = bench.RoundOf({{{{"__name__", "x"}, {"job", "kept"}}, 1}});
  bench.appender.OnRound(state);
  CHECK(bench.Series({{"__name__", "x"}, {"job", "kept"}}) == "0=100");
  const auto report = [&](std::string_view name) {
    return bench.Series({{"__name__", name}, {"job", "shop"}, {"instance", "a:80"}});
  };
  CHECK(report("up") == "0=100");
  CHECK(report("scrape_samples_scraped") == "0=1200");
  CHECK(report("scrape_samples_post_metric_relabeling") == "0=500");
  CHECK(report("scrape_timeout_seconds") == "0=1000");
  CHECK(report("scrape_body_size_bytes") == "0=300000");
}

// Takes so many series and no more; counts how often somebody came with labels.
class LimitedStore : public storage::Appendable {
 public:
  size_t room = 0;
  size_t looked_up = 0;
  uint64_t refused_again = 0;
  storage::MemoryStorage inner;

  std::unique_ptr<storage::Appender> NewAppender() override { return std::make_unique<One>(*this); }

 private:
  class One : public storage::Appender {
   public:
    explicit One(LimitedStore& store) : store_(store), inner_(store.inner.NewAppender()) {}
    base::Result<storage::SeriesRef> Append(storage::SeriesRef ref, const model::Labels& labels, int64_t t_ms,
                                            double value) override {
      if (Status full = Admit(labels); !full.ok()) return full;
      return inner_->Append(ref, labels, t_ms, value);
    }
    base::Result<storage::SeriesRef> AppendHistogram(storage::SeriesRef ref, const model::Labels& labels, int64_t t_ms,
                                                     std::shared_ptr<const model::NativeHistogram> histogram) override {
      if (Status full = Admit(labels); !full.ok()) return full;
      return inner_->AppendHistogram(ref, labels, t_ms, std::move(histogram));
    }
    storage::Refusal refusal() const override { return full_ ? storage::Refusal::kLimit : inner_->refusal(); }
    bool StillRefused(uint64_t samples) override {
      if (store_.known_.size() < store_.room) return false;
      store_.refused_again += samples;
      return true;
    }
    base::Status AppendExemplar(storage::SeriesRef, const model::Exemplar&) override { return base::OkStatus(); }
    base::Status Commit() override { return inner_->Commit(); }

   private:
    using Status = base::Status;
    Status Admit(const model::Labels& labels) {
      full_ = false;
      if (labels.empty()) return base::OkStatus();
      ++store_.looked_up;
      full_ = !store_.known_.contains(labels) && store_.known_.size() >= store_.room;
      if (full_) return base::LimitReached("full");
      store_.known_.insert(labels);
      return base::OkStatus();
    }

    LimitedStore& store_;
    std::unique_ptr<storage::Appender> inner_;
    bool full_ = false;
  };
  std::set<model::Labels> known_;
};

TEST_CASE("series that a limit refused are not looked up again until there is room, and then they are taken") {
  Bench bench;
  LimitedStore store;
  store.room = 10;  // five of its own, and what is written about each scrape
  bench.appender.SetStore(&store);
  Values values;
  for (int i = 0; i < 8; ++i) values.push_back({{{"__name__", "n"}, {"i", std::to_string(i)}}, static_cast<double>(i)});
  const auto round = [&] {
    bench.clock.Advance(base::seconds(15));
    InstanceState state = bench.State();
    auto made = std::make_shared<model::Round>(*bench.RoundOf(values));
    // Two that stand beside the slots.
    model::MetricFamily family;
    family.name = "beside";
    family.type = model::MetricType::kGauge;
    for (int i = 0; i < 2; ++i) {
      model::Metric metric;
      metric.labels = {{"i", std::to_string(i)}};
      metric.value = i;
      family.metrics.push_back(std::move(metric));
    }
    made->extra = {family};
    state.round = std::move(made);
    store.looked_up = 0;
    const uint64_t before = bench.appender.refused().limit;
    bench.appender.OnRound(state);
    return bench.appender.refused().limit - before;
  };
  // 8 slots, 2 beside them and 5 reports want a place.
  CHECK(round() == 5);
  CHECK(store.looked_up == 15);
  for (int i = 0; i < 3; ++i) {
    CHECK(round() == 5);
    CHECK(store.looked_up <= 2);  // what stands beside the slots and was taken comes with its labels
  }
  CHECK(store.refused_again > 0);
  store.room = 13;
  CHECK(round() == 2);
  CHECK(round() == 2);
  CHECK(store.looked_up <= 2);
  store.room = 100;
  CHECK(round() == 0);
  CHECK(round() == 0);
  CHECK(store.looked_up <= 2);
  // Those that were refused get no stale markers, those that were taken do.
  bench.Failed();
  CHECK(bench.appender.refused().invalid == 0);
}

}  // namespace bekci::collect::round_appender_test
