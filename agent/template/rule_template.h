// RuleTemplate: one label or annotation value of an alerting rule, a Go text/template as Prometheus expands it.
//
// A rule is loaded once and its texts are expanded for every active alert at every evaluation, so a text is parsed when
// the rule is loaded and only walked afterwards; a text without any action costs nothing at all. The variables $labels,
// $value, $externalLabels and $externalURL are there without a declaration, `$` and the outermost dot are the data:
// {Labels, ExternalLabels, ExternalURL, Value}.
//
// Nothing a template says can hang the agent or eat its memory: nesting, steps, bytes of text, bytes of intermediate
// values and the number of queries are bounded, and each bound is an error with words (limits.h).
//
// Source: Go's text/template and fmt; Prometheus' template package (its functions, missingkey=zero).
// Thread rule: immutable, copies are cheap (shared); any thread may expand, also several at once.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/model/labels.h"
#include "agent/model/native_histogram.h"

namespace bekci::templates {

struct QueriedSample {
  model::Labels labels;
  double value = 0;
  std::shared_ptr<const model::NativeHistogram> histogram;  // not null: value unused
};

// What the function `query` asks: an instant query. Its errors become errors of the expansion.
using QueryFunction =
    std::function<base::Result<std::vector<QueriedSample>>(const std::string& expr, base::Timestamp at)>;

struct RuleTemplateEnvironment {
  QueryFunction query;  // empty: `query` fails and says so
  model::Labels external_labels;
  std::string external_url;
};

// Borrowed for the time of the call.
struct RuleTemplateData {
  const model::Labels& labels;  // of the sample, __name__ included
  double value = 0;
  std::shared_ptr<const model::NativeHistogram> histogram;  // not null: value unused
  base::Timestamp at;
};

class RuleTemplate {
 public:
  // Errors: invalid, "template: __alert_NAME:LINE:COL: ..."; LINE:COL count from 1 within `text` (bytes), without the
  // declarations of variables that Prometheus puts in front. limit: nested deeper than anything a person writes.
  static base::Result<RuleTemplate> Parse(const std::string& alert_name, std::string_view text);

  // No action in it: Expand gives one and the same text and costs nothing.
  bool constant() const;

  // The text or why not: "error executing template __alert_NAME: template: __alert_NAME:LINE:COL: executing ...". The
  // caller makes `<error expanding template: MESSAGE>` of it and counts it. Errors: invalid; limit; those of `query`.
  base::Result<std::string> Expand(const RuleTemplateData& data, const RuleTemplateEnvironment& environment) const;

  // Whether it uses $value or the .Value of the data. In a label that makes a new alert of every new value: for lint.
  bool UsesValue() const { return !ValueOffsets().empty(); }
  // Where in the text: byte offsets, rising.
  const std::vector<size_t>& ValueOffsets() const;

 private:
  struct Parsed;
  explicit RuleTemplate(std::shared_ptr<const Parsed> parsed) : parsed_(std::move(parsed)) {}

  std::shared_ptr<const Parsed> parsed_;
};

}  // namespace bekci::templates
