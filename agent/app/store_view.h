// StoreView: the store as queries and rules see it, from before it is open: until then it is unavailable and says why.
//
// Thread rule: any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/app/store.h"
#include "agent/storage/storage.h"

namespace bekci::app {

class StoreView : public storage::Queryable,
                  public storage::Appendable,
                  public storage::ExemplarQueryable,
                  public storage::MetadataQueryable {
 public:
  explicit StoreView(const Store& store) : store_(store) {}

  base::Result<std::unique_ptr<storage::Querier>> OpenQuerier(int64_t min_ms, int64_t max_ms) override;
  // Once it is open; before, it is a bug.
  std::unique_ptr<storage::Appender> NewAppender() override;
  std::unique_ptr<storage::Appender> NewAppenderFor(std::string_view source) override;
  base::Result<std::vector<storage::ExemplarSeries>> SelectExemplars(
      int64_t min_ms, int64_t max_ms, std::span<const std::vector<model::Matcher>> selectors) override;
  std::vector<std::pair<std::string, storage::MetricMetadata>> Metadata(std::string_view metric,
                                                                        size_t limit) const override;

 private:
  base::Status NotOpen() const { return base::Unavailable("the store is not open yet: " + store_.NotReady()); }
  const Store& store_;
};

}  // namespace bekci::app
