// Relabeling: rules that rewrite, keep or drop a label set, as relabel_configs, metric_relabel_configs and their
// relatives have them.
//
// Rules are checked when they are made, with the conditions of Prometheus' configuration, so that applying them cannot
// fail. Regular expressions are RE2's, anchored at both ends, their dot matches a new line; replacements are Go's
// templates ($1, ${name}, $$; a group that is not there is empty).
//
// Source: Prometheus 3, model/relabel, and its configuration documentation. Where 2.42 differs: a replacement whose
// target label comes out invalid leaves everything as it was (2.42 removes the label of that literal name), and names
// may be any UTF-8.
// Thread rule: a rule is immutable; any thread may apply it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/model/labels.h"

namespace bekci::model {

enum class RelabelAction : unsigned char {
  kReplace,
  kKeep,
  kDrop,
  kKeepEqual,
  kDropEqual,
  kHashMod,
  kLabelMap,
  kLabelDrop,
  kLabelKeep,
  kLowercase,
  kUppercase,
};

// "replace", "keepequal", ...
std::string_view RelabelActionName(RelabelAction action);
// In any letter case. Errors: invalid, with "did you mean".
base::Result<RelabelAction> ParseRelabelAction(std::string_view text);

// A rule as it is written; the defaults are Prometheus'.
struct RelabelSpec {
  RelabelAction action = RelabelAction::kReplace;
  std::vector<std::string> source_labels = {};
  std::string separator = ";";
  std::string regex = "(.*)";
  uint64_t modulus = 0;
  std::string target_label = {};
  std::string replacement = "$1";
};

class RelabelRule {
 public:
  // Errors: invalid, with what the action needs or does not take.
  static base::Result<RelabelRule> Make(RelabelSpec spec);
  ~RelabelRule();
  RelabelRule(const RelabelRule&);
  RelabelRule& operator=(const RelabelRule&);
  RelabelRule(RelabelRule&&) noexcept;
  RelabelRule& operator=(RelabelRule&&) noexcept;

  const RelabelSpec& spec() const;

 private:
  struct Compiled;
  class Editor;
  friend std::optional<Labels> Relabel(const Labels& labels, std::span<const RelabelRule> rules);

  explicit RelabelRule(std::shared_ptr<const Compiled> compiled);
  bool Apply(Editor& editor) const;  // false: dropped
  void Replace(const std::string& value, Editor& editor) const;

  std::shared_ptr<const Compiled> compiled_;
};

// The labels after all rules, or nullopt when a rule dropped them.
std::optional<Labels> Relabel(const Labels& labels, std::span<const RelabelRule> rules);

}  // namespace bekci::model
