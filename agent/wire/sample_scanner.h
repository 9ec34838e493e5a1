// SampleScanner: one pass over Prometheus text or OpenMetrics, token by token. No regular expressions, no copies except
// of strings that hold escapes.
//
// Where the dialects differ: text takes any run of blanks between tokens, label pairs without commas, a trailing comma,
// line feeds inside quotes and a last line without line end, all as Prometheus' own parser does. OpenMetrics takes
// single blanks only; a trailing comma is let pass there too. Backslashes before other characters than \ " n stand for
// themselves in both. Numbers are Go's without hexadecimal and underscores; one that no double can hold is an error.
// Source: Prometheus exposition formats; OpenMetrics 1.0.0; Prometheus' parsers where these are silent.
// Thread rule: one scanner per thread. Views in a SampleLine live until the next call that reads.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/model/labels.h"

namespace bekci::wire {

enum class Dialect : unsigned char { kText, kOpenMetrics };

struct SampleLine {
  using Pairs = std::vector<model::Labels::Pair>;
  std::string_view name;
  Pairs labels;  // sorted by name, names unique
  std::string_view value_text;
  double value = 0;
  std::optional<base::Timestamp> timestamp;

  bool has_exemplar = false;
  Pairs exemplar_labels;
  double exemplar_value = 0;
  std::optional<base::Timestamp> exemplar_timestamp;
};

// Seconds with a decimal point into milliseconds, rounded; exact for decimals of any length. nullopt: no number, or out
// of the range of int64 milliseconds.
std::optional<base::Timestamp> ParseSeconds(std::string_view text);

class SampleScanner {
 public:
  SampleScanner(std::string_view text, Dialect dialect, size_t max_label_bytes)
      : text_(text), dialect_(dialect), max_label_bytes_(max_label_bytes) {}

  bool AtEnd() const { return at_ >= text_.size(); }
  size_t line() const { return line_; }
  // The character at hand, '\n' at the end of the text.
  char Peek() const { return AtEnd() ? '\n' : text_[at_]; }
  // Steps over `word` if it stands here.
  bool Take(std::string_view word);
  void SkipBlanks();
  // The same as RestOfLine, but stays where it is.
  std::string_view LineAtHand() const { return text_.substr(at_, std::min(text_.find('\n', at_), text_.size()) - at_); }
  // The rest of the line; the line end is taken too.
  std::string_view RestOfLine();

  // A metric name as metadata has it, bare or quoted.
  base::Status ReadMetadataName(std::string_view* name);
  // A whole sample line with its line end.
  base::Status ReadSample(SampleLine* sample);
  // The same in two steps: name and labels; and what stands behind them.
  base::Status ReadSeries(SampleLine* sample);
  base::Status ReadRest(SampleLine* sample);
  // Name and labels as they stand in the text, after ReadSeries.
  std::string_view series_text() const { return series_text_; }

  // For readers who know what the line may be, from having read the page before. Each steps over what it names if
  // exactly that stands here, else it is false and nothing has moved.
  // A whole line, without its line end.
  bool TakeLine(std::string_view line);
  // The name and labels of a sample line, as series_text() gave them.
  bool TakeSeries(std::string_view series);
  // One blank, a value and the line end: what stands behind most series.
  bool TakeValueAndLineEnd(double* value);
  // To where the reader was before; `line` is line() from then.
  size_t at() const { return at_; }
  void Return(size_t at, size_t line) {
    at_ = at;
    line_ = line;
  }

  // "line 12: expected a value, found end of line".
  base::Status Expected(std::string_view what) const;
  base::Status Error(std::string_view message) const;

 private:
  void BeginLine();
  std::string_view BareName(bool colon_allowed);
  std::string_view Token();
  base::Status Quoted(std::string_view* value);
  std::string_view Unescaped(std::string_view raw);
  base::Status ReadLabels(SampleLine::Pairs* labels, std::string_view* metric_name);
  base::Status ReadLabel(SampleLine::Pairs* labels, std::string_view* metric_name);
  base::Status CheckUnique(SampleLine::Pairs* labels) const;
  base::Status ReadNumber(std::string_view what, std::string_view* token, double* value);
  base::Status ReadTimestamp(std::optional<base::Timestamp>* timestamp);
  base::Status ReadExemplar(SampleLine* sample);
  base::Status ReadLineEnd(std::string_view what);

  const std::string_view text_;
  const Dialect dialect_;
  const size_t max_label_bytes_;
  size_t at_ = 0;
  size_t line_ = 1;
  size_t label_bytes_ = 0;  // of this line
  std::string_view series_text_;
  std::string unescaped_;  // this line's strings that held escapes; reserved once, so views into it stay good
};

}  // namespace bekci::wire
