#include "agent/app/store_view.h"

namespace bekci::app {

base::Result<std::unique_ptr<storage::Querier>> StoreView::OpenQuerier(int64_t min_ms, int64_t max_ms) {
  if (tsdb::Database* database = store_.database()) return database->OpenQuerier(min_ms, max_ms);
  return NotOpen();
}

std::unique_ptr<storage::Appender> StoreView::NewAppender() {
  return NewAppenderFor("");
}

std::unique_ptr<storage::Appender> StoreView::NewAppenderFor(std::string_view source) {
  tsdb::Database* const database = store_.database();
  BEKCI_CHECK(database != nullptr);
  return database->NewAppenderFor(source);
}

base::Result<std::vector<storage::ExemplarSeries>> StoreView::SelectExemplars(
    int64_t min_ms, int64_t max_ms, std::span<const std::vector<model::Matcher>> selectors) {
  if (tsdb::Database* database = store_.database()) return database->SelectExemplars(min_ms, max_ms, selectors);
  return NotOpen();
}

std::vector<std::pair<std::string, storage::MetricMetadata>> StoreView::Metadata(std::string_view metric,
                                                                                 size_t limit) const {
  const tsdb::Database* const database = store_.database();
  if (database == nullptr) return {};
  return database->Metadata(metric, limit);
}

}  // namespace bekci::app
