#include "agent/ruler/slo/bucket_bounds.h"

#include <cmath>
#include <optional>

#include "agent/base/text.h"

namespace bekci::ruler::slo {

std::string BoundsQuery(const std::string& histogram) {
  return "group by (le) (" + histogram + ")";
}

std::string BucketProblem(double threshold, std::span<const std::string> bounds) {
  std::optional<double> below, above;
  for (const std::string& text : bounds) {
    const auto bound = base::ParseDouble(text);
    if (!bound.has_value() || std::isnan(*bound)) continue;
    if (*bound == threshold) return "";
    if (*bound < threshold && (!below.has_value() || *bound > *below)) below = bound;
    if (*bound > threshold && (!above.has_value() || *bound < *above)) above = bound;
  }
  if (!below.has_value() && !above.has_value()) return "";
  std::string problem = "no bucket has the bound " + base::DoubleText(threshold) + "; ";
  if (below.has_value()) problem += "there is " + base::DoubleText(*below) + " below";
  if (above.has_value() && std::isfinite(*above)) {
    problem += (below.has_value() ? " and " : "there is ") + base::DoubleText(*above) + " above";
  } else if (below.has_value()) {
    problem += ", none above";
  }
  return problem;
}

}  // namespace bekci::ruler::slo
