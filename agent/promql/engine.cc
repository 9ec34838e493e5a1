#include "agent/promql/engine.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "agent/promql/evaluator.h"
#include "agent/promql/parser.h"
#include "agent/promql/query_context.h"

namespace bekci::promql {
namespace {

QueryResult Failed(ErrorKind kind, base::Status status) {
  QueryResult result;
  result.status = std::move(status);
  result.error = kind;
  return result;
}

ErrorKind KindOf(const base::Status& status, const QueryContext& context) {
  if (context.budget.canceled()) return ErrorKind::kCanceled;
  if (context.store_failed) return ErrorKind::kInternal;
  if (status.code() == base::Code::kTimeout) return ErrorKind::kTimeout;
  return ErrorKind::kExecution;
}

std::string NotForRange(ValueType type) {
  return "invalid expression type \"" + std::string(ValueTypeText(type)) +
         "\" for range query, must be Scalar or instant Vector";
}

// ---- from columns to values ----

void DropMarkedNames(Columns* columns) {
  for (SeriesColumn& column : *columns) {
    if (column.drop_name) column.labels = DropMetricMetadata(column.labels);
    column.drop_name = false;
  }
}

Vector ToVector(Columns columns, int64_t t_ms) {
  Vector vector;
  vector.reserve(columns.size());
  for (SeriesColumn& column : columns) {
    if (column.is_float(0)) vector.push_back({std::move(column.labels), t_ms, column.values[0], nullptr});
    if (column.is_histogram(0)) vector.push_back({std::move(column.labels), t_ms, 0, std::move(column.histograms[0])});
  }
  return vector;
}

storage::Samples ToPoints(const SeriesColumn& column, const StepGrid& grid) {
  storage::Samples points;
  const size_t count = column.PointCount();
  points.times.reserve(count);
  points.values.reserve(count);
  for (size_t i = 0; i < column.steps(); ++i) {
    if (column.is_float(i)) {
      points.times.push_back(grid.at(i));
      points.values.push_back(column.values[i]);
    } else if (column.is_histogram(i)) {
      points.histogram_times.push_back(grid.at(i));
      points.histograms.push_back(column.histograms[i]);
    }
  }
  return points;
}

Matrix ToMatrix(Columns columns, const StepGrid& grid) {
  Matrix matrix;
  matrix.reserve(columns.size());
  for (SeriesColumn& column : columns) {
    storage::Samples points = ToPoints(column, grid);
    if (!points.empty()) matrix.push_back({std::move(column.labels), std::move(points)});
    column = SeriesColumn();  // its arrays are no longer needed
  }
  return matrix;
}

template <typename List>
void Truncate(size_t limit, List* list, QueryResult* result) {
  if (limit == 0 || list->size() <= limit) return;
  list->erase(list->begin() + static_cast<std::ptrdiff_t>(limit), list->end());
  result->truncated = true;
  result->warnings.emplace_back("results truncated due to limit");
}

// One query on its way.
class Run {
 public:
  Run(QueryContext& context, const Expr& expr, const StepGrid& grid, bool is_range)
      : context_(context), expr_(expr), grid_(grid), is_range_(is_range), evaluator_(context) {}

  base::Status Evaluate(Value* value) {
    switch (expr_.type) {
      case ValueType::kScalar:
        return EvaluateScalar(value);
      case ValueType::kVector:
        return EvaluateVector(value);
      case ValueType::kMatrix:
        return evaluator_.EvaluateMatrix(expr_, grid_.start_ms, &value->emplace<Matrix>());
      case ValueType::kString:
        value->emplace<String>(String{grid_.start_ms, As<StringLiteral>(Unwrap(expr_)).value});
        return base::OkStatus();
      default:
        return base::Internal("expression without a type");
    }
  }

 private:
  base::Status EvaluateScalar(Value* value) {
    ScalarColumn scalar;
    RETURN_IF_ERROR(context_.budget.Hold(static_cast<int64_t>(grid_.count)));
    RETURN_IF_ERROR(evaluator_.EvaluateScalar(expr_, grid_, &scalar));
    if (!is_range_) {
      value->emplace<Scalar>(Scalar{grid_.start_ms, scalar[0]});
      return base::OkStatus();
    }
    SeriesColumn column;
    column.Reset(grid_.count);
    for (size_t i = 0; i < grid_.count; ++i) column.SetFloat(i, scalar[i]);
    Columns columns;
    columns.push_back(std::move(column));
    *value = ToMatrix(std::move(columns), grid_);
    return base::OkStatus();
  }

