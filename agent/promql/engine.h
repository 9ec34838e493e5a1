// Engine: runs PromQL queries over a store, under limits.
//
// A query is prepared (parsed, once) and then evaluated at a time or over a range of steps; rules keep what they
// prepared. Evaluation is columnar (columns.h): a range query reads each series once and computes all its steps.
// Every query is bounded: in samples held, in time, in how many run at once; a query that breaks a bound fails with
// Prometheus' words and costs nobody else.
//
// Source: Prometheus' promql/engine.go for meaning and words. Times are milliseconds since the Unix epoch.
// Thread rule: any thread; each query runs on its caller's thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/promql/ast.h"
#include "agent/promql/features.h"
#include "agent/promql/value.h"
#include "agent/storage/storage.h"

namespace bekci::promql {

struct QueryContext;
struct QueryRange;

// Set by whoever no longer wants the answer (a client that went, a shutdown); looked at between series.
class CancelToken {
 public:
  CancelToken() = default;
  // Canceled also when `flag`, which somebody else sets, is; null: none.
  explicit CancelToken(std::shared_ptr<const std::atomic<bool>> flag) : flag_(std::move(flag)) {}
  void Cancel() { canceled_.store(true, std::memory_order_relaxed); }
  bool canceled() const {
    return canceled_.load(std::memory_order_relaxed) || (flag_ != nullptr && flag_->load(std::memory_order_relaxed));
  }

 private:
  std::atomic<bool> canceled_{false};
  const std::shared_ptr<const std::atomic<bool>> flag_;
};

struct EngineOptions {
  base::Duration lookback = base::minutes(5);
  int64_t max_samples = 50'000'000;  // held at once by one query; 0: no bound
  base::Duration timeout = base::minutes(2);
  size_t max_concurrency = 20;
  Features features;
  // The step of a subquery that has none, given its range; default: one minute.
  std::function<int64_t(int64_t range_ms)> no_step_subquery_interval_ms;
};

struct QueryOptions {
  base::Duration lookback{};  // 0: the engine's
  base::Duration timeout{};   // 0: the engine's; never longer than that
  size_t limit = 0;           // at most so many series in the answer; 0: all
  bool stats = false;         // fill QueryStats' samples
  bool per_step_stats = false;
  size_t max_annotations = 0;           // of each kind; 0: all
  const CancelToken* cancel = nullptr;  // must outlive the query
};

// A query that was parsed: its text and its tree.
struct PreparedQuery {
  std::string text;
  ExprPtr expr;
};

class Engine {
 public:
  // `clock` measures time-outs and must outlive the engine.
  Engine(EngineOptions options, base::Clock& clock);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  const EngineOptions& options() const { return options_; }

  // Errors: as ParseExpr.
  base::Result<std::shared_ptr<const PreparedQuery>> Prepare(std::string_view query) const;

  QueryResult Instant(storage::Queryable& store, const PreparedQuery& query, int64_t t_ms, const QueryOptions& options);
  // `end_ms` >= `start_ms`, `step_ms` > 0; else the result is an error of kind bad data.
  QueryResult Range(storage::Queryable& store, const PreparedQuery& query, int64_t start_ms, int64_t end_ms,
                    int64_t step_ms, const QueryOptions& options);
  // The same from the text; what does not parse is an error of kind bad data.
  QueryResult Instant(storage::Queryable& store, std::string_view query, int64_t t_ms, const QueryOptions& options);
  QueryResult Range(storage::Queryable& store, std::string_view query, int64_t start_ms, int64_t end_ms,
                    int64_t step_ms, const QueryOptions& options);

  // Queries that run now.
  size_t active() const;

 private:
  class Gate;  // lets max_concurrency queries in
  QueryResult Run(storage::Queryable& store, const PreparedQuery& query, const QueryRange& range,
                  const QueryOptions& options);
  QueryResult RunInside(storage::Queryable& store, const PreparedQuery& query, const QueryRange& range,
                        const QueryOptions& options, base::MonotonicTime deadline);
  void Finish(QueryContext& context, const QueryOptions& options, QueryResult* result) const;

  EngineOptions options_;
  base::Clock& clock_;
  std::unique_ptr<Gate> gate_;
};

}  // namespace bekci::promql
