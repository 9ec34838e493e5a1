#include "agent/wire/json_depth.h"

namespace bekci::wire {

bool JsonNestsAtMost(std::string_view text, int max_depth) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted) {
      depth += (c == '{' || c == '[') ? 1 : 0;
      depth -= (c == '}' || c == ']') ? 1 : 0;
      if (depth > max_depth) return false;
    }
  }
  return true;
}

}  // namespace bekci::wire
