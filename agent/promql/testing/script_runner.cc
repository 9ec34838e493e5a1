#include "agent/promql/testing/script_runner.h"

#include <re2/re2.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "agent/promql/function_table.h"
#include "agent/promql/parser.h"
#include "agent/promql/testing/result_check.h"
#include "agent/promql/testing/script_loader.h"

namespace bekci::promql::testing {
namespace {

// Pinned by `@`, a query still depends on the time it runs at where it calls one of these.
constexpr FunctionId kDependOnTime[] = {FunctionId::kDaysInMonth, FunctionId::kDayOfMonth,    FunctionId::kDayOfWeek,
                                        FunctionId::kDayOfYear,   FunctionId::kEnd,           FunctionId::kHour,
                                        FunctionId::kMinute,      FunctionId::kMonth,         FunctionId::kYear,
                                        FunctionId::kRange,       FunctionId::kPredictLinear, FunctionId::kStart,
                                        FunctionId::kStep,        FunctionId::kTime,          FunctionId::kTimestamp};

// Puts `@ t` on every selector and subquery that has none, outermost only within a subquery. False if the query calls
// what makes that pointless.
class Pinner {
 public:
  explicit Pinner(int64_t t_ms) : t_ms_(t_ms) {}

  bool Visit(Expr& expr) {
    switch (expr.kind) {
      case ExprKind::kNumberLiteral:
      case ExprKind::kStringLiteral:
        return true;
      case ExprKind::kVectorSelector:
        Pin(As<VectorSelector>(expr).time);
        return true;
      case ExprKind::kMatrixSelector:
        Pin(As<MatrixSelector>(expr).selector->time);
        return true;
      case ExprKind::kSubquery:
        return VisitSubquery(As<Subquery>(expr));
      case ExprKind::kUnary:
        return Visit(*As<UnaryExpr>(expr).expr);
      case ExprKind::kParen:
        return Visit(*As<ParenExpr>(expr).expr);
      case ExprKind::kBinary:
        return Visit(*As<BinaryExpr>(expr).lhs) && Visit(*As<BinaryExpr>(expr).rhs);
      case ExprKind::kAggregate:
        return (As<AggregateExpr>(expr).param == nullptr || Visit(*As<AggregateExpr>(expr).param)) &&
               Visit(*As<AggregateExpr>(expr).expr);
      case ExprKind::kCall:
        return VisitCall(As<Call>(expr));
    }
    return false;
  }

 private:
  void Pin(TimeModifiers& time) const {
    if (within_ || time.at != AtKind::kNone) return;
    time.at = AtKind::kTimestamp;
    time.at_ms = t_ms_;
  }

  bool VisitSubquery(Subquery& subquery) {
    Pin(subquery.time);
    const bool outer = std::exchange(within_, true);
    const bool good = Visit(*subquery.expr);
    within_ = outer;
    return good;
  }

  bool VisitCall(Call& call) {
    if (std::find(std::begin(kDependOnTime), std::end(kDependOnTime), call.function->id) != std::end(kDependOnTime)) {
      return false;
    }
    return std::all_of(call.args.begin(), call.args.end(), [&](ExprPtr& arg) { return Visit(*arg); });
  }

  int64_t t_ms_;
  bool within_ = false;
};

// The query with `@ t` put in; null if that would not fix its answer.
std::unique_ptr<PreparedQuery> Pinned(const EvalCommand& eval) {
  auto parsed = ParseExpr(eval.query, Features::All());
  if (!parsed.ok() || !Pinner(eval.start_ms).Visit(**parsed)) return nullptr;
  return std::make_unique<PreparedQuery>(PreparedQuery{eval.query, *std::move(parsed)});
}

class EvalRun {
 public:
  EvalRun(Engine& engine, storage::Queryable& store, const Command& command)
      : engine_(engine), store_(store), line_(command.line), eval_(std::get<EvalCommand>(command.what)) {}

