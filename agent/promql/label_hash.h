// LabelHash: the number by which limit_ratio chooses among label sets.
//
// It is the one a Prometheus computes, so that the same series are chosen here and there: XXH64 without a seed over the
// labels in order, each as name then value, each text preceded by its size (a byte; 255 and three bytes, the lowest
// first, where it is 255 or more).
//
// Source: the XXH64 specification (github.com/Cyan4973/xxHash, doc/xxhash_spec.md); the layout of the bytes was found
// by comparing with a running Prometheus 3.5. Thread rule: functions without state.
#pragma once

#include <cstdint>
#include <string_view>

#include "agent/model/labels.h"

namespace bekci::promql {

uint64_t LabelHash(const model::Labels& labels);

uint64_t Xxh64(std::string_view bytes);

}  // namespace bekci::promql
