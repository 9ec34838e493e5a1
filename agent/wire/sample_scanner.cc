#include "agent/wire/sample_scanner.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "agent/base/text.h"

namespace bekci::wire {
namespace {

constexpr bool IsNameStart(char c, bool colon_allowed) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c == ':' && colon_allowed);
}
constexpr bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// The NaN of Prometheus' storage. Any other payload, above all the stale marker's, has a meaning that text cannot
// carry.
constexpr uint64_t kNormalNaN = 0x7ff8000000000001;

std::optional<double> ParseNumber(std::string_view token) {
  for (const char c : token) {
    if (c == '_' || c == 'x' || c == 'X' || c == 'p' || c == 'P') return std::nullopt;
  }
  const auto value = base::ParseDouble(token);
  if (!value) return std::nullopt;
  if (std::isnan(*value)) return std::bit_cast<double>(kNormalNaN);
  if (std::isinf(*value) && std::any_of(token.begin(), token.end(), IsDigit)) return std::nullopt;
  return value;
}

// A piece of what stands at hand, for messages.
std::string Found(std::string_view rest) {
  if (rest.empty()) return "end of text";
  if (rest.front() == '\n') return "end of line";
  constexpr size_t kShown = 24;
  return base::Quoted(rest.substr(0, std::min(rest.find('\n'), kShown)));
}

}  // namespace

std::optional<base::Timestamp> ParseSeconds(std::string_view text) {
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  const size_t point = std::min(digits.find('.'), digits.size());
  const auto whole = base::ParseInt(digits.substr(0, point));
  const std::string_view fraction = digits.substr(std::min(point + 1, digits.size()));
  if (whole && *whole >= 0 && !digits.starts_with('-') && std::all_of(fraction.begin(), fraction.end(), IsDigit)) {
    int64_t rest = 0;
    for (size_t i = 0; i < 3; ++i) rest = rest * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
    if (fraction.size() > 3 && fraction[3] >= '5') ++rest;
    // Computed below zero, where one more millisecond fits.
    int64_t ms;
    if (__builtin_mul_overflow(*whole, -1000, &ms) || __builtin_sub_overflow(ms, rest, &ms)) return std::nullopt;
    if (negative) return base::Timestamp{ms};
    if (ms == INT64_MIN) return std::nullopt;
    return base::Timestamp{-ms};
  }
  const auto seconds = ParseNumber(text);
  if (!seconds || !(std::abs(*seconds) < 9.2e15)) return std::nullopt;
  return base::Timestamp{std::llround(*seconds * 1000)};
}

base::Status SampleScanner::Error(std::string_view message) const {
  return base::Invalid("line " + std::to_string(line_) + ": " + std::string(message));
}

base::Status SampleScanner::Expected(std::string_view what) const {
  return Error("expected " + std::string(what) + ", found " + Found(text_.substr(std::min(at_, text_.size()))));
}

bool SampleScanner::Take(std::string_view word) {
  if (!text_.substr(at_).starts_with(word)) return false;
  at_ += word.size();
  return true;
}

void SampleScanner::SkipBlanks() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
}

std::string_view SampleScanner::RestOfLine() {
  const size_t end = std::min(text_.find('\n', at_), text_.size());
  const std::string_view rest = text_.substr(at_, end - at_);
  at_ = std::min(end + 1, text_.size());
  ++line_;
  return rest;
}

void SampleScanner::BeginLine() {
  unescaped_.clear();
  label_bytes_ = 0;
}

std::string_view SampleScanner::BareName(bool colon_allowed) {
  const size_t begin = at_;
  while (at_ < text_.size() && (IsNameStart(text_[at_], colon_allowed) || (at_ > begin && IsDigit(text_[at_])))) ++at_;
  return text_.substr(begin, at_ - begin);
}

std::string_view SampleScanner::Token() {
  const size_t begin = at_;
  while (at_ < text_.size() && text_[at_] != ' ' && text_[at_] != '\n' && text_[at_] != '\t') ++at_;
  return text_.substr(begin, at_ - begin);
}

