#include "agent/app/commands/feature_flag.h"

#include "agent/base/text.h"

namespace bekci::app::commands {

base::Result<promql::Features> FeaturesOf(const Arguments& arguments) {
  std::vector<std::string> names;
  for (const std::string& list : arguments.Values("enable-feature")) {
    for (const std::string_view name : base::Split(list, ',')) names.emplace_back(base::Trim(name));
  }
  return promql::FeaturesByName(names);
}

}  // namespace bekci::app::commands
