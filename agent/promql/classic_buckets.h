// Classic histograms: cumulative counts by upper bound (the label le), and what quantiles and fractions they give.
//
// Source: Prometheus 3.14, promql/quantile.go. Thread rule: values.
#pragma once

#include <vector>

namespace bekci::promql {

struct ClassicBucket {
  double bound = 0;
  double count = 0;  // of all observations up to the bound
};

// What had to be changed to make counts rise.
struct MonotonicityRepair {
  bool forced = false;  // beyond what rounding errors explain
  double lowest_bucket = 0;
  double highest_bucket = 0;
  double max_difference = 0;
};

// Buckets sorted by bound; equal bounds become one.
void JoinEqualBounds(std::vector<ClassicBucket>* buckets);
// Makes counts rise: a smaller count takes that of the bucket before.
MonotonicityRepair MakeMonotonic(std::vector<ClassicBucket>* buckets);

// Of buckets treated so; there must be one up to +Inf, and one more for quantiles, else NaN. Linear within buckets; the
// first begins at 0 if it ends above 0.
double ClassicQuantile(double q, const std::vector<ClassicBucket>& buckets);
// The part of the observations between lower and upper.
double ClassicFraction(double lower, double upper, const std::vector<ClassicBucket>& buckets);

}  // namespace bekci::promql
