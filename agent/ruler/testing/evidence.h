// What an expression looked at: the series that its selectors found, with their samples around a time, for the reader
// of a test that failed.
//
// Thread rule: functions without state.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/promql/ast.h"
#include "agent/storage/storage.h"

namespace bekci::ruler::testing {

struct EvidenceOptions {
  int64_t at_ms = 0;     // when the expression was asked
  int64_t start_ms = 0;  // what times are told from
  int64_t lookback_ms = 5 * 60 * 1000;
  size_t max_selectors = 8;
  size_t max_series = 6;  // of each selector; more are counted
};

// One block a selector:
//   up{job="x"} at 5m
//     up{instance="a", job="x"}: 3m 1, 4m 1, 5m 0
// or why it found nothing. `query` is the text that `expr` was made of.
std::vector<std::string> SelectedSeries(storage::Queryable& store, const promql::Expr& expr, std::string_view query,
                                        const EvidenceOptions& options);

// Every series of the store with all its samples, for --debug.
std::string DumpStore(storage::Queryable& store, int64_t start_ms);

}  // namespace bekci::ruler::testing
