// Apart from collector.cc, so that the test of one collector links without a table of all.
#include <algorithm>

#include "agent/collect/collector.h"
#include "agent/collect/scrape_collector.h"

namespace bekci::collect {

const CollectorSpec* FindCollector(std::string_view name) {
  if (name == kScrapeCollector) return &kScrapeSpec;
  const auto all = AllCollectors();
  const auto found = std::ranges::find(all, name, [](const CollectorSpec* spec) { return spec->name; });
  return found == all.end() ? nullptr : *found;
}

}  // namespace bekci::collect
