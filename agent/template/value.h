// Value: anything a template can hold; Type: what it is called, how it prints, what can be done with it.
//
// Go's text/template reflects on any Go value. What it can meet here is a closed set of kinds, and everything beyond
// the kind is data: a Type names its fields, methods and text form in tables, so a new sort of object is one more Type
// and a few rows, and the language, fmt and the error messages know it at once.
//
// A Value is 24 bytes and owns nothing: texts, lists, maps and objects are borrowed, from the parsed template, from the
// data handed to the execution or from its arena, all of which outlive it. Nil (a default Value) has no type; it is
// Go's nil and also what text/template calls an invalid value.
//
// Thread rule: values; types are immutable.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/template/arena.h"

namespace bekci::templates {

enum class Kind : unsigned char { kNil, kBool, kInt, kUint, kFloat, kComplex, kText, kList, kMap, kObject };

class Regex;
struct Limits;
struct Type;

class Value {
 public:
  Value() = default;
  static Value Bool(bool value);
  static Value Int(int64_t value);  // Go's int
  static Value Int(int64_t value, const Type& type);
  static Value Uint(uint64_t value, const Type& type);
  static Value Float(double value);
  static Value Complex(double real, double imaginary);
  static Value Text(std::string_view text);
  static Value Text(std::string_view text, const Type& type);
  static Value List(std::span<const Value> items, const Type& type);
  static Value Map(const void* data, const Type& type);
  static Value Object(const void* data, const Type& type);

  const Type* type() const { return type_; }  // null for nil
  Kind kind() const;
  bool nil() const { return type_ == nullptr; }

  // Each only for its kind.
  bool boolean() const { return scalar_.boolean; }
  int64_t integer() const { return scalar_.integer; }
  uint64_t natural() const { return scalar_.natural; }
  double real() const { return scalar_.real; }  // kFloat, kComplex
  double imaginary() const { return second_.imaginary; }
  std::string_view text() const { return {scalar_.text, second_.size}; }
  std::span<const Value> list() const { return {scalar_.items, second_.size}; }
  template <typename T>
  const T& data() const {  // kMap, kObject: the type says what T is
    return *static_cast<const T*>(scalar_.data);
  }
  const void* address() const { return scalar_.data; }
  // The same bits as another type of the same kind.
  Value As(const Type& type) const {
    Value v = *this;
    v.type_ = &type;
    return v;
  }

 private:
  union Scalar {
    bool boolean;
    int64_t integer;
    uint64_t natural = 0;
    double real;
    const char* text;
    const Value* items;
    const void* data;
  };
  // What some kinds have besides: an imaginary part, or a length.
  union Second {
    double imaginary;
    size_t size = 0;
  };

  const Type* type_ = nullptr;
  Scalar scalar_;
  Second second_;
};

struct MapEntry {
  std::string_view key;
  Value value;
};

// One call of a function or method. What it makes is kept in `arena`; `host` is what the owner of the function table
// handed to the execution.
struct Call {
  Arena& arena;
  const Limits& limits;
  void* host;
  std::span<const Value> arguments;
  Value receiver;                // of a method
  const Regex* regex = nullptr;  // the first argument, compiled, where it is a literal of a function that wants it so
  uint64_t* steps = nullptr;     // a costly function adds what it cost

