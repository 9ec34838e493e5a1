// The half of an execution that evaluates pipelines: commands, variables, fields.
#include <algorithm>

#include "agent/template/execution.h"

namespace bekci::templates {

bool Execution::Evaluate(const Pipeline& pipeline, const Value& dot, Value* out) {
  at_ = Place(pipeline);
  ++depth_;
  if (!Step()) return false;
  Value value;
  const Value* final = nullptr;
  for (const Command& command : pipeline.commands) {
    Value next;
    if (!EvaluateCommand(command, dot, final, &next)) return false;
    value = next;
    final = &value;
  }
  --depth_;
  for (const Declaration& declaration : pipeline.declarations) {
    if (!Assign(declaration.slot, declaration.name, value)) return false;
  }
  *out = value;
  return true;
}

bool Execution::Assign(int32_t slot, std::string_view name, const Value& value) {
  if (slot == kUndefinedSlot) return Fail("undefined variable: " + std::string(name));
  frame_.slots[static_cast<size_t>(slot)] = value;
  return true;
}

bool Execution::EvaluateCommand(const Command& command, const Value& dot, const Value* final, Value* out) {
  const Operand& first = command.operands.front();
  if (!Step()) return false;
  switch (first.kind) {
    case OperandKind::kField:
      at_ = Place(first);
      return EvaluateFields(first, dot, command.operands, dot, final, out);
    case OperandKind::kChain:
      return EvaluateChain(first, command.operands, dot, final, out);
    case OperandKind::kFunction:
      at_ = Place(first);
      return CallFunction(*first.function, Place(command), command.operands, dot, final, {}, out);
    case OperandKind::kPipeline:
      return RefuseArguments(command.operands, final) && Evaluate(*first.pipeline, dot, out);
    case OperandKind::kVariable:
      return EvaluateVariable(first, command.operands, dot, final, out);
    default:
      break;
  }
  at_ = Place(first);
  if (!RefuseArguments(command.operands, final)) return false;
  if (first.kind == OperandKind::kNil) return Fail("nil is not a command");
  if (first.kind == OperandKind::kDot) {
    *out = dot;
    return true;
  }
  return EvaluateConstant(first, out);
}

bool Execution::RefuseArguments(Operands operands, const Value* final) {
  if (operands.size() <= 1 && final == nullptr) return true;
  return Fail("can't give argument to non-function " + OperandText(operands.front()));
}

bool Execution::EvaluateConstant(const Operand& operand, Value* out) {
  *out = operand.constant;
  return !out->nil() || Fail(std::string(operand.text) + " overflows int");
}

bool Execution::EvaluateVariable(const Operand& variable, Operands operands, const Value& dot, const Value* final,
                                 Value* out) {
  at_ = Place(variable);
  if (variable.slot == kUndefinedSlot) return Fail("undefined variable: " + std::string(variable.text));
  const Value& value = frame_.slots[static_cast<size_t>(variable.slot)];
  if (!variable.fields.empty()) return EvaluateFields(variable, value, operands, dot, final, out);
  *out = value;
  return RefuseArguments(operands, final);
}

bool Execution::EvaluateChain(const Operand& chain, Operands operands, const Value& dot, const Value* final,
                              Value* out) {
  at_ = Place(chain);
  Value base;
  if (!EvaluateArgument(*chain.base, nullptr, dot, &base)) return false;
  return EvaluateFields(chain, base, operands, dot, final, out);
}

// node.A.B.C: all but the last are plain, the last may be a method with the command's arguments.
bool Execution::EvaluateFields(const Operand& node, const Value& base, Operands operands, const Value& dot,
                               const Value* final, Value* out) {
  Value receiver = base;
  const auto fields = node.fields;
  for (size_t i = 0; i < fields.size(); ++i) {
    const bool last = i + 1 == fields.size();
    // A nil that came out of a map is not the nil that a template without an argument has for its dot.
    if (i > 0 && receiver.nil() && !base.nil()) {
      return Fail("nil pointer evaluating interface {}." + std::string(fields[i]));
    }
    Value next;
    if (!EvaluateField(node, fields[i], receiver, last ? operands : Operands(), dot, last ? final : nullptr, &next)) {
      return false;
    }
    receiver = next;
  }
  *out = receiver;
  found_nil_ = receiver.nil() && !base.nil();
  return true;
}

bool Execution::EvaluateField(const Operand& node, std::string_view name, const Value& receiver, Operands operands,
                              const Value& dot, const Value* final, Value* out) {
  if (receiver.nil()) {
    *out = {};
    return true;
  }
  for (const Function& method : receiver.type()->methods) {
    if (method.name == name) return CallFunction(method, Place(node), operands, dot, final, receiver, out);
  }
  return LookUp(name, receiver, operands.size() > 1 || final != nullptr, out);
}

bool Execution::LookUp(std::string_view name, const Value& receiver, bool has_arguments, Value* out) {
  const Type& type = *receiver.type();
  if (type.kind == Kind::kMap) {
    if (has_arguments) return Fail(std::string(name) + " is not a method but has arguments");
    *out = type.map->find(receiver, name).value_or(ZeroOf(type.element));
    return true;
  }
  const auto field =
      std::find_if(type.fields.begin(), type.fields.end(), [&](const Field& f) { return f.name == name; });
  if (field == type.fields.end()) {
    return Fail("can't evaluate field " + std::string(name) + " in type " + std::string(type.name));
  }
  if (has_arguments) return Fail(std::string(name) + " has arguments but cannot be invoked as function");
  *out = field->get(receiver);
  return true;
}

}  // namespace bekci::templates
