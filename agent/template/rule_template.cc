#include "agent/template/rule_template.h"

#include <array>

#include "agent/template/execution.h"
#include "agent/template/rule_functions.h"
#include "agent/template/sample_types.h"
#include "agent/template/template.h"
#include "agent/template/value_uses.h"

namespace bekci::templates {
namespace {

// In the order of their slots, 1 to 4. The names begin with a dollar because that is how a template writes them.
constexpr std::array<std::string_view, 4> kVariables = {"$labels", "$externalLabels", "$externalURL", "$value"};
constexpr int32_t kValueSlot = 4;

const FunctionTable& Functions() {
  static const FunctionTable kTable = {BuiltinFunctions(), TextFunctions(), NumberFunctions(), RuleFunctions()};
  return kTable;
}

bool IsConstant(const Template& parsed) {
  for (const Statement& statement : parsed.main().body) {
    if (statement.kind != StatementKind::kText) return false;
  }
  return true;
}

}  // namespace

struct RuleTemplate::Parsed {
  std::shared_ptr<const Template> tree;  // null: constant
  std::string text;                      // of a constant one
  std::vector<size_t> value_offsets;
};

base::Result<RuleTemplate> RuleTemplate::Parse(const std::string& alert_name, std::string_view text) {
  auto parsed = std::make_shared<Parsed>();
  if (text.find("{{") == std::string_view::npos) {
    parsed->text = text;
    return RuleTemplate(std::move(parsed));
  }
  const Template::Options options = {.functions = &Functions(), .variables = kVariables};
  ASSIGN_OR_RETURN(parsed->tree, Template::Parse("__alert_" + alert_name, text, options));
  parsed->value_offsets = UsesOf(*parsed->tree, kValueSlot, "Value");
  if (IsConstant(*parsed->tree)) {
    for (const Statement& statement : parsed->tree->main().body) parsed->text += statement.text;
    parsed->tree = nullptr;
  }
  return RuleTemplate(std::move(parsed));
}

bool RuleTemplate::constant() const {
  return parsed_->tree == nullptr;
}

const std::vector<size_t>& RuleTemplate::ValueOffsets() const {
  return parsed_->value_offsets;
}

base::Result<std::string> RuleTemplate::Expand(const RuleTemplateData& data,
                                               const RuleTemplateEnvironment& environment) const {
  if (constant()) return parsed_->text;
  const Limits limits;
  alignas(std::max_align_t) std::array<std::byte, 4096>
      first;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled as it is used
  Arena arena(limits.memory_bytes, first);
  RuleHost host = {.environment = environment, .at = data.at};
  const AlertData alert = {LabelMap(data.labels), LabelMap(environment.external_labels),
                           Value::Text(environment.external_url), SampleValue(data.value, data.histogram.get())};
  const std::array<Value, 5> variables = {Value::Object(&alert, kAlertDataType), alert.labels, alert.external_labels,
                                          alert.external_url, alert.value};
  std::string out;
  const Template& tree = *parsed_->tree;
  base::Status status = Execution(tree, limits, &arena, &host).Run(variables, &out);
  if (!status.ok()) return std::move(status).WithContext("error executing template " + tree.name());
  return out;
}

}  // namespace bekci::templates
