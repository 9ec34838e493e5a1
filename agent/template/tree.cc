#include "agent/template/tree.h"

#include <algorithm>

#include "agent/base/utf8.h"

namespace bekci::templates {
namespace {

void Append(const Pipeline& pipeline, std::string* out);

void AppendFields(const Operand& operand, std::string* out) {
  for (const std::string_view field : operand.fields) out->append(".").append(field);
}

void AppendWithParentheses(const Operand& operand, std::string* out);

void Append(const Operand& operand, std::string* out) {
  switch (operand.kind) {
    case OperandKind::kDot:
      *out += ".";
      return;
    case OperandKind::kNil:
      *out += "nil";
      return;
    case OperandKind::kPipeline:
      Append(*operand.pipeline, out);
      return;
    case OperandKind::kChain:
      AppendWithParentheses(*operand.base, out);
      AppendFields(operand, out);
      return;
    default:
      *out += operand.text;
      AppendFields(operand, out);
  }
}

// As part of something larger; alone, a pipeline is shown without its parentheses.
void AppendWithParentheses(const Operand& operand, std::string* out) {
  const bool parentheses = operand.kind == OperandKind::kPipeline;
  if (parentheses) *out += "(";
  Append(operand, out);
  if (parentheses) *out += ")";
}

void Append(const Command& command, std::string* out) {
  for (const Operand& operand : command.operands) {
    if (&operand != command.operands.data()) *out += " ";
    AppendWithParentheses(operand, out);
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
  if (statement.kind == StatementKind::kText) {
    *out += statement.text;
    return;
  }
  *out += "{{";
  if (statement.kind == StatementKind::kTemplate) {
    *out += "template " + base::Quoted(statement.text);
    if (statement.pipeline != nullptr) *out += " ";
  }
  if (statement.pipeline != nullptr) Append(*statement.pipeline, out);
  *out += "}}";
}

}  // namespace

bool IsEmpty(Block block) {
  return std::all_of(block.begin(), block.end(), [](const Statement& statement) {
    return statement.kind == StatementKind::kText &&
           statement.text.find_first_not_of(" \t\n\v\f\r") == std::string_view::npos;
  });
}

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
