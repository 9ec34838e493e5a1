#include "agent/template/value.h"

#include <algorithm>

namespace bekci::templates {
namespace {

size_t AnyMapSize(const Value& map) {
  return map.data<AnyMap>().entries.size();
}

std::optional<Value> AnyMapFind(const Value& map, std::string_view key) {
  const auto entries = map.data<AnyMap>().entries;
  const auto found = std::lower_bound(entries.begin(), entries.end(), key,
                                      [](const MapEntry& e, std::string_view k) { return e.key < k; });
  if (found == entries.end() || found->key != key) return std::nullopt;
  return found->value;
}

void AnyMapEntries(const Value& map, std::vector<MapEntry>* out) {
  const auto entries = map.data<AnyMap>().entries;
  out->assign(entries.begin(), entries.end());
}

constexpr MapAccess kAnyMapAccess = {AnyMapSize, AnyMapFind, AnyMapEntries};

}  // namespace

constinit const Type kBoolType = {.name = "bool", .kind = Kind::kBool};
constinit const Type kIntType = {.name = "int", .kind = Kind::kInt};
constinit const Type kInt64Type = {.name = "int64", .kind = Kind::kInt};
constinit const Type kByteType = {.name = "uint8", .kind = Kind::kUint};
constinit const Type kFloatType = {.name = "float64", .kind = Kind::kFloat};
constinit const Type kComplexType = {.name = "complex128", .kind = Kind::kComplex};
constinit const Type kTextType = {.name = "string", .kind = Kind::kText};
constinit const Type kAnyMapType = {.name = "map[string]interface {}", .kind = Kind::kMap, .map = &kAnyMapAccess};

std::string_view TypeName(const Type* type) {
  return type == nullptr ? "interface {}" : type->name;
}

bool IsTrue(const Value& value) {
  switch (value.kind()) {
    case Kind::kNil:
      return false;
    case Kind::kBool:
      return value.boolean();
    case Kind::kInt:
      return value.integer() != 0;
    case Kind::kUint:
      return value.natural() != 0;
    case Kind::kFloat:
      return value.real() != 0;
    case Kind::kComplex:
      return value.real() != 0 || value.imaginary() != 0;
    case Kind::kText:
    case Kind::kList:
    case Kind::kMap:
      return *Length(value) != 0;
    case Kind::kObject:
      break;
  }
  return true;
}

std::optional<size_t> Length(const Value& value) {
  switch (value.kind()) {
    case Kind::kText:
      return value.text().size();
    case Kind::kList:
      return value.list().size();
    case Kind::kMap:
      return value.type()->map->size(value);
    default:
      return std::nullopt;
  }
}

Value ZeroOf(const Type* type) {
  if (type == nullptr) return {};
  switch (type->kind) {
    case Kind::kBool:
      return Value::Bool(false);
    case Kind::kInt:
      return Value::Int(0, *type);
    case Kind::kUint:
      return Value::Uint(0, *type);
    case Kind::kFloat:
      return Value::Float(0);
    case Kind::kComplex:
      return Value::Complex(0, 0);
    case Kind::kText:
      return Value::Text({}, *type);
    case Kind::kList:
      return Value::List({}, *type);
    default:
      return {};
  }
}

}  // namespace bekci::templates