  const Value& operator[](size_t i) const { return arguments[i]; }
  std::string_view text(size_t i) const { return arguments[i].text(); }
  Value Text(std::string_view text) const { return Value::Text(arena.Copy(text)); }
};

// Errors: what went wrong, without the name of the function.
using Native = base::Result<Value> (*)(Call& call);

enum class ShortCircuit : unsigned char { kNo, kAnd, kOr };

// A row of a function table, and a method of a type.
struct Function {
  std::string_view name;
  Native call = nullptr;
  std::span<const Type* const> parameters = {};  // null: any value
  bool variadic = false;                         // any number of `rest` behind the parameters
  const Type* rest = nullptr;                    // null: any value
  ShortCircuit short_circuit = ShortCircuit::kNo;
  bool first_is_regex = false;
  unsigned char results = 1;  // with more, a template cannot call it, and is told so
};

struct Field {
  std::string_view name;
  Value (*get)(const Value& object);
};

// How a sort of map is read. Keys are texts, entries come in the order of their keys.
struct MapAccess {
  size_t (*size)(const Value& map);
  std::optional<Value> (*find)(const Value& map, std::string_view key);
  void (*entries)(const Value& map, std::vector<MapEntry>* out);
};

struct Type {
  std::string_view name;  // as Go's %T prints it
  Kind kind = Kind::kNil;
  bool pointer = false;           // Go hands this object around by pointer
  const Type* pointee = nullptr;  // of a pointer, where something asks for what it points to
  const Type* element = nullptr;  // of lists and maps; null: any
  // The String() of this type; null: it prints by its kind.
  void (*text)(const Value& value, std::string* out) = nullptr;
  void (*go_text)(const Value& value, std::string* out) = nullptr;  // its GoString(), for %#v
  std::span<const Field> fields = {};
  std::span<const Function> methods = {};
  const MapAccess* map = nullptr;
  bool (*equal)(const Value& a, const Value& b) = nullptr;  // objects that `eq` may compare
};

inline Kind Value::kind() const {
  return type_ == nullptr ? Kind::kNil : type_->kind;
}

extern const Type kBoolType;
extern const Type kIntType;
extern const Type kInt64Type;
extern const Type kByteType;  // uint8: an element of a text
extern const Type kFloatType;
extern const Type kComplexType;
extern const Type kTextType;
extern const Type kAnyMapType;  // map[string]interface {}; its data is an AnyMap

struct AnyMap {
  std::span<const MapEntry> entries;  // sorted by key, each key once
};

// Go's name of a type in messages: "float64"; "interface {}" for null.
std::string_view TypeName(const Type* type);
// What text/template takes for true: not false, zero, nil or empty. An object is always true, and so is NaN.
bool IsTrue(const Value& value);
// The number of elements, entries or bytes; nullopt for other kinds.
std::optional<size_t> Length(const Value& value);
// What a map without the key answers: "" where its elements are texts, nil where they are anything.
Value ZeroOf(const Type* type);

inline Value Value::Bool(bool value) {
  Value v;
  v.type_ = &kBoolType;
  v.scalar_.boolean = value;
  return v;
}
inline Value Value::Int(int64_t value, const Type& type) {
  Value v;
  v.type_ = &type;
  v.scalar_.integer = value;
  return v;
}
inline Value Value::Int(int64_t value) {
  return Int(value, kIntType);
}
inline Value Value::Uint(uint64_t value, const Type& type) {
  Value v;
  v.type_ = &type;
  v.scalar_.natural = value;
  return v;
}
inline Value Value::Float(double value) {
  Value v;
  v.type_ = &kFloatType;
  v.scalar_.real = value;
  return v;
}
inline Value Value::Complex(double real, double imaginary) {
  Value v;
  v.type_ = &kComplexType;
  v.scalar_.real = real;
  v.second_.imaginary = imaginary;
  return v;
}
inline Value Value::Text(std::string_view text, const Type& type) {
  Value v;
  v.type_ = &type;
  v.scalar_.text = text.data();
  v.second_.size = text.size();
  return v;
}
inline Value Value::Text(std::string_view text) {
  return Text(text, kTextType);
}
inline Value Value::List(std::span<const Value> items, const Type& type) {
  Value v;
  v.type_ = &type;
  v.scalar_.items = items.data();
  v.second_.size = items.size();
  return v;
}
inline Value Value::Object(const void* data, const Type& type) {
  Value v;
  v.type_ = &type;
  v.scalar_.data = data;
  return v;
}
inline Value Value::Map(const void* data, const Type& type) {
  return Object(data, type);
}

}  // namespace bekci::templates
