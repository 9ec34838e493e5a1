#include "agent/model/relabel.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <utility>

#include "agent/base/md5.h"
#include "agent/base/text.h"
#include "agent/model/case_mapping.h"

namespace bekci::model {
namespace {

constexpr std::array<std::string_view, 11> kActionNames = {"replace",   "keep",      "drop",     "keepequal",
                                                           "dropequal", "hashmod",   "labelmap", "labeldrop",
                                                           "labelkeep", "lowercase", "uppercase"};
// A hostile expression costs its rule, not the process.
constexpr int64_t kMaxRegexMemory = 16 << 20;
constexpr int kMaxGroups = 64;

bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// A reference in a template: the name behind '$', or empty; `*size` is what it takes of `text`, braces and all.
std::string_view ReferenceName(std::string_view text, size_t* size) {
  const bool braces = text.starts_with('{');
  const size_t begin = braces ? 1 : 0;
  size_t end = begin;
  while (end < text.size() && IsWordByte(text[end])) ++end;
  if (braces && (end == text.size() || text[end] != '}')) return {};
  *size = end + begin;
  return text.substr(begin, end - begin);
}

// Go's Regexp.Expand.
std::string Expand(std::string_view text, const re2::RE2& regex, std::span<const re2::StringPiece> groups) {
  std::string out;
  while (true) {
    const size_t dollar = text.find('$');
    out += text.substr(0, dollar);
    if (dollar == std::string_view::npos) return out;
    text.remove_prefix(dollar + 1);
    if (text.starts_with('$')) {
      out.push_back('$');
      text.remove_prefix(1);
      continue;
    }
    size_t size = 0;
    const std::string_view name = ReferenceName(text, &size);
    if (name.empty()) {
      out.push_back('$');
      continue;
    }
    text.remove_prefix(size);
    const bool is_number = name.find_first_not_of("0123456789") == std::string_view::npos &&
                           (name.size() == 1 || name.front() != '0') && name.size() < 9;
    size_t group = groups.size();
    if (is_number) {
      group = static_cast<size_t>(base::ParseUint(name).value_or(groups.size()));
    } else if (const auto named = regex.NamedCapturingGroups().find(std::string(name));
               named != regex.NamedCapturingGroups().end()) {
      group = static_cast<size_t>(named->second);
    }
    if (group < groups.size()) out.append(groups[group].data(), groups[group].size());
  }
}

bool HasReference(std::string_view text) {
  return text.find('$') != std::string_view::npos;
}

bool IsLabelName(std::string_view name) {
  return !name.empty() && base::IsValidUtf8(name);
}

bool NeedsTarget(RelabelAction action) {
  switch (action) {
    case RelabelAction::kReplace:
    case RelabelAction::kHashMod:
    case RelabelAction::kLowercase:
    case RelabelAction::kUppercase:
    case RelabelAction::kKeepEqual:
    case RelabelAction::kDropEqual:
      return true;
    default:
      return false;
  }
}

base::Status CheckSpec(const RelabelSpec& spec) {
  using Action = RelabelAction;
  static const RelabelSpec kDefault;
  const std::string name(RelabelActionName(spec.action));
  const Action action = spec.action;
  if (action == Action::kHashMod && spec.modulus == 0) {
    return base::Invalid("the action hashmod needs a modulus greater than 0");
  }
  if (NeedsTarget(action) && spec.target_label.empty()) {
    return base::Invalid("the action " + name + " needs a target_label");
  }
  if (NeedsTarget(action) && !IsLabelName(spec.target_label)) {
    return base::Invalid("target_label: " + base::Quoted(spec.target_label) + " is not a label name");
  }
  const bool equal = action == Action::kKeepEqual || action == Action::kDropEqual;
  const bool letters = action == Action::kLowercase || action == Action::kUppercase;
  if ((equal || letters) && spec.replacement != kDefault.replacement) {
    return base::Invalid("the action " + name + " takes no replacement");
  }
  if (action == Action::kLabelMap && !IsLabelName(spec.replacement)) {
    return base::Invalid("replacement: " + base::Quoted(spec.replacement) + " is not a label name");
  }
  if (equal && (spec.regex != kDefault.regex || spec.modulus != 0 || spec.separator != kDefault.separator)) {
    return base::Invalid("the action " + name + " takes source_labels and target_label and nothing else");
  }
  const bool names_only = action == Action::kLabelDrop || action == Action::kLabelKeep;
  if (names_only && (!spec.source_labels.empty() || !spec.target_label.empty() || spec.modulus != 0 ||
                     spec.separator != kDefault.separator || spec.replacement != kDefault.replacement)) {
    return base::Invalid("the action " + name + " takes a regex and nothing else");
  }
  return base::OkStatus();
}

}  // namespace

std::string_view RelabelActionName(RelabelAction action) {
  return kActionNames[static_cast<size_t>(action)];
}

base::Result<RelabelAction> ParseRelabelAction(std::string_view text) {
  const std::string lower = base::ToLower(text);
  const auto found = std::find(kActionNames.begin(), kActionNames.end(), lower);
  if (found != kActionNames.end()) return static_cast<RelabelAction>(found - kActionNames.begin());
  const std::string_view nearest = base::Nearest(lower, kActionNames);
  std::string message = "action: " + base::Quoted(text) + " is not one of ";
  for (const std::string_view name : kActionNames) {
    message += (name == kActionNames.front() ? "" : ", ") + std::string(name);
  }
  if (!nearest.empty()) message += ", did you mean " + base::Quoted(nearest) + "?";
  return base::Invalid(std::move(message));
}

struct RelabelRule::Compiled {
  RelabelSpec spec;
  std::unique_ptr<re2::RE2> regex;
  int groups = 1;
  bool has_references = false;  // in target_label or replacement

