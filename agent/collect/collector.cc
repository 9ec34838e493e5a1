#include "agent/collect/collector.h"

#include <algorithm>

namespace bekci::collect {

bool CollectContext::Wants(std::string_view part) const {
  return (only.empty() || std::ranges::find(only, part) != only.end()) &&
         std::ranges::find(exclude, part) == exclude.end();
}

}  // namespace bekci::collect
