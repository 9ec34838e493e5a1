// MergeQuerier: one querier over several parts (the blocks and the head).
//
// Series with the same labels become one, whose Read concatenates what the parts hold. Where parts overlap in time, the
// samples are merged by time and of two at the same time the one from the later part stays.
// A part that fails costs its samples and becomes a warning; only when every part fails does the call fail.
// Thread rule: as storage::Querier.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/tsdb/part_querier.h"

namespace bekci::tsdb {

// `keep_alive` lives as long as the querier: what the parts point into.
std::unique_ptr<storage::Querier> MakeMergeQuerier(std::vector<std::unique_ptr<PartQuerier>> parts,
                                                   std::shared_ptr<const void> keep_alive = nullptr);

// Puts `out`'s columns in order after samples were appended behind the first `floats` and `histograms`: merges by time,
// drops doubles (of two at one time that behind stays; of a float and a histogram at one time the histogram).
void RestoreOrder(size_t floats, size_t histograms, storage::Samples* out);

}  // namespace bekci::tsdb
