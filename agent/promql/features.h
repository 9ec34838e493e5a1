// Features: the parts of PromQL that are off unless asked for, under the names Prometheus gives them in
// --enable-feature. Parser and evaluator share one value per server or per query.
//
// Thread rule: values.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "agent/base/status.h"

namespace bekci::promql {

struct Features {
  // For the parser.
  bool experimental_functions = false;    // promql-experimental-functions
  bool extended_range_selectors = false;  // promql-extended-range-selectors: anchored, smoothed
  bool binop_fill_modifiers = false;      // promql-binop-fill-modifiers: fill, fill_left, fill_right
  // For the evaluator.
  bool delayed_name_removal = false;  // promql-delayed-name-removal
  bool use_start_timestamps = false;  // use-start-timestamps
  bool type_and_unit_labels = false;  // type-and-unit-labels

  static Features All();
};

// Switches on the features in `names`. Names of Prometheus that are always on here (promql-at-modifier,
// promql-negative-offset, promql-duration-expr) are accepted. Errors: invalid, naming the unknown one.
base::Result<Features> FeaturesByName(std::span<const std::string> names);
// All names that FeaturesByName takes, for help texts.
std::span<const std::string_view> FeatureNames();

}  // namespace bekci::promql
