// Which labels a template takes from the sample: $labels.x, .Labels.x, index $labels "x".
//
// Thread rule: a function without state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bekci::ruler {

struct TemplateLabel {
  std::string name;
  bool asked = false;  // in the condition of an if or with: it may be missing
};

// In the order of the text. Only what stands in actions.
std::vector<TemplateLabel> TemplateLabels(std::string_view text);

}  // namespace bekci::ruler