  bool Matches(std::string_view text) const {
    return regex->Match({text.data(), text.size()}, 0, text.size(), re2::RE2::ANCHOR_BOTH, nullptr, 0);
  }
  bool Matches(std::string_view text, std::array<re2::StringPiece, kMaxGroups>* found) const {
    return regex->Match({text.data(), text.size()}, 0, text.size(), re2::RE2::ANCHOR_BOTH, found->data(), groups);
  }
  std::string Expanded(std::string_view text, const std::array<re2::StringPiece, kMaxGroups>& found) const {
    return Expand(text, *regex, {found.data(), static_cast<size_t>(groups)});
  }
};

// A label set being rewritten: the labels given, less those changed, and the changed ones in the order of the changes.
// The order is what labelmap sees when two labels become one.
class RelabelRule::Editor {
 public:
  using Pair = std::pair<std::string, std::string>;

  explicit Editor(const Labels& labels) {
    for (const auto& [name, value] : labels) given_.emplace_back(name, value);
  }

  std::string_view Get(std::string_view name) const {
    for (const auto* list : {&set_, &given_}) {
      const auto found = Find(*list, name);
      if (found != list->end()) return found->second;
    }
    return {};
  }

  void Set(std::string name, std::string value) {
    if (value.empty()) {
      Remove(name);
      return;
    }
    std::erase_if(given_, [&](const Pair& pair) { return pair.first == name; });
    const auto found = std::find_if(set_.begin(), set_.end(), [&](const Pair& pair) { return pair.first == name; });
    if (found != set_.end()) {
      found->second = std::move(value);
    } else {
      set_.emplace_back(std::move(name), std::move(value));
    }
  }

  void Remove(std::string_view name) {
    for (auto* list : {&set_, &given_}) std::erase_if(*list, [&](const Pair& pair) { return pair.first == name; });
  }

  // A copy, since the rules change what they walk over.
  std::vector<Pair> All() const {
    std::vector<Pair> all = given_;
    all.insert(all.end(), set_.begin(), set_.end());
    return all;
  }

  Labels Finish() const {
    std::vector<Labels::Pair> pairs;
    pairs.reserve(given_.size() + set_.size());
    for (const auto* list : {&given_, &set_}) pairs.insert(pairs.end(), list->begin(), list->end());
    return Labels::FromPairs(std::move(pairs));
  }

