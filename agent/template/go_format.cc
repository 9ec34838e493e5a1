#include "agent/template/go_format.h"

#include <algorithm>
#include <vector>

#include "agent/base/text.h"
#include "agent/base/utf8.h"
#include "agent/template/format_spec.h"

namespace bekci::templates {
namespace {

// Nested lists and maps; a person makes two or three.
constexpr int kMaxDepth = 50;
constexpr int kMostPlaces = 1'000'000;  // Go's own bound of width and precision

class Printer {
 public:
  Printer(size_t limit, std::string* out) : out_(*out), most_(out->size() + limit) {}

  void Argument(const Value& value, char32_t verb);
  void Format(std::string_view format, std::span<const Value> operands);
  base::Status status() const {
    if (too_deep_) return base::LimitReached("a value is nested deeper than " + std::to_string(kMaxDepth) + " levels");
    if (Full()) return base::LimitReached("a printed text is too long");
    return base::OkStatus();
  }
  bool Full() const { return out_.size() > most_; }

 private:
  void Print(const Value& value, char32_t verb, int depth);
  bool OwnText(const Value& value, char32_t verb);
  void BadVerb(const Value& value, char32_t verb);
  void Text(std::string_view text, char32_t verb, const Value& value);
  void Integer(uint64_t magnitude, bool negative, char32_t verb, const Value& value);
  void Float(const Value& value, char32_t verb);
  void List(const Value& value, char32_t verb, int depth);
  void Map(const Value& value, char32_t verb, int depth);
  void Object(const Value& value, char32_t verb, int depth);
  void Element(const Value& value, char32_t verb, int depth);

  // Of Format: reading what stands between % and the verb.
  struct Directive {
    std::string_view format = {};
    size_t at = 0;
    std::span<const Value> operands = {};
    size_t operand = 0;
    bool good_operand = true;
    bool reordered = false;
    bool after_index = false;
  };
  void Flags(Directive* d);
  void Index(Directive* d);
  void Width(Directive* d);
  void Precision(Directive* d);
  bool Number(Directive* d, int* number);
  bool NumberOperand(Directive* d, int* number);
  void Verb(Directive* d);
  void Notice(char32_t verb, std::string_view what);
  void Extra(const Directive& d);

