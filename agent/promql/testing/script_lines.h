// The lines of a script, and the small things commands are made of. Internal to the script parser.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/promql/testing/script.h"

namespace bekci::promql::testing {

// Trimmed lines with comments emptied, and where the reader stands among them.
class ScriptLines {
 public:
  explicit ScriptLines(std::string_view text);

  bool AtEnd() const { return at_ >= lines_.size(); }
  // Empty at the end.
  std::string_view Current() const { return AtEnd() ? std::string_view() : lines_[at_]; }
  size_t number() const { return at_ + 1; }
  void Advance() { ++at_; }

  base::Status Error(std::string_view message) const;

 private:
  std::vector<std::string_view> lines_;
  size_t at_ = 0;
};

// 1h30m in ms. Errors: invalid.
base::Result<int64_t> ScriptDuration(std::string_view text);

// Reads what follows an eval line, up to the block's end.
base::Status ReadExpectations(ScriptLines* lines, EvalCommand* eval);

}  // namespace bekci::promql::testing
