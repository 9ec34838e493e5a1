// BucketProblem: whether a latency objective's threshold is the bound of a bucket, and which bounds there are beside
// it.
//
// A classic histogram knows nothing between its bounds: with any other threshold nothing would be good, or nothing
// counted. Only the data tells, so it is asked of whoever has it.
// Thread rule: pure.
#pragma once

#include <span>
#include <string>

namespace bekci::ruler::slo {

// The query whose answer has the bounds as values of the label le.
std::string BoundsQuery(const std::string& histogram);

// `bounds` as texts of le. Empty: all is well, or there are no buckets to judge by.
std::string BucketProblem(double threshold, std::span<const std::string> bounds);

}  // namespace bekci::ruler::slo
