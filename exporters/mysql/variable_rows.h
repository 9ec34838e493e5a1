// The rows of SHOW GLOBAL STATUS and SHOW GLOBAL VARIABLES: a name and a value, the same names round after round.
//
// Thread rule: one thread at a time.
#pragma once

#include <string_view>

#include "agent/base/status.h"
#include "exporters/mysql/key_cache.h"
#include "exporters/mysql/result_table.h"

namespace bekci::exporters::mysql {

// Calls use(variable, text) for every row, where `variable` is what describe(name, &variable) made of the row's name
// when it was first seen. Error: limit, when the server names more than `known` can hold; the rows before were used.
template <typename Variable, typename Describe, typename Use>
base::Status ForEachVariable(const ResultTable& table, KeyCache<Variable>* known, Describe&& describe, Use&& use) {
  known->Rewind();
  for (size_t row = 0; row < table.rows(); ++row) {
    const std::string_view name = table.At(row, 0);
    const Variable* variable = known->Find(name, [&](Variable* made) { describe(name, made); });
    if (variable == nullptr) return base::LimitReached("the server has more variables than one can have");
    use(*variable, table.At(row, 1));
  }
  return base::OkStatus();
}

}  // namespace bekci::exporters::mysql
