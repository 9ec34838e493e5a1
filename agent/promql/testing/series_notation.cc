#include "agent/promql/testing/series_notation.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <string>
#include <utility>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/model/histogram_arithmetic.h"
#include "agent/promql/testing/histogram_notation.h"
#include "agent/promql/testing/quoted.h"
#include "agent/storage/samples.h"

namespace bekci::promql::testing {
namespace {

constexpr std::string_view kBlanks = " \t";

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsNameCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':' || c == '.';
}

std::string_view TakeWhile(std::string_view* rest, bool (*accept)(char)) {
  size_t size = 0;
  while (size < rest->size() && accept((*rest)[size])) ++size;
  const std::string_view taken = rest->substr(0, size);
  rest->remove_prefix(size);
  return taken;
}

void SkipBlanks(std::string_view* rest) {
  rest->remove_prefix(std::min(rest->find_first_not_of(kBlanks), rest->size()));
}

base::Status Bad(std::string_view what, std::string_view where) {
  return base::Invalid(std::string(what) + " at " + base::Quoted(where.substr(0, 60)));
}

// A decimal number with underscores between digits, Inf or NaN, or a duration. Never takes the repeat sign `x`.
base::Result<double> TakeNumber(std::string_view* rest) {
  const std::string_view all = *rest;
  for (const std::string_view word : {"Infinity", "Inf", "NaN"}) {
    if (rest->size() >= word.size() && base::EqualsIgnoreCase(rest->substr(0, word.size()), word)) {
      rest->remove_prefix(word.size());
      return *base::ParseDouble(word == "NaN" ? "NaN" : "Inf");
    }
  }
  std::string digits(TakeWhile(rest, [](char c) { return IsDigit(c) || c == '.' || c == '_'; }));
  if (digits.empty()) return Bad("expected a number", all);
  if (rest->size() > 1 && (rest->front() == 'e' || rest->front() == 'E')) {
    const size_t sign = (*rest)[1] == '+' || (*rest)[1] == '-' ? 1 : 0;
    if (rest->size() > 1 + sign && IsDigit((*rest)[1 + sign])) {
      digits += rest->substr(0, 1 + sign);
      rest->remove_prefix(1 + sign);
      digits += TakeWhile(rest, IsDigit);
    }
  } else if (!rest->empty() && std::string_view("ywdhms").find(rest->front()) != std::string_view::npos) {
    digits += TakeWhile(
        rest, [](char c) { return IsDigit(c) || std::string_view("ywdhms").find(c) != std::string_view::npos; });
    ASSIGN_OR_RETURN(const base::Duration duration, base::ParseDuration(digits));
    return base::ToSeconds(duration);
  }
  std::erase(digits, '_');
  const auto number = base::ParseDouble(digits);
  if (!number) return Bad("bad number", all);
  return *number;
}

// Takes "xN"; nullopt when there is no x.
base::Result<std::optional<size_t>> TakeRepeat(std::string_view* rest) {
  if (rest->empty() || rest->front() != 'x') return std::optional<size_t>();
  rest->remove_prefix(1);
  const auto count = base::ParseUint(TakeWhile(rest, IsDigit));
  if (!count) return Bad("expected a number after x", *rest);
  if (*count > kMaxPositions) return base::LimitReached("a repeat of more than 10000000");
  return std::optional<size_t>(static_cast<size_t>(*count));
}

// The sign of a number or step, if there is one: '+', '-' or '\0'.
char TakeSign(std::string_view* rest) {
  if (rest->empty() || (rest->front() != '+' && rest->front() != '-')) return '\0';
  const char sign = rest->front();
  rest->remove_prefix(1);
  return sign;
}

class PositionReader {
 public:
  explicit PositionReader(std::string_view items) : rest_(items) {}

  base::Result<std::vector<Position>> Read() {
    for (SkipBlanks(&rest_); !rest_.empty(); SkipBlanks(&rest_)) {
      RETURN_IF_ERROR(ReadItem());
      if (!rest_.empty() && kBlanks.find(rest_.front()) == std::string_view::npos) {
        return Bad("expected white space", rest_);
      }
      if (out_.size() > kMaxPositions) return base::LimitReached("a series of more than 10000000 positions");
    }
    return std::move(out_);
  }