// Stands on the opening quote.
base::Status SampleScanner::Quoted(std::string_view* value) {
  const size_t begin = ++at_;
  bool escapes = false;
  size_t line_feeds = 0;
  for (;; ++at_) {
    if (at_ >= text_.size()) return Error("a quoted string has no end");
    const char c = text_[at_];
    if (c == '"') break;
    if (c == '\n' && (++line_feeds, dialect_ == Dialect::kOpenMetrics)) return Error("a quoted string has no end");
    if (c == '\\') {
      escapes = true;
      if (++at_ >= text_.size() || text_[at_] == '\n') return Error("a quoted string has no end");
    }
  }
  std::string_view raw = text_.substr(begin, at_ - begin);
  ++at_;
  label_bytes_ += raw.size();
  if (label_bytes_ > max_label_bytes_) {
    return base::LimitReached("line " + std::to_string(line_) + ": labels of one series pass " +
                              std::to_string(max_label_bytes_) + " bytes");
  }
  if (!base::IsValidUtf8(raw)) return Error("quoted string " + base::Quoted(raw.substr(0, 64)) + " is not valid UTF-8");
  line_ += line_feeds;
  *value = escapes ? Unescaped(raw) : raw;
  return {};
}

std::string_view SampleScanner::Unescaped(std::string_view raw) {
  if (unescaped_.capacity() < max_label_bytes_) unescaped_.reserve(std::min(text_.size(), max_label_bytes_));
  const size_t begin = unescaped_.size();
  for (size_t i = 0; i < raw.size(); ++i) {
    const char next = raw[i] == '\\' && i + 1 < raw.size() ? raw[i + 1] : '\0';
    if (next == '\\' || next == '"' || next == 'n') {
      unescaped_.push_back(next == 'n' ? '\n' : next);
      ++i;
    } else {
      unescaped_.push_back(raw[i]);
    }
  }
  return std::string_view(unescaped_).substr(begin);
}

base::Status SampleScanner::ReadMetadataName(std::string_view* name) {
  BeginLine();
  if (Peek() != '"') {
    *name = BareName(true);
  } else {
    RETURN_IF_ERROR(Quoted(name));
  }
  return name->empty() ? Expected("a metric name") : base::OkStatus();
}

base::Status SampleScanner::ReadSample(SampleLine* sample) {
  RETURN_IF_ERROR(ReadSeries(sample));
  return ReadRest(sample);
}

base::Status SampleScanner::ReadSeries(SampleLine* sample) {
  BeginLine();
  sample->labels.clear();
  const size_t begin = at_;
  sample->name = BareName(true);
  if (sample->name.empty() && Peek() != '{') return Expected("a metric name");
  const size_t name_end = at_;
  if (dialect_ == Dialect::kText) SkipBlanks();
  if (!Take("{")) {
    at_ = name_end;
  } else {
    RETURN_IF_ERROR(ReadLabels(&sample->labels, &sample->name));
    if (sample->name.empty()) return Error("the series has no metric name");
  }
  series_text_ = text_.substr(begin, at_ - begin);
  return {};
}

base::Status SampleScanner::ReadRest(SampleLine* sample) {
  sample->timestamp.reset();
  sample->has_exemplar = false;
  const bool text = dialect_ == Dialect::kText;
  if (text) {
    SkipBlanks();
  } else if (!Take(" ")) {
    const bool braces = at_ > 0 && text_[at_ - 1] == '}';
    return Expected(braces ? "a blank before the value" : "\"{\" or a blank behind the metric name");
  }
  RETURN_IF_ERROR(ReadNumber("a value", &sample->value_text, &sample->value));
  return text ? ReadTimestamp(&sample->timestamp) : ReadExemplar(sample);
}

bool SampleScanner::TakeLine(std::string_view line) {
  const std::string_view rest = text_.substr(at_);
  if (!rest.starts_with(line) || (rest.size() > line.size() && rest[line.size()] != '\n')) return false;
  at_ = std::min(at_ + line.size() + 1, text_.size());
  ++line_;
  return true;
}

bool SampleScanner::TakeSeries(std::string_view series) {
  const std::string_view rest = text_.substr(at_);
  if (!rest.starts_with(series)) return false;
  size_t behind = series.size();
  while (behind < rest.size() && (rest[behind] == ' ' || rest[behind] == '\t')) ++behind;
  // A bare name may still have its labels behind blanks.
  if (behind == series.size() || (behind < rest.size() && rest[behind] == '{')) return false;
  at_ += series.size();
  return true;
}

bool SampleScanner::TakeValueAndLineEnd(double* value) {
  const std::string_view rest = text_.substr(at_);
  if (rest.size() < 2 || rest.front() != ' ') return false;
  size_t end = 1;
  while (end < rest.size() && rest[end] != '\n' && rest[end] != ' ' && rest[end] != '\t') ++end;
  if (end == rest.size() || rest[end] != '\n') return false;
  const auto number = ParseNumber(rest.substr(1, end - 1));
  if (!number) return false;
  *value = *number;
  at_ += end + 1;
  ++line_;
  return true;
}

