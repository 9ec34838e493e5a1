#include "agent/template/value_uses.h"

#include <algorithm>
#include <utility>

namespace bekci::templates {
namespace {

class Finder {
 public:
  Finder(const Template& parsed, int32_t slot, std::string_view name) : parsed_(parsed), slot_(slot), name_(name) {}

  std::vector<size_t> Run() {
    Visit(parsed_.main(), true);
    std::sort(found_.begin(), found_.end());
    found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    return std::move(found_);
  }

 private:
  // A template, called with the data for its dot.
  void Visit(const Definition& definition, bool main) {
    if (std::find(visited_.begin(), visited_.end(), &definition) != visited_.end()) return;
    visited_.push_back(&definition);
    const bool outer = std::exchange(main_, main);
    Visit(definition.body, true);
    main_ = outer;
  }

  void Visit(Block block, bool dot_is_data) {
    for (const Statement& statement : block) {
      if (statement.pipeline != nullptr) Visit(*statement.pipeline, dot_is_data);
      const bool moves_dot = statement.kind == StatementKind::kRange || statement.kind == StatementKind::kWith;
      Visit(statement.body, dot_is_data && !moves_dot);
      Visit(statement.otherwise, dot_is_data);
      if (statement.kind == StatementKind::kTemplate) VisitCall(statement, dot_is_data);
    }
  }

  void VisitCall(const Statement& call, bool dot_is_data) {
    if (call.pipeline == nullptr || call.pipeline->commands.size() != 1) return;
    const auto operands = call.pipeline->commands.front().operands;
    if (operands.size() != 1) return;
    const Operand& operand = operands.front();
    const bool is_dot = operand.kind == OperandKind::kDot && dot_is_data;
    const bool is_root = operand.kind == OperandKind::kVariable && operand.slot == 0 && operand.fields.empty();
    const Template::Found found = parsed_.Find(call.text);
    if ((is_dot || is_root) && found.owner == &parsed_) Visit(*found.definition, false);
  }

  void Visit(const Pipeline& pipeline, bool dot_is_data) {
    for (const Command& command : pipeline.commands) {
      for (const Operand& operand : command.operands) Visit(operand, dot_is_data);
    }
  }

  void Visit(const Operand& operand, bool dot_is_data) {
    if (operand.pipeline != nullptr) Visit(*operand.pipeline, dot_is_data);
    if (operand.base != nullptr) Visit(*operand.base, dot_is_data);
    const bool first_field = !operand.fields.empty() && operand.fields.front() == name_;
    const bool of_dot = operand.kind == OperandKind::kField && dot_is_data && first_field;
    const bool variable = operand.kind == OperandKind::kVariable;
    const bool of_root = variable && operand.slot == 0 && first_field;
    const bool itself = variable && main_ && operand.slot == slot_;
    if (of_dot || of_root || itself) found_.push_back(operand.position);
  }

  const Template& parsed_;
  int32_t slot_;
  std::string_view name_;
  bool main_ = true;
  std::vector<const Definition*> visited_;
  std::vector<size_t> found_;
};

}  // namespace

std::vector<size_t> UsesOf(const Template& parsed, int32_t slot, std::string_view name) {
  return Finder(parsed, slot, name).Run();
}

}  // namespace bekci::templates
