#include "agent/ruler/slo/window_text.h"

#include <algorithm>

#include "agent/base/duration.h"

namespace bekci::ruler::slo {
namespace {

struct Place {
  size_t begin = std::string_view::npos;
  size_t end = 0;
};

size_t SkipBlanks(std::string_view text, size_t at) {
  return std::min(text.find_first_not_of(" \t\n", at), text.size());
}

// The variable at `begin`, where "{{" stands; begin npos: something else stands there.
Place VariableAt(std::string_view query, size_t begin) {
  size_t at = begin + 2;
  if (query.substr(at).starts_with("- ")) ++at;
  at = SkipBlanks(query, at);
  constexpr std::string_view kName = ".window";
  if (!query.substr(at).starts_with(kName)) return {};
  at = SkipBlanks(query, at + kName.size());
  if (query.substr(at).starts_with("-}}")) ++at;
  if (!query.substr(at).starts_with("}}")) return {};
  return {begin, at + 2};
}

Place NextVariable(std::string_view query, size_t from) {
  for (size_t at = query.find("{{", from); at != std::string_view::npos; at = query.find("{{", at + 1)) {
    const Place place = VariableAt(query, at);
    if (place.begin != std::string_view::npos) return place;
  }
  return {};
}

}  // namespace

bool HasWindow(std::string_view query) {
  return NextVariable(query, 0).begin != std::string_view::npos;
}

std::string FillWindow(std::string_view query, std::string_view window) {
  std::string filled;
  size_t from = 0;
  for (Place place = NextVariable(query, 0); place.begin != std::string_view::npos; place = NextVariable(query, from)) {
    filled.append(query.substr(from, place.begin - from)).append(window);
    from = place.end;
  }
  return filled.append(query.substr(from));
}

std::string FillWindow(std::string_view query, base::Duration window) {
  return FillWindow(query, base::DurationText(window));
}

std::string WithoutComments(std::string_view query) {
  std::string kept;
  char quote = 0;
  for (size_t i = 0; i < query.size(); ++i) {
    const char c = query[i];
    if (quote == 0 && c == '#') {
      i = std::min(query.find('\n', i), query.size()) - 1;
      continue;
    }
    if (quote == 0 && (c == '"' || c == '\'' || c == '`')) {
      quote = c;
    } else if (quote != 0 && quote != '`' && c == '\\' && i + 1 < query.size()) {
      kept += c;
      kept += query[++i];
      continue;
    } else if (c == quote) {
      quote = 0;
    }
    kept += c;
  }
  return kept;
}

}  // namespace bekci::ruler::slo