base::Status SampleScanner::ReadLabels(SampleLine::Pairs* labels, std::string_view* metric_name) {
  const bool text = dialect_ == Dialect::kText;
  for (bool comma = true;;) {
    if (text) SkipBlanks();
    if (Take("}")) break;
    // Prometheus' text parser does not ask for the comma.
    if (!comma && !text) return Expected("\",\" or \"}\"");
    RETURN_IF_ERROR(ReadLabel(labels, metric_name));
    if (text) SkipBlanks();
    comma = Take(",");
  }
  return CheckUnique(labels);
}

// name="value", "quoted name"="value", or the quoted metric name alone (`metric_name` null: not allowed here).
base::Status SampleScanner::ReadLabel(SampleLine::Pairs* labels, std::string_view* metric_name) {
  const bool text = dialect_ == Dialect::kText;
  std::string_view name;
  const bool quoted = Peek() == '"';
  if (quoted) {
    RETURN_IF_ERROR(Quoted(&name));
  } else {
    name = BareName(false);
    label_bytes_ += name.size();
  }
  if (name.empty()) return Expected("a label name or \"}\"");
  if (text) SkipBlanks();
  if (quoted && metric_name && Peek() != '=') {
    if (!metric_name->empty()) return Error("a second metric name " + base::Quoted(name));
    *metric_name = name;
    return {};
  }
  if (!Take("=")) return Expected("\"=\" behind label name " + base::Quoted(name));
  if (text) SkipBlanks();
  if (Peek() != '"') return Expected("a quoted value of label " + base::Quoted(name));
  if (name == model::kMetricName) return Error("a label is called __name__");
  std::string_view value;
  RETURN_IF_ERROR(Quoted(&value));
  labels->emplace_back(name, value);
  return {};
}

// Sorting first keeps this linear enough for a series with a hundred thousand labels.
base::Status SampleScanner::CheckUnique(SampleLine::Pairs* labels) const {
  std::sort(labels->begin(), labels->end());
  for (size_t i = 1; i < labels->size(); ++i) {
    if ((*labels)[i].first == (*labels)[i - 1].first) {
      return Error("label " + base::Quoted((*labels)[i].first) + " stands twice");
    }
  }
  return {};
}

base::Status SampleScanner::ReadNumber(std::string_view what, std::string_view* token, double* value) {
  const size_t begin = at_;
  *token = Token();
  const auto number = ParseNumber(*token);
  if (!number) {
    at_ = begin;
    return Expected(what);
  }
  *value = *number;
  return {};
}

base::Status SampleScanner::ReadLineEnd(std::string_view what) {
  if (Peek() != '\n') return Expected(what);
  at_ = std::min(at_ + 1, text_.size());
  ++line_;
  return {};
}

// Text: milliseconds and the line end.
base::Status SampleScanner::ReadTimestamp(std::optional<base::Timestamp>* timestamp) {
  SkipBlanks();
  if (Peek() != '\n') {
    const size_t begin = at_;
    const auto ms = base::ParseInt(Token());
    if (!ms) {
      at_ = begin;
      return Expected("a timestamp in milliseconds or the end of the line");
    }
    *timestamp = base::Timestamp{*ms};
    SkipBlanks();
  }
  return ReadLineEnd("the end of the line");
}

// OpenMetrics: timestamp in seconds, exemplar, line end.
base::Status SampleScanner::ReadExemplar(SampleLine* sample) {
  const auto seconds = [this](std::optional<base::Timestamp>* timestamp) -> base::Status {
    const size_t begin = at_;
    *timestamp = ParseSeconds(Token());
    if (*timestamp) return {};
    at_ = begin;
    return Expected("a timestamp in seconds");
  };
  if (Peek() == ' ' && !text_.substr(at_).starts_with(" # ")) {
    ++at_;
    RETURN_IF_ERROR(seconds(&sample->timestamp));
  }
  if (Take(" # ")) {
    if (!Take("{")) return Expected("\"{\" of an exemplar");
    sample->has_exemplar = true;
    sample->exemplar_labels.clear();
    sample->exemplar_timestamp.reset();
    RETURN_IF_ERROR(ReadLabels(&sample->exemplar_labels, nullptr));
    if (!Take(" ")) return Expected("a blank before the exemplar's value");
    std::string_view token;
    RETURN_IF_ERROR(ReadNumber("an exemplar's value", &token, &sample->exemplar_value));
    if (Take(" ")) RETURN_IF_ERROR(seconds(&sample->exemplar_timestamp));
  }
  if (AtEnd()) return Expected("a line end");
  return ReadLineEnd("a timestamp, an exemplar or the end of the line");
}

}  // namespace bekci::wire
