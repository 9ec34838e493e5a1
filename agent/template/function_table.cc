#include "agent/template/function_table.h"

#include "agent/base/text.h"

namespace bekci::templates {

const Function* FunctionTable::Find(std::string_view name) const {
  for (auto list = lists_.rbegin(); list != lists_.rend(); ++list) {
    for (const Function& function : *list) {
      if (function.name == name) return &function;
    }
  }
  return nullptr;
}

std::string_view FunctionTable::Nearest(std::string_view name) const {
  std::vector<std::string_view> names;
  for (const auto list : lists_) {
    for (const Function& function : list) names.push_back(function.name);
  }
  return base::Nearest(name, names);
}

}  // namespace bekci::templates
