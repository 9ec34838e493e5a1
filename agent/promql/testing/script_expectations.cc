// The lines below an eval: expect lines, a scalar, series.
#include <re2/re2.h>

#include <utility>

#include "agent/base/text.h"
#include "agent/promql/literal.h"
#include "agent/promql/testing/quoted.h"
#include "agent/promql/testing/script_lines.h"

namespace bekci::promql::testing {
namespace {

base::Status AddExpectation(const std::string& kind, ExpectedText text, EvalCommand* eval) {
  if (kind == "ordered") {
    if (eval->is_range) return base::Invalid("expecting ordered results from a range query is not supported");
    eval->ordered = true;
  } else if (kind == "fail") {
    if (eval->fail) return base::Invalid("a second fail expectation");
    eval->fail = std::move(text);
  } else if (kind == "warn") {
    eval->warnings.push_back(std::move(text));
  } else if (kind == "info") {
    eval->infos.push_back(std::move(text));
  } else if (kind == "no_warn") {
    eval->no_warnings = true;
  } else {
    eval->no_infos = true;
  }
  if (eval->no_warnings && !eval->warnings.empty()) return base::Invalid("expects both warnings and none");
  if (eval->no_infos && !eval->infos.empty()) return base::Invalid("expects both infos and none");
  return base::OkStatus();
}

base::Status CheckPattern(const std::string& pattern) {
  const re2::RE2 expression(pattern, re2::RE2::Quiet);
  if (!expression.ok()) return base::Invalid("bad regular expression: " + expression.error());
  return base::OkStatus();
}

// Takes the line if it is an expect line.
base::Result<bool> TakeExpectLine(const std::string& line, EvalCommand* eval) {
  static const re2::RE2 kString(R"(expect\s+string\s+(.+))");
  static const re2::RE2 kGrid(R"(expect\s+range\s+vector\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+))");
  static const re2::RE2 kText(R"(expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?)");
  std::string a, b, c;
  if (re2::RE2::FullMatch(line, kString, &a)) {
    std::string_view rest = a;
    ASSIGN_OR_RETURN(eval->string, TakeQuoted(&rest));
    if (!rest.empty()) return base::Invalid("text after the expected string");
    return true;
  }
  if (re2::RE2::FullMatch(line, kGrid, &a, &b, &c)) {
    if (eval->is_range) return base::Invalid("a range query never gives a range vector");
    ExpectedGrid grid;
    ASSIGN_OR_RETURN(grid.start_ms, ScriptDuration(a));
    ASSIGN_OR_RETURN(grid.end_ms, ScriptDuration(b));
    ASSIGN_OR_RETURN(grid.step_ms, ScriptDuration(c));
    if (grid.step_ms <= 0 || grid.end_ms < grid.start_ms) return base::Invalid("bad range");
    eval->range_vector = grid;
    return true;
  }
  if (!re2::RE2::FullMatch(line, kText, &a, &b, &c)) return false;
  ExpectedText text{b == "regex", std::string(base::Trim(c))};
  if (text.is_pattern) RETURN_IF_ERROR(CheckPattern(text.text));
  RETURN_IF_ERROR(AddExpectation(a, std::move(text), eval));
  return true;
}

// The old spelling, which also ends the block.
base::Result<bool> TakeOldFailure(std::string_view line, EvalCommand* eval) {
  for (const std::string_view word : {"expected_fail_message", "expected_fail_regexp"}) {
    if (!line.starts_with(word)) continue;
    ExpectedText text{word == "expected_fail_regexp", std::string(base::Trim(line.substr(word.size())))};
    if (text.is_pattern) RETURN_IF_ERROR(CheckPattern(text.text));
    eval->fail = std::move(text);
    return true;
  }
  return false;
}

base::Status AddSeries(std::string_view line, size_t number, EvalCommand* eval) {
  ASSIGN_OR_RETURN(SeriesLine series, ParseSeriesLine(line));
  size_t limit = 1;
  if (eval->range_vector) {
    limit =
        static_cast<size_t>((eval->range_vector->end_ms - eval->range_vector->start_ms) / eval->range_vector->step_ms) +
        1;
  } else if (eval->is_range) {
    limit = static_cast<size_t>((eval->end_ms - eval->start_ms) / eval->step_ms) + 1;
  } else if (series.positions.size() != 1) {
    return base::Invalid("an instant query's series has exactly one value");
  }
  if (series.positions.size() > limit) return base::Invalid("more values than steps");
  std::erase_if(eval->series, [&](const ExpectedSeries& other) { return other.series.labels == series.labels; });
  eval->series.push_back({number, std::move(series)});
  return base::OkStatus();
}

}  // namespace

base::Status ReadExpectations(ScriptLines* lines, EvalCommand* eval) {
  for (; !lines->Current().empty(); lines->Advance()) {
    const std::string_view line = lines->Current();
    const auto located = [&](base::Status status) {
      return status.ok() ? std::move(status) : lines->Error(status.message());
    };
    base::Result<bool> old = TakeOldFailure(line, eval);
    if (!old.ok()) return located(std::move(old).status());
    if (*old) {
      lines->Advance();
      return base::OkStatus();
    }
    base::Result<bool> taken = TakeExpectLine(std::string(line), eval);
    if (!taken.ok()) return located(std::move(taken).status());
    if (*taken) continue;
    if (const auto number = NumberValue(line); number.ok()) {
      eval->scalar = *number;
      lines->Advance();
      return base::OkStatus();
    }
    RETURN_IF_ERROR(located(AddSeries(line, lines->number(), eval)));
  }
  return base::OkStatus();
}

}  // namespace bekci::promql::testing