 private:
  static std::vector<Pair>::const_iterator Find(const std::vector<Pair>& list, std::string_view name) {
    return std::find_if(list.begin(), list.end(), [name](const Pair& pair) { return pair.first == name; });
  }
  std::vector<Pair> given_;
  std::vector<Pair> set_;
};

base::Result<RelabelRule> RelabelRule::Make(RelabelSpec spec) {
  RETURN_IF_ERROR(CheckSpec(spec));
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_dot_nl(true);
  options.set_max_mem(kMaxRegexMemory);
  auto compiled = std::make_shared<Compiled>();
  compiled->regex = std::make_unique<re2::RE2>(spec.regex, options);
  if (!compiled->regex->ok()) {
    return base::Invalid("regex: " + base::Quoted(spec.regex.substr(0, 200)) +
                         " is not a regular expression: " + compiled->regex->error());
  }
  compiled->groups = compiled->regex->NumberOfCapturingGroups() + 1;
  if (compiled->groups > kMaxGroups) return base::Invalid("regex: more than 63 groups");
  compiled->has_references = HasReference(spec.target_label) || HasReference(spec.replacement);
  compiled->spec = std::move(spec);
  return RelabelRule(std::move(compiled));
}

RelabelRule::RelabelRule(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
RelabelRule::~RelabelRule() = default;
RelabelRule::RelabelRule(const RelabelRule&) = default;
RelabelRule& RelabelRule::operator=(const RelabelRule&) = default;
RelabelRule::RelabelRule(RelabelRule&&) noexcept = default;
RelabelRule& RelabelRule::operator=(RelabelRule&&) noexcept = default;

const RelabelSpec& RelabelRule::spec() const {
  return compiled_->spec;
}

void RelabelRule::Replace(const std::string& value, Editor& editor) const {
  const RelabelSpec& spec = compiled_->spec;
  if (!compiled_->has_references) {
    if (compiled_->Matches(value)) editor.Set(spec.target_label, spec.replacement);
    return;
  }
  std::array<re2::StringPiece, kMaxGroups> groups;
  if (!compiled_->Matches(value, &groups)) return;
  std::string target = compiled_->Expanded(spec.target_label, groups);
  if (!IsLabelName(target)) return;
  editor.Set(std::move(target), compiled_->Expanded(spec.replacement, groups));
}

bool RelabelRule::Apply(Editor& editor) const {
  const RelabelSpec& spec = compiled_->spec;
  std::string value;
  for (size_t i = 0; i < spec.source_labels.size(); ++i) {
    if (i > 0) value += spec.separator;
    value += editor.Get(spec.source_labels[i]);
  }
  switch (spec.action) {
    case RelabelAction::kReplace:
      Replace(value, editor);
      return true;
    case RelabelAction::kKeep:
      return compiled_->Matches(value);
    case RelabelAction::kDrop:
      return !compiled_->Matches(value);
    case RelabelAction::kKeepEqual:
      return editor.Get(spec.target_label) == value;
    case RelabelAction::kDropEqual:
      return editor.Get(spec.target_label) != value;
    case RelabelAction::kHashMod: {
      // The last eight bytes, most significant first.
      const auto digest = base::Md5(value);
      uint64_t number = 0;
      for (size_t i = 8; i < digest.size(); ++i) number = number << 8 | digest[i];
      editor.Set(spec.target_label, std::to_string(number % spec.modulus));
      return true;
    }
    case RelabelAction::kLowercase:
      editor.Set(spec.target_label, ToLowerUtf8(value));
      return true;
    case RelabelAction::kUppercase:
      editor.Set(spec.target_label, ToUpperUtf8(value));
      return true;
    case RelabelAction::kLabelMap:
      for (auto& [name, mapped] : editor.All()) {
        std::array<re2::StringPiece, kMaxGroups> groups;
        if (compiled_->Matches(name, &groups)) {
          editor.Set(compiled_->Expanded(spec.replacement, groups), std::move(mapped));
        }
      }
      return true;
    case RelabelAction::kLabelDrop:
    case RelabelAction::kLabelKeep:
      for (const auto& [name, ignored] : editor.All()) {
        if (compiled_->Matches(name) == (spec.action == RelabelAction::kLabelDrop)) editor.Remove(name);
      }
      return true;
  }
  return true;
}

std::optional<Labels> Relabel(const Labels& labels, std::span<const RelabelRule> rules) {
  if (rules.empty()) return labels;
  RelabelRule::Editor editor(labels);
  for (const RelabelRule& rule : rules) {
    if (!rule.Apply(editor)) return std::nullopt;
  }
  return editor.Finish();
}

}  // namespace bekci::model
