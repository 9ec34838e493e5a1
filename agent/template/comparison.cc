#include "agent/template/comparison.h"

#include "agent/template/go_format.h"

namespace bekci::templates {
namespace {

constexpr std::string_view kIncompatible = "incompatible types for comparison";
constexpr std::string_view kBadType = "invalid type for comparison";
constexpr std::string_view kMissing = "missing argument for comparison";

bool IsBasic(Kind kind) {
  return kind == Kind::kBool || kind == Kind::kInt || kind == Kind::kUint || kind == Kind::kFloat ||
         kind == Kind::kComplex || kind == Kind::kText;
}

bool IsInteger(Kind kind) {
  return kind == Kind::kInt || kind == Kind::kUint;
}

// -1, 0, 1 of two integers of any signs.
int CompareIntegers(const Value& a, const Value& b) {
  const bool a_negative = a.kind() == Kind::kInt && a.integer() < 0;
  const bool b_negative = b.kind() == Kind::kInt && b.integer() < 0;
  if (a_negative != b_negative) return a_negative ? -1 : 1;
  const uint64_t left = a.kind() == Kind::kInt ? static_cast<uint64_t>(a.integer()) : a.natural();
  const uint64_t right = b.kind() == Kind::kInt ? static_cast<uint64_t>(b.integer()) : b.natural();
  return left < right ? -1 : left > right ? 1 : 0;
}

// Two values of one basic kind.
bool SameBasic(const Value& a, const Value& b) {
  switch (a.kind()) {
    case Kind::kBool:
      return a.boolean() == b.boolean();
    case Kind::kFloat:
      return a.real() == b.real();
    case Kind::kComplex:
      return a.real() == b.real() && a.imaginary() == b.imaginary();
    case Kind::kText:
      return a.text() == b.text();
    default:
      return CompareIntegers(a, b) == 0;
  }
}

bool IsComparable(const Value& value) {
  return value.nil() || value.kind() == Kind::kObject || IsBasic(value.kind());
}

base::Status NotComparable(const Value& value) {
  return base::Invalid("non-comparable type " + ValueText(value) + ": " + std::string(value.type()->name));
}

base::Result<bool> SameObject(const Value& a, const Value& b) {
  if (a.nil() || b.nil()) return a.nil() == b.nil();
  for (const Value* value : {&a, &b}) {
    if (!IsComparable(*value)) {
      return NotComparable(*value);
    }
  }
  if (a.type() != b.type()) return false;
  return a.type()->equal != nullptr ? a.type()->equal(a, b) : a.address() == b.address();
}

base::Result<bool> Same(const Value& a, const Value& b) {
  if (IsInteger(a.kind()) && IsInteger(b.kind())) return CompareIntegers(a, b) == 0;
  const bool a_basic = IsBasic(a.kind());
  const bool b_basic = IsBasic(b.kind());
  if (!a_basic && !b_basic) return SameObject(a, b);
  if (a.kind() == b.kind()) return SameBasic(a, b);
  if (a.nil() || b.nil()) return false;
  return base::Invalid(std::string(kIncompatible));
}

base::Result<bool> Less(const Value& a, const Value& b) {
  if (!IsBasic(a.kind()) || !IsBasic(b.kind())) return base::Invalid(std::string(kBadType));
  if (IsInteger(a.kind()) && IsInteger(b.kind())) return CompareIntegers(a, b) < 0;
  if (a.kind() != b.kind()) return base::Invalid(std::string(kIncompatible));
  if (a.kind() == Kind::kFloat) return a.real() < b.real();
  if (a.kind() == Kind::kText) return a.text() < b.text();
  return base::Invalid(std::string(kBadType));
}

base::Result<bool> LessOrSame(const Value& a, const Value& b) {
  ASSIGN_OR_RETURN(const bool less, Less(a, b));
  return less ? base::Result<bool>(true) : Same(a, b);
}

base::Result<Value> Answer(base::Result<bool> truth, bool negated) {
  if (!truth.ok()) return std::move(truth).status();
  return Value::Bool(*truth != negated);
}

}  // namespace

base::Result<Value> CallEq(Call& call) {
  const Value& first = call[0];
  if (call.arguments.size() < 2) return base::Invalid(std::string(kMissing));
  for (const Value& other : call.arguments.subspan(1)) {
    ASSIGN_OR_RETURN(const bool same, Same(first, other));
    if (same) return Value::Bool(true);
  }
  return Value::Bool(false);
}

base::Result<Value> CallNe(Call& call) {
  auto same = CallEq(call);
  if (!same.ok()) return same;
  return Value::Bool(!same->boolean());
}
base::Result<Value> CallLt(Call& call) {
  return Answer(Less(call[0], call[1]), false);
}
base::Result<Value> CallLe(Call& call) {
  return Answer(LessOrSame(call[0], call[1]), false);
}
base::Result<Value> CallGt(Call& call) {
  return Answer(LessOrSame(call[0], call[1]), true);
}
base::Result<Value> CallGe(Call& call) {
  return Answer(Less(call[0], call[1]), true);
}

}  // namespace bekci::templates
