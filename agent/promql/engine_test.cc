#include "agent/promql/engine.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <utility>

#include "agent/storage/memory_storage.h"

namespace bekci::promql::engine_test {
namespace {

constexpr int64_t kMinute = 60'000;

// up{host="a"} and up{host="b"}: 0, 1, 2 ... every minute for an hour; b ends after half of it.
void Fill(storage::MemoryStorage* store) {
  const auto appender = store->NewAppender();
  for (int64_t i = 0; i <= 60; ++i) {
    CHECK(appender->Append(0, {{"__name__", "up"}, {"host", "a"}}, i * kMinute, static_cast<double>(i)).ok());
    if (i <= 30) CHECK(appender->Append(0, {{"__name__", "up"}, {"host", "b"}}, i * kMinute, 1).ok());
  }
  CHECK(appender->Commit().ok());
}

struct Fixture {
  explicit Fixture(EngineOptions options = {}) : engine(std::move(options), clock) { Fill(&store); }
  QueryResult Instant(std::string_view query, int64_t t_ms, const QueryOptions& options = {}) {
    return engine.Instant(store, query, t_ms, options);
  }
  QueryResult Range(std::string_view query, int64_t start_ms, int64_t end_ms, int64_t step_ms,
                    const QueryOptions& options = {}) {
    return engine.Range(store, query, start_ms, end_ms, step_ms, options);
  }
  base::RealClock clock;
  storage::MemoryStorage store;
  Engine engine;
};

// Every look at it takes a second.
class SlowClock : public base::Clock {
 public:
  base::Timestamp Now() const override { return {0}; }
  base::MonotonicTime Monotonic() const override { return {looks_++ * 1'000'000'000}; }
  void WaitUntil(base::CondVar&, base::Mutex&, base::MonotonicTime) override {}

 private:
  mutable int64_t looks_ = 1;
};

// Does something whenever a query opens it.
class CallingStore : public storage::Queryable {
 public:
  CallingStore(storage::Queryable& store, std::function<void()> call) : store_(store), call_(std::move(call)) {}
  base::Result<std::unique_ptr<storage::Querier>> OpenQuerier(int64_t min_ms, int64_t max_ms) override {
    call_();
    return store_.OpenQuerier(min_ms, max_ms);
  }

 private:
  storage::Queryable& store_;
  std::function<void()> call_;
};

class BrokenStore : public storage::Queryable {
 public:
  base::Result<std::unique_ptr<storage::Querier>> OpenQuerier(int64_t, int64_t) override {
    return base::Unavailable("the disk is gone");
  }
};

constexpr const char* kTooMany = "query processing would load too many samples into memory in query execution";

}  // namespace

TEST_CASE("a value comes in the type of its expression") {
  Fixture f;
  CHECK(std::get<Scalar>(f.Instant("1 + 1", 5).value).value == 2);
  CHECK(std::get<Scalar>(f.Instant("1 + 1", 5).value).t_ms == 5);
  CHECK(std::get<String>(f.Instant("'x'", 5).value).text == "x");
  const Vector vector = std::get<Vector>(f.Instant("up", 2 * kMinute).value);
  REQUIRE(vector.size() == 2);
  CHECK(vector[0].labels.Get("host") == "a");
  CHECK(vector[0].value == 2);
  CHECK(vector[0].t_ms == 2 * kMinute);
  const Matrix matrix = std::get<Matrix>(f.Instant("up[2m]", 10 * kMinute).value);
  REQUIRE(matrix.size() == 2);
  CHECK(matrix[0].samples.times == std::vector<int64_t>{9 * kMinute, 10 * kMinute});
  const Matrix range = std::get<Matrix>(f.Range("2", 0, 2 * kMinute, kMinute).value);
  REQUIRE(range.size() == 1);
  CHECK(range[0].samples.values == std::vector<double>{2, 2, 2});
}

TEST_CASE("what does not parse, and a range query for a range vector, is bad data") {
  Fixture f;
  CHECK(f.Instant("up{", 0).error == ErrorKind::kBadData);
  const QueryResult result = f.Range("up[5m]", 0, kMinute, kMinute);
  CHECK(result.error == ErrorKind::kBadData);
  CHECK(result.status.message() ==
        "invalid expression type \"range vector\" for range query, must be Scalar or instant Vector");
  CHECK(f.Range("up", kMinute, 0, kMinute).error == ErrorKind::kBadData);
  CHECK(f.Range("up", 0, kMinute, 0).error == ErrorKind::kBadData);
}

TEST_CASE("a query that would hold more samples than it may fails with Prometheus' words") {
  EngineOptions options;
  options.max_samples = 50;
  Fixture f(options);
  CHECK(f.Range("up{host='a'}", 0, 40 * kMinute, kMinute).status.ok());
  for (const char* query : {"up", "up or up", "-up"}) {
    const QueryResult result = f.Range(query, 0, 40 * kMinute, kMinute);
    CHECK_MESSAGE(result.status.message() == kTooMany, query);
    CHECK(result.error == ErrorKind::kExecution);
    CHECK(std::holds_alternative<std::monostate>(result.value));
  }
  // A window counts while it is looked at.
  CHECK(f.Instant("sum_over_time(up{host='a'}[49m])", 60 * kMinute).status.ok());
  CHECK(f.Instant("sum_over_time(up{host='a'}[55m])", 60 * kMinute).status.message() == kTooMany);
  // Sums are small whatever they are made of.
  CHECK(f.Range("sum(up)", 0, 40 * kMinute, kMinute).status.ok());
}

TEST_CASE("a grid longer than memory is refused before anything is allocated") {
  Fixture f;
  CHECK(f.Instant("count_over_time(vector(1)[100y:1ms])", 0).status.message() == kTooMany);
  CHECK(f.Instant("sum_over_time(sum_over_time(up[100y:1ms])[100y:1ms])", 0).status.message() == kTooMany);
  CHECK(f.Range("up", 0, int64_t{1} << 60, 1).status.message() == kTooMany);
  CHECK(f.Range("1", -(int64_t{1} << 62), int64_t{1} << 62, 1).status.message() == kTooMany);
}

TEST_CASE("times at the end of the world do not overflow") {
  Fixture f;
  for (const char* query : {"up @ 9e15", "up @ -9e15 offset 290y", "rate(up[290y] @ 9e15 offset -290y)",
                            "max_over_time(up[290y:1y] @ -9e15)", "timestamp(up @ 9e15)"}) {
    CHECK_MESSAGE(f.Instant(query, INT64_MAX).status.ok(), query);
    CHECK_MESSAGE(f.Instant(query, INT64_MIN).status.ok(), query);
  }
}

TEST_CASE("a query ends at its time-out") {
  SlowClock clock;
  storage::MemoryStorage store;
  Fill(&store);
  EngineOptions engine_options;
  engine_options.timeout = base::seconds(30);
  Engine engine(engine_options, clock);
  const QueryResult result = engine.Range(store, "up or up or up or up or up or up or up or up or up or up or up", 0,
                                          kMinute, kMinute, {.timeout = base::seconds(8)});
  CHECK(result.error == ErrorKind::kTimeout);
  CHECK(result.status.message() == "query timed out in expression evaluation");
}

TEST_CASE("a time-out ends a single series' windows, too") {
  Fixture f;
  const auto appender = f.store.NewAppender();
  for (int64_t i = 0; i < 20'000; ++i) CHECK(appender->Append(0, {{"__name__", "dense"}}, i, 1).ok());
  CHECK(appender->Commit().ok());
  SlowClock clock;
  Engine engine({}, clock);
  const QueryResult result =
      engine.Range(f.store, "sum_over_time(dense[20s])", 0, 19'999, 1, {.timeout = base::seconds(20)});
  CHECK(result.error == ErrorKind::kTimeout);
}

TEST_CASE("a query whose client has gone ends") {
  Fixture f;
  CancelToken cancel;
  CallingStore store(f.store, [&] { cancel.Cancel(); });
  const QueryResult result = f.engine.Instant(store, "up", 0, {.cancel = &cancel});
  CHECK(result.error == ErrorKind::kCanceled);
  CHECK(result.status.message() == "query was canceled in expression evaluation");
}

TEST_CASE("no more queries run at once than may; the others wait, and in vain no longer than their time-out") {
  EngineOptions options;
  options.max_concurrency = 1;
  Fixture f(options);
  CancelToken cancel;
  cancel.Cancel();
  QueryResult late;
  QueryResult canceled;
  size_t active = 0;
  CallingStore store(f.store, [&] {
    active = f.engine.active();
    late = f.engine.Instant(f.store, "up", 0, {.timeout = base::milliseconds(1)});
    canceled = f.engine.Instant(f.store, "up", 0, {.cancel = &cancel});
  });
  CHECK(f.engine.Instant(store, "up", 0, {}).status.ok());
  CHECK(active == 1);
  CHECK(late.error == ErrorKind::kTimeout);
  CHECK(late.status.message() == "query timed out in query queue");
  CHECK(canceled.error == ErrorKind::kCanceled);
  CHECK(f.engine.active() == 0);
}

TEST_CASE("an error of the store is told apart from one of the query") {
  Fixture f;
  BrokenStore store;
  const QueryResult result = f.engine.Instant(store, "up", 0, {});
  CHECK(result.error == ErrorKind::kInternal);
  CHECK(result.status.message() == "the disk is gone");
}

TEST_CASE("the look-back is the query's own where it has one") {
  Fixture f;
  CHECK(std::get<Vector>(f.Instant("up{host='b'}", 34 * kMinute).value).size() == 1);
  CHECK(std::get<Vector>(f.Instant("up{host='b'}", 34 * kMinute, {.lookback = base::minutes(2)}).value).empty());
  CHECK(std::get<Vector>(f.Instant("up{host='b'}", 50 * kMinute, {.lookback = base::minutes(21)}).value).size() == 1);
}

TEST_CASE("a limit cuts the answer and says so") {
  Fixture f;
  const QueryResult result = f.Instant("up", 0, {.limit = 1});
  CHECK(std::get<Vector>(result.value).size() == 1);
  CHECK(result.truncated);
  CHECK(result.warnings == std::vector<std::string>{"results truncated due to limit"});
  CHECK_FALSE(f.Instant("up", 0, {.limit = 2}).truncated);
}

TEST_CASE("samples are counted where each step looks") {
  Fixture f;
  const QueryOptions all{.stats = true, .per_step_stats = true};
  CHECK(f.Range("up", 0, 2 * kMinute, kMinute, all).stats.samples_per_step == std::vector<int64_t>{2, 2, 2});
  const QueryResult rates = f.Range("rate(up[2m])", 0, 2 * kMinute, kMinute, all);
  CHECK(rates.stats.samples_per_step == std::vector<int64_t>{2, 4, 4});
  CHECK(rates.stats.total_samples == 10);
  // Read once and counted for every step, as Prometheus counts.
  CHECK(f.Range("sum(up @ 0)", 0, 60 * kMinute, kMinute, all).stats.total_samples == 2 * 61);
  CHECK(f.Instant("up", 0, {}).stats.total_samples == 0);
}

TEST_CASE("the answer tells how many series each selector found, and how many of them counted") {
  Fixture f;
  const QueryResult result = f.Instant("up offset 5m > 3 or sum(down offset 1h)", 45 * kMinute);
  REQUIRE(result.selectors.size() == 2);
  CHECK(result.selectors[0].text == "up offset 5m");
  CHECK(result.selectors[0].series == 2);
  CHECK(result.selectors[0].used == 1);
  CHECK(result.selectors[1].text == "down offset 1h");
  CHECK(result.selectors[1].series == 0);
}

TEST_CASE("without delayed name removal names go at once, and what then is equal at a step fails") {
  storage::MemoryStorage store;
  const auto appender = store.NewAppender();
  for (const char* name : {"in", "out"}) {
    for (int64_t i = 0; i <= 3; ++i) {
      CHECK(appender->Append(0, {{"__name__", name}, {"nic", "0"}}, i * kMinute, static_cast<double>(i)).ok());
    }
  }
  CHECK(appender->Commit().ok());
  base::RealClock clock;
  Engine engine({}, clock);
  constexpr const char* kSame = "vector cannot contain metrics with the same labelset";
  for (const char* query : {"rate({nic='0'}[2m])", "-{nic='0'}", "abs({nic='0'})", "{nic='0'} * 2",
                            "sum by (nic) (rate({nic='0'}[2m]))", "timestamp({nic='0'})"}) {
    CHECK_MESSAGE(engine.Instant(store, query, 3 * kMinute, {}).status.message() == kSame, query);
  }
  CHECK(engine.Instant(store, "rate(in[2m]) + rate(out[2m])", 3 * kMinute, {}).status.ok());
  const auto named = engine.Instant(store, "sum by (__name__) (rate(in[2m]))", 3 * kMinute, {});
  REQUIRE(std::get<Vector>(named.value).size() == 1);
  CHECK(std::get<Vector>(named.value)[0].labels.empty());
}

TEST_CASE("a prepared query can be run any number of times") {
  Fixture f;
  const auto query = f.engine.Prepare("sum(up)");
  REQUIRE(query.ok());
  for (int64_t minute = 0; minute < 10; ++minute) {
    const QueryResult result = f.engine.Instant(f.store, **query, minute * kMinute, {});
    CHECK(std::get<Vector>(result.value)[0].value == static_cast<double>(minute + 1));
  }
}

}  // namespace bekci::promql::engine_test
