#include "agent/ruler/template_labels.h"

#include <algorithm>
#include <utility>

#include "agent/base/text.h"

namespace bekci::ruler {
namespace {

bool IsNameCharacter(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool IsCondition(std::string_view action) {
  action = base::Trim(action);
  if (action.starts_with("-")) action = base::Trim(action.substr(1));
  return action.starts_with("if ") || action.starts_with("with ") || action.starts_with("else ");
}

// What follows `$labels`: .name, or "name" as the argument of index.
std::string NameBehind(std::string_view rest) {
  if (rest.starts_with(".")) {
    const auto end = std::find_if_not(rest.begin() + 1, rest.end(), IsNameCharacter);
    return {rest.begin() + 1, end};
  }
  rest = base::Trim(rest);
  if (!rest.starts_with("\"")) return {};
  const size_t end = rest.find('"', 1);
  return end == std::string_view::npos ? std::string() : std::string(rest.substr(1, end - 1));
}

// Whether .Labels at `at` are the alert's: of the root, not of something that a query gave.
bool IsOfRoot(std::string_view action, size_t at, bool dot_is_root) {
  if (at == 0) return dot_is_root;
  const char before = action[at - 1];
  if (before == '$') return true;
  return dot_is_root && (before == ' ' || before == '(' || before == '|' || before == '\t' || before == '\n');
}

void ScanAction(std::string_view action, bool dot_is_root, std::vector<TemplateLabel>* out) {
  constexpr std::string_view kVariable = "$labels";
  constexpr std::string_view kField = ".Labels";
  const bool asked = IsCondition(action);
  for (const std::string_view word : {kVariable, kField}) {
    for (size_t at = action.find(word); at != std::string_view::npos; at = action.find(word, at + 1)) {
      const std::string_view rest = action.substr(at + word.size());
      if (!rest.empty() && IsNameCharacter(rest.front())) continue;  // $labelset
      if (word == kField && !IsOfRoot(action, at, dot_is_root)) continue;
      std::string name = NameBehind(rest);
      if (!name.empty()) out->push_back({std::move(name), asked});
    }
  }
}

}  // namespace

std::vector<TemplateLabel> TemplateLabels(std::string_view text) {
  std::vector<TemplateLabel> labels;
  // Within range and with the dot is something else; where either is used, a bare dot says nothing sure.
  const bool dot_is_root =
      text.find("range ") == std::string_view::npos && text.find("with ") == std::string_view::npos;
  for (size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at)) {
    const size_t end = std::min(text.find("}}", at), text.size());
    ScanAction(text.substr(at + 2, end - std::min(end, at + 2)), dot_is_root, &labels);
    at = end;
  }
  return labels;
}

}  // namespace bekci::ruler
