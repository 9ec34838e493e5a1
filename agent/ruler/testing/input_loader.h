// InputLoader: puts a test's input series into a store, as far as the time of each evaluation: rules must not see what
// has not happened yet. Internal to the runner of tests.
//
// Thread rule: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "agent/base/status.h"
#include "agent/promql/testing/series_notation.h"
#include "agent/ruler/testing/test_file.h"
#include "agent/storage/storage.h"

namespace bekci::ruler::testing {

class InputLoader {
 public:
  explicit InputLoader(const TestCase& test);

  // Appends what lies at or before `until_ms` and was not appended yet. Errors: as the store's, naming the series; a
  // rule may have written the series, too.
  base::Status LoadUntil(int64_t until_ms, storage::Appendable& store);
  // Samples so far.
  size_t loaded() const { return loaded_; }

 private:
  struct Series {
    const model::Labels* labels = nullptr;
    std::vector<promql::testing::Position> positions;
    storage::SeriesRef ref = 0;
  };

  base::Status Append(Series* series, size_t position, storage::Appender& appender);

  const int64_t start_ms_;
  const int64_t interval_ms_;
  std::vector<Series> series_;
  size_t next_ = 0;     // position
  size_t longest_ = 0;  // of all series, in positions
  size_t loaded_ = 0;
};

}  // namespace bekci::ruler::testing
