// The part of an execution that calls functions and methods: their arguments, made to fit what is asked for.
#include <array>
#include <cmath>

#include "agent/template/execution.h"

namespace bekci::templates {
namespace {

// What is passed without asking for memory.
constexpr size_t kFewArguments = 6;
constexpr size_t kBytesPerStep = 64;

bool CanBeNil(const Type& type) {
  return type.kind == Kind::kList || type.kind == Kind::kMap || type.pointer;
}

// What handling the arguments counts for, beyond the call itself: a loop over a large text is many steps.
uint64_t StepsOf(std::span<const Value> arguments) {
  uint64_t steps = 0;
  for (const Value& value : arguments) {
    if (value.kind() == Kind::kText || value.kind() == Kind::kList) steps += *Length(value) / kBytesPerStep;
  }
  return steps;
}

// A constant that is a whole number, however it is written.
std::optional<int64_t> Whole(const Operand& operand) {
  const Value& constant = operand.constant;
  if (constant.kind() == Kind::kInt) return constant.integer();
  if (constant.kind() != Kind::kFloat) return std::nullopt;
  const double number = constant.real();
  if (number != std::trunc(number) || std::fabs(number) >= 9.2e18) return std::nullopt;
  return static_cast<int64_t>(number);
}

}  // namespace

bool Execution::CallFunction(const Function& function, Place place, Operands operands, const Value& dot,
                             const Value* final, const Value& receiver, Value* out) {
  const Operands written = operands.empty() ? operands : operands.subspan(1);
  if (!CheckCount(function, written.size(), final != nullptr)) return false;
  if (function.results > 1) {
    return Fail("can't call method/function \"" + std::string(function.name) + "\" with " +
                std::to_string(function.results) + " results");
  }
  if (function.short_circuit != ShortCircuit::kNo) return ShortCircuited(function, written, dot, final, out);

  const size_t count = written.size() + (final != nullptr ? 1 : 0);
  std::array<Value, kFewArguments> few;
  const std::span<Value> arguments = count <= few.size() ? std::span(few).first(count) : arena_.NewArray<Value>(count);
  const auto type_of = [&](size_t i) {
    return i < function.parameters.size() ? function.parameters[i] : function.rest;
  };
  for (size_t i = 0; i < written.size(); ++i) {
    if (!EvaluateArgument(written[i], type_of(i), dot, &arguments[i])) return false;
  }
  if (final != nullptr) {
    arguments.back() = *final;
    if (!Validate(type_of(count - 1), &arguments.back())) return false;
  }
  steps_ += StepsOf(arguments);
  Call call = {arena_, limits_, host_, arguments, receiver, written.empty() ? nullptr : written[0].regex, &steps_};
  base::Result<Value> result = function.call(call);
  if (!result.ok()) {
    const std::string message = "error calling " + std::string(function.name) + ": " + result.status().message();
    return FailAt(place, message, result.status().code());
  }
  *out = result.value();
  return true;
}

bool Execution::CheckCount(const Function& function, size_t arguments, bool has_final) {
  const size_t given = arguments + (has_final ? 1 : 0);
  const size_t wanted = function.parameters.size();
  if (function.variadic ? given >= wanted : given == wanted) return true;
  const std::string got = " got " + std::to_string(function.variadic ? arguments : given);
  return Fail("wrong number of args for " + std::string(function.name) + ": want " +
              (function.variadic ? "at least " : "") + std::to_string(wanted) + got);
}

// and, or: the first argument that decides, or the last; those behind it are not evaluated.
bool Execution::ShortCircuited(const Function& function, Operands operands, const Value& dot, const Value* final,
                               Value* out) {
  for (const Operand& operand : operands) {
    if (!EvaluateArgument(operand, nullptr, dot, out)) return false;
    if (IsTrue(*out) == (function.short_circuit == ShortCircuit::kOr)) return true;
  }
  if (final != nullptr) *out = *final;
  return true;
}

bool Execution::EvaluateArgument(const Operand& operand, const Type* type, const Value& dot, Value* out) {
  at_ = Place(operand);
  if (!Step()) return false;
  switch (operand.kind) {
    case OperandKind::kDot:
      *out = dot;
      return Validate(type, out);
    case OperandKind::kNil:
      if (type != nullptr && !CanBeNil(*type)) return Fail("cannot assign nil to " + std::string(type->name));
      *out = ZeroOf(type);
      return true;
    case OperandKind::kField:
      return EvaluateFields(operand, dot, {}, dot, nullptr, out) && ValidateField(operand, type, out);
    case OperandKind::kVariable:
      return EvaluateVariable(operand, {}, dot, nullptr, out) && ValidateField(operand, type, out);
    case OperandKind::kPipeline:
      return Evaluate(*operand.pipeline, dot, out) && Validate(type, out);
    case OperandKind::kFunction:
      return CallFunction(*operand.function, Place(operand), {}, dot, nullptr, {}, out) && Validate(type, out);
    case OperandKind::kChain:
      return EvaluateChain(operand, {}, dot, nullptr, out) && ValidateField(operand, type, out);
    default:
      return type == nullptr ? EvaluateConstant(operand, out) : ConvertConstant(operand, *type, out);
  }
}

bool Execution::ConvertConstant(const Operand& operand, const Type& type, Value* out) {
  const bool number = operand.kind == OperandKind::kNumber;
  const std::optional<int64_t> whole = number ? Whole(operand) : std::nullopt;
  std::string_view expected;
  switch (type.kind) {
    case Kind::kBool:
      expected = operand.kind == OperandKind::kBool ? "" : "bool";
      *out = operand.constant;
      break;
    case Kind::kInt:
      expected = whole ? "" : "integer";
      *out = Value::Int(whole.value_or(0), type);
      break;
    case Kind::kUint:
      expected = whole && *whole >= 0 ? "" : "unsigned integer";
      *out = Value::Uint(static_cast<uint64_t>(whole.value_or(0)), type);
      break;
    case Kind::kFloat:
      expected = number && operand.constant.kind() != Kind::kComplex ? "" : "float";
      *out = operand.constant.kind() == Kind::kFloat ? operand.constant
                                                     : Value::Float(static_cast<double>(whole.value_or(0)));
      break;
    case Kind::kText:
      expected = operand.kind == OperandKind::kText ? "" : "string";
      *out = expected.empty() ? operand.constant.As(type) : Value();
      break;
    default:
      return Fail("can't handle " + std::string(operand.text) + " for arg of type " + std::string(type.name));
  }
  return expected.empty() || Fail("expected " + std::string(expected) + "; found " + std::string(operand.text));
}

// A nil that was found in the data is one of type interface {}, which fits nothing but any value; Go's own nil fits
// whatever can be nil.
bool Execution::ValidateField(const Operand& operand, const Type* type, Value* value) {
  if (type != nullptr && value->nil() && found_nil_ && !operand.fields.empty()) {
    return Fail("wrong type for value; expected " + std::string(type->name) + "; got interface {}");
  }
  return Validate(type, value);
}

bool Execution::Validate(const Type* type, Value* value) {
  if (type == nullptr || value->type() == type) return true;
  if (value->nil()) {
    if (!CanBeNil(*type)) return Fail("invalid value; expected " + std::string(type->name));
    *value = ZeroOf(type);
    return true;
  }
  if (value->type()->pointee == type) {
    *value = value->As(*type);
    return true;
  }
  return Fail("wrong type for value; expected " + std::string(type->name) + "; got " +
              std::string(value->type()->name));
}

}  // namespace bekci::templates
