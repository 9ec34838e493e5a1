#include "agent/notify/alert_order.h"

#include <string_view>

namespace bekci::notify {

bool LabelSetBefore(const model::Labels& a, const model::Labels& b) {
  const size_t a_count = a.count();
  const size_t b_count = b.count();
  if (a_count != b_count) return a_count < b_count;
  auto at_a = a.begin();
  auto at_b = b.begin();
  for (; at_a != a.end() && at_b != b.end(); ++at_a, ++at_b) {
    const auto [a_name, a_value] = *at_a;
    const auto [b_name, b_value] = *at_b;
    if (a_name != b_name) return a_name > b_name;  // the smaller name is missing on the other side
    if (a_value != b_value) return a_value < b_value;
  }
  return false;
}

bool AlertBefore(const model::Labels& a, const model::Labels& b) {
  for (const std::string_view name : {"job", "instance"}) {
    const std::string_view a_value = a.Get(name);
    const std::string_view b_value = b.Get(name);
    if (a_value == b_value) continue;
    if (a_value.empty() || b_value.empty()) return b_value.empty();
    return a_value < b_value;
  }
  return LabelSetBefore(a, b);
}

}  // namespace bekci::notify