  base::Status EvaluateVector(Value* value) {
    Columns columns;
    RETURN_IF_ERROR(evaluator_.EvaluateVector(expr_, grid_, &columns));
    DropMarkedNames(&columns);
    RETURN_IF_ERROR(MergeSameLabels(&columns));
    if (is_range_) {
      *value = ToMatrix(std::move(columns), grid_);
    } else {
      *value = ToVector(std::move(columns), grid_.start_ms);
    }
    return base::OkStatus();
  }

  QueryContext& context_;
  const Expr& expr_;
  const StepGrid& grid_;
  bool is_range_;
  Evaluator evaluator_;
};

void FillStats(const QueryContext& context, const QueryOptions& options, QueryStats* stats) {
  stats->peak_samples = context.budget.peak();
  stats->total_samples = context.counter.total();
  stats->start_ms = context.query.start_ms;
  stats->step_ms = context.query.step_ms;
  stats->per_step = options.per_step_stats;
  if (options.per_step_stats) stats->samples_per_step = context.counter.per_step();
}

// Measures what lies between its calls.
class StopWatch {
 public:
  explicit StopWatch(base::Clock& clock) : clock_(clock), last_(clock.Monotonic()) {}
  double Lap() {
    const base::MonotonicTime now = clock_.Monotonic();
    return base::ToSeconds(now - std::exchange(last_, now));
  }

 private:
  base::Clock& clock_;
  base::MonotonicTime last_;
};

}  // namespace

// Lets a number of queries in; others wait for their turn.
class Engine::Gate {
 public:
  Gate(size_t places, base::Clock& clock) : places_(std::max<size_t>(1, places)), clock_(clock) {}

  base::Status Enter(base::MonotonicTime deadline, const CancelToken* cancel) {
    base::MutexLock lock(mutex_);
    while (taken_ >= places_) {
      if (cancel != nullptr && cancel->canceled()) return base::Unavailable("query was canceled in query queue");
      const base::MonotonicTime now = clock_.Monotonic();
      if (now >= deadline) return base::Timeout("query timed out in query queue");
      // Nobody wakes who waits when its client goes, so it looks up now and then.
      clock_.WaitUntil(left_, mutex_, std::min(deadline, now + base::milliseconds(100)));
    }
    ++taken_;
    return base::OkStatus();
  }

  void Leave() {
    base::MutexLock lock(mutex_);
    --taken_;
    left_.NotifyOne();
  }

  size_t taken() const {
    base::MutexLock lock(mutex_);
    return taken_;
  }

