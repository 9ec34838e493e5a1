// For tests and fuzz targets: families held against each other, and what a format leaves of a family.
// Thread rule: pure functions.
#pragma once

#include <string>
#include <vector>

#include "agent/model/metric_family.h"
#include "agent/wire/exposition.h"

namespace bekci::wire {

// Empty when equal, else the first difference in words. Doubles are compared by their bits, except that `any_nan` lets
// every NaN equal every other, as text has only one.
std::string Difference(const std::vector<model::MetricFamily>& a, const std::vector<model::MetricFamily>& b,
                       bool any_nan);

// `families` as a reader of that format gets them back: what the format cannot say is gone, names are escaped, families
// that then share name and type are one.
std::vector<model::MetricFamily> AsReadBack(const std::vector<model::MetricFamily>& families, const Negotiated& as);

}  // namespace bekci::wire
