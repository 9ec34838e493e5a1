#include "agent/promql/lexer.h"

#include <cctype>
#include <utility>

#include "agent/base/text.h"

namespace bekci::promql {
namespace {

constexpr std::string_view kDigits = "0123456789";

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsLetter(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsWordCharacter(char c) {
  return IsLetter(c) || IsDigit(c);
}
bool Contains(std::string_view characters, char c) {
  return c != '\0' && characters.find(c) != std::string_view::npos;
}

// "U+0071 'q'", as Go's %#U prints a character.
std::string RuneName(char32_t rune) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string hex;
  for (int shift = rune > 0xFFFFF ? 20 : rune > 0xFFFF ? 16 : 12; shift >= 0; shift -= 4) {
    hex += kHex[(rune >> shift) & 15];
  }
  std::string out = "U+" + hex;
  if (base::IsPrintable(rune)) {
    out += " '";
    base::AppendRune(&out, rune);
    out += '\'';
  }
  return out;
}

int DigitValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

}  // namespace

bool Lexer::AtDigit() const {
  return IsDigit(Peek());
}

bool Lexer::Accept(std::string_view characters) {
  if (AtEnd() || !Contains(characters, Peek())) return false;
  ++position_;
  return true;
}

void Lexer::AcceptRun(std::string_view characters) {
  while (Accept(characters)) {
  }
}

void Lexer::SkipBlanks() {
  for (;;) {
    while (!AtEnd() && IsBlank(Peek())) ++position_;
    if (in_brackets_ || Peek() != '#') return;
    while (!AtEnd() && Peek() != '\n') ++position_;
  }
}

Token Lexer::Make(TokenKind kind) {
  Token token;
  token.kind = kind;
  token.position = {static_cast<uint32_t>(start_), static_cast<uint32_t>(position_)};
  token.text = text_.substr(start_, position_ - start_);
  return token;
}

Token Lexer::Fail(std::string message) {
  if (error_.empty()) error_ = std::move(message);
  position_ = text_.size();
  return Make(TokenKind::kError);
}

Token Lexer::FailAt(std::string_view what) {
  size_t size = 0;
  const char32_t rune = base::DecodeRune(text_.substr(position_), &size);
  return Fail(std::string(what) + " " + base::QuotedRune(rune));
}

Token Lexer::Next() {
  if (!error_.empty()) return Make(TokenKind::kError);
  SkipBlanks();
  start_ = position_;
  if (in_braces_) return InBraces();
  return in_brackets_ ? InBrackets() : Statement();
}

Token Lexer::EndOfText() {
  if (in_braces_) return Fail("unexpected end of input inside braces");
  if (in_brackets_) return Fail("unexpected end of input in duration expression");
  if (paren_depth_ > 0) return Fail("unclosed left parenthesis");
  return Make(TokenKind::kEof);
}

Token Lexer::Statement() {
  if (AtEnd()) return EndOfText();
  const char c = Peek();
  if (AtDigit() || (c == '.' && IsDigit(Peek(1)))) return NumberOrDuration();
  if (IsLetter(c) || c == ':') return WordOrIdentifier();
  if (c == '"' || c == '\'') return QuotedString(c);
  if (c == '`') return RawString();
  if (Contains("=!<>", c)) return Comparison(c);
  if (Contains(",+-*/%^@{[", c)) return Punctuation(c);
  if (c == '(' || c == ')') return Paren(c);
  if (c == ']') return FailAt("unexpected right bracket");
  return FailAt("unexpected character:");
}

Token Lexer::Punctuation(char c) {
  ++position_;
  switch (c) {
    case ',':
      return Make(TokenKind::kComma);
    case '+':
      return Make(TokenKind::kAdd);
    case '-':
      return Make(TokenKind::kSubtract);
    case '*':
      return Make(TokenKind::kMultiply);
    case '/':
      return Make(TokenKind::kDivide);
    case '%':
      return Make(TokenKind::kModulo);
    case '^':
      return Make(TokenKind::kPower);
    case '@':
      return Make(TokenKind::kAt);
    case '{':
      in_braces_ = true;
      return Make(TokenKind::kLeftBrace);
    default:
      in_brackets_ = true;
      got_colon_ = false;
      got_duration_ = false;
      return Make(TokenKind::kLeftBracket);
  }
}

Token Lexer::Comparison(char c) {
  ++position_;
  switch (c) {
    case '=':
      if (Accept("=")) return Make(TokenKind::kEqualEqual);
      return Peek() == '~' ? FailAt("unexpected character after '=':") : Make(TokenKind::kEqual);
    case '!':
      if (Accept("=")) return Make(TokenKind::kNotEqual);
      return FailAt("unexpected character after '!':");
    case '<':
      if (Accept("/")) return Make(TokenKind::kTrimUpper);
      return Make(Accept("=") ? TokenKind::kLessEqual : TokenKind::kLess);
    default:
      if (Accept("/")) return Make(TokenKind::kTrimLower);
      return Make(Accept("=") ? TokenKind::kGreaterEqual : TokenKind::kGreater);
  }
}

// The position of the error is behind the parenthesis: for Prometheus it is a token, and too much only afterwards.
Token Lexer::Paren(char c) {
  ++position_;
  if (c == '(') {
    ++paren_depth_;
    return Make(TokenKind::kLeftParen);
  }
  if (--paren_depth_ >= 0) return Make(TokenKind::kRightParen);
  start_ = position_;
  return Fail("unexpected right parenthesis ')'");
}

Token Lexer::WordOrIdentifier() {
  bool colon = false;
  while (IsWordCharacter(Peek()) || Peek() == ':') colon |= text_[position_++] == ':';
  Token token = Make(TokenKind::kIdentifier);
  token.kind = colon ? TokenKind::kMetricIdentifier : WordKind(token.text);
  return token;
}

// ---- braces ----

Token Lexer::InBraces() {
  if (AtEnd()) return EndOfText();
  const char c = Peek();
  if (IsLetter(c)) {
    while (IsWordCharacter(Peek())) ++position_;
    return Make(TokenKind::kIdentifier);
  }
  if (c == '"' || c == '\'') return QuotedString(c);
  if (c == '`') return RawString();
  if (c == '{') return FailAt("unexpected left brace");
  if (!Contains(",=!}", c)) return FailAt("unexpected character inside braces:");
  ++position_;
  switch (c) {
    case ',':
      return Make(TokenKind::kComma);
    case '=':
      return Make(Accept("~") ? TokenKind::kMatchRegex : TokenKind::kEqual);
    case '!':
      if (Accept("~")) return Make(TokenKind::kMatchNotRegex);
      if (Accept("=")) return Make(TokenKind::kNotEqual);
      return FailAt("unexpected character after '!' inside braces:");
    default:
      in_braces_ = false;
      return Make(TokenKind::kRightBrace);
  }
}

// ---- brackets ----

Token Lexer::InBrackets() {
  if (AtEnd()) return EndOfText();
  const char c = Peek();
  if (AtDigit() || (c == '.' && IsDigit(Peek(1)))) {
    got_duration_ = true;
    return NumberOrDuration();
  }
  if (c == '(' || c == ')') return Paren(c);
  if (IsLetter(c)) return BracketWord();
  if (c == ':') {
    ++position_;
    const Token colon = Make(TokenKind::kColon);
    start_ = position_;
    if (!got_duration_) return Fail("unexpected colon before duration in duration expression");
    if (got_colon_) return Fail("unexpected repeated colon in duration expression");
    got_colon_ = true;
    return colon;
  }
  if (c == ']') {
    ++position_;
    in_brackets_ = false;
    return Make(TokenKind::kRightBracket);
  }
  if (Contains(",+-*/%^", c)) return Punctuation(c);
  return FailAt("unexpected character in duration expression:");
}

// step, range, min_of and max_of; no other word has a meaning here.
Token Lexer::BracketWord() {
  while (IsWordCharacter(Peek())) ++position_;
  Token token = Make(TokenKind::kIdentifier);
  token.kind = WordKind(token.text);
  if (token.kind >= TokenKind::kStep && token.kind <= TokenKind::kMaxOf) {
    got_duration_ = true;
    return token;
  }
  position_ = start_;
  return FailAt("unexpected character in duration expression:");
}

// ---- numbers ----

Token Lexer::NumberOrDuration() {
  if (ScanNumber()) return Make(TokenKind::kNumber);
  if (ScanDuration()) return Make(TokenKind::kDuration);
  const std::string_view text = text_.substr(start_, position_ - start_);
  return Fail("bad number or duration syntax: " + base::Quoted(text));
}

// Decimal or hexadecimal with single underscores between digits, a point, an exponent. What follows must not be a
// letter or digit. On failure the position stays behind what was refused, for the message.
bool Lexer::ScanNumber() {
  std::string_view digits = kDigits;
  bool hexadecimal = false;
  bool point = false;
  bool exponent = false;
  if (Accept("0") && Accept("xX")) {
    hexadecimal = true;
    digits = "0123456789abcdefABCDEF";
    Accept("_");
  }
  for (;;) {
    AcceptRun(digits);
    if (Accept("_")) {
      if (Accept("._eE") || AtEnd()) return false;
    } else if (!hexadecimal && Peek() == '.') {
      ++position_;
      if (point || exponent || Accept("_.")) return false;
      point = true;
    } else if (!hexadecimal && Contains("eE", Peek())) {
      ++position_;
      if (exponent || !ScanExponent()) return false;
      exponent = true;
    } else {
      return !IsWordCharacter(Peek());
    }
  }
}

bool Lexer::ScanExponent() {
  Accept("+-");
  return !Accept("._eE") && !AtEnd();
}

// Behind the first digits: a unit, then more digits and units. Bad orders of units are found when it is read.
bool Lexer::ScanDuration() {
  if (!Accept("smhdwy")) return false;
  Accept("s");  // of ms
  while (Accept(kDigits)) {
    AcceptRun(kDigits);
    if (!Accept("smhdw")) return false;
    Accept("s");
  }
  if (!IsWordCharacter(Peek())) return true;
  ++position_;  // shown in the message
  return false;
}

// ---- strings ----

Token Lexer::QuotedString(char quote) {
  ++position_;
  for (;;) {
    if (AtEnd() || Peek() == '\n') return Fail("unterminated quoted string");
    const char c = Peek();
    if (c == quote) break;
    if (c == '\\') {
      ++position_;
      if (std::string problem = ScanEscape(quote); !problem.empty()) return Fail(std::move(problem));
      continue;
    }
    const size_t size = base::Utf8Length(text_.substr(position_));
    if (size == 0) return Fail("invalid UTF-8 rune");
    position_ += size;
  }
  ++position_;
  return Make(TokenKind::kString);
}

Token Lexer::RawString() {
  ++position_;
  while (Peek() != '`') {
    if (AtEnd()) return Fail("unterminated raw string");
    const size_t size = base::Utf8Length(text_.substr(position_));
    if (size == 0) return Fail("invalid UTF-8 rune");
    position_ += size;
  }
  ++position_;
  return Make(TokenKind::kString);
}

// Steps over what follows a backslash; returns what is wrong with it, empty if nothing.
std::string Lexer::ScanEscape(char quote) {
  if (AtEnd()) return "escape sequence not terminated";
  size_t size = 0;
  const char32_t first = base::DecodeRune(text_.substr(position_), &size);
  const char c = Peek();
  if (Contains("abfnrtv\\", c) || c == quote) {
    ++position_;
    return {};
  }
  int digits = 3;
  int radix = 8;
  if (c == 'x' || c == 'u' || c == 'U') {
    digits = c == 'x' ? 2 : c == 'u' ? 4 : 8;
    radix = 16;
    ++position_;
  } else if (DigitValue(c) >= 8) {
    return "unknown escape sequence " + RuneName(first);
  }
  uint32_t value = 0;
  for (int i = 0; i < digits; ++i) {
    if (AtEnd()) return "escape sequence not terminated";
    const int digit = DigitValue(Peek());
    if (digit >= radix) {
      return "illegal character " + RuneName(base::DecodeRune(text_.substr(position_), &size)) + " in escape sequence";
    }
    value = value * static_cast<uint32_t>(radix) + static_cast<uint32_t>(digit);
    ++position_;
  }
  const uint32_t max = digits < 4 ? 0xFF : 0x10FFFF;
  if (value > max || (value >= 0xD800 && value < 0xE000)) return "escape sequence is an invalid Unicode code point";
  return {};
}

}  // namespace bekci::promql
