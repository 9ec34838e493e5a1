// The option table of a relabeling rule, for every section that has a list of them, and rules from checked values.
//
// Thread rule: pure functions.
#pragma once

#include <vector>

#include "agent/config/option.h"
#include "agent/model/relabel.h"

namespace bekci::config {

inline constexpr Option kRelabelOptions[] = {
    {.key = "source_labels",
     .type = Type::kStrings,
     .help = "Labels whose values, joined by the separator, the rule looks at."},
    {.key = "separator", .default_text = ";", .help = "What stands between the values of the source labels."},
    {.key = "regex",
     .type = Type::kRegex,
     .default_text = "(.*)",
     .help =
         "What the joined value (or, for labelmap, labeldrop and labelkeep, a label's name) must match as a whole."},
    {.key = "modulus",
     .type = Type::kInteger,
     .default_text = "0",
     .help = "hashmod: the value's hash modulo this number is the result.",
     .min = 0,
     .max = 9e18},
    {.key = "target_label", .help = "The label that is set; $1 and ${name} stand for groups of the expression."},
    {.key = "replacement",
     .default_text = "$1",
     .help = "What it is set to; $1 and ${name} stand for groups of the expression. Nothing: the label goes."},
    {.key = "action",
     .default_text = "replace",
     .help = "replace, keep, drop, keepequal, dropequal, hashmod, labelmap, labeldrop, labelkeep, lowercase or "
             "uppercase."},
};

// `sections` were checked against kRelabelOptions. A rule that is wrong is left out and told in `errors`.
std::vector<model::RelabelRule> ReadRelabelRules(const std::vector<Values>& sections, Errors* errors);

}  // namespace bekci::config
