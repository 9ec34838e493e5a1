// What a rule file says, as text: groups and rules before anything is parsed, expanded or run.
//
// This is the one form in which rules travel between those who write them (rule files, SLO specifications) and those
// who check, print or run them. An expression stays text here, so that what generates rules needs no query language.
//
// Source: Prometheus' rule files.
// Thread rule: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/config/node.h"

namespace bekci::ruler {

// Names and values, sorted by name, each name once.
using TextMap = std::vector<std::pair<std::string, std::string>>;

struct RuleText {
  bool alerting = false;
  std::string name;  // `alert` or `record`
  std::string expr;
  base::Duration hold{};             // `for`; alerts only
  base::Duration keep_firing_for{};  // alerts only
  TextMap labels;                    // without the group's
  TextMap annotations;               // alerts only
  config::Mark mark;                 // where the rule begins; line 0: made, not written
  config::Mark expr_mark;            // where the expression begins
};

struct GroupText {
  std::string file;  // as named in the configuration
  std::string name;
  std::optional<base::Duration> interval;      // none: global evaluation_interval
  std::optional<base::Duration> query_offset;  // none: global rule_query_offset
  int64_t limit = 0;                           // 0: none
  TextMap labels;                              // for every rule; the rule's own win
  std::vector<RuleText> rules;
  config::Mark mark;
};

}  // namespace bekci::ruler
