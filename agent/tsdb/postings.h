// Which series meet a list of matchers: set work on lists of series references.
//
// A matcher that an absent label does not meet gives a list, the union of the lists of the values it matches; one that
// it does meet is turned around: the series whose values it does *not* match are taken away. Values are looked up where
// the matcher knows them (set()), else walked from its prefix on. The smallest list is decoded, the others are searched
// in place. The idea is Prometheus' PostingsForMatchers. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "agent/base/status.h"
#include "agent/model/matcher.h"
#include "agent/tsdb/index_reader.h"

namespace bekci::tsdb {

// Ascending. No matchers: all series. Errors: corrupt.
base::Result<std::vector<uint32_t>> SelectPostings(const IndexReader& index, std::span<const model::Matcher> matchers);

// Of `refs`, ascending: keep what is in `list`; drop it; whether anything is in both.
void Intersect(std::vector<uint32_t>* refs, PostingsView list);
void Subtract(std::vector<uint32_t>* refs, PostingsView list);
bool Intersects(const std::vector<uint32_t>& refs, PostingsView list);

}  // namespace bekci::tsdb
