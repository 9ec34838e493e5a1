// The functions that every Go template has.
//
// Source: Go's text/template, its documentation's "Functions"; messages as there.
#include <array>

#include "agent/net/url.h"
#include "agent/template/comparison.h"
#include "agent/template/execution.h"
#include "agent/template/function_table.h"
#include "agent/template/go_format.h"
#include "agent/template/limits.h"
#include "agent/template/text_escapes.h"

namespace bekci::templates {
namespace {

std::string NameOf(const Value& value) {
  return std::string(TypeName(value.type()));
}

// What `print` of the arguments gives; a single text is itself.
base::Result<std::string> ArgumentsText(const Call& call) {
  if (call.arguments.size() == 1 && call[0].kind() == Kind::kText) return std::string(call.text(0));
  std::vector<Value> arguments(call.arguments.begin(), call.arguments.end());
  for (Value& value : arguments) {
    if (value.nil()) value = Value::Text(kNoValue);
  }
  std::string out;
  RETURN_IF_ERROR(AppendPrint(arguments, call.limits.output_bytes, &out));
  return out;
}

base::Result<Value> CallNot(Call& call) {
  return Value::Bool(!IsTrue(call[0]));
}

base::Result<Value> CallLen(Call& call) {
  if (call[0].nil()) return base::Invalid("len of nil pointer");
  const std::optional<size_t> length = Length(call[0]);
  if (!length) return base::Invalid("len of type " + NameOf(call[0]));
  return Value::Int(static_cast<int64_t>(*length));
}

// A position within `size` elements, 0..size. Errors: no integer; out of range.
base::Result<size_t> Position(const Value& index, size_t size) {
  if (index.nil()) return base::Invalid("cannot index slice/array with nil");
  if (index.kind() != Kind::kInt && index.kind() != Kind::kUint) {
    return base::Invalid("cannot index slice/array with type " + NameOf(index));
  }
  const bool fits = index.kind() == Kind::kInt ? index.integer() >= 0 && static_cast<uint64_t>(index.integer()) <= size
                                               : index.natural() <= size;
  if (!fits) return base::Invalid("index out of range: " + ValueText(index));
  return static_cast<size_t>(index.kind() == Kind::kInt ? static_cast<uint64_t>(index.integer()) : index.natural());
}

base::Result<Value> IndexOne(const Value& item, const Value& index) {
  switch (item.kind()) {
    case Kind::kText:
    case Kind::kList: {
      const size_t size = *Length(item);
      ASSIGN_OR_RETURN(const size_t at, Position(index, size));
      const bool is_text = item.kind() == Kind::kText;
      if (at == size)
        return base::Invalid(is_text ? "reflect: string index out of range" : "reflect: slice index out of range");
      return is_text ? Value::Uint(static_cast<unsigned char>(item.text()[at]), kByteType) : item.list()[at];
    }
    case Kind::kMap: {
      if (index.nil()) return base::Invalid("value is nil; should be of type string");
      if (index.type() != &kTextType) return base::Invalid("value has type " + NameOf(index) + "; should be string");
      return item.type()->map->find(item, index.text()).value_or(ZeroOf(item.type()->element));
    }
    default:
      return base::Invalid("can't index item of type " + NameOf(item));
  }
}

base::Result<Value> CallIndex(Call& call) {
  Value item = call[0];
  if (item.nil()) return base::Invalid("index of untyped nil");
  for (const Value& index : call.arguments.subspan(1)) {
    if (item.nil()) return base::Invalid("index of nil pointer");
    ASSIGN_OR_RETURN(item, IndexOne(item, index));
  }
  return item;
}

base::Result<Value> CallSlice(Call& call) {
  const Value& item = call[0];
  const auto indexes = call.arguments.subspan(1);
  if (item.nil()) return base::Invalid("slice of untyped nil");
  if (indexes.size() > 3) return base::Invalid("too many slice indexes: " + std::to_string(indexes.size()));
  if (item.kind() != Kind::kText && item.kind() != Kind::kList) {
    return base::Invalid("can't slice item of type " + NameOf(item));
  }
  if (item.kind() == Kind::kText && indexes.size() == 3) return base::Invalid("cannot 3-index slice a string");
  const size_t size = *Length(item);
  std::array<size_t, 3> at = {0, size, size};
  for (size_t i = 0; i < indexes.size(); ++i) {
    ASSIGN_OR_RETURN(at[i], Position(indexes[i], size));
  }
  for (size_t i = 0; i < 2; ++i) {
    if (at[i] <= at[i + 1] || (i == 1 && indexes.size() < 3)) continue;
    return base::Invalid("invalid slice index: " + std::to_string(at[i]) + " > " + std::to_string(at[i + 1]));
  }
  if (item.kind() == Kind::kText) return Value::Text(item.text().substr(at[0], at[1] - at[0]), *item.type());
  return Value::List(item.list().subspan(at[0], at[1] - at[0]), *item.type());
}

base::Result<Value> CallPrint(Call& call) {
  std::string out;
  RETURN_IF_ERROR(AppendPrint(call.arguments, call.limits.output_bytes, &out));
  return call.Text(out);
}

base::Result<Value> CallPrintln(Call& call) {
  std::string out;
  RETURN_IF_ERROR(AppendPrintLine(call.arguments, call.limits.output_bytes, &out));
  return call.Text(out);
}

base::Result<Value> CallPrintf(Call& call) {
  std::string out;
  RETURN_IF_ERROR(AppendFormatted(call.text(0), call.arguments.subspan(1), call.limits.output_bytes, &out));
  return call.Text(out);
}

base::Result<Value> CallHtml(Call& call) {
  ASSIGN_OR_RETURN(const std::string text, ArgumentsText(call));
  return call.Text(HtmlEscaped(text));
}

base::Result<Value> CallJs(Call& call) {
  ASSIGN_OR_RETURN(const std::string text, ArgumentsText(call));
  return call.Text(JsEscaped(text));
}

base::Result<Value> CallUrlQuery(Call& call) {
  ASSIGN_OR_RETURN(const std::string text, ArgumentsText(call));
  return call.Text(net::QueryEscaped(text));
}

// No data of ours holds functions, so there is nothing that could be called.
base::Result<Value> CallCall(Call& call) {
  if (call[0].nil()) return base::Invalid("call of nil");
  return base::Invalid("non-function of type " + NameOf(call[0]));
}

base::Result<Value> CallNothing(Call& call) {
  return call[0];
}

constexpr const Type* kAny[] = {nullptr, nullptr};
constexpr const Type* kText[] = {&kTextType};
constexpr std::span<const Type* const> kNone;
constexpr std::span<const Type* const> kOneAny = std::span(kAny).first(1);

constexpr Function kFunctions[] = {
    // The execution itself evaluates these two.
    {.name = "and", .call = CallNothing, .parameters = kOneAny, .variadic = true, .short_circuit = ShortCircuit::kAnd},
    {.name = "or", .call = CallNothing, .parameters = kOneAny, .variadic = true, .short_circuit = ShortCircuit::kOr},
    {.name = "not", .call = CallNot, .parameters = kOneAny},
    {.name = "len", .call = CallLen, .parameters = kOneAny},
    {.name = "index", .call = CallIndex, .parameters = kOneAny, .variadic = true},
    {.name = "slice", .call = CallSlice, .parameters = kOneAny, .variadic = true},
    {.name = "print", .call = CallPrint, .parameters = kNone, .variadic = true},
    {.name = "printf", .call = CallPrintf, .parameters = kText, .variadic = true},
    {.name = "println", .call = CallPrintln, .parameters = kNone, .variadic = true},
    {.name = "html", .call = CallHtml, .parameters = kNone, .variadic = true},
    {.name = "js", .call = CallJs, .parameters = kNone, .variadic = true},
    {.name = "urlquery", .call = CallUrlQuery, .parameters = kNone, .variadic = true},
    {.name = "call", .call = CallCall, .parameters = kOneAny, .variadic = true},
    {.name = "eq", .call = CallEq, .parameters = kOneAny, .variadic = true},
    {.name = "ne", .call = CallNe, .parameters = kAny},
    {.name = "lt", .call = CallLt, .parameters = kAny},
    {.name = "le", .call = CallLe, .parameters = kAny},
    {.name = "gt", .call = CallGt, .parameters = kAny},
    {.name = "ge", .call = CallGe, .parameters = kAny},
};

}  // namespace

std::span<const Function> BuiltinFunctions() {
  return kFunctions;
}

}  // namespace bekci::templates
