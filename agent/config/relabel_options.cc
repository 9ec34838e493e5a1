#include "agent/config/relabel_options.h"

namespace bekci::config {
namespace {

model::RelabelSpec SpecOf(const Values& values, model::RelabelAction action) {
  model::RelabelSpec spec;
  spec.action = action;
  spec.source_labels = values.Strings("source_labels");
  spec.separator = values.String("separator");
  spec.regex = values.String("regex");
  spec.modulus = static_cast<uint64_t>(values.Integer("modulus"));
  spec.target_label = values.String("target_label");
  spec.replacement = values.String("replacement");
  return spec;
}

}  // namespace

std::vector<model::RelabelRule> ReadRelabelRules(const std::vector<Values>& sections, Errors* errors) {
  std::vector<model::RelabelRule> rules;
  for (const Values& section : sections) {
    const auto action = model::ParseRelabelAction(section.String("action"));
    if (!action.ok()) {
      errors->Add(section.MarkOf("action"), action.status().message());
      continue;
    }
    auto rule = model::RelabelRule::Make(SpecOf(section, *action));
    if (rule.ok()) {
      rules.push_back(std::move(*rule));
    } else {
      errors->Add(section.mark(), rule.status().message());
    }
  }
  return rules;
}

}  // namespace bekci::config