 private:
  base::Status ReadItem() {
    if (rest_.starts_with("{{")) return ReadHistograms();
    if (rest_.front() == '_') return ReadOmitted();
    if (rest_.starts_with("stale")) {
      rest_.remove_prefix(5);
      out_.push_back({.value = storage::StaleMarker()});
      return base::OkStatus();
    }
    return ReadValues();
  }

  base::Status ReadOmitted() {
    rest_.remove_prefix(1);
    ASSIGN_OR_RETURN(const std::optional<size_t> repeat, TakeRepeat(&rest_));
    out_.resize(out_.size() + repeat.value_or(1), Position{.omitted = true});
    return base::OkStatus();
  }

  base::Status ReadValues() {
    const char sign = TakeSign(&rest_);
    ASSIGN_OR_RETURN(double value, TakeNumber(&rest_));
    if (sign == '-') value = -value;
    const char step_sign = TakeSign(&rest_);
    double step = 0;
    if (step_sign != '\0') {
      ASSIGN_OR_RETURN(step, TakeNumber(&rest_));
      if (step_sign == '-') step = -step;
    }
    ASSIGN_OR_RETURN(const std::optional<size_t> repeat, TakeRepeat(&rest_));
    if (step_sign != '\0' && !repeat) return Bad("expected x and a number", rest_);
    out_.push_back({.value = value});
    for (size_t i = 0; i < repeat.value_or(0); ++i) {
      if (step_sign != '\0') value += step;
      out_.push_back({.value = value});
    }
    return base::OkStatus();
  }

  base::Status ReadHistograms() {
    ASSIGN_OR_RETURN(HistogramNotation first, TakeHistogram(&rest_));
    const char sign = TakeSign(&rest_);
    HistogramNotation step;
    if (sign != '\0') {
      ASSIGN_OR_RETURN(step, TakeHistogram(&rest_));
    }
    ASSIGN_OR_RETURN(const std::optional<size_t> repeat, TakeRepeat(&rest_));
    if (sign != '\0' && !repeat) return Bad("expected x and a number", rest_);
    auto current = std::make_shared<const model::NativeHistogram>(std::move(first.histogram));
    out_.push_back({.histogram = current, .has_hint = first.has_hint});
    for (size_t i = 0; i < repeat.value_or(0); ++i) {
      if (sign != '\0') {
        ASSIGN_OR_RETURN(current, Next(*current, step, sign));
      }
      out_.push_back({.histogram = current, .has_hint = sign == '\0' ? first.has_hint : step.has_hint});
    }
    return base::OkStatus();
  }

  // One step further; what is added may be finer than what it is added to, never coarser. Its hint is the sum's.
  static base::Result<HistogramPtr> Next(const model::NativeHistogram& current, const HistogramNotation& step,
                                         char sign) {
    if (step.histogram.schema < current.schema) {
      return base::Invalid("error combining histograms: cannot merge from schema " +
                           std::to_string(step.histogram.schema) + " to " + std::to_string(current.schema));
    }
    auto next = std::make_shared<model::NativeHistogram>(current);
    model::HistogramNotes ignored;
    if (!(sign == '+' ? model::Add : model::Subtract)(next.get(), step.histogram, &ignored)) {
      return base::Invalid("error combining histograms: one has custom buckets, the other has not");
    }
    next->reset_hint = step.histogram.reset_hint;
    return HistogramPtr(std::move(next));
  }

  std::string_view rest_;
  std::vector<Position> out_;
};

// A duration of one unit with an optional sign, or 0.
base::Result<int64_t> TakeOffset(std::string_view* rest) {
  const char sign = TakeSign(rest);
  const std::string_view all = *rest;
  const std::string_view digits = TakeWhile(rest, IsDigit);
  const std::string_view unit =
      TakeWhile(rest, [](char c) { return std::string_view("ywdhms").find(c) != std::string_view::npos; });
  const std::string_view text = all.substr(0, digits.size() + unit.size());
  if (base::ParseInt(text) == 0) return int64_t{0};
  ASSIGN_OR_RETURN(const base::Duration duration, base::ParseDuration(text));
  return sign == '-' ? -base::ToMillis(duration) : base::ToMillis(duration);
}

}  // namespace

