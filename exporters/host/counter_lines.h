// CounterLines: files whose lines are a word and counters: "rpc 4329785 0 4338291", as /proc/net/rpc/nfs and nfsd and
// the statistics of xfs are.
//
// A part describes the lines it knows as a table and its families as rows that point at line and column. Lines it does
// not know are skipped, as each kernel adds some. Lines that are missing count as zeros, as node_exporter shows them,
// and so do columns that an older kernel does not write yet.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"

namespace bekci::exporters::host {

// A line: its word, how many counters it has at least, and how many of them are wanted.
struct CounterLine {
  std::string_view word;
  size_t min_columns;
  size_t columns;
  // The first number says how many counters follow: "proc3 22 0 1061909262 ...". It must be right, and is no counter.
  bool counted = false;
};

class CounterLines {
 public:
  // `lines` outlives this.
  explicit CounterLines(std::span<const CounterLine> lines);

  // Reads `text`; `path` is for messages. Errors: corrupt for an empty file and for a damaged line that is known.
  base::Status Parse(const std::string& path, std::string_view text);

  // What the last Parse found, from 0.
  double At(size_t line, size_t column) const { return values_[begins_[line] + column]; }

 private:
  base::Status ParseLine(std::string_view numbers, const CounterLine& line, double* out) const;

  const std::span<const CounterLine> lines_;
  std::vector<size_t> begins_;  // of each line in values_
  std::vector<double> values_;
};

}  // namespace bekci::exporters::host
