#include "agent/collect/collector.h"

#include <algorithm>

namespace bekci::collect {

bool CollectContext::Wants(std::string_view part) const {
  return (only.empty() || std::ranges::find(only, part) != only.end()) &&
         std::ranges::find(exclude, part) == exclude.end();
}

const CollectorSpec* FindCollector(std::string_view name) {
  const auto all = AllCollectors();
  const auto found = std::ranges::find(all, name, [](const CollectorSpec* spec) { return spec->name; });
  return found == all.end() ? nullptr : *found;
}

}  // namespace bekci::collect