  std::string& out_;
  size_t most_;
  FormatSpec spec_;
  bool too_deep_ = false;
};

void Printer::Argument(const Value& value, char32_t verb) {
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

void Printer::Print(const Value& value, char32_t verb, int depth) {
  if (depth > kMaxDepth) too_deep_ = true;
  if (Full() || too_deep_ || OwnText(value, verb)) return;
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
bool Printer::OwnText(const Value& value, char32_t verb) {
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

void Printer::BadVerb(const Value& value, char32_t verb) {
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

void Printer::Text(std::string_view text, char32_t verb, const Value& value) {
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

void Printer::Integer(uint64_t magnitude, bool negative, char32_t verb, const Value& value) {
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

void Printer::Float(const Value& value, char32_t verb) {
  constexpr std::string_view kVerbs = "vbeEfFgGxX";
  const char letter = verb < 0x80 ? static_cast<char>(verb) : '?';
  if (kVerbs.find(letter) == std::string_view::npos) return BadVerb(value, verb);
  if (value.kind() == Kind::kFloat) return AppendFloat(spec_, value.real(), letter, &out_);
  AppendComplex(spec_, value.real(), value.imaginary(), letter, &out_);
}

void Printer::Element(const Value& value, char32_t verb, int depth) {
  if (value.nil() && spec_.sharp_v) {
    out_ += "interface {}(nil)";
    return;
  }
  Print(value, verb, depth + 1);
}

void Printer::List(const Value& value, char32_t verb, int depth) {
  if (spec_.sharp_v) out_ += value.type()->name;
  out_ += spec_.sharp_v ? "{" : "[";
  bool first = true;
  for (const Value& item : value.list()) {
    if (!first) out_ += spec_.sharp_v ? ", " : " ";
    first = false;
    Element(item, verb, depth);
    if (Full() || too_deep_) return;
  }
  out_ += spec_.sharp_v ? "}" : "]";
}

void Printer::Map(const Value& value, char32_t verb, int depth) {
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
    if (Full() || too_deep_) return;
  }
  out_ += spec_.sharp_v ? "}" : "]";
}

void Printer::Object(const Value& value, char32_t verb, int depth) {
  std::string_view name = value.type()->name;
  if (spec_.sharp_v) {
    if (value.type()->pointer && name.starts_with('*')) {
      out_ += "&";
      name.remove_prefix(1);
    }
    out_ += name;
  } else if (value.type()->pointer) {
    out_ += "&";
  }
  out_ += "{";
  bool first = true;
  for (const Field& field : value.type()->fields) {
    if (!first) out_ += spec_.sharp_v ? ", " : " ";
    first = false;
    if (spec_.plus_v || spec_.sharp_v) out_.append(field.name).append(":");
    Element(field.get(value), verb, depth);
    if (Full() || too_deep_) return;
  }
  out_ += "}";
}

void Printer::Format(std::string_view format, std::span<const Value> operands) {
  Directive d;
  d.format = format;
  d.operands = operands;
  while (d.at < format.size() && !Full() && !too_deep_) {
    const size_t percent = std::min(format.find('%', d.at), format.size());
    out_ += format.substr(d.at, percent - d.at);
    d.at = percent + 1;
    if (percent >= format.size()) break;
    d.good_operand = true;
    d.after_index = false;
    spec_ = {};
    Flags(&d);
    Index(&d);
    Width(&d);
    Precision(&d);
    if (!d.after_index) Index(&d);
    Verb(&d);
  }
  if (!d.reordered && d.operand < operands.size() && !Full()) Extra(d);
}

void Printer::Flags(Directive* d) {
  for (; d->at < d->format.size(); ++d->at) {
    switch (d->format[d->at]) {
      case '#':
        spec_.sharp = true;
        break;
      case '0':
        spec_.zero = !spec_.minus;
        break;
      case '+':
        spec_.plus = true;
        break;
      case '-':
        spec_.minus = true;
        spec_.zero = false;
        break;
      case ' ':
        spec_.space = true;
        break;
      default:
        return;
    }
  }
}

// [n]: the operand that is next, counted from 1.
void Printer::Index(Directive* d) {
  const std::string_view rest = d->format.substr(std::min(d->at, d->format.size()));
  d->after_index = false;
  if (!rest.starts_with('[')) return;
  d->reordered = true;
  const size_t close = rest.size() < 3 ? std::string_view::npos : rest.find(']');
  if (close == std::string_view::npos) {
    d->good_operand = false;
    d->at += 1;
    return;
  }
  Directive inside = {.format = rest.substr(0, close), .at = 1};
  int number = 0;
  const bool is_number = Number(&inside, &number) && inside.at == close;
  d->at += close + 1;
  if (is_number && number >= 1 && static_cast<size_t>(number) <= d->operands.size()) {
    d->operand = static_cast<size_t>(number - 1);
    d->after_index = true;
    return;
  }
  d->good_operand = false;
  d->after_index = is_number;
}

// Digits; false when there are none. A number beyond the bound swallows what is left of the format.
bool Printer::Number(Directive* d, int* number) {
  bool any = false;
  *number = 0;
  while (d->at < d->format.size() && d->format[d->at] >= '0' && d->format[d->at] <= '9') {
    if (*number > kMostPlaces) {
      *number = 0;
      d->at = d->format.size();
      return false;
    }
    *number = *number * 10 + (d->format[d->at++] - '0');
    any = true;
  }
  return any;
}

// The next operand, which must be a whole number of a reasonable size.
bool Printer::NumberOperand(Directive* d, int* number) {
  *number = 0;
  if (d->operand >= d->operands.size()) return false;
  const Value& value = d->operands[d->operand++];
  int64_t whole = 0;
  if (value.kind() == Kind::kInt) {
    whole = value.integer();
  } else if (value.kind() == Kind::kUint && value.natural() <= kMostPlaces) {
    whole = static_cast<int64_t>(value.natural());
  } else {
    return false;
  }
  if (whole > kMostPlaces || whole < -kMostPlaces) return false;
  *number = static_cast<int>(whole);
  return true;
}

void Printer::Width(Directive* d) {
  if (d->at < d->format.size() && d->format[d->at] == '*') {
    ++d->at;
    spec_.has_width = NumberOperand(d, &spec_.width);
    if (!spec_.has_width) out_ += "%!(BADWIDTH)";
    if (spec_.width < 0) {
      spec_.width = -spec_.width;
      spec_.minus = true;
      spec_.zero = false;
    }
    d->after_index = false;
    return;
  }
  spec_.has_width = Number(d, &spec_.width);
  if (d->after_index && spec_.has_width) d->good_operand = false;  // %[3]2d
}

void Printer::Precision(Directive* d) {
  if (d->at >= d->format.size() || d->format[d->at] != '.') return;
  ++d->at;
  if (d->after_index) d->good_operand = false;  // %[3].2d
  Index(d);
  if (d->at < d->format.size() && d->format[d->at] == '*') {
    ++d->at;
    spec_.has_precision = NumberOperand(d, &spec_.precision);
    if (spec_.precision < 0) {
      spec_.precision = 0;
      spec_.has_precision = false;
    }
    if (!spec_.has_precision) out_ += "%!(BADPREC)";
    d->after_index = false;
    return;
  }
  Number(d, &spec_.precision);
  spec_.has_precision = true;  // without digits it is 0
}

void Printer::Verb(Directive* d) {
  if (d->at >= d->format.size()) {
    out_ += "%!(NOVERB)";
    return;
  }
  size_t size = 0;
  const char32_t verb = base::DecodeRune(d->format.substr(d->at), &size);
  d->at += size;
  if (verb == '%') {
    out_ += "%";
  } else if (!d->good_operand) {
    Notice(verb, "(BADINDEX)");
  } else if (d->operand >= d->operands.size()) {
    Notice(verb, "(MISSING)");
  } else {
    if (verb == 'v') {
      spec_.sharp_v = spec_.sharp;
      spec_.plus_v = spec_.plus;
      spec_.sharp = false;
      spec_.plus = false;
    }
    Argument(d->operands[d->operand++], verb);
  }
}

void Printer::Notice(char32_t verb, std::string_view what) {
  out_ += "%!";
  base::AppendRune(&out_, verb);
  out_ += what;
}

void Printer::Extra(const Directive& d) {
  spec_ = {};
  out_ += "%!(EXTRA ";
  for (size_t i = d.operand; i < d.operands.size() && !Full(); ++i) {
    const Value& value = d.operands[i];
    if (i > d.operand) out_ += ", ";
    if (value.nil()) {
      out_ += "<nil>";
    } else {
      out_.append(value.type()->name).append("=");
      Argument(value, 'v');
    }
  }
  out_ += ")";
}

bool IsText(const Value& value) {
  return value.kind() == Kind::kText;
}

}  // namespace

base::Status AppendValue(const Value& value, size_t limit, std::string* out) {
  if (value.kind() == Kind::kFloat) {
    base::AppendDouble(out, value.real());
    return base::OkStatus();
  }
  Printer printer(limit, out);
  printer.Argument(value, 'v');
  return printer.status();
}

std::string ValueText(const Value& value) {
  std::string out;
  Printer(256, &out).Argument(value, 'v');
  return out;
}

base::Status AppendPrint(std::span<const Value> operands, size_t limit, std::string* out) {
  Printer printer(limit, out);
  for (size_t i = 0; i < operands.size() && !printer.Full(); ++i) {
    if (i > 0 && !IsText(operands[i]) && !IsText(operands[i - 1])) out->push_back(' ');
    printer.Argument(operands[i], 'v');
  }
  return printer.status();
}

base::Status AppendPrintLine(std::span<const Value> operands, size_t limit, std::string* out) {
  Printer printer(limit, out);
  for (size_t i = 0; i < operands.size() && !printer.Full(); ++i) {
    if (i > 0) out->push_back(' ');
    printer.Argument(operands[i], 'v');
  }
  out->push_back('\n');
  return printer.status();
}

base::Status AppendFormatted(std::string_view format, std::span<const Value> operands, size_t limit, std::string* out) {
  Printer printer(limit, out);
  printer.Format(format, operands);
  return printer.status();
}

}  // namespace bekci::templates