 private:
  size_t places_;
  base::Clock& clock_;
  mutable base::Mutex mutex_;
  base::CondVar left_;
  size_t taken_ GUARDED_BY(mutex_) = 0;
};

Engine::Engine(EngineOptions options, base::Clock& clock)
    : options_(std::move(options)), clock_(clock), gate_(std::make_unique<Gate>(options_.max_concurrency, clock)) {}

Engine::~Engine() = default;

size_t Engine::active() const {
  return gate_->taken();
}

base::Result<std::shared_ptr<const PreparedQuery>> Engine::Prepare(std::string_view query) const {
  ASSIGN_OR_RETURN(ExprPtr expr, ParseExpr(query, options_.features));
  return std::make_shared<const PreparedQuery>(PreparedQuery{std::string(query), std::move(expr)});
}

QueryResult Engine::Instant(storage::Queryable& store, std::string_view query, int64_t t_ms,
                            const QueryOptions& options) {
  auto prepared = Prepare(query);
  if (!prepared.ok()) return Failed(ErrorKind::kBadData, std::move(prepared).status());
  return Instant(store, **prepared, t_ms, options);
}

QueryResult Engine::Range(storage::Queryable& store, std::string_view query, int64_t start_ms, int64_t end_ms,
                          int64_t step_ms, const QueryOptions& options) {
  auto prepared = Prepare(query);
  if (!prepared.ok()) return Failed(ErrorKind::kBadData, std::move(prepared).status());
  return Range(store, **prepared, start_ms, end_ms, step_ms, options);
}

QueryResult Engine::Instant(storage::Queryable& store, const PreparedQuery& query, int64_t t_ms,
                            const QueryOptions& options) {
  const int64_t t = std::clamp(t_ms, -kMaxTimeMs, kMaxTimeMs);
  return Run(store, query, {t, t, 0}, options);
}

QueryResult Engine::Range(storage::Queryable& store, const PreparedQuery& query, int64_t start_ms, int64_t end_ms,
                          int64_t step_ms, const QueryOptions& options) {
  if (query.expr->type != ValueType::kVector && query.expr->type != ValueType::kScalar) {
    return Failed(ErrorKind::kBadData, base::Invalid(NotForRange(query.expr->type)));
  }
  if (step_ms <= 0) return Failed(ErrorKind::kBadData, base::Invalid("a range query needs a step greater than 0"));
  if (end_ms < start_ms)
    return Failed(ErrorKind::kBadData, base::Invalid("end timestamp must not be before start time"));
  return Run(store, query,
             {std::clamp(start_ms, -kMaxTimeMs, kMaxTimeMs), std::clamp(end_ms, -kMaxTimeMs, kMaxTimeMs),
              std::min(step_ms, kMaxTimeMs)},
             options);
}

QueryResult Engine::Run(storage::Queryable& store, const PreparedQuery& query, const QueryRange& range,
                        const QueryOptions& options) {
  StopWatch whole(clock_);
  StopWatch phase(clock_);
  base::Duration timeout = options_.timeout;
  if (options.timeout > base::Duration::zero()) timeout = std::min(timeout, options.timeout);
  const base::MonotonicTime deadline = clock_.Monotonic() + timeout;
  if (base::Status entered = gate_->Enter(deadline, options.cancel); !entered.ok()) {
    const bool canceled = options.cancel != nullptr && options.cancel->canceled();
    return Failed(canceled ? ErrorKind::kCanceled : ErrorKind::kTimeout, std::move(entered));
  }
  const double queue_seconds = phase.Lap();
  QueryResult result = RunInside(store, query, range, options, deadline);
  gate_->Leave();
  result.stats.queue_seconds = queue_seconds;
  result.stats.eval_seconds = whole.Lap();
  return result;
}

QueryResult Engine::RunInside(storage::Queryable& store, const PreparedQuery& query, const QueryRange& range,
                              const QueryOptions& options, base::MonotonicTime deadline) {
  StopWatch phase(clock_);
  const bool is_range = range.step_ms > 0;
  const StepGrid grid{range.start_ms, is_range ? range.step_ms : 1,
                      is_range ? static_cast<size_t>((range.end_ms - range.start_ms) / range.step_ms) + 1 : 1};
  const base::Duration lookback = options.lookback > base::Duration::zero() ? options.lookback : options_.lookback;
  const int64_t lookback_ms = std::clamp<int64_t>(base::ToMillis(lookback), 1, kMaxDurationMs);
  auto plan = MakePlan(*query.expr, query.text, range, {lookback_ms, options_.no_step_subquery_interval_ms});
  if (!plan.ok()) return Failed(ErrorKind::kBadData, std::move(plan).status());

  QueryContext context{query.text,
                       range,
                       options_.features,
                       lookback_ms,
                       *std::move(plan),
                       nullptr,
                       SampleBudget(options_.max_samples, clock_, deadline, options.cancel),
                       SampleCounter(options.stats || options.per_step_stats, options.per_step_stats),
                       {},
                       {},
                       false};
  if (base::Status status = context.budget.CheckGrid(grid); !status.ok()) {
    return Failed(ErrorKind::kExecution, std::move(status));
  }
  context.counter.SetSteps(grid.count);
  std::unique_ptr<storage::Querier> querier;
  if (context.plan.min_ms <= context.plan.max_ms) {
    auto opened = store.OpenQuerier(context.plan.min_ms, context.plan.max_ms);
    if (!opened.ok()) return Failed(ErrorKind::kInternal, std::move(opened).status());
    querier = *std::move(opened);
    context.store = querier.get();
  }
  QueryResult result;
  result.stats.prepare_seconds = phase.Lap();
  result.status = promql::Run(context, *query.expr, grid, is_range).Evaluate(&result.value);
  result.stats.inner_seconds = phase.Lap();
  Finish(context, options, &result);
  result.stats.sort_seconds = phase.Lap();
  return result;
}

void Engine::Finish(QueryContext& context, const QueryOptions& options, QueryResult* result) const {
  if (!result->status.ok()) {
    result->error = KindOf(result->status, context);
    result->value = std::monostate();
  }
  if (auto* vector = std::get_if<Vector>(&result->value)) Truncate(options.limit, vector, result);
  if (auto* matrix = std::get_if<Matrix>(&result->value)) {
    std::sort(matrix->begin(), matrix->end(),
              [](const MatrixSeries& a, const MatrixSeries& b) { return a.labels < b.labels; });
    Truncate(options.limit, matrix, result);
  }
  if (context.store != nullptr) {
    for (std::string& warning : context.store->warnings()) context.annotations.AddPlain(std::move(warning));
  }
  const auto texts = [&](AnnotationKind kind) {
    return context.annotations.Texts(kind, context.text, options.max_annotations);
  };
  for (std::string& text : texts(AnnotationKind::kWarning)) result->warnings.push_back(std::move(text));
  result->infos = texts(AnnotationKind::kInfo);
  result->selectors = std::move(context.evidence);
  FillStats(context, options, &result->stats);
}

}  // namespace bekci::promql