base::Result<model::Labels> TakeSeriesLabels(std::string_view* rest) {
  std::string name(TakeWhile(rest, IsNameCharacter));
  std::vector<std::pair<std::string, std::string>> held;
  if (!rest->empty() && rest->front() == '{') {
    rest->remove_prefix(1);
    for (SkipBlanks(rest); !rest->starts_with("}"); SkipBlanks(rest)) {
      std::string label;
      const bool quoted = !rest->empty() && std::string_view("\"'`").find(rest->front()) != std::string_view::npos;
      if (quoted) {
        ASSIGN_OR_RETURN(label, TakeQuoted(rest));
      } else {
        label = TakeWhile(rest, IsNameCharacter);
        if (label.empty()) return Bad("expected a label", *rest);
      }
      SkipBlanks(rest);
      if (quoted && !rest->starts_with("=")) {
        if (!name.empty()) return Bad("a second metric name", *rest);
        name = std::move(label);
      } else {
        if (!rest->starts_with("=")) return Bad("expected =", *rest);
        rest->remove_prefix(1);
        SkipBlanks(rest);
        ASSIGN_OR_RETURN(std::string value, TakeQuoted(rest));
        held.emplace_back(std::move(label), std::move(value));
      }
      SkipBlanks(rest);
      if (rest->starts_with(",")) {
        rest->remove_prefix(1);
      } else if (!rest->starts_with("}")) {
        return Bad("expected , or }", *rest);
      }
    }
    rest->remove_prefix(1);
  } else if (name.empty()) {
    return Bad("expected a series", *rest);
  }
  std::vector<model::Labels::Pair> pairs(held.begin(), held.end());
  if (!name.empty()) pairs.emplace_back(model::kMetricName, name);
  return model::Labels::FromPairs(std::move(pairs));
}

base::Result<std::vector<Position>> ParsePositions(std::string_view items) {
  return PositionReader(items).Read();
}

base::Result<SeriesLine> ParseSeriesLine(std::string_view line) {
  SeriesLine series;
  std::string_view rest = base::Trim(line);
  ASSIGN_OR_RETURN(series.labels, TakeSeriesLabels(&rest));
  if (!rest.empty() && kBlanks.find(rest.front()) == std::string_view::npos) return Bad("expected white space", rest);
  ASSIGN_OR_RETURN(series.positions, ParsePositions(rest));
  return series;
}

base::Result<std::vector<std::optional<int64_t>>> ParseStartOffsets(std::string_view items) {
  std::vector<std::optional<int64_t>> out;
  std::string_view rest = items;
  for (SkipBlanks(&rest); !rest.empty(); SkipBlanks(&rest)) {
    const bool omitted = rest.front() == '_';
    int64_t offset = 0;
    int64_t step = 0;
    if (omitted) {
      rest.remove_prefix(1);
    } else {
      ASSIGN_OR_RETURN(offset, TakeOffset(&rest));
      if (!rest.empty() && (rest.front() == '+' || rest.front() == '-')) {
        ASSIGN_OR_RETURN(step, TakeOffset(&rest));
      }
    }
    ASSIGN_OR_RETURN(const std::optional<size_t> repeat, TakeRepeat(&rest));
    const size_t count = omitted ? repeat.value_or(1) : repeat.value_or(0) + 1;
    for (size_t i = 0; i < count; ++i, offset += step) {
      out.push_back(omitted ? std::nullopt : std::optional<int64_t>(offset));
    }
    if (!rest.empty() && kBlanks.find(rest.front()) == std::string_view::npos) return Bad("expected white space", rest);
    if (out.size() > kMaxPositions) return base::LimitReached("a series of more than 10000000 positions");
  }
  return out;
}

}  // namespace bekci::promql::testing
