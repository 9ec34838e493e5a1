#include "agent/ruler/slo/slo.h"

#include <algorithm>

namespace bekci::ruler::slo {

std::string_view SpecName(Dialect dialect) {
  switch (dialect) {
    case Dialect::kBekci:
      return "bekci/v1";
    case Dialect::kSloth:
      return "prometheus/v1";
    case Dialect::kSlothKubernetes:
      return "sloth.slok.dev/v1";
    case Dialect::kOpenSloAlpha:
      return "openslo/v1alpha";
    case Dialect::kOpenSlo:
      return "openslo/v1";
    case Dialect::kPyrra:
      return "pyrra.dev/v1alpha1";
  }
  return "";
}

void SetText(TextMap* map, std::string_view name, std::string_view value) {
  const auto at = std::lower_bound(map->begin(), map->end(), name,
                                   [](const auto& pair, std::string_view wanted) { return pair.first < wanted; });
  if (at != map->end() && at->first == name) {
    at->second = value;
  } else {
    map->emplace(at, name, value);
  }
}

TextMap Merged(const TextMap& base, const TextMap& over) {
  TextMap merged;
  for (const TextMap* map : {&base, &over}) {
    for (const auto& [name, value] : *map) SetText(&merged, name, value);
  }
  return merged;
}

}  // namespace bekci::ruler::slo
