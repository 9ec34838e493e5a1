#include "agent/template/value_printer.h"

#include <vector>

#include "agent/base/utf8.h"

namespace bekci::templates {
namespace {

// Nested lists and maps; a person makes two or three.
constexpr int kMaxDepth = 50;

}  // namespace

base::Status ValuePrinter::status() const {
  if (too_deep_) return base::LimitReached("a value is nested deeper than " + std::to_string(kMaxDepth) + " levels");
  if (Full()) return base::LimitReached("a printed text is too long");
  return base::OkStatus();
}

void ValuePrinter::Argument(const Value& value, char32_t verb) {
  if (value.nil()) {
    if (verb == 'v' || verb == 'T') {
      AppendPadded(spec_, "<nil>", &out_);
    } else {
      BadVerb(value, verb);
    }
    return;
  }
  if (verb == 'T') return AppendText(spec_, value.type()->name, &out_);
  if (verb == 'p') return BadVerb(value, verb);
  Print(value, verb, 0);
}

void ValuePrinter::Print(const Value& value, char32_t verb, int depth) {
  if (depth > kMaxDepth) too_deep_ = true;
  if (Full() || OwnText(value, verb)) return;
  switch (value.kind()) {
    case Kind::kNil:
      out_ += "<nil>";
      return;
    case Kind::kBool:
      if (verb != 't' && verb != 'v') return BadVerb(value, verb);
      return AppendPadded(spec_, value.boolean() ? "true" : "false", &out_);
    case Kind::kInt: {
      const auto bits = static_cast<uint64_t>(value.integer());
      const bool negative = value.integer() < 0;
      return Integer(negative ? 0 - bits : bits, negative, verb, value);
    }
    case Kind::kUint:
      return Integer(value.natural(), false, verb, value);
    case Kind::kFloat:
    case Kind::kComplex:
      return Float(value, verb);
    case Kind::kText:
      return Text(value.text(), verb, value);
    case Kind::kList:
      return List(value, verb, depth);
    case Kind::kMap:
      return Map(value, verb, depth);
    case Kind::kObject:
      return Object(value, verb, depth);
  }
}

// A type's own text form stands for the value under the verbs that texts have.
bool ValuePrinter::OwnText(const Value& value, char32_t verb) {
  if (value.nil()) return false;
  std::string text;
  if (spec_.sharp_v) {
    if (value.type()->go_text == nullptr) return false;
    value.type()->go_text(value, &text);
    AppendText(spec_, text, &out_);
    return true;
  }
  const bool for_text = verb == 'v' || verb == 's' || verb == 'q' || verb == 'x' || verb == 'X';
  if (value.type()->text == nullptr || !for_text) return false;
  value.type()->text(value, &text);
  Text(text, verb, value);
  return true;
}

void ValuePrinter::BadVerb(const Value& value, char32_t verb) {
  out_ += "%!";
  base::AppendRune(&out_, verb);
  out_ += "(";
  if (value.nil()) {
    out_ += "<nil>";
  } else {
    out_.append(value.type()->name).append("=");
    // As a plain value: Go does not let a type speak for itself here.
    Type plain = *value.type();
    plain.text = nullptr;
    plain.go_text = nullptr;
    Print(value.As(plain), 'v', 0);
  }
  out_ += ")";
}

void ValuePrinter::Text(std::string_view text, char32_t verb, const Value& value) {
  switch (verb) {
    case 'v':
      return spec_.sharp_v ? AppendQuotedText(spec_, text, &out_) : AppendText(spec_, text, &out_);
    case 's':
      return AppendText(spec_, text, &out_);
    case 'x':
    case 'X':
      return AppendHexText(spec_, text, verb == 'X', &out_);
    case 'q':
      return AppendQuotedText(spec_, text, &out_);
    default:
      BadVerb(value, verb);
  }
}

void ValuePrinter::Integer(uint64_t magnitude, bool negative, char32_t verb, const Value& value) {
  const uint64_t rune = negative ? UINT64_MAX : magnitude;
  switch (verb) {
    case 'v':
      if (spec_.sharp_v && value.kind() == Kind::kUint) {
        FormatSpec hex = spec_;
        hex.sharp = true;
        return AppendInteger(hex, magnitude, false, {.base = 16, .verb = 'v'}, &out_);
      }
      return AppendInteger(spec_, magnitude, negative, {}, &out_);
    case 'd':
      return AppendInteger(spec_, magnitude, negative, {}, &out_);
    case 'b':
      return AppendInteger(spec_, magnitude, negative, {.base = 2, .verb = 'b'}, &out_);
    case 'o':
    case 'O':
      return AppendInteger(spec_, magnitude, negative, {.base = 8, .verb = static_cast<char>(verb)}, &out_);
    case 'x':
    case 'X':
      return AppendInteger(spec_, magnitude, negative,
                           {.base = 16, .verb = static_cast<char>(verb), .upper = verb == 'X'}, &out_);
    case 'c':
      return AppendCharacter(spec_, rune, &out_);
    case 'q':
      return AppendQuotedCharacter(spec_, rune, &out_);
    case 'U':
      return AppendUnicode(spec_, negative ? 0 - magnitude : magnitude, &out_);
    default:
      BadVerb(value, verb);
  }
}

void ValuePrinter::Float(const Value& value, char32_t verb) {
  constexpr std::string_view kVerbs = "vbeEfFgGxX";
  const char letter = verb < 0x80 ? static_cast<char>(verb) : '?';
  if (kVerbs.find(letter) == std::string_view::npos) return BadVerb(value, verb);
  if (value.kind() == Kind::kFloat) return AppendFloat(spec_, value.real(), letter, &out_);
  AppendComplex(spec_, value.real(), value.imaginary(), letter, &out_);
}

void ValuePrinter::Element(const Value& value, char32_t verb, int depth) {
  if (value.nil() && spec_.sharp_v) {
    out_ += "interface {}(nil)";
    return;
  }
  Print(value, verb, depth + 1);
}

void ValuePrinter::List(const Value& value, char32_t verb, int depth) {
  if (spec_.sharp_v) out_ += value.type()->name;
  out_ += spec_.sharp_v ? "{" : "[";
  bool first = true;
  for (const Value& item : value.list()) {
    if (!first) out_ += spec_.sharp_v ? ", " : " ";
    first = false;
    Element(item, verb, depth);
    if (Full()) return;
  }
  out_ += spec_.sharp_v ? "}" : "]";
}

void ValuePrinter::Map(const Value& value, char32_t verb, int depth) {
  std::vector<MapEntry> entries;
  value.type()->map->entries(value, &entries);
  out_ += spec_.sharp_v ? std::string(value.type()->name) + "{" : "map[";
  bool first = true;
  for (const MapEntry& entry : entries) {
    if (!first) out_ += spec_.sharp_v ? ", " : " ";
    first = false;
    Print(Value::Text(entry.key), verb, depth + 1);
    out_ += ":";
    Element(entry.value, verb, depth);
    if (Full()) return;
  }
  out_ += spec_.sharp_v ? "}" : "]";
}

void ValuePrinter::Object(const Value& value, char32_t verb, int depth) {
  std::string_view name = value.type()->name;
  if (spec_.sharp_v) {
    if (value.type()->pointer && name.starts_with('*')) {
      out_ += "&";
      name.remove_prefix(1);
    }
    out_ += name;
  } else if (value.type()->pointer && !pointed_) {
    out_ += "&";
  }
  out_ += "{";
  bool first = true;
  for (const Field& field : value.type()->fields) {
    if (!first) out_ += spec_.sharp_v ? ", " : " ";
    first = false;
    if (spec_.plus_v || spec_.sharp_v) out_.append(field.name).append(":");
    Element(field.get(value), verb, depth);
    if (Full()) return;
  }
  out_ += "}";
}

}  // namespace bekci::templates
