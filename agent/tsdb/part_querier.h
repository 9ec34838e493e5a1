// Parts: the head and each block are parts of the store; a part answers for itself, and the merge querier for all.
//
// A part's series appends to columns instead of clearing them, so that a series whose samples lie in many parts is
// read without copying. Thread rule: as storage::Querier.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/storage/storage.h"

namespace bekci::tsdb {

class PartSeries : public storage::Series {
 public:
  // Appends the samples in [min_ms, max_ms] to `out`, each column rising; what `out` held before is left alone.
  virtual base::Status ReadMore(int64_t min_ms, int64_t max_ms, storage::Samples* out) const = 0;

  base::Status Read(int64_t min_ms, int64_t max_ms, storage::Samples* out) const final {
    out->Clear();
    return ReadMore(min_ms, max_ms, out);
  }
};
using PartSeriesList = std::vector<std::unique_ptr<const PartSeries>>;

class PartQuerier : public storage::Querier {
 public:
  // As Select, always sorted by labels, unique.
  virtual base::Result<PartSeriesList> SelectParts(std::span<const model::Matcher> matchers,
                                                   const storage::SelectHints& hints) = 0;
  // The first time the part may have samples for: parts are read in this order.
  virtual int64_t min_ms() const = 0;

  base::Result<storage::SeriesList> Select(std::span<const model::Matcher> matchers,
                                           const storage::SelectHints& hints) final;
};

}  // namespace bekci::tsdb
