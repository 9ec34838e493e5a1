// label_replace and label_join: new labels from old ones. Where two series come to have the same labels, the evaluator
// joins them or, where they meet in a step, fails.
//
// Regular expressions are RE2's, anchored at both ends; replacements are Go's templates: $1, ${1}, $name, ${name}, $$.
#include <re2/re2.h>

#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/text.h"
#include "agent/promql/function_kernels.h"

namespace bekci::promql {
namespace {

bool IsLabelName(std::string_view name) {
  return !name.empty() && base::IsValidUtf8(name);
}

bool IsWordByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || byte >= 0x80;
}

// A replacement, taken apart once: text, then the number of a group (-1: none), and so on.
class Template {
 public:
  Template(std::string_view text, const re2::RE2& expression) : names_(expression.NamedCapturingGroups()) {
    while (!text.empty()) {
      const size_t dollar = text.find('$');
      AddText(text.substr(0, dollar));
      if (dollar == std::string_view::npos) break;
      text.remove_prefix(dollar + 1);
      TakeReference(&text);
    }
  }

  std::string Expand(const std::vector<re2::StringPiece>& groups) const {
    std::string out;
    for (const Part& part : parts_) {
      out += part.text;
      if (part.group >= 0 && static_cast<size_t>(part.group) < groups.size()) {
        const re2::StringPiece& group = groups[static_cast<size_t>(part.group)];
        out.append(group.data() == nullptr ? "" : group.data(), group.size());
      }
    }
    return out;
  }

 private:
  struct Part {
    std::string text;
    int group = -1;
  };

  void AddText(std::string_view text) { parts_.push_back({std::string(text), -1}); }

  // What follows a $. What is no reference is text, as in Go.
  void TakeReference(std::string_view* text) {
    if (text->starts_with('$')) {
      AddText("$");
      text->remove_prefix(1);
      return;
    }
    const bool braces = text->starts_with('{');
    std::string_view rest = braces ? text->substr(1) : *text;
    size_t size = 0;
    while (size < rest.size() && IsWordByte(rest[size])) ++size;
    const std::string_view name = rest.substr(0, size);
    rest.remove_prefix(size);
    if (size == 0 || (braces && !rest.starts_with('}'))) {
      AddText("$");
      return;
    }
    if (braces) rest.remove_prefix(1);
    *text = rest;
    parts_.push_back({{}, GroupOf(name)});
  }

  int GroupOf(std::string_view name) const {
    int number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc() && end == name.data() + name.size()) return number;
    const auto found = names_.find(std::string(name));
    return found == names_.end() ? -1 : found->second;
  }

  const std::map<std::string, int>& names_;
  std::vector<Part> parts_;
};

// Sets a label; the metric name so set is there to stay.
void SetLabel(SeriesColumn* column, const std::string& name, const std::string& value) {
  column->labels = column->labels.With({{name, value}});
  if (name == model::kMetricName) column->drop_name = false;
}

}  // namespace

base::Status RunLabelReplace(const FunctionCall& call, Columns* out) {
  const std::string& target = call.string(1);
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_dot_nl(true);
  const re2::RE2 expression(call.string(4), options);
  if (!expression.ok()) return base::Invalid("invalid regular expression in label_replace(): " + call.string(4));
  if (!IsLabelName(target)) return base::Invalid("invalid destination label name in label_replace(): " + target);
  const Template replacement(call.string(2), expression);
  *out = std::move(call.columns(0));
  std::vector<re2::StringPiece> groups(static_cast<size_t>(expression.NumberOfCapturingGroups()) + 1);
  for (SeriesColumn& column : *out) {
    const std::string_view source = column.labels.Get(call.string(3));
    const re2::StringPiece text(source.data(), source.size());
    if (!expression.Match(text, 0, source.size(), re2::RE2::ANCHOR_BOTH, groups.data(),
                          static_cast<int>(groups.size()))) {
      continue;
    }
    SetLabel(&column, target, replacement.Expand(groups));
  }
  return base::OkStatus();
}

base::Status RunLabelJoin(const FunctionCall& call, Columns* out) {
  const std::string& target = call.string(1);
  if (!IsLabelName(target)) return base::Invalid("invalid destination label name in label_join(): " + target);
  for (size_t arg = 3; call.has(arg); ++arg) {
    if (!IsLabelName(call.string(arg))) {
      return base::Invalid("invalid source label name in label_join(): " + call.string(arg));
    }
  }
  *out = std::move(call.columns(0));
  for (SeriesColumn& column : *out) {
    std::string value;
    for (size_t arg = 3; call.has(arg); ++arg) {
      if (arg > 3) value += call.string(2);
      value += column.labels.Get(call.string(arg));
    }
    SetLabel(&column, target, value);
  }
  return base::OkStatus();
}

}  // namespace bekci::promql