  std::optional<ScriptFailure> Run() {
    auto parsed = ParseExpr(eval_.query, Features::All());
    if (!parsed.ok()) return Failed("parsing", Mismatch{"a query", parsed.status().message()});
    const PreparedQuery query{eval_.query, *std::move(parsed)};
    if (eval_.is_range) return RunRange(query);
    if (auto failure = RunInstant(query, eval_.start_ms, "instant")) return failure;
    const auto pinned = Pinned(eval_);
    if (pinned == nullptr) return std::nullopt;
    for (const int64_t t_ms : OtherTimes()) {
      if (auto failure = RunInstant(*pinned, t_ms, "with @ its time, instant")) return failure;
    }
    return std::nullopt;
  }

 private:
  std::vector<int64_t> OtherTimes() const {
    const int64_t t = eval_.start_ms;
    if (t == 0) return {-1000, 0, 1000};
    return {-10 * t, 0, t / 5, t, 10 * t};
  }

  std::optional<ScriptFailure> RunRange(const PreparedQuery& query) {
    const QueryResult result = engine_.Range(store_, query, eval_.start_ms, eval_.end_ms, eval_.step_ms, {});
    if (auto mismatch = CheckStatus(eval_, result)) return Failed("range", *mismatch);
    if (auto mismatch = CheckAnnotations(eval_, result)) return Failed("range", *mismatch);
    if (eval_.fail) return std::nullopt;
    if (auto mismatch = CheckRangeValue(eval_, result.value)) return Failed("range", *mismatch);
    return std::nullopt;
  }

  std::optional<ScriptFailure> RunInstant(const PreparedQuery& query, int64_t t_ms, std::string_view how) {
    const std::string where = std::string(how) + " at " + std::to_string(t_ms) + " ms";
    const QueryResult result = engine_.Instant(store_, query, t_ms, {});
    if (auto mismatch = CheckStatus(eval_, result)) return Failed(where, *mismatch);
    if (auto mismatch = CheckAnnotations(eval_, result)) return Failed(where, *mismatch);
    if (eval_.fail) return std::nullopt;
    if (auto mismatch = CheckInstantValue(eval_, result.value)) return Failed(where, *mismatch);
    return RunAround(query, t_ms, where);
  }

  // The same as a range query from a minute before to a minute after.
  std::optional<ScriptFailure> RunAround(const PreparedQuery& query, int64_t t_ms, const std::string& where) {
    static const re2::RE2 kDependsOnRange(R"((start|end|range|step)\(\))");
    constexpr int64_t kMinuteMs = 60'000;
    if (eval_.string || eval_.range_vector || re2::RE2::PartialMatch(eval_.query, kDependsOnRange)) return std::nullopt;
    const QueryResult result = engine_.Range(store_, query, t_ms - kMinuteMs, t_ms + kMinuteMs, kMinuteMs, {});
    const std::string how = where + ", as a range query around it";
    if (!result.status.ok()) return Failed(how, Mismatch{"a result", "error: " + result.status.message()});
    if (auto mismatch = CheckPointsAt(eval_, result.value, t_ms)) return Failed(how, *mismatch);
    return std::nullopt;
  }

  ScriptFailure Failed(std::string_view how, const Mismatch& mismatch) const {
    return {line_, eval_.query, std::string(how), mismatch.expected, mismatch.got};
  }

  Engine& engine_;
  storage::Queryable& store_;
  size_t line_;
  const EvalCommand& eval_;
};

}  // namespace

EngineOptions ScriptEngineOptions() {
  EngineOptions options;
  options.lookback = base::minutes(5);
  options.max_samples = 10'000;
  options.timeout = base::seconds(100);
  options.features = Features::All();
  options.features.type_and_unit_labels = false;
  return options;
}

ScriptReport ScriptRunner::Run(std::span<const Command> commands) {
  ScriptReport report;
  for (const Command& command : commands) {
    if (std::holds_alternative<ClearCommand>(command.what)) {
      store_.Clear();
    } else if (const auto* load = std::get_if<LoadCommand>(&command.what)) {
      if (const base::Status status = LoadSeries(*load, store_); !status.ok()) {
        report.failures.push_back({command.line, "", "load", "the samples are taken", status.message()});
      }
    } else if (auto failure = EvalRun(engine_, store_, command).Run()) {
      report.failures.push_back(*std::move(failure));
    } else {
      ++report.passed;
    }
  }
  return report;
}

}  // namespace bekci::promql::testing
