#include "agent/promql/value.h"

namespace bekci::promql {

ValueType TypeOf(const Value& value) {
  constexpr ValueType kTypes[] = {ValueType::kNone, ValueType::kScalar, ValueType::kVector, ValueType::kMatrix,
                                  ValueType::kString};
  return kTypes[value.index()];
}

}  // namespace bekci::promql
