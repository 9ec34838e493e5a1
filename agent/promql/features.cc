#include "agent/promql/features.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "agent/base/text.h"

namespace bekci::promql {
namespace {

struct Row {
  std::string_view name;
  bool Features::*field;  // null: always on
};

constexpr Row kRows[] = {
    {"promql-experimental-functions", &Features::experimental_functions},
    {"promql-extended-range-selectors", &Features::extended_range_selectors},
    {"promql-binop-fill-modifiers", &Features::binop_fill_modifiers},
    {"promql-delayed-name-removal", &Features::delayed_name_removal},
    {"use-start-timestamps", &Features::use_start_timestamps},
    {"type-and-unit-labels", &Features::type_and_unit_labels},
    {"promql-at-modifier", nullptr},
    {"promql-negative-offset", nullptr},
    {"promql-duration-expr", nullptr},
};

constexpr auto kNames = [] {
  std::array<std::string_view, std::size(kRows)> names;
  for (size_t i = 0; i < std::size(kRows); ++i) names[i] = kRows[i].name;
  return names;
}();

}  // namespace

Features Features::All() {
  Features features;
  for (const Row& row : kRows) {
    if (row.field != nullptr) features.*row.field = true;
  }
  return features;
}

base::Result<Features> FeaturesByName(std::span<const std::string> names) {
  Features features;
  for (const std::string& name : names) {
    const Row* const row =
        std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return r.name == name; });
    if (row == std::end(kRows)) {
      std::string message = "unknown feature " + base::Quoted(name);
      if (const auto nearest = base::Nearest(name, kNames); !nearest.empty()) {
        message += ", did you mean " + base::Quoted(nearest) + "?";
      }
      return base::Invalid(std::move(message));
    }
    if (row->field != nullptr) features.*row->field = true;
  }
  return features;
}

std::span<const std::string_view> FeatureNames() {
  return kNames;
}

}  // namespace bekci::promql
