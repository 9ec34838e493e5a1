#include "agent/template/tree.h"

#include "agent/base/utf8.h"

namespace bekci::templates {
namespace {

void Append(const Pipeline& pipeline, std::string* out);

void AppendFields(const Operand& operand, std::string* out) {
  for (const std::string_view field : operand.fields) out->append(".").append(field);
}

void Append(const Operand& operand, std::string* out) {
  switch (operand.kind) {
    case OperandKind::kDot:
      *out += ".";
      return;
    case OperandKind::kNil:
      *out += "nil";
      return;
    case OperandKind::kPipeline:
      *out += "(";
      Append(*operand.pipeline, out);
      *out += ")";
      return;
    case OperandKind::kChain:
      Append(*operand.base, out);
      AppendFields(operand, out);
      return;
    default:
      *out += operand.text;
      AppendFields(operand, out);
  }
}

void Append(const Command& command, std::string* out) {
  for (const Operand& operand : command.operands) {
    if (&operand != command.operands.data()) *out += " ";
    Append(operand, out);
  }
}

void Append(const Pipeline& pipeline, std::string* out) {
  for (const Declaration& declaration : pipeline.declarations) {
    if (&declaration != pipeline.declarations.data()) *out += ", ";
    *out += declaration.name;
  }
  if (!pipeline.declarations.empty()) *out += pipeline.assigns ? " = " : " := ";
  for (const Command& command : pipeline.commands) {
    if (&command != pipeline.commands.data()) *out += " | ";
    Append(command, out);
  }
}

void Append(const Statement& statement, std::string* out) {
  *out += "{{";
  if (statement.kind == StatementKind::kTemplate) {
    *out += "template " + base::Quoted(statement.text);
    if (statement.pipeline != nullptr) *out += " ";
  }
  if (statement.pipeline != nullptr) Append(*statement.pipeline, out);
  *out += "}}";
}

}  // namespace

std::string Place::Text() const {
  std::string out;
  switch (kind_) {
    case Kind::kNone:
      break;
    case Kind::kOperand:
      Append(*static_cast<const Operand*>(node_), &out);
      break;
    case Kind::kCommand:
      Append(*static_cast<const Command*>(node_), &out);
      break;
    case Kind::kPipeline:
      Append(*static_cast<const Pipeline*>(node_), &out);
      break;
    case Kind::kStatement:
      Append(*static_cast<const Statement*>(node_), &out);
      break;
  }
  return out;
}

std::string OperandText(const Operand& operand) {
  return Place(operand).Text();
}

}  // namespace bekci::templates
